"""One writer: units that wait together share a transaction and harm each other not."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from inbox.model import Counter, Seen
from inbox.store import Refusal, Store
from tests.store.seeds import NOW

_seen = Seen.__table__  # type: ignore[attr-defined]


def _see(key: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(insert(_seen).values(account="a", key=key, at=NOW))

    return work


async def _keys(store: Store) -> set[str]:
    return set(await store.read(lambda c: c.execute(select(_seen.c.key)).scalars().all()))


def _transaction(connection: Connection) -> object:
    """What names the outermost transaction of a connection."""
    return connection.get_transaction()


async def test_what_waits_together_shares_a_transaction(store: Store) -> None:
    found = await asyncio.gather(*(store.write(_transaction) for _ in range(5)))
    assert len({id(transaction) for transaction in found}) == 1


async def test_what_comes_later_gets_a_transaction_of_its_own(store: Store) -> None:
    assert await store.write(_transaction) is not await store.write(_transaction)


async def test_everything_a_caller_was_told_of_is_there(store: Store) -> None:
    await asyncio.gather(*(store.write(_see(str(n))) for n in range(600)))
    assert await _keys(store) == {str(n) for n in range(600)}


async def test_units_are_done_in_the_order_in_which_they_came(store: Store) -> None:
    done: list[int] = []

    def note(number: int, _: Connection) -> None:
        done.append(number)

    await asyncio.gather(*(store.write(partial(note, n)) for n in range(20)))
    assert done == list(range(20))


async def test_a_unit_that_fails_harms_no_other(store: Store) -> None:
    def fails(connection: Connection) -> None:
        _see("never")(connection)
        raise Refusal("on purpose")

    first, failed, last = await asyncio.gather(
        store.write(_see("first")),
        store.write(fails),
        store.write(_see("last")),
        return_exceptions=True,
    )
    assert (first, last) == (None, None)
    assert isinstance(failed, Refusal)
    assert await _keys(store) == {"first", "last"}


async def test_a_unit_that_fails_alone_leaves_nothing(store: Store) -> None:
    def fails(connection: Connection) -> None:
        _see("never")(connection)
        raise Refusal("on purpose")

    with pytest.raises(Refusal):
        await store.write(fails)
    assert await _keys(store) == set()


async def test_a_broken_promise_is_looked_at_once_more(store: Store) -> None:
    """Somebody else wrote the row between our reading and our writing."""
    await store.write(_see("taken"))
    tries: list[int] = []

    def work(connection: Connection) -> str:
        tries.append(1)
        if len(tries) == 1:
            _see("taken")(connection)
        return "the second time"

    assert await store.write(work) == "the second time"


async def test_a_promise_broken_twice_is_the_callers(store: Store) -> None:
    await store.write(_see("taken"))
    with pytest.raises(IntegrityError) as told:
        await store.write(_see("taken"))
    assert "taken" not in str(told.value), "errors are logged: they quote nobody"


async def test_a_caller_who_gave_up_harms_nobody(store: Store) -> None:
    impatient = asyncio.create_task(store.write(_see("impatient")))
    await asyncio.sleep(0)
    impatient.cancel()
    await store.write(_see("patient"))
    assert "patient" in await _keys(store)


async def test_close_commits_what_waits(url: str) -> None:
    store = Store(url)
    await store.open()
    waiting = [asyncio.create_task(store.write(_see(str(n)))) for n in range(3)]
    await asyncio.sleep(0)
    await store.close()
    await asyncio.gather(*waiting)
    again = Store(url)
    await again.open()
    assert await _keys(again) == {"0", "1", "2"}
    await again.close()


async def test_a_store_must_be_opened_first(tmp_path: object) -> None:
    with pytest.raises(RuntimeError, match="open"):
        await Store("sqlite:///never.db").read(lambda _: None)


async def test_sqlite_survives_a_power_cut_and_forgets_what_is_deleted(sqlite: Store) -> None:
    def pragmas(connection: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        return [connection.exec_driver_sql(f"pragma {name}").scalar() for name in names]

    full = 2
    assert await sqlite.write(pragmas) == ["wal", full, 1, 1]


@pytest.mark.postgres
@pytest.mark.faults
async def test_processes_that_begin_together_make_the_tables_once(postgres_url: str) -> None:
    """Whoever comes second finds the work done, whatever step he lost at."""
    environ = {**os.environ, "INBOX_DATABASE__URL": postgres_url}
    root = Path(__file__).parents[2]
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "inbox", "migrate"), cwd=root, env=environ, stderr=PIPE
        )
        for _ in range(2)
    ]
    told = await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0, 0], told


@pytest.mark.postgres
async def test_processes_that_begin_together_make_the_counter_once(postgres_url: str) -> None:
    stores = [Store(postgres_url) for _ in range(3)]
    for store in stores:
        await store.open()
    await asyncio.gather(*(store.write(_see(str(n))) for n, store in enumerate(stores)))
    assert await _keys(stores[0]) == {"0", "1", "2"}
    for store in stores:
        await store.close()


@pytest.mark.postgres
async def test_a_deadlock_is_lost_and_the_batch_repeated(postgres_url: str) -> None:
    """Two processes write the same two rows, each in the other order, and meet between."""
    stores = [Store(postgres_url), Store(postgres_url)]
    for store in stores:
        await store.open()
    counter = Counter.__table__  # type: ignore[attr-defined]
    names = ["one", "two"]
    rows = [{"name": name, "next": 0} for name in names]
    await stores[0].write(lambda c: c.execute(insert(counter), rows).close())
    tries = 0

    def add(order: list[str]) -> Callable[[Connection], None]:
        def work(connection: Connection) -> None:
            nonlocal tries
            tries += 1
            for name in order:
                connection.execute(
                    counter.update().where(counter.c.name == name).values(next=counter.c.next + 1)
                )
                connection.exec_driver_sql("select pg_sleep(0.1)")

        return work

    await asyncio.gather(stores[0].write(add(names)), stores[1].write(add(names[::-1])))
    total = await stores[0].read(
        lambda c: c.execute(
            select(func.sum(counter.c.next)).where(counter.c.name.in_(names))
        ).scalar()
    )
    assert total == 4
    assert tries > 2
    for store in stores:
        await store.close()
