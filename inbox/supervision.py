"""Tasks that must always run: caught, logged once, started again after a pause."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)

FIRST, LONGEST = 0.5, 60.0
"""Seconds of pause after the first failure, and at the most."""

HEALTHY = 60.0
"""After so many seconds without failure the pauses begin anew."""


class Supervisor:
    """What runs, and since when what does not: ``down`` maps a task's name to
    one sentence that says why."""

    def __init__(self) -> None:
        self.down: dict[str, str] = {}
        self.stopping = False

    async def keep(self, name: str, make: Callable[[], Awaitable[None]]) -> None:
        """Run ``make()`` for ever, again after each failure; returns when it returns."""
        pause = FIRST
        while True:
            began = time.monotonic()
            healthy = asyncio.get_running_loop().call_later(pause * 2, self._up, name)
            try:
                await make()
            except Exception as error:  # noqa: BLE001 - that is what a supervisor is for
                pause = FIRST if time.monotonic() - began > HEALTHY else pause
                self._down(name, error, pause)
                if self.stopping:
                    return
            else:
                self._up(name)
                return
            finally:
                healthy.cancel()
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
            pause = min(LONGEST, pause * 2)

    def _up(self, name: str) -> None:
        if self.down.pop(name, None) is not None:
            log.info("task.up", task=name)

    def _down(self, name: str, error: Exception, pause: float) -> None:
        why = reason(error)
        if self.down.get(name) != why:
            log.warning("task.down", task=name, why=why, again_in=round(pause, 1))
        self.down[name] = why


def reason(error: BaseException) -> str:
    """One line that says what an exception, or the first of a group, was."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    said = str(error).strip().splitlines()
    return f"{type(error).__name__}: {said[0]}"[:300] if said else type(error).__name__
