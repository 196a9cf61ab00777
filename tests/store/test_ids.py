"""Identifiers are unique over processes and rolled back batches."""

import asyncio
from functools import partial

import pytest
from sqlalchemy import Connection

from inbox.store import Refusal, Store
from inbox.store.ids import BLOCK, Ids


async def test_identifiers_never_repeat(store: Store) -> None:
    found = [number for _ in range(3) for number in await store.write(lambda _: _some(store))]
    assert len(set(found)) == len(found)


def _taken(store: Store, _: Connection, *, count: int = 10_000) -> list[int]:
    return _some(store, count)


def _some(store: Store, count: int = 10_000) -> list[int]:
    return [store.ids() for _ in range(count)]


async def test_a_batch_that_is_rolled_back_frees_none(store: Store) -> None:
    kept = list[int]()

    def fails(_: Connection) -> None:
        kept.extend(store.ids() for _ in range(9_000))
        raise Refusal("on purpose")

    for _ in range(3):
        with pytest.raises(Refusal):
            await store.write(fails)
    kept += await store.write(lambda _: _some(store))
    assert len(set(kept)) == len(kept)


async def test_a_restart_goes_on_behind(url: str) -> None:
    found = list[int]()
    for _ in range(3):
        store = Store(url)
        await store.open()
        found += await store.write(partial(_taken, store))
        await store.close()
    assert len(set(found)) == len(found)


@pytest.mark.postgres
async def test_processes_share_no_identifier(postgres_url: str) -> None:
    stores = [Store(postgres_url), Store(postgres_url)]
    for store in stores:
        await store.open()
    some = await asyncio.gather(
        *(store.write(partial(_taken, store, count=1_000)) for store in stores * 8)
    )
    found = [number for numbers in some for number in numbers]
    assert len(set(found)) == len(found)
    for store in stores:
        await store.close()


def test_none_is_made_up_where_none_is_reserved() -> None:
    with pytest.raises(RuntimeError, match="reserve"):
        Ids()()


async def test_what_is_left_is_counted_over_both_blocks(store: Store) -> None:
    ids = Ids()

    def reserve(connection: Connection) -> None:
        connection.rollback()
        ids.reserve(connection)

    await store._run(store._write_engine, reserve)
    assert ids.left == BLOCK
    for _ in range(BLOCK // 2 + 1):
        ids()
    await store._run(store._write_engine, reserve)
    assert ids.left == BLOCK // 2 - 1 + BLOCK
