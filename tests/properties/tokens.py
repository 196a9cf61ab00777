"""Marks that every text and file of a person carries, so that it is known again anywhere.

``«17.2»`` is message 17 in its revision 2, ``«17.f0»`` its first file.
"""

import re
from collections.abc import Iterator

_TOKEN = re.compile(r"«(\d+)\.(\w+)»")
_HISTORY = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d .*$", re.MULTILINE)
_REFERENCE = re.compile(r"\b[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}\b")

EDITED = "✏️"
"""Begins what a topic shows of a customer's edit."""


def token(number: int, what: int | str) -> str:
    return f"«{number}.{what}»"


def tokens(text: str) -> Iterator[tuple[int, str]]:
    """(number, revision or file) of every mark, in order."""
    return ((int(number), what) for number, what in _TOKEN.findall(text))


def without_history(text: str) -> str:
    """A post of a topic without the lines that repeat what was said before."""
    return _HISTORY.sub("", text)


def references(text: str) -> set[str]:
    """Everything that looks like a reference of a conversation."""
    return set(_REFERENCE.findall(text))


def reference_in(title: str) -> str:
    """The reference that a topic's title holds."""
    (reference,) = references(title)
    return reference
