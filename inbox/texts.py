"""Texts with marks, between the contract's values and what a column holds."""

import re
from collections.abc import Sequence
from typing import Any

from connectors.base import Choice, Mark, MarkKind, Text

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """``text`` as every database takes it, of the same length: NUL and lone
    surrogates become U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def marks_to_rows(marks: Sequence[Mark]) -> list[Any]:
    """Marks as JSON holds them: ``[kind, start, end, value]``."""
    return [[m.kind.value, m.start, m.end, storable(m.value)] for m in marks]


def text_of(body: str, rows: Sequence[Any]) -> Text:
    """The text that a row holds."""
    return Text(body, tuple(Mark(MarkKind(k), s, e, v) for k, s, e, v in rows))


def choices_of(rows: Sequence[Any]) -> tuple[Choice, ...]:
    """The buttons that a row holds: ``[label, id]``."""
    return tuple(Choice(label, answer) for label, answer in rows)


def cut(text: Text, start: int) -> Text:
    """``text`` from a code point on, its marks moved along."""
    moved = (
        Mark(m.kind, max(0, m.start - start), m.end - start, m.value)
        for m in text.marks
        if m.end > start
    )
    return Text(text.body[start:], tuple(moved))


def joined(parts: Sequence[Text], between: str = "") -> Text:
    """One text out of several, each one's marks kept."""
    body, marks = "", list[Mark]()
    for number, part in enumerate(parts):
        if number:
            body += between
        marks += [Mark(m.kind, m.start + len(body), m.end + len(body), m.value) for m in part.marks]
        body += part.body
    return Text(body, tuple(marks))
