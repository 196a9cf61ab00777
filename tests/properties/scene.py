"""The stage: the service over a file, a platform in memory, a clock, and the model beside them."""

import asyncio
import shutil
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from connectors.base import Inbound, Received
from tests.properties.ledger import Ledger, Talk
from tests.properties.line import How, Platform
from tests.properties.process import Process
from tests.properties.rows import Rows

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds of real time within which everything that is due must have left."""

ROUNDS = 400
"""So often the clock is turned to what is due next before we say that it never ends."""


class Clock:
    """A wall clock that stands still until it is turned."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Scene:
    """Everything that one test has; the event loop runs only inside its verbs."""

    def __init__(self, folder: Path, template: Path) -> None:
        file = folder / "inbox.db"
        shutil.copy(template, file)
        self.rows = Rows(file)
        self.clock = Clock()
        self.ledger = Ledger()
        self.platform = Platform(self.rows.whose)
        self.handed: list[Inbound] = []
        self.lives = 0
        self._file = file
        self._runner = asyncio.Runner()
        self.process = self._born()
        self._run(self.process.open())

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(work)

    def _born(self) -> Process:
        self.lives += 1
        return Process(self._file, self.platform, self.clock, f"life {self.lives}")

    # --- what happens -----------------------------------------------------------------

    def hand(self, *events: Inbound) -> None:
        """The platform hands events over until it is told that we have them."""
        self.handed += events
        self._run(self._hand(events))

    def tell_again(self, event: Inbound, *, new_key: bool) -> None:
        """An event of before comes once more; a message perhaps under another key."""
        if new_key and type(event) is Received:
            event = replace(event, key=self.key())
        self._run(self._hand((event,)))

    def script(self, target: str, hows: Sequence[How]) -> None:
        """How the next calls to a target end."""
        self.platform.scripts[target].extend(hows)
        if How.UNREACHABLE in hows:
            self.ledger.unsure.add(target.rpartition("/")[2])

    def key(self) -> str:
        """A key that no event has had; time passes."""
        self.clock.turn(0.001)
        return f"u:{self.platform.tick()}"

    def turn(self, seconds: float) -> None:
        self.clock.turn(seconds)
        self._run(self._settle())

    def start(self) -> None:
        self._run(self._start())

    def stop(self) -> None:
        """Nothing leaves any more. No call may be held."""
        self._run(self._stop())

    def crash(self) -> None:
        """The process dies where it stands; the next one takes over its file."""
        self.process.life.end()
        self._run(self._settle())

    def crash_after(self, commits: int) -> None:
        """The process dies right after so many commits from now."""
        self.process.life.fuse = commits

    def hold(self, target: str) -> None:
        """Calls to a target hang from now on, with no answer yet."""
        self.platform.held.setdefault(target, asyncio.Event())

    def release(self, target: str) -> None:
        self.platform.held.pop(target).set()
        self._run(self._settle())

    def settle(self) -> None:
        self._run(self._settle())

    def rest(self) -> None:
        """Let everything that can end have its end, however long the pauses are."""
        self._run(self._rest())

    def restart(self) -> None:
        """The process ends in order, and the next one begins. No call may be held."""
        self._run(self._restart())

    def end(self) -> None:
        """Let go of everything."""
        self._run(self.process.bury())
        self._runner.close()
        self.rows.close()

    # --- looking up -------------------------------------------------------------------

    def talk_at(self, topic: str) -> Talk | None:
        """The conversation that lives in a topic, as far as the service knows."""
        reference = self.rows.conversation_at(topic)
        return self.talk_named(reference) if reference else None

    def talk_named(self, reference: str) -> Talk:
        account, _, customer = self.rows.whose(reference).partition("/")
        index = self.rows.references(account, customer).index(reference)
        return self.ledger.talks[account, customer][index]

    def reference(self, talk: Talk) -> str:
        index = self.ledger.talks[talk.account, talk.customer].index(talk)
        return self.rows.references(talk.account, talk.customer)[index]

    # --- running ----------------------------------------------------------------------

    async def _hand(self, events: tuple[Inbound, ...]) -> None:
        while True:
            life = self.process.life
            receiving = asyncio.create_task(self.process.intake.receive(*events))
            over = asyncio.create_task(life.over.wait())
            await asyncio.wait({receiving, over}, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            if not life.over.is_set():
                await receiving
                return await self._settle()
            await self._revive()

    async def _start(self) -> None:
        if not self.process.sending:
            self.process.start()
        await self._settle()

    async def _stop(self) -> None:
        await self.process.stop()
        if self.process.life.over.is_set():
            await self._revive()

    async def _restart(self) -> None:
        sending = self.process.sending
        await self._stop()
        await self.process.close()
        await self._begin(sending=sending)

    async def _revive(self) -> None:
        sending = self.process.sending
        await self.process.bury()
        await self._begin(sending=sending)

    async def _begin(self, *, sending: bool) -> None:
        self.process = self._born()
        await self.process.open()
        if sending:
            self.process.start()

    async def _settle(self) -> None:
        """Until all that is due has left, or hangs in a held call."""
        began, polls = time.monotonic(), 0
        while True:
            if self.process.life.over.is_set():
                await self._revive()
            if not self.process.sending:
                return
            heads = self.rows.heads()
            due = [head for head in heads if head.due <= self.clock.now]
            if not due and self.rows.sending() == self.platform.in_hold:
                return
            if polls % 16 == 0:
                self.process.wake([head.queue for head in due])
            polls += 1
            if time.monotonic() - began > PATIENCE:
                raise AssertionError(f"does not leave: {due}")
            await asyncio.sleep(0.001)

    async def _rest(self) -> None:
        for held in self.platform.held.values():
            held.set()
        self.platform.held.clear()
        await self._start()
        for _ in range(ROUNDS):
            waiting = [h for h in self.rows.heads() if h.target not in self.platform.stuck]
            if not waiting:
                return
            self.clock.now = max(self.clock.now, min(head.due for head in waiting))
            await self._settle()
        raise AssertionError(f"never at rest: {waiting}")
