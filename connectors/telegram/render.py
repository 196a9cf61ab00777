"""Text with marks -> what Telegram takes: a string and entities, in pieces that fit.

Telegram counts in UTF-16 units (Bot API, MessageEntity) and takes at most 4096 of them
in a message and 1024 in a caption (sendMessage, sendPhoto). Formatting always goes as
entities, never as ``parse_mode``, so no text can be mistaken for markup.

Telegram itself trims white space at both ends of what it is sent; the pieces here keep
theirs, so that together they are the original text to the last character.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from connectors.base import Mark, MarkKind, Text
from connectors.telegram.units import offsets, reach

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024

_ENTITIES = {
    MarkKind.BOLD: "bold",
    MarkKind.ITALIC: "italic",
    MarkKind.UNDERLINE: "underline",
    MarkKind.STRIKE: "strikethrough",
    MarkKind.SPOILER: "spoiler",
    MarkKind.CODE: "code",
    MarkKind.PRE: "pre",
    MarkKind.QUOTE: "blockquote",
    MarkKind.LINK: "text_link",
    MarkKind.MENTION: "text_mention",
}
_ZWJ = "\u200d"
_NO_BREAK = 4


def render(text: Text) -> tuple[str, list[dict[str, Any]]]:
    """The string and the MessageEntity objects that show ``text``.

    Half surrogate pairs, which no JSON or UTF-8 may carry, become U+FFFD. Links whose
    words are the address, and mentions by user name, are left to Telegram, which finds
    them by itself.
    """
    body, at = _whole_pairs(text.body), offsets(text.body)
    entities = (_entity(mark, text.body, at) for mark in text.marks)
    return body, [entity for entity in entities if entity]


def split(text: Text, limit: int) -> list[Text]:
    """Pieces of at most ``limit`` UTF-16 units; one empty piece for an empty text.

    Cuts after a paragraph, else a line, a sentence, a word, in the second half of what
    fits; inside a mark only where there is no such place outside, and never inside a
    character as people see it, unless that alone is longer than the limit. A mark that
    is cut goes on in the next piece.
    """
    pieces: list[Text] = []
    start = 0
    while start < len(text.body) or not pieces:
        end = _cut(text, start, limit)
        pieces.append(_piece(text, start, end))
        start = end
    return pieces


def _entity(mark: Mark, body: str, at: Sequence[int]) -> dict[str, Any] | None:
    start, end = max(0, mark.start), min(len(body), mark.end)
    if start >= end:
        return None
    entity: dict[str, Any] = {
        "type": _ENTITIES[mark.kind],
        "offset": at[start],
        "length": at[end] - at[start],
    }
    match mark.kind:
        case MarkKind.LINK if mark.value in ("", body[start:end]):
            return None
        case MarkKind.LINK:
            entity["url"] = mark.value
        case MarkKind.MENTION if not mark.value.isdecimal():
            return None
        case MarkKind.MENTION:
            entity["user"] = {"id": int(mark.value), "is_bot": False, "first_name": ""}
        case MarkKind.PRE if mark.value:
            entity["language"] = mark.value
    return entity


def _whole_pairs(body: str) -> str:
    return body.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _cut(text: Text, start: int, limit: int) -> int:
    end = reach(text.body, start, limit)
    if end == len(text.body):
        return end
    whole = _character_ends(text.body, start, end)
    late = [at for at in whole if at > (start + end) // 2]
    marks = [mark for mark in text.marks if mark.start < end and mark.end > start]

    def rank(at: int) -> tuple[bool, bool, int, int]:
        kind = _break(text.body, at)
        inside = any(mark.start < at < mark.end for mark in marks)
        return kind == _NO_BREAK, inside, kind, -at

    return min(late or whole or [end], key=rank)


def _break(body: str, at: int) -> int:
    """How good a place to cut: paragraph 0, line 1, sentence 2, word 3, none 4."""
    last = body[at - 1]
    if last == "\n":
        return 0 if body.startswith("\n\n", at - 2) else 1
    if last in "。！？" or body.startswith((". ", "! ", "? "), at - 2):
        return 2
    return 3 if last.isspace() else _NO_BREAK


def _character_ends(body: str, start: int, end: int) -> list[int]:
    """Where in ``start < at <= end`` a character as people see it ends."""
    ends, flag_letters = [], 0
    for at in range(start + 1, end + 1):
        flag_letters = flag_letters + 1 if _is_flag_letter(body[at - 1]) else 0
        inside_flag = flag_letters % 2 == 1 and _is_flag_letter(body[at])
        if not inside_flag and not _joined(body[at - 1], body[at]):
            ends.append(at)
    return ends


def _joined(before: str, after: str) -> bool:
    """Whether people see the two code points as one character (the common rules of
    UAX #29; the standard library knows none)."""
    return (
        _ZWJ in (before, after)
        or before + after == "\r\n"
        or unicodedata.category(after) in ("Mn", "Me", "Mc")
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= after <= "\U000e007f"  # tags of regional flags
        or "\u1160" <= after <= "\u11ff"  # Korean vowels and finals
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _piece(text: Text, start: int, end: int) -> Text:
    marks = (
        Mark(mark.kind, max(mark.start, start) - start, min(mark.end, end) - start, mark.value)
        for mark in text.marks
        if max(mark.start, start) < min(mark.end, end)
    )
    return Text(text.body[start:end], tuple(marks))
