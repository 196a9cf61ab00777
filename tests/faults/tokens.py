"""The marks by which a text is known again, wherever it turns up.

A token is ``k<customer><kind><number>``: ``k7i12`` is the twelfth text of the
seventh customer. Every text of a run holds exactly one (an edit keeps it and adds
another), so what stands in a chat, a topic or the database can be read as tokens.
"""

import re
from enum import StrEnum
from typing import Any

_TOKEN = re.compile(r"\bk(\d+)([a-z])(\d+)\b")
_PAST = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d .*", re.DOTALL)


class Kind(StrEnum):
    """What a text is."""

    SAID = "i"
    REPLY = "r"
    UNDONE = "u"
    NOTE = "n"
    EDIT = "e"
    OWN = "a"


def token(customer: int, kind: Kind, number: int) -> str:
    """The token of one text."""
    return f"k{customer}{kind}{number}"


def customer_of(token: str) -> int:
    """Whose conversation a token belongs to. Raises ValueError for what is no token."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise ValueError(f"{token!r} is no token")
    return int(found[1])


def kind_of(token: str) -> Kind:
    """What a token stands for. Raises ValueError for what is no token."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        raise ValueError(f"{token!r} is no token")
    return Kind(found[2])


def tokens(text: str) -> list[str]:
    """All tokens in a text, in order."""
    return [found[0] for found in _TOKEN.finditer(text)]


def content(text: str) -> list[str]:
    """The tokens in a text without those that an edit added."""
    return [one for one in tokens(text) if kind_of(one) is not Kind.EDIT]


def shown(post: str) -> list[str]:
    """The tokens of what a post at the desk shows for the first time: neither the
    news that a text was edited, nor lines of the history on a card."""
    if post.startswith("✏️"):
        return []
    lines = [line for line in post.split("\n") if not _PAST.fullmatch(line)]
    return content("\n".join(lines))


def text_of(message: dict[str, Any]) -> str:
    """The text or the caption of a message as the sandbox holds it."""
    return str(message.get("text") or message.get("caption") or "")
