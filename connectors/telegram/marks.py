"""MessageEntity objects of Telegram -> marks.

Telegram counts UTF-16 units, marks count code points (Bot API, MessageEntity). What
Telegram finds by itself in plain words (hashtags, commands, e-mail addresses, phone
numbers) and what only its own programs can show (custom emoji) carries no mark.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.base import Mark, MarkKind, Text
from connectors.telegram.units import offsets

_KINDS = {
    "bold": MarkKind.BOLD,
    "italic": MarkKind.ITALIC,
    "underline": MarkKind.UNDERLINE,
    "strikethrough": MarkKind.STRIKE,
    "spoiler": MarkKind.SPOILER,
    "code": MarkKind.CODE,
    "pre": MarkKind.PRE,
    "blockquote": MarkKind.QUOTE,
    "expandable_blockquote": MarkKind.QUOTE,
    "url": MarkKind.LINK,
    "text_link": MarkKind.LINK,
    "mention": MarkKind.MENTION,
    "text_mention": MarkKind.MENTION,
}


def read(body: str, entities: Sequence[dict[str, Any]]) -> Text:
    """The text with its marks; what reaches beyond the text is clipped to it."""
    if not entities:
        return Text(body)
    position = offsets(body)
    marks = (_mark(entity, body, position) for entity in entities if entity["type"] in _KINDS)
    return Text(body, tuple(_visible(marks)))


def _mark(entity: dict[str, Any], body: str, position: Sequence[int]) -> Mark:
    start = bisect_left(position, entity["offset"])
    end = bisect_left(position, entity["offset"] + entity["length"])
    start, end = min(start, len(body)), min(end, len(body))
    return Mark(_KINDS[entity["type"]], start, end, _value(entity, body[start:end]))


def _visible(marks: Iterable[Mark]) -> Iterable[Mark]:
    return (mark for mark in marks if mark.start < mark.end)


def _value(entity: dict[str, Any], words: str) -> str:
    match entity["type"]:
        case "url":
            return words
        case "text_link":
            return str(entity["url"])
        case "text_mention":
            return str(entity["user"]["id"])
        case "pre":
            return str(entity.get("language", ""))
    return ""
