"""Rows of what could not be taken in."""

from functools import partial

from sqlalchemy import Connection

from inbox.model import Quarantine
from inbox.store import Store, quarantine
from tests.store.seeds import NOW

_table = Quarantine.__table__  # type: ignore[attr-defined]


async def _strike(store: Store) -> int:
    await store.write(
        lambda c: quarantine.strike(c, id=store.ids(), account="a", key="u:1", now=NOW)
    )
    return (await store.read(quarantine.strikes))["a", "u:1"]


def _keep(store: Store, connection: Connection, error: str = "why") -> None:
    quarantine.keep(
        connection,
        id=store.ids(),
        account="a",
        key="u:1",
        stage="store",
        error=error,
        raw=b"sealed",
        now=NOW,
    )


async def test_strikes_are_counted(store: Store) -> None:
    assert [await _strike(store) for _ in range(3)] == [1, 2, 3]
    assert await store.read(quarantine.waiting) == 0


async def test_what_went_well_is_forgotten(store: Store) -> None:
    await _strike(store)
    await store.write(lambda c: quarantine.spare(c, account="a", key="u:1"))
    assert await _strike(store) == 1


async def test_what_is_kept_waits_for_an_operator(store: Store) -> None:
    await _strike(store)
    await store.write(lambda c: _keep(store, c))
    assert await store.read(quarantine.waiting) == 1
    await store.write(lambda c: quarantine.spare(c, account="a", key="u:1"))
    assert await store.read(quarantine.waiting) == 1, "only what is being tried is forgotten"


async def test_the_same_event_is_kept_once(store: Store) -> None:
    for error in ("first", "second"):
        await store.write(partial(_keep, store, error=error * 200))
    (row,) = await store.read(lambda c: c.execute(_table.select()).all())
    assert row.error == ("second" * 200)[:500]
    assert row.raw == b"sealed"
