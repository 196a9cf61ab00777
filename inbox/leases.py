"""Holding what only one process may do at a time: polling and sending for an account."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Connection

from inbox.store import Store, StoreDownError
from inbox.store import leases as rows

log = structlog.get_logger(__name__)

SECONDS = 10.0
"""How long a lease lasts without renewal: takeover within this, plus a retry."""

RENEW = 3.0
"""How often a holder renews, in seconds."""


class LeaseLostError(Exception):
    """Another process holds it now: stop at once what it allows."""


class Lease:
    """A lease that this process may hold. ``epoch`` is 0 while it does not."""

    def __init__(
        self, store: Store, resource: str, owner: str, *, is_dead: Callable[[str], bool]
    ) -> None:
        self._store = store
        self.is_dead = is_dead
        self.resource = resource
        self.owner = owner
        self.epoch = 0

    @asynccontextmanager
    async def held(self) -> AsyncIterator["Lease"]:
        """Wait until it is ours, renew it meanwhile, give it back at the end.

        Raises LeaseLostError out of the block's task when it is lost.
        """
        while not await self._take():  # noqa: ASYNC110 - another process gives no sign to us
            await asyncio.sleep(RENEW / 3)
        try:
            async with asyncio.TaskGroup() as group:
                renewing = group.create_task(self._renew(), name=f"renew {self.resource}")
                yield self
                renewing.cancel()
        finally:
            self.epoch = 0
            await self._store.write(partial(rows.release, resource=self.resource, owner=self.owner))

    async def _take(self) -> bool:
        def take(connection: Connection) -> int | None:
            return rows.take(
                connection, self.resource, self.owner, seconds=SECONDS, is_dead=self.is_dead
            )

        epoch = await self._store.write(take)
        self.epoch = epoch or 0
        return self.epoch > 0

    async def _renew(self) -> None:
        missed = 0.0
        while True:
            await asyncio.sleep(RENEW)
            before = self.epoch
            try:
                if not await self._take() or self.epoch != before:
                    raise LeaseLostError(f"{self.resource} is held by another process now")
                missed = 0.0
            except StoreDownError:
                missed += RENEW
                if missed > SECONDS:
                    raise LeaseLostError(f"{self.resource} could not be renewed") from None


def owner_name() -> str:
    """Names this process so that another one on this machine can tell whether
    it still runs: boot, pid namespace, pid, start time, and a random part."""
    pid = os.getpid()
    return f"{_machine()}:{pid}:{_started(pid) or 0}:{secrets.token_hex(4)}"


def is_dead(owner: str) -> bool:
    """Whether the named process provably runs no more: it ran on this machine
    since its last start, and that pid is gone or somebody else's now."""
    machine, _, rest = owner.rpartition(":")[0].partition(":")
    pid, _, started = rest.partition(":")
    if machine != _machine() or not pid.isdecimal():
        return False
    return _started(int(pid)) != started


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        space = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        return f"?{secrets.token_hex(4)}"  # cannot tell: nobody is provably dead
    return f"{boot.replace('-', '')[:12]}.{''.join(c for c in space if c.isdecimal())}"


def _started(pid: int) -> str | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = line.rpartition(")")[2].split()
    state, started = fields[0], fields[19]  # proc(5)
    return None if state in "ZX" else started
