"""The model: who said what, and what must have become of it. Dicts and lists, no database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.properties.tokens import tokens

REOPEN = timedelta(days=7)
"""So long after its end a conversation goes on when its customer writes again."""


@dataclass(slots=True, eq=False)
class Talk:
    """A conversation: what its customer wrote, and what agents said to him, in order."""

    account: str
    customer: str
    incoming: list["Said"] = field(default_factory=list)
    outgoing: list["Said"] = field(default_factory=list)
    resolved_at: datetime | None = None

    @property
    def who(self) -> str:
        return f"{self.account}/{self.customer}"


@dataclass(slots=True, eq=False)
class Said:
    """Something a person said. ``public`` holds the revisions and files that the
    customer may see, ``inside`` those that agents may; ``order`` is the number of the
    message it belongs to (an album has one); ``withdrawn`` the moment it was taken
    back, ``asked`` how often an agent asked for it again."""

    number: int
    talk: Talk
    place: str
    id: str
    body: str
    agent: str = ""
    order: int = 0
    revision: int = 0
    public: set[str] = field(default_factory=set)
    inside: set[str] = field(default_factory=set)
    group: str = ""
    canned: bool = False
    deleted: bool = False
    withdrawn: int | None = None
    asked: int = 0

    @property
    def latest(self) -> str:
        return str(self.revision)


class Ledger:
    """Everything that was said. ``unsure`` are customers of whom a call may have said
    that they cannot be reached."""

    def __init__(self) -> None:
        self.said: dict[int, Said] = {}
        self.talks: dict[tuple[str, str], list[Talk]] = {}
        self.reachable: dict[str, bool] = {}
        self.unsure: set[str] = set()
        self.unreadable = 0
        self._last = 0

    def number(self) -> int:
        self._last += 1
        return self._last

    def note(self, said: Said) -> Said:
        said.order = said.order or said.number
        self.said[said.number] = said
        return said

    def open_talk(self, account: str, customer: str) -> Talk | None:
        talks = self.talks.get((account, customer), [])
        return next((talk for talk in talks if talk.resolved_at is None), None)

    def talk_of(self, account: str, customer: str, now: datetime) -> Talk:
        """Where a customer's next message belongs: the open one, the latest, a new one."""
        talk = self.open_talk(account, customer)
        if talk is not None:
            return talk
        talks = self.talks.setdefault((account, customer), [])
        ended = [(talk.resolved_at, n) for n, talk in enumerate(talks) if talk.resolved_at]
        if ended:
            at, latest = max(ended)
            if at + REOPEN > now:
                talks[latest].resolved_at = None
                return talks[latest]
        talks.append(Talk(account, customer))
        return talks[-1]

    def close(self, talk: Talk, now: datetime) -> None:
        if talk.resolved_at is None:
            talk.resolved_at = now

    def reopen(self, talk: Talk) -> None:
        if self.open_talk(talk.account, talk.customer) is None:
            talk.resolved_at = None

    def undo(self, talk: Talk, agent: str, of: Said | None, moment: int) -> None:
        """The agent takes a message back: the one named, or his last one."""
        own = [s for s in talk.outgoing if s.agent == agent and not s.deleted]
        if of is not None:
            own = [said for said in own if said is of]
        if own:
            own[-1].deleted, own[-1].withdrawn = True, moment

    def asked_again(self, texts: Iterable[str]) -> None:
        """An agent asked for these messages once more."""
        for number in {number for text in texts for number, _ in tokens(text)}:
            self.said[number].asked += 1
