"""What an agent's text in a topic is: a reply, a note, a command, or neither.

Nothing whose first visible character is a slash is ever a reply, whether or
not the command exists: a mistyped command must not reach a customer.
"""

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

from routing.invisible import INVISIBLE
from routing.signs import fold

SLASHES: Final = frozenset("/／⁄∕⧸、､﹑")
"""The slash, its wide form and its twins, and the comma that a Chinese keyboard puts on its key."""

_BLANK: Final = re.compile(rf"[\s{INVISIBLE}]*")
_UNSEEN: Final = re.compile(rf"[{INVISIBLE}]*")
_WORD: Final = re.compile(r"\S*")


@dataclass(frozen=True, slots=True)
class Reply:
    """Words for the customer, from code point ``start`` on."""

    start: int


@dataclass(frozen=True, slots=True)
class Note:
    """Words for colleagues, from code point ``start`` on; perhaps none."""

    start: int


@dataclass(frozen=True, slots=True)
class Command:
    """A known command by its ``name`` and what was typed after it, stripped."""

    name: str
    rest: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A slash and a ``word`` (as typed, without the slash) that is no command of ours."""

    word: str


@dataclass(frozen=True, slots=True)
class Empty:
    """Nothing that can be seen."""


Typed = Reply | Note | Command | Unknown | Empty


def read(text: str, names: Mapping[str, str], bots: Set[str] = frozenset()) -> Typed:
    """What ``text`` is.

    ``names`` maps each spoken name, folded and in any language, to its command
    (``{"close": "close", "关闭": "close"}``). ``bots`` holds our bots' user
    names in lower case: ``/close@other_bot`` is not for us.
    """
    start = _end(_BLANK, text, 0)
    if start == len(text):
        return Empty()
    if text[start] not in SLASHES:
        return Reply(start)
    second = _end(_UNSEEN, text, start + 1)
    if text[second : second + 1] in SLASHES:
        return Note(_end(_BLANK, text, second + 1))
    return _command(text, start + 1, names, bots)


def _command(text: str, start: int, names: Mapping[str, str], bots: Set[str]) -> Typed:
    end = _end(_WORD, text, start)
    name, at, bot = fold(text[start:end]).partition("@")
    if name not in names or (at and bot not in bots):
        return Unknown(text[start:end])
    return Command(names[name], text[_end(_BLANK, text, end) :].rstrip())


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where the run of ``pattern`` that begins at ``start`` ends; it may be empty."""
    run = pattern.match(text, start)
    return run.end() if run else start
