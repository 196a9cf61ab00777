"""A service without sockets on a SQLite file, from its start to its crash."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, func, select

from config.settings import Settings, load
from inbox import agents
from inbox.app import build_policy
from inbox.intake import Intake
from inbox.leases import Lease
from inbox.model import Delivery, DeliveryStatus
from inbox.outbox import Outbox
from inbox.policy import Policy
from inbox.reception import HANDLERS
from inbox.seal import Seal
from inbox.store import Store, claims
from inbox.store.engine import Work
from tests.properties.memory import ACCOUNT, ROOM, Died, Memory, Platform

T = TypeVar("T")

AGENT = "501"
_table = Delivery.__table__  # type: ignore[attr-defined]


@dataclass
class Clock:
    """The wall clock: it moves only when somebody turns it."""

    now: datetime = datetime(2026, 1, 5, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, **by: float) -> None:
        """Let time pass."""
        self.now += timedelta(**by)


class Mortal(Store):
    """A store that can be gone in the middle of anything."""

    dead = False

    async def write(self, work: Work[T]) -> T:
        """As always, while alive."""
        if self.dead:
            raise Died
        return await super().write(work)

    async def read(self, work: Work[T]) -> T:
        """As always, while alive."""
        if self.dead:
            raise Died
        return await super().read(work)

    def die(self) -> None:
        """Nothing is stored any more: what was committed is, the rest never was."""
        self.dead = True
        if self._writer is not None:
            self._writer.cancel()

    def bury(self) -> None:
        """Let go of the file, when nobody uses it any more."""
        if self._sync is not None:
            for pool in self._threads:
                pool.shutdown()
            for engine in self._sync:
                engine.dispose()


def settings() -> Settings:
    """One account in memory, a desk, and one agent."""
    environ = {
        f"INBOX_CONNECTORS__{ACCOUNT.upper()}__KIND": "memory",
        "INBOX_DESK__CONNECTOR": ACCOUNT,
        "INBOX_DESK__GROUP": ROOM,
        "INBOX_AGENTS": f'[{{"name": "Mia", "telegram": {AGENT}}}]',
    }
    return load(None, environ)


def policy() -> Policy:
    """The shipped texts and rules."""
    return build_policy(settings(), {ACCOUNT: Memory(Platform())})


class Life:
    """One process: :meth:`begin`, and then :meth:`crash` or :meth:`end`."""

    def __init__(
        self, file: Path, platform: Platform, *, policy: Policy, clock: Clock, number: int
    ) -> None:
        self.clock = clock
        self.connector = Memory(platform)
        self.store = Mortal(f"sqlite:///{file}")
        is_dead: Callable[[str], bool] = lambda _: True  # noqa: E731 - one process on a file
        lease = Lease(self.store, f"send:{ACCOUNT}", f"life {number}", is_dead=is_dead)
        self.outbox = Outbox(self.store, self.connector, lease, policy=policy, clock=clock)
        self.intake = Intake(
            self.store,
            policy=policy,
            handlers=HANDLERS,
            seal=Seal(file.parent),
            clock=clock,
            committed=self.outbox.made,
            unclean=number > 1,
        )
        self._sending: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Start, as the application does."""
        await self.store.open()
        roster = settings().agents
        await self.store.write(
            lambda c: agents.configure(c, self.store.ids, roster, self.clock.now)
        )
        self._sending = asyncio.create_task(self.outbox.run(), name="outbox")

    async def crash(self) -> None:
        """Everything in memory is gone at once."""
        self.store.die()
        self.connector.die()
        await self._over()
        self.store.bury()

    async def end(self) -> None:
        """Stop in order."""
        self.outbox.stop()
        await self._over(cancel=False)
        await self.store.close()

    async def _over(self, *, cancel: bool = True) -> None:
        if self._sending is None:
            return
        if cancel:
            self._sending.cancel()
        (ended,) = await asyncio.gather(self._sending, return_exceptions=True)
        if not cancel and isinstance(ended, BaseException):
            raise ended

    async def drain(self, seconds: float = 20.0) -> None:
        """Run until nothing waits, turning the clock to whatever is due next.
        Raises AssertionError where something never ends."""
        deadline = time.monotonic() + seconds
        while not await self.store.read(claims.is_idle):
            if self._sending is not None and self._sending.done():
                self._sending.result()
            assert time.monotonic() < deadline, await self.waiting()
            due = await self.store.read(_next_due)
            if due is not None and due > self.clock.now:
                self.clock.now = due
            await asyncio.sleep(0.002)

    async def waiting(self) -> Sequence[Any]:
        """What is not final: for the message of a failure."""
        unsettled = _table.c.status.in_((DeliveryStatus.PENDING, DeliveryStatus.SENDING))
        return await self.store.read(lambda c: c.execute(select(_table).where(unsettled)).all())


def _next_due(connection: Connection) -> datetime | None:
    """The earliest moment at which something that waits may leave."""
    query = select(func.min(_table.c.due_at)).where(_table.c.status == DeliveryStatus.PENDING)
    due: datetime | None = connection.execute(query).scalar_one()
    return due
