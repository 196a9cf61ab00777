"""What only one may do: who holds it, until when, and who notices."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, update

from inbox.leases import Lease, LeaseLostError, is_dead, owner_name
from inbox.model import Lease as Table
from inbox.store import Store, leases

_table = Table.__table__  # type: ignore[attr-defined]


def _never(_: str) -> bool:
    return False


async def _take(
    store: Store, owner: str, *, seconds: float = 60, dead: tuple[str, ...] = ()
) -> int | None:
    return await store.write(
        lambda c: leases.take(c, "poll:a", owner, seconds=seconds, is_dead=dead.__contains__)
    )


async def _holds(store: Store, owner: str, epoch: int) -> bool:
    return await store.read(lambda c: leases.holds(c, "poll:a", owner, epoch))


async def test_the_first_who_comes_holds_it(store: Store) -> None:
    assert await _take(store, "one") == 1
    assert await _take(store, "two") is None
    assert await _holds(store, "one", 1)


async def test_a_renewal_keeps_the_epoch(store: Store) -> None:
    assert [await _take(store, "one"), await _take(store, "one")] == [1, 1]


async def test_the_clock_of_the_database_decides_when_it_ends(store: Store) -> None:
    await _take(store, "one", seconds=2)
    assert await _take(store, "two") is None
    await asyncio.sleep(2.1)
    assert not await _holds(store, "one", 1)
    assert await _take(store, "two") == 2


async def test_who_lost_it_is_fenced_by_the_epoch(store: Store) -> None:
    await _take(store, "one", seconds=0.0)
    await _take(store, "two", seconds=0.0)
    assert await _take(store, "one") == 3
    assert not await _holds(store, "one", 1)
    assert await _holds(store, "one", 3)


async def test_of_a_dead_owner_it_is_taken_at_once(store: Store) -> None:
    await _take(store, "one")
    assert await _take(store, "two", dead=("one",)) == 2


async def test_what_is_given_back_is_free_and_keeps_its_epoch(store: Store) -> None:
    await _take(store, "one")
    await store.write(lambda c: leases.release(c, "poll:a", "two"))
    assert await _holds(store, "one", 1), "only its owner gives it back"
    await store.write(lambda c: leases.release(c, "poll:a", "one"))
    assert not await _holds(store, "one", 1)
    assert await _take(store, "two") == 2


async def test_what_nobody_gave_back_is_known(store: Store) -> None:
    await _take(store, "one")
    assert await store.read(leases.unreleased) == ["one"]
    await store.write(lambda c: leases.release(c, "poll:a", "one"))
    assert await store.read(leases.unreleased) == []


async def test_the_databases_clock_is_near_ours_and_aware(store: Store) -> None:
    said = await store.read(leases.database_now)
    assert abs((said - datetime.now(UTC)).total_seconds()) < 5


@pytest.mark.postgres
async def test_of_two_who_take_it_at_once_one_has_it(postgres_url: str) -> None:
    stores = [Store(postgres_url), Store(postgres_url)]
    for store in stores:
        await store.open()
    taken = await asyncio.gather(
        *(_take(store, f"owner {number}") for number, store in enumerate(stores))
    )
    assert sorted(taken, key=str) == [1, None]
    for store in stores:
        await store.close()


async def test_a_held_lease_has_an_epoch_and_is_given_back(store: Store) -> None:
    lease = Lease(store, "poll:a", "me", is_dead=_never)
    assert lease.epoch == 0
    async with lease.held():
        assert lease.epoch == 1
        assert await _holds(store, "me", 1)
    assert lease.epoch == 0
    assert await store.read(leases.unreleased) == []


async def test_who_waits_for_a_lease_gets_it_when_it_is_free(store: Store) -> None:
    first = Lease(store, "poll:a", "one", is_dead=_never)
    second = Lease(store, "poll:a", "two", is_dead=_never)
    got = asyncio.Event()

    async def wait() -> None:
        async with second.held():
            got.set()

    async with first.held():
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0.1)
        assert not got.is_set()
    await asyncio.wait_for(waiting, 5)
    assert got.is_set()


async def test_who_finds_his_lease_with_another_stops(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.leases.RENEW", 0.05)
    lease = Lease(store, "poll:a", "one", is_dead=_never)

    def steal(connection: Connection) -> None:
        connection.execute(update(_table).values(owner="two", epoch=2))

    async def hold() -> None:
        async with lease.held():
            await store.write(steal)
            await asyncio.sleep(5)

    with pytest.raises(ExceptionGroup) as told:
        await hold()
    assert told.group_contains(LeaseLostError)
    assert lease.epoch == 0


def test_the_name_of_a_living_process_is_not_dead() -> None:
    assert not is_dead(owner_name())


async def test_the_name_of_a_process_that_ended_is_dead() -> None:
    ended = await asyncio.create_subprocess_exec("/bin/true")
    await ended.wait()
    machine, _, started, tail = owner_name().split(":")
    assert is_dead(f"{machine}:{ended.pid}:{started}:{tail}")


def test_a_pid_that_was_given_to_another_process_is_dead() -> None:
    machine, pid, started, tail = owner_name().split(":")
    assert is_dead(f"{machine}:{pid}:{int(started) + 1}:{tail}")


@pytest.mark.parametrize("owner", ["elsewhere.1:1:1:ab", "?abcd:7:0:ab", "", "a", "a:b:c:d"])
def test_of_another_machine_nobody_is_provably_dead(owner: str) -> None:
    assert not is_dead(owner)
