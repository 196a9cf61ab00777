"""Where a service dies: a name, a moment and the how manieth time.

Nothing outside the process happens between two awaits of the database or of the
platform, so a death there is the same as one at the nearer of the two. Deaths at
these boundaries are therefore all there are: before and after each call of the Bot
API, and before, inside and after each unit of work of the store.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum


class Moment(StrEnum):
    """Of a call: before the request leaves, after the answer came and nobody saw it.
    Of a unit: before it waits for the writer, inside its transaction with all its
    statements made, after the commit of which the caller does not know."""

    BEFORE = "before"
    INSIDE = "inside"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Failpoint:
    """Die at the ``nth`` occurrence (1 is the first) of ``name``: ``call <method>`` or
    ``unit <use>``. ``after_kill``: in a service whose predecessor was killed."""

    name: str
    moment: Moment
    nth: int = 1
    after_kill: bool = False

    def __str__(self) -> str:
        where = " after a kill" if self.after_kill else ""
        return f"{self.moment} {self.name} #{self.nth}{where}"


@dataclass(frozen=True, slots=True)
class Poison:
    """A ``word`` over which a service breaks down: while it reads a text with it, or
    (``late``) while it decides about it. It is killed, or (``raises``) an error is raised."""

    word: str
    late: bool = False
    raises: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How one service shall live: its settings as an environment, where it writes its
    log, where it dies, the file to which it adds each name it comes by, and what it
    cannot stand."""

    environ: Mapping[str, str]
    log: str
    failpoint: Failpoint | None = None
    trace: str = ""
    poison: Poison | None = None

    def encoded(self) -> bytes:
        """One line of JSON."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def decoded(cls, line: bytes) -> "Plan":
        """What :meth:`encoded` wrote."""
        told = json.loads(line)
        if point := told.pop("failpoint"):
            point = Failpoint(**point | {"moment": Moment(point["moment"])})
        if poison := told.pop("poison"):
            poison = Poison(**poison)
        return cls(**told, failpoint=point, poison=poison)
