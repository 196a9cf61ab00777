"""One history of the tables, equal to the model on both engines."""

import re
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from inbox import migrations
from inbox.model import metadata
from inbox.store import Store, StoreDownError


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    return config


async def test_upgraded_tables_are_those_of_the_model(store: Store) -> None:
    def differences(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    assert await store.read(differences) == []


async def test_every_index_is_partial_where_the_model_says_so(store: Store) -> None:
    """compare_metadata does not look at the conditions of indexes."""
    kind = "postgresql" if store.postgres else "sqlite"
    wanted = {
        index.name: str(index.dialect_kwargs[f"{kind}_where"])
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_kwargs.get(f"{kind}_where") is not None
    }

    def conditions(connection: Connection) -> dict[str | None, str]:
        found: dict[str | None, str] = {}
        for table in metadata.tables:
            for index in inspect(connection).get_indexes(table):
                where = index.get("dialect_options", {}).get(f"{kind}_where")
                if where is not None:
                    found[index["name"]] = str(where)
        return found

    found = await store.read(conditions)
    assert found.keys() == wanted.keys()
    assert {name: _words(where) for name, where in found.items()} == {
        name: _words(where) for name, where in wanted.items()
    }


def _words(condition: str) -> set[str]:
    """The columns and values of a condition: PostgreSQL rewrites it with casts and arrays."""
    values = set(re.findall(r"'(\w+)'", condition))
    columns = set(re.findall(r"\b(status|side|state|direction|group_key|started_at)\b", condition))
    return values | columns


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory.from_config(_config()).get_heads() == [migrations.HEAD]


async def test_a_second_upgrade_does_nothing(store: Store) -> None:
    def again(connection: Connection) -> bool:
        return migrations.upgrade(connection)

    assert await store._run(store._write_engine, again) is False


async def test_opening_twice_keeps_what_is_stored(url: str) -> None:
    first = Store(url)
    await first.open()
    number = await first.write(lambda _: first.ids())
    await first.close()
    second = Store(url)
    await second.open()
    assert await second.write(lambda _: second.ids()) > number
    await second.close()


async def test_a_downgrade_leaves_nothing_behind(store: Store) -> None:
    def down_and_up(connection: Connection) -> tuple[set[str], bool]:
        with connection.begin():
            command.downgrade(_config(connection), "base")
        with connection.begin():
            left = set(inspect(connection).get_table_names())
        return left, migrations.upgrade(connection)

    left, upgraded = await store._run(store._write_engine, down_and_up)
    assert left <= {"alembic_version"}
    assert upgraded


async def test_a_database_of_a_newer_program_is_refused(url: str) -> None:
    """An old program must not write into tables it does not know."""
    newer = Store(url)
    await newer.open()
    await newer.write(
        lambda c: c.exec_driver_sql("update alembic_version set version_num='9999'").close()
    )
    await newer.close()
    older = Store(url)
    with pytest.raises(StoreDownError, match="9999"):
        await older.open()
    await older.close()
