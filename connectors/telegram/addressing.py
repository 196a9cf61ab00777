"""Commands that name the bot they are meant for.

In groups Telegram's own menu writes ``/close@our_bot``. That is the platform's way
of addressing, not part of what was said, so it is taken off when it names us;
another bot's name stays (Bot API, "Commands"; core.telegram.org/bots/features).
"""

import re
from dataclasses import replace

from connectors.base import Edited, Inbound, Mark, Received, Text

_ADDRESSED = re.compile(r"\s*/[^\s@/]+(@(\w+))(?!\w)")


def to_us(event: Inbound, name: str) -> Inbound:
    """``event`` as it would read in a private chat with the bot called ``name``."""
    if not isinstance(event, Received | Edited):
        return event
    found = _ADDRESSED.match(event.text.body)
    if found is None or found.group(2).lower() != name.lower():
        return event
    return replace(event, text=_without(event.text, *found.span(1)))


def _without(text: Text, start: int, end: int) -> Text:
    body = text.body[:start] + text.body[end:]
    moved = (
        replace(m, start=_moved(m.start, start, end), end=_moved(m.end, start, end))
        for m in text.marks
    )
    return Text(body, tuple(mark for mark in moved if _is_some(mark)))


def _moved(place: int, start: int, end: int) -> int:
    return place if place <= start else max(start, place - (end - start))


def _is_some(mark: Mark) -> bool:
    return mark.start < mark.end
