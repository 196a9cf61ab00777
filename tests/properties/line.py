"""A platform in memory, and the connector to it: a small implementation of the contract.

Each call ends as it was told beforehand, for the place it goes to; without being
told it goes well. What was accepted is recorded by the platform, whatever the caller
was told, and outlives every process.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from connectors.base import (
    Address,
    Choice,
    File,
    Intake,
    Outbound,
    Part,
    Rate,
    Rates,
    Reason,
    Refused,
    Sent,
    Text,
    TryLater,
    Uncertain,
)
from tests.properties.life import Life
from tests.properties.tokens import reference_in, tokens, without_history

T = TypeVar("T")

DESK, GROUP = "alpha", "group"
"""The account and the room in which agents work."""

ACCOUNTS = ("alpha", "beta")

LIMIT = 320
"""A post holds so many characters: cards, histories and merged posts take several."""


class How(StrEnum):
    """How a call ends. ``HEARD`` and ``DIES_AFTER`` are accepted all the same."""

    LATER = "try later"
    TOLD = "try later, told when"
    GONE = "refused: gone"
    UNREACHABLE = "refused: unreachable"
    FORBIDDEN = "refused: forbidden"
    INVALID = "refused: invalid"
    LOST = "uncertain, not accepted"
    HEARD = "uncertain, accepted"
    DIES = "the process dies before"
    DIES_AFTER = "the process dies after"


_REASONS = {
    How.GONE: Reason.GONE,
    How.UNREACHABLE: Reason.UNREACHABLE,
    How.FORBIDDEN: Reason.FORBIDDEN,
    How.INVALID: Reason.INVALID,
}


@dataclass(slots=True, eq=False)
class Topic:
    """A topic of the agents' room."""

    id: str
    reference: str
    title: str
    there: bool = True


@dataclass(slots=True, eq=False)
class Shown:
    """A message of ours at a place, as it reads now."""

    place: Address
    id: str
    key: str
    text: str
    files: str
    choices: tuple[Choice, ...]
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Exposure:
    """Words that were readable at a place; ``began`` is when the call did."""

    place: Address
    text: str
    began: int


@dataclass(slots=True)
class Platform:
    """What outlives the process. ``whose`` names the customer (``account/id``) a
    conversation is with, by its reference."""

    whose: Callable[[str], str]
    scripts: dict[str, deque[How]] = field(default_factory=lambda: defaultdict(deque))
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    topics: dict[str, Topic] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)
    exposed: list[Exposure] = field(default_factory=list)
    hanging: list[str] = field(default_factory=list)
    moment: int = 0
    refusals: int = 0

    def tick(self) -> int:
        """A new moment: later than everything before."""
        self.moment += 1
        return self.moment

    @property
    def in_hold(self) -> int:
        """How many calls hang and are not let go."""
        return sum(target in self.held for target in self.hanging)

    def target(self, place: Address) -> str:
        """Whose call it is: ``desk alpha/1`` or ``customer alpha/1``."""
        topic = self.topics.get(place.id) if place.account == DESK else None
        return (
            f"customer {place.account}/{place.id}"
            if topic is None
            else f"desk {self.whose(topic.reference)}"
        )

    async def call(self, life: Life, target: str, words: str, accept: Callable[[int], T]) -> T:
        """One call of a living process: waits where it is held, ends as scripted."""
        began = self.tick()
        await self._hold(target)
        life.check()
        how = self.scripts[target].popleft() if self.scripts[target] else None
        if target in self.stuck:
            raise TryLater("stuck")
        if how is not None and self._applies(how, target, words):
            self._fail_before(life, how)
        accepted = accept(began)
        if how is How.HEARD:
            raise Uncertain("no answer")
        if how is How.DIES_AFTER:
            life.end()
            life.check()
        return accepted

    async def _hold(self, target: str) -> None:
        if target not in self.held:
            await asyncio.sleep(0)
            return
        self.hanging.append(target)
        try:
            await self.held[target].wait()
        finally:
            self.hanging.remove(target)

    def _applies(self, how: How, target: str, words: str) -> bool:
        """A topic is gone only when it was deleted, and what is invalid are people's words."""
        if target.startswith("customer"):
            return True
        return how is not How.GONE and (
            how is not How.INVALID or any(tokens(without_history(words)))
        )

    def _fail_before(self, life: Life, how: How) -> None:
        self.refusals += 1
        match how:
            case How.LATER:
                raise TryLater("busy")
            case How.TOLD:
                raise TryLater("slow down", 0.02, told=True)
            case How.LOST:
                raise Uncertain("no answer")
            case How.DIES:
                life.end()
                life.check()
            case how if how in _REASONS:
                raise Refused(f"{how} #{self.refusals}", _REASONS[how])
            case _:
                pass

    # --- what is accepted ------------------------------------------------------------

    def take(self, part: Part, began: int) -> Sent:
        self.stand(part.place)
        shown = Shown(
            place=part.place,
            id=str(self.tick()),
            key=part.key,
            text=part.text.body,
            files=_words(part.files),
            choices=part.choices,
        )
        self.shown.append(shown)
        self._expose(shown, began)
        return Sent((shown.id,))

    def change(self, part: Part, id: str, began: int) -> None:
        self.stand(part.place)
        shown = self.at(part.place, id)
        if shown.deleted:
            raise Refused("message to edit not found", Reason.GONE)
        shown.text, shown.choices = part.text.body, part.choices
        self._expose(shown, began)

    def remove(self, place: Address, ids: Sequence[str]) -> None:
        for one in ids:
            self.at(place, one).deleted = True

    def divide(self, title: str) -> Address:
        topic = Topic(f"t{self.tick()}", reference_in(title), title)
        self.topics[topic.id] = topic
        return Address(DESK, topic.id)

    def rename(self, place: Address, title: str) -> None:
        self.stand(place)
        self.topics[place.id].title = title

    def at(self, place: Address, id: str) -> Shown:
        """Our message ``id`` at a place. Raises StopIteration where there is none."""
        return next(s for s in self.shown if s.id == id and s.place == place)

    def stand(self, place: Address) -> None:
        """Raises Refused where the topic was deleted."""
        topic = self.topics.get(place.id) if place.account == DESK else None
        if topic is not None and not topic.there:
            raise Refused("message thread not found", Reason.GONE)

    def _expose(self, shown: Shown, began: int) -> None:
        self.exposed.append(Exposure(shown.place, f"{shown.text}\n{shown.files}", began))


class Line:
    """The connector of one account, as one process holds it."""

    channel = "telegram"

    def __init__(self, platform: Platform, account: str, life: Life) -> None:
        self.account = account
        self._platform = platform
        self._life = life

    async def run(self, intake: Intake) -> None:
        """Nothing comes by itself: events are handed over one by one."""
        raise NotImplementedError

    def split(self, message: Outbound) -> Sequence[Part]:
        """Lines up to the limit with the first file, then each further file."""
        texts = list(_packed(message.text.body)) or [""]
        files = [message.files[:1], *((file,) for file in message.files[1:])]
        pieces = [*((text, ()) for text in texts[:-1]), (texts[-1], files[0])]
        pieces += [("", file) for file in files[1:]]
        return [
            Part(
                key=f"{message.key}/{number}",
                place=message.place,
                text=Text(text),
                files=some,
                choices=message.choices if number == len(pieces) - 1 else (),
            )
            for number, (text, some) in enumerate(pieces)
        ]

    async def send(self, part: Part) -> Sent:
        words = f"{part.text.body}\n{_words(part.files)}"
        return await self._call(part.place, words, lambda began: self._platform.take(part, began))

    async def edit(self, part: Part, id: str, *, had_files: bool) -> None:
        words = "" if had_files else part.text.body
        await self._call(part.place, words, lambda began: self._platform.change(part, id, began))

    async def delete(self, place: Address, ids: Sequence[str]) -> None:
        await self._call(place, "", lambda _: self._platform.remove(place, ids))

    async def open_topic(self, room: Address, title: str) -> Address:
        target = f"desk {self._platform.whose(reference_in(title))}"
        return await self._platform.call(
            self._life, target, "", lambda _: self._platform.divide(title)
        )

    async def rename_topic(self, place: Address, title: str) -> None:
        await self._call(place, "", lambda _: self._platform.rename(place, title))

    async def _call(self, place: Address, words: str, accept: Callable[[int], T]) -> T:
        target = self._platform.target(place)
        return await self._platform.call(self._life, target, words, accept)

    def scope(self, place: Address) -> str:
        desk = place == Address(DESK, GROUP) or place.id in self._platform.topics
        return f"{place.account}/{'desk' if desk else 'dm'}"

    def rates(self, scope: str) -> Rates:
        """Never the limit; but the desk is one chat, so that it is stopped as a whole."""
        plenty = (Rate(100_000, 1.0),)
        return Rates(whole=plenty) if scope.endswith("desk") else Rates(place=plenty)

    async def close(self) -> None:
        """Nothing is held open."""


def _packed(text: str) -> Iterator[str]:
    """Whole lines, together as long as they fit."""
    piece = ""
    for line in text.splitlines():
        if piece and len(piece) + len(line) >= LIMIT:
            yield piece
            piece = ""
        piece = f"{piece}\n{line}" if piece else line
    if piece:
        yield piece


def _words(files: Sequence[File]) -> str:
    return " ".join(str(file.source["is"]) for file in files)
