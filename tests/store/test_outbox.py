"""Deliveries on their way: claimed, called once, settled, whatever happens meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, update

from connectors.base import Part, Rate, Rates, Sent
from inbox import outbox as module
from inbox.leases import Lease
from inbox.model import Delivery, DeliveryStatus, Side
from inbox.model import Lease as LeaseTable
from inbox.outbox import Outbox
from inbox.store import Store, claims
from tests.store.seeds import NOW, Case, case, world_of
from tests.unit.inbox.memory import Fate, Memory, Platform
from tests.unit.inbox.parts import policy

POLICY = policy()
DM, DESK = "memory/dm", "desk/room"

_deliveries = Delivery.__table__  # type: ignore[attr-defined]
_leases = LeaseTable.__table__  # type: ignore[attr-defined]


class Clock:
    """A wall clock that is turned by hand."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


class Running(Clock):
    """A wall clock that runs by itself."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def __call__(self) -> datetime:
        return NOW + timedelta(seconds=time.monotonic() - self._began)


class Rated(Memory):
    """A connector whose budgets are small, and that notes when what was sent."""

    def __init__(self, platform: Platform, rates: Rates) -> None:
        super().__init__(platform)
        self._rates = rates
        self.spent: list[tuple[float, int]] = []

    def rates(self, scope: str) -> Rates:
        """The same for every scope."""
        return self._rates

    async def send(self, part: Part) -> Sent:
        """As always."""
        self.spent.append((time.monotonic(), part.cost))
        return await super().send(part)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POLL", 0.02)


@asynccontextmanager
async def sending(
    store: Store, connector: Memory, *, clock: Clock | None = None, owner: str = "me"
) -> AsyncIterator[Outbox]:
    """An outbox at work, stopped in order at the end."""
    lease = Lease(store, "send:memory", owner, is_dead=lambda _: True)
    outbox = Outbox(store, connector, lease, policy=POLICY, clock=clock or Clock())
    running = asyncio.create_task(outbox.run())
    try:
        yield outbox
    finally:
        outbox.stop()
        await running


async def _make(store: Store, *fill: Callable[[Case], Any]) -> None:
    """Conversations, each filled by one of the functions."""

    def make(connection: Connection) -> None:
        world = world_of(store, connection)
        for number, put in enumerate(fill, start=1):
            one = case(world, number)
            one.customer.account = one.desk.account = "memory"
            one.desk.place = f"room/{number}"
            put(one)
        world.flush()

    await store.write(make)


def _answer(one: Case, body: str = "hello", **more: Any) -> Any:
    return one.post(body, side=Side.CUSTOMER, **{"queue": DM, **more})


def _album(one: Case, count: int) -> None:
    from inbox.store.rows import Attachment  # noqa: PLC0415 - the row, not the table

    delivery = _answer(one, "")
    for part in range(count):
        one.world.add(
            Attachment(
                id=one.world.new_id(),
                message_id=delivery.message_id,
                part=part,
                kind="photo",
                name="",
                type="",
                source={},
            )
        )


async def _until(condition: Callable[[], object]) -> None:
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came to be")


async def _idle(store: Store, clock: Clock | None = None, seconds: float = 10) -> None:
    """Until nothing waits; a clock is turned on while it does."""
    deadline = time.monotonic() + seconds
    while not await store.read(claims.is_idle):
        assert time.monotonic() < deadline, "something never ends"
        if clock is not None:
            clock.now += timedelta(seconds=1)
        await asyncio.sleep(0.01)


async def _statuses(store: Store) -> list[DeliveryStatus]:
    query = _deliveries.select().order_by(_deliveries.c.id)
    return [row.status for row in await store.read(lambda c: c.execute(query).all())]


def _worst(spent: list[tuple[float, int]], window: float) -> int:
    return max(sum(c for at, c in spent if end - window < at <= end) for end, _ in spent)


async def test_an_album_leaves_room_for_what_is_claimed_with_it(sqlite: Store) -> None:
    """Ten units are free; the album takes eight of them; nine texts were claimed, too."""
    rates = Rates(whole=(Rate(10, 0.5),))
    connector = Rated(Platform(), rates)
    await _make(sqlite, lambda one: _album(one, 8), *[_answer] * 9)
    async with sending(sqlite, connector, clock=Running()):
        await _idle(sqlite)
    assert sum(cost for _, cost in connector.spent) == 17
    assert _worst(connector.spent, 0.49) <= 10


async def test_an_album_larger_than_the_budget_still_leaves(sqlite: Store) -> None:
    connector = Rated(Platform(), Rates(whole=(Rate(3, 0.2),)))
    await _make(sqlite, lambda one: _album(one, 8), *[_answer] * 4)
    async with sending(sqlite, connector, clock=Running()):
        await _idle(sqlite)
    assert sorted(cost for _, cost in connector.spent) == [1, 1, 1, 1, 8]


async def test_more_than_can_be_in_flight_is_sent_in_turn(sqlite: Store) -> None:
    platform = Platform()
    await _make(sqlite, *[_answer] * 150)
    async with sending(sqlite, Memory(platform)):
        await _idle(sqlite)
    assert len(platform.accepted) == 150


@pytest.mark.parametrize(
    ("fate", "status"),
    [
        (Fate.SENT, DeliveryStatus.SENT),
        (Fate.LATER, DeliveryStatus.SENT),
        (Fate.TOLD, DeliveryStatus.SENT),
        (Fate.REFUSED, DeliveryStatus.REFUSED),
        (Fate.UNREACHABLE, DeliveryStatus.REFUSED),
        (Fate.LOST, DeliveryStatus.UNCERTAIN),
        (Fate.SILENT, DeliveryStatus.UNCERTAIN),
    ],
)
async def test_every_end_of_a_call_is_written_down(
    sqlite: Store, fate: Fate, status: DeliveryStatus
) -> None:
    platform, clock = Platform(), Clock()
    platform.fates[False].append(fate)
    await _make(sqlite, _answer)
    async with sending(sqlite, Memory(platform), clock=clock):
        await _idle(sqlite, clock)
    assert (await _statuses(sqlite))[0] == status


async def test_an_unknown_error_counts_as_uncertain(sqlite: Store) -> None:
    class Broken(Memory):
        async def send(self, part: Part) -> Sent:
            if part.place.id == "1":
                raise ZeroDivisionError
            return await super().send(part)

    await _make(sqlite, _answer)
    async with sending(sqlite, Broken(Platform())):
        await _idle(sqlite)
    assert (await _statuses(sqlite))[0] == DeliveryStatus.UNCERTAIN


async def test_what_cannot_be_composed_is_refused_and_blocks_nothing(sqlite: Store) -> None:
    def impossible(one: Case) -> None:
        _answer(one, "bad", kind="incoming")
        one.world.messages[max(one.world.messages)].marks = [["no such mark", 0, 1, ""]]
        _answer(one, "good")

    platform = Platform()
    await _make(sqlite, impossible)
    async with sending(sqlite, Memory(platform)):
        await _idle(sqlite)
    assert [post.body for post in platform.accepted if post.part.place.id == "1"] == ["good"]
    assert (await _statuses(sqlite))[0] == DeliveryStatus.REFUSED


async def test_a_result_is_kept_until_the_store_takes_it(sqlite: Store) -> None:
    """The database is away just when the call has ended."""
    platform = Platform()
    await _make(sqlite, _answer)

    class Cutting(Memory):
        async def send(self, part: Part) -> Sent:
            await sqlite._run(sqlite._write_engine, lambda c: _only_read(c, on=True))
            return await super().send(part)

    async with sending(sqlite, Cutting(platform)):
        await _until(lambda: platform.accepted)
        await asyncio.sleep(0.05)
        assert await _statuses(sqlite) == [DeliveryStatus.SENDING]
        await sqlite._run(sqlite._write_engine, lambda c: _only_read(c, on=False))
        await _idle(sqlite)
    assert await _statuses(sqlite) == [DeliveryStatus.SENT]
    assert len(platform.accepted) == 1


def _only_read(connection: Connection, *, on: bool) -> None:
    raw: Any = connection.connection.driver_connection
    raw.execute(f"pragma query_only={on:d}")


async def test_what_was_under_way_when_the_process_died_is_asked_about(sqlite: Store) -> None:
    await _make(sqlite, _answer)
    await sqlite.write(
        lambda c: c.execute(
            update(_deliveries).values(status="sending", owner="dead", started_at=NOW)
        ).close()
    )
    platform = Platform()
    async with sending(sqlite, Memory(platform)):
        await _idle(sqlite)
    assert (await _statuses(sqlite))[0] == DeliveryStatus.UNCERTAIN
    assert [post.part.place.id for post in platform.accepted] == ["room/1"], "the question"


async def test_calls_under_way_end_before_it_stops(sqlite: Store) -> None:
    class Slow(Memory):
        calling = False

        async def send(self, part: Part) -> Sent:
            self.calling = True
            await asyncio.sleep(0.2)
            return await super().send(part)

    connector = Slow(Platform())
    await _make(sqlite, _answer)
    async with sending(sqlite, connector):
        await _until(lambda: connector.calling)
    assert await _statuses(sqlite) == [DeliveryStatus.SENT]


async def test_who_lost_the_lease_claims_nothing(sqlite: Store) -> None:
    platform = Platform()
    lease = Lease(sqlite, "send:memory", "me", is_dead=lambda _: False)
    outbox = Outbox(sqlite, Memory(platform), lease, policy=POLICY, clock=Clock())
    running = asyncio.create_task(outbox.run())
    await _until(lambda: outbox.serving)
    await sqlite.write(
        lambda c: c.execute(update(_leases).values(owner="another", epoch=9)).close()
    )
    await _make(sqlite, _answer)
    outbox.wake(DM)
    with pytest.raises(ExceptionGroup):
        await asyncio.wait_for(running, 5)
    assert platform.accepted == []
    assert await _statuses(sqlite) == [DeliveryStatus.PENDING]


async def test_a_ban_that_was_kept_is_obeyed_by_the_next_process(sqlite: Store) -> None:
    clock, platform = Clock(), Platform()
    until = NOW + timedelta(seconds=0.5)
    await sqlite.write(lambda c: claims.remember_ban(c, DM, until, NOW))
    await _make(sqlite, _answer)
    began = time.monotonic()
    async with sending(sqlite, Memory(platform), clock=clock):
        await _idle(sqlite)
    assert time.monotonic() - began >= 0.5


async def test_what_was_spent_before_a_crash_counts(sqlite: Store) -> None:
    platform = Platform()
    await _make(sqlite, *[_answer] * 3, _answer)
    first = (await sqlite.read(lambda c: c.execute(_deliveries.select()).all()))[:3]
    await sqlite.write(
        lambda c: c.execute(
            update(_deliveries)
            .where(_deliveries.c.id.in_([row.id for row in first]))
            .values(status="sent", started_at=NOW - timedelta(seconds=0.1))
        ).close()
    )
    connector = Rated(platform, Rates(whole=(Rate(3, 0.6),)))
    began = time.monotonic()
    async with sending(sqlite, connector):
        await _idle(sqlite)
    assert time.monotonic() - began >= 0.45
