"""The real parts of the service, put together as :class:`inbox.app.App` does, without sockets."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from config.settings import Settings
from connectors.base import Connector
from inbox import agents
from inbox.app import build_policy
from inbox.intake import Intake
from inbox.leases import Lease
from inbox.outbox import Outbox
from inbox.policy import Policy
from inbox.reception import HANDLERS
from inbox.seal import Seal
from inbox.store import leases
from inbox.store.rows import Delivery
from tests.properties.life import Life, MortalStore
from tests.properties.line import ACCOUNTS, DESK, GROUP, Line, Platform

AGENTS = {"Mia": "1001", "Lea": "1002"}
"""Who may answer, and their ids."""

SETTINGS = Settings(
    connectors={name: {"kind": "memory"} for name in ACCOUNTS},
    desk={"connector": DESK, "group": GROUP},
    agents=[{"name": name, "telegram": int(number)} for name, number in AGENTS.items()],
)


class Process:
    """One life of the service over a file that was there before and stays."""

    def __init__(
        self, file: Path, platform: Platform, clock: Callable[[], datetime], name: str
    ) -> None:
        self.life = Life()
        self.store = MortalStore(f"sqlite:///{file}", self.life)
        self._clock = clock
        self._name = name
        self._folder = file.parent
        self._lines: dict[str, Connector] = {a: Line(platform, a, self.life) for a in ACCOUNTS}
        self._policy: Policy = build_policy(SETTINGS, self._lines)
        self._outboxes: dict[str, Outbox] = {}
        self._sending: list[asyncio.Task[None]] = []
        self._polling: list[asyncio.Task[None]] = []
        self._ended = asyncio.Event()

    async def open(self) -> None:
        """Begin; what the former life left behind tells whether it ended well."""
        await self.store.open()
        await self.store.write(
            lambda c: agents.configure(c, self.store.ids, SETTINGS.agents, self._clock())
        )
        left = await self.store.read(leases.unreleased)
        self.intake = Intake(
            self.store,
            policy=self._policy,
            handlers=HANDLERS,
            seal=Seal(self._folder),
            clock=self._clock,
            committed=self._committed,
            unclean=bool(left),
        )
        began = {account: asyncio.Event() for account in ACCOUNTS}
        self._polling = [asyncio.create_task(self._poll(*item)) for item in began.items()]
        await asyncio.gather(*(event.wait() for event in began.values()))

    async def _poll(self, account: str, began: asyncio.Event) -> None:
        """Hold what a poller holds: that nobody gave it back tells of an unclean end."""
        async with self._lease(f"poll:{account}").held():
            began.set()
            await self._ended.wait()

    def _lease(self, resource: str) -> Lease:
        return Lease(self.store, resource, self._name, is_dead=lambda _: True)

    @property
    def sending(self) -> bool:
        return bool(self._sending)

    def start(self) -> None:
        """Let deliveries leave."""
        for account, line in self._lines.items():
            lease = self._lease(f"send:{account}")
            self._outboxes[account] = Outbox(
                self.store, line, lease, policy=self._policy, clock=self._clock
            )
        self._sending = [asyncio.create_task(outbox.run()) for outbox in self._outboxes.values()]

    async def stop(self) -> None:
        """Send nothing more; calls under way end first."""
        for outbox in self._outboxes.values():
            outbox.stop()
        if self._sending:
            await asyncio.wait(self._sending)
        if not self.life.over.is_set():
            await asyncio.gather(*self._sending)
            self._outboxes, self._sending = {}, []

    def wake(self, queues: Sequence[str]) -> None:
        """Something may be due: the clock was turned. Raises what an outbox died of."""
        for task in self._sending:
            if task.done() and not self.life.over.is_set():
                task.result()
                raise AssertionError("an outbox ended by itself")
        for queue in queues:
            if (outbox := self._outboxes.get(queue.partition("/")[0])) is not None:
                outbox.wake(queue)

    async def close(self) -> None:
        """End in order; what was sending has stopped before."""
        self.life.fuse = None
        self._ended.set()
        await asyncio.gather(*self._polling)
        await self.store.close()

    async def bury(self) -> None:
        """What is left of a life that is over: every task ends where it stands."""
        self.life.end()
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self.store.abandon()

    def _committed(self, made: Sequence[Delivery]) -> None:
        for outbox in self._outboxes.values():
            outbox.made(made)
