"""When the database is away nobody is told that anything was stored; then it goes on."""

import asyncio
import os
import resource
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from inbox.model import Seen
from inbox.store import Store, StoreDownError
from tests.store.databases import connected
from tests.store.gate import Gate
from tests.store.seeds import NOW

_seen = Seen.__table__  # type: ignore[attr-defined]


def _see(connection: Connection, key: str = "k") -> None:
    connection.execute(insert(_seen).values(account="a", key=key, at=NOW))


def _count(connection: Connection) -> int:
    return len(connection.execute(select(_seen)).all())


@pytest.fixture
async def gate(postgres_url: str) -> AsyncIterator[Gate]:
    url = make_url(postgres_url)
    async with Gate(url.host or "127.0.0.1", url.port or 5432) as opened:
        yield opened


@pytest.fixture
async def distant(gate: Gate, postgres_url: str) -> AsyncIterator[Store]:
    """A store behind the gate."""
    url = make_url(postgres_url).set(host="127.0.0.1", port=gate.port)
    store = Store(url.render_as_string(hide_password=False))
    await store.open()
    yield store
    gate.reopen()
    await store.close()


@pytest.mark.postgres
async def test_nothing_is_acknowledged_while_the_way_is_cut(distant: Store, gate: Gate) -> None:
    await distant.write(lambda c: _see(c, "before"))
    await gate.shut()
    told = await asyncio.gather(
        *(distant.write(partial(_see, key=str(n))) for n in range(3)), return_exceptions=True
    )
    assert [type(answer) for answer in told] == [StoreDownError] * 3
    gate.reopen()
    assert await distant.read(_count) == 1


@pytest.mark.postgres
async def test_reading_says_so_too(distant: Store, gate: Gate) -> None:
    await distant.read(_count)
    await gate.shut()
    for _ in range(2):  # with a connection that was cut, and without any
        with pytest.raises(StoreDownError):
            await distant.read(_count)
    gate.reopen()
    assert await distant.read(_count) == 0


async def test_a_question_that_cannot_be_asked_is_not_the_databases_fault(store: Store) -> None:
    """Else one odd event would look like a database that is away, for ever."""
    query = select(_seen).where(_seen.c.key == "a\ud800b")
    with pytest.raises((DBAPIError, UnicodeEncodeError)):
        await store.read(lambda c: c.execute(query).all())


@pytest.mark.postgres
async def test_writing_goes_on_when_the_server_is_back(distant: Store, gate: Gate) -> None:
    await gate.shut()
    with pytest.raises(StoreDownError):
        await distant.write(_see)
    gate.reopen()
    await distant.write(_see)
    assert await distant.read(_count) == 1


@pytest.mark.postgres
async def test_a_terminated_backend_costs_one_batch(postgres_url: str) -> None:
    """What an operator does with pg_terminate_backend, or a restart of the server."""
    store = Store(postgres_url)
    await store.open()
    await store.write(lambda c: _see(c, "before"))
    admin = await connected()
    await admin.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1",
        make_url(postgres_url).database,
    )
    await admin.close()
    with pytest.raises(StoreDownError):
        await store.write(lambda c: _see(c, "lost"))
    await store.write(lambda c: _see(c, "after"))
    keys = await store.read(lambda c: set(c.execute(select(_seen.c.key)).scalars()))
    assert keys == {"before", "after"}
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://postgres@127.0.0.1:1/inbox",
        "sqlite:////proc/no/such/inbox.db",
        "sqlite:////dev/null/inbox.db",
    ],
)
async def test_opening_what_is_not_there_is_one_sentence(url: str) -> None:
    store = Store(url)
    with pytest.raises(StoreDownError) as told:
        await store.open()
    assert "\n" not in str(told.value)
    await store.close()


@pytest.mark.postgres
async def test_a_database_that_does_not_exist_is_one_sentence(postgres_url: str) -> None:
    store = Store(f"{postgres_url}_not")
    with pytest.raises(StoreDownError, match="does not exist"):
        await store.open()
    await store.close()


async def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "inbox.db").write_bytes(b"no database at all, but long enough" * 100)
    store = Store(f"sqlite:///{tmp_path}/inbox.db")
    with pytest.raises(StoreDownError, match="not a database"):
        await store.open()
    await store.close()


async def test_a_full_disk_refuses_and_then_goes_on(sqlite: Store) -> None:
    """SQLITE_FULL, as max_page_count makes it: the same answer as ENOSPC."""

    def limit(connection: Connection, pages: int) -> None:
        connection.exec_driver_sql(f"pragma max_page_count={pages}")

    def fill(connection: Connection) -> None:
        for number in range(2_000):
            _see(connection, f"{number:0200}")

    await sqlite.write(lambda c: limit(c, 1))  # SQLite takes the present size, then
    with pytest.raises(StoreDownError, match="full"):
        await sqlite.write(fill)
    assert await sqlite.read(_count) == 0
    await sqlite.write(lambda c: limit(c, 1_000_000))
    await sqlite.write(fill)
    assert await sqlite.read(_count) == 2_000


async def test_units_that_share_a_batch_with_a_full_disk_are_all_told(sqlite: Store) -> None:
    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("pragma max_page_count=1")
        for number in range(2_000):
            _see(connection, f"{number:0200}")

    told = await asyncio.gather(
        sqlite.write(lambda c: _see(c, "small")), sqlite.write(fill), return_exceptions=True
    )
    assert [type(answer) for answer in told] == [StoreDownError] * 2
    assert await sqlite.read(_count) == 0


async def test_a_read_only_file_is_down_until_it_is_writable(sqlite: Store) -> None:
    def only_read(connection: Connection, *, on: bool) -> None:
        raw: Any = connection.connection.driver_connection
        raw.execute(f"pragma query_only={on:d}")  # beside SQLAlchemy, which would begin first

    await sqlite._run(sqlite._write_engine, lambda c: only_read(c, on=True))
    with pytest.raises(StoreDownError, match="readonly"):
        await sqlite.write(_see)
    await sqlite._run(sqlite._write_engine, lambda c: only_read(c, on=False))
    await sqlite.write(_see)
    assert await sqlite.read(_count) == 1


_QUOTA = textwrap.dedent(
    """
    import asyncio, resource, signal, sys
    from sqlalchemy import insert
    from inbox.store import Store, StoreDownError
    from inbox.model import Seen
    from tests.store.seeds import NOW

    async def main() -> None:
        store = Store(sys.argv[1])
        await store.open()
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
        many = [{"account": "a", "key": f"{n:0200}", "at": NOW} for n in range(5_000)]
        try:
            await store.write(lambda c: c.execute(insert(Seen.__table__), many) and None)
        except StoreDownError as error:
            print("down:", error)
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        await store.write(lambda c: c.execute(insert(Seen.__table__), many[:3]) and None)
        print("went on")
        await store.close()

    asyncio.run(main())
    """
)


@pytest.mark.faults
async def test_a_write_that_the_system_refuses_is_down(tmp_path: Path) -> None:
    """A quota, as RLIMIT_FSIZE makes it, in a process of its own."""
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _QUOTA, f"sqlite:///{tmp_path}/inbox.db"],
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=False,
    )
    lines = done.stdout.splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("down: nothing was stored")
    assert lines[1] == "went on"
