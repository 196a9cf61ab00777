"""The life of one process, which can end between any two of its steps."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from inbox.store import Store

T = TypeVar("T")


class Life:
    """Once over, nothing of the process reaches the store or a platform any more."""

    def __init__(self) -> None:
        self.over = asyncio.Event()
        self.fuse: int | None = None
        """After so many commits it is over, and nobody hears of the last one."""

    def end(self) -> None:
        self.over.set()

    def check(self) -> None:
        """Raises CancelledError in whatever is still at work."""
        if self.over.is_set():
            raise asyncio.CancelledError

    def committed(self) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse <= 0:
                self.end()
        self.check()


class MortalStore(Store):
    """The real store, as long as its process lives."""

    def __init__(self, url: str, life: Life) -> None:
        super().__init__(url)
        self._life = life

    async def write(self, work: Callable[[Connection], T]) -> T:
        self._life.check()
        result = await super().write(work)
        self._life.check()
        self._life.committed()
        return result

    async def read(self, work: Callable[[Connection], T]) -> T:
        self._life.check()
        result = await super().read(work)
        self._life.check()
        return result

    async def abandon(self) -> None:
        """Let go of the file as the end of a process does: nothing more is written."""
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None
        await self.close()
