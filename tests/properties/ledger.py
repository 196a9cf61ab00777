"""The model: what a service that never fails would have stored, as lists and dicts.

Every text begins with a token: who it belongs to, what it is, and a number that
grows. ``c1.w7`` is what customer 1 wrote, ``c1.r8`` what was answered him,
``c1.n9`` a note about him. So whatever is shown anywhere tells whose it is.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from inbox.model import Kind

REOPEN = timedelta(days=7)
TOKEN = re.compile(r"c(\d)\.([wrn])(\d+)")


@dataclass
class Said:
    """A message: its token, how it reads now, and whether it was taken back."""

    token: str
    kind: Kind
    body: str
    id: str
    """The platform's id of it."""
    deleted: bool = False
    album: str | None = None

    @property
    def row(self) -> tuple[Kind, str, bool]:
        """What the database must hold of it."""
        return self.kind, self.body, self.deleted


@dataclass
class Talk:
    """A conversation."""

    customer: int
    said: list[Said] = field(default_factory=list)
    closed: datetime | None = None


@dataclass
class Ledger:
    """All conversations of each customer, oldest first."""

    talks: dict[int, list[Talk]] = field(default_factory=dict)
    again: dict[str, int] = field(default_factory=dict)
    """How often an agent asked to send a text again, by token."""
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def token(self, customer: int, letter: str) -> str:
        """A new one."""
        return f"c{customer}.{letter}{next(self.numbers)}"

    def open_talk(self, customer: int) -> Talk | None:
        """The one that is not closed."""
        return next((t for t in self.talks.get(customer, []) if t.closed is None), None)

    def heard(self, customer: int, now: datetime) -> Talk:
        """Which conversation a customer's words belong to: the open one, else the
        latest one re-opened, else a new one."""
        talk = self.open_talk(customer)
        if talk is not None:
            return talk
        closed = [t for t in self.talks.get(customer, []) if t.closed is not None]
        latest = max(closed, key=lambda t: t.closed or now, default=None)
        if latest is not None and latest.closed is not None and latest.closed + REOPEN > now:
            latest.closed = None
            return latest
        made = Talk(customer)
        self.talks.setdefault(customer, []).append(made)
        return made

    def reopen(self, talk: Talk) -> None:
        """Open it again, unless its customer has another one open."""
        if self.open_talk(talk.customer) is None:
            talk.closed = None

    def every(self) -> list[tuple[Talk, Said]]:
        """Each message, with where it belongs."""
        return [(t, said) for talks in self.talks.values() for t in talks for said in t.said]


def tokens(text: str) -> list[str]:
    """The tokens that a text shows, in order."""
    return [match[0] for match in TOKEN.finditer(text)]


def number(token: str) -> int:
    """When it was said: numbers grow."""
    match = TOKEN.match(token)
    if match is None:
        raise ValueError(f"{token!r} is no token")
    return int(match[3])
