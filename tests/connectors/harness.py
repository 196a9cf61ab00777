"""What the contract suite asks of a channel's stand-in, and the intake it listens with."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from enum import Enum, auto
from typing import Protocol

from connectors.base import Address, Connector, Inbound


class Trouble(Enum):
    """What can happen to a call of ``send``."""

    BUSY = auto()  # the platform asks to wait seven seconds
    PAGE = auto()  # a proxy answers with a page, the call did nothing
    SILENCE = auto()  # the call took effect, no answer comes
    CUT_BEFORE = auto()  # the connection ends, the call did nothing
    CUT_AFTER = auto()  # the call took effect, the connection ends
    TOO_LARGE = auto()  # the platform will not have it
    LEFT = auto()  # the customer cannot be reached any more


class Harness(Protocol):
    """One customer who talks with one connector, at a stand-in of the platform."""

    place: Address
    secret: str
    capabilities: frozenset[type]

    @property
    def connector(self) -> Connector:
        """What is tested."""

    @classmethod
    def open(cls) -> AbstractAsyncContextManager["Harness"]:
        """Start the stand-in."""

    @classmethod
    def offline(cls) -> Connector:
        """A connector for what needs no platform."""

    def write(self, text: str) -> None:
        """The customer writes."""

    def correct(self, text: str) -> None:
        """The customer changes what he wrote last."""

    def album(self, count: int) -> None:
        """The customer sends several pictures as one."""

    def attach(self, data: bytes) -> None:
        """The customer sends a file."""

    def leave(self) -> None:
        """The customer makes himself unreachable."""

    def come_back(self) -> None:
        """The customer can be reached again."""

    def press(self, choice: str) -> None:
        """The customer presses a button below our last message."""

    def poison(self) -> bytes:
        """The platform sends what nobody can understand; returns a piece of it."""

    def held(self) -> int:
        """How many events the platform keeps because we have not acknowledged them."""

    def shown(self) -> list[str]:
        """What the customer sees from us now, oldest first."""

    def told(self) -> list[str]:
        """What pressing a button told the customer."""

    def trouble(self, trouble: Trouble) -> None:
        """The next call of ``send`` meets this."""

    def sends(self) -> int:
        """How many calls of ``send`` reached the platform."""

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the stand-in is in a state. Raises TimeoutError."""


class Ledger:
    """An intake that remembers. ``refuse`` commits fail first; ``open`` lets commits end."""

    def __init__(self, refuse: int = 0) -> None:
        self.events: list[Inbound] = []
        self.offered: list[tuple[Inbound, ...]] = []
        self.open = asyncio.Event()
        self.open.set()
        self._refuse = refuse
        self._changed = asyncio.Condition()

    async def receive(self, *events: Inbound, cursors: Mapping[Address, str] | None = None) -> None:
        async with self._changed:
            self.offered.append(events)
            self._changed.notify_all()
        await self.open.wait()
        if self._refuse:
            self._refuse -= 1
            raise OSError(28, "No space left on device")
        async with self._changed:
            self.events += events
            self._changed.notify_all()

    async def cursor(self, scope: Address) -> str | None:
        return None

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(condition)

    async def holds(self, count: int) -> list[Inbound]:
        """The first ``count`` events committed."""
        await self.until(lambda: len(self.events) >= count)
        return self.events[:count]


@asynccontextmanager
async def listening(connector: Connector, ledger: Ledger) -> AsyncIterator["asyncio.Task[None]"]:
    """Run the connector meanwhile; what it raises comes out of here."""
    task = asyncio.create_task(connector.run(ledger))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
