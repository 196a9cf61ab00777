"""A platform in memory, and the connector that speaks to it: no sockets, scripted outcomes.

The platform survives every crash of the service, as a real one does; a
connector lives as long as the service it belongs to.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from connectors.base import (
    Address,
    Intake,
    Outbound,
    Outcome,
    Part,
    Rates,
    Reason,
    Refused,
    Sent,
    Text,
    TryLater,
    Uncertain,
)

ACCOUNT, ROOM = "memory", "room"
PIECE = 400
"""A text longer than this becomes several calls."""


class Died(BaseException):
    """The process is no more: nothing that it does reaches anybody."""


class Fate(StrEnum):
    """How a call ends. ``silent``: accepted without an answer; ``lost``: not
    accepted, and nobody can tell. The last two never end, until the process does."""

    SENT = "sent"
    LATER = "later"
    TOLD = "told to wait"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    LOST = "lost"
    SILENT = "silent"
    HANG_BEFORE = "hangs before"
    HANG_AFTER = "hangs after"


ACCEPTED = frozenset({Fate.SENT, Fate.SILENT, Fate.HANG_AFTER})
RAISED: dict[Fate, Callable[[], Outcome]] = {
    Fate.LATER: lambda: TryLater("busy"),
    Fate.TOLD: lambda: TryLater("asked to wait", 0.01, told=True),
    Fate.REFUSED: lambda: Refused("it is not wanted", Reason.INVALID),
    Fate.UNREACHABLE: lambda: Refused("blocked", Reason.UNREACHABLE),
    Fate.LOST: lambda: Uncertain("no answer"),
    Fate.SILENT: lambda: Uncertain("no answer"),
}


@dataclass(frozen=True)
class Post:
    """A message of ours as it is shown at a place."""

    id: str
    part: Part
    order: int

    @property
    def body(self) -> str:
        return self.part.text.body


@dataclass
class Platform:
    """What people see, and what was ever accepted of us, in order."""

    shown: dict[str, dict[str, Post]] = field(default_factory=dict)
    accepted: list[Post] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    fates: dict[bool, deque[Fate]] = field(default_factory=lambda: {True: deque(), False: deque()})
    """By whether the call goes to the desk."""
    hanging: asyncio.Event = field(default_factory=asyncio.Event)
    topics: int = 0
    numbers: int = 1_000_000

    def place(self, place: str) -> dict[str, Post]:
        """What is shown there now, by id."""
        return self.shown.setdefault(place, {})

    def take(self, part: Part) -> str:
        """Accept a message; returns its id."""
        self.numbers += 1
        post = Post(str(self.numbers), part, self.numbers)
        self.place(part.place.id)[post.id] = post
        self.accepted.append(post)
        return post.id

    def delete_topic(self, place: str) -> None:
        """An agent deletes a topic."""
        self.gone.add(place)
        self.shown.pop(place, None)


class Memory:
    """The connector: the contract, over a Platform."""

    account = ACCOUNT
    channel = "telegram"  # the channel whose people the roster names

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.dead = False
        self._hangs: set[asyncio.Future[None]] = set()

    def die(self) -> None:
        """The process ends: no call goes out any more, none gets an answer."""
        self.dead = True
        for hang in self._hangs:
            if not hang.done():
                hang.set_exception(Died())

    async def run(self, intake: Intake) -> None:
        """Nothing comes by itself: tests hand events to the intake."""
        await asyncio.get_running_loop().create_future()

    def split(self, message: Outbound) -> Sequence[Part]:
        """Files in one call, with the first piece of the text."""
        body = message.text.body
        starts = range(0, max(1, len(body)), PIECE)
        return [
            Part(
                key=f"{message.key}.{number}",
                place=message.place,
                text=Text(body[start : start + PIECE]),
                files=message.files if number == 0 else (),
                choices=message.choices if start + PIECE >= len(body) else (),
                reply_to=message.reply_to,
                cost=max(1, len(message.files)) if number == 0 else 1,
            )
            for number, start in enumerate(starts)
        ]

    async def send(self, part: Part) -> Sent:
        """Accept it, or not, as scripted."""
        fate = self._fate(part.place)
        ids = (self.platform.take(part),) if fate in ACCEPTED else ()
        await self._end(fate)
        return Sent(ids)

    def scope(self, place: Address) -> str:
        """One budget for customers, one for the room."""
        return f"desk/{ROOM}" if place.id.startswith(ROOM) else f"{ACCOUNT}/dm"

    def rates(self, scope: str) -> Rates:
        """None."""
        return Rates()

    async def close(self) -> None:
        """Nothing to close."""

    async def open_topic(self, room: Address, title: str) -> Address:
        """A new place in the room."""
        fate = self._fate(room)
        if fate in ACCEPTED:
            self.platform.topics += 1
        made = Address(ACCOUNT, f"{ROOM}/{self.platform.topics}")
        await self._end(fate)
        return made

    async def rename_topic(self, place: Address, title: str) -> None:
        """Titles are not looked at here."""
        await self._end(self._fate(place))

    async def edit(self, part: Part, id: str, *, had_files: bool) -> None:
        """Change what is shown."""
        fate = self._fate(part.place)
        shown = self.platform.place(part.place.id)
        if id not in shown:
            raise Refused("message to edit not found", Reason.GONE)
        if fate in ACCEPTED:
            shown[id] = replace(shown[id], part=part)
        await self._end(fate)

    async def delete(self, place: Address, ids: Sequence[str]) -> None:
        """Take back what is shown."""
        fate = self._fate(place)
        if fate in ACCEPTED:
            for one in ids:
                self.platform.place(place.id).pop(one, None)
        await self._end(fate)

    def _fate(self, place: Address) -> Fate:
        if self.dead:
            raise Died
        if place.id in self.platform.gone:
            raise Refused("message thread not found", Reason.GONE)
        waiting = self.platform.fates[place.id.startswith(ROOM)]
        return waiting.popleft() if waiting else Fate.SENT

    async def _end(self, fate: Fate) -> None:
        if fate in (Fate.HANG_BEFORE, Fate.HANG_AFTER):
            hang = asyncio.get_running_loop().create_future()
            self._hangs.add(hang)
            self.platform.hanging.set()
            await hang
        if fate in RAISED:
            raised = RAISED[fate]()
            raise raised
