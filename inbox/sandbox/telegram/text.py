"""Texts with entities: counted in UTF-16 units, trimmed, checked, detected.

Sources: Bot API, "MessageEntity" and "Formatting options"; tdlib/td,
MessageEntity.cpp (``fix_entities``, ``find_entities``).
"""

import re
from typing import Any, NamedTuple

from inbox.sandbox.telegram.arguments import Arguments, whole
from inbox.sandbox.telegram.errors import Json, bad_request
from inbox.sandbox.telegram.html import parse_html
from inbox.sandbox.telegram.words import words

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024

_KINDS = words(
    "mention hashtag cashtag bot_command url email phone_number bold italic underline "
    "strikethrough spoiler blockquote expandable_blockquote code pre text_link text_mention "
    "custom_emoji"
)
_FIELDS = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}
_SCHEMES = words("http https tg ton tonsite")
_OPAQUE = frozenset({"code", "pre", "text_link", "text_mention"})
_DETECTED = re.compile(
    r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<url>https?://[^\s<>\"]*[^\s<>\".,;:!?)]|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|me)\b"
    r"(?:/[^\s<>\"]*)?)"
    r"|(?<![\w/@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?)(?![\w/@])"
    r"|(?<!\w)(?P<mention>@[A-Za-z][A-Za-z0-9_]{3,31})\b"
    r"|(?<!\w)(?P<hashtag>#\w*[^\W\d]\w*)"
)


class Formatted(NamedTuple):
    """A text and its entities, offsets in UTF-16 units."""

    text: str
    entities: list[Json]


def units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def read_text(args: Arguments) -> Formatted:
    """The text of a message. Raises 400 when it is empty, too long or wrongly marked."""
    if not args.text("text"):
        raise bad_request("message text is empty")
    said = _formatted(args.text("text"), args.text("parse_mode"), args.json("entities"))
    if not said.text:
        raise bad_request("text must be non-empty")
    if units(said.text) > LONGEST_TEXT:
        raise bad_request("message is too long")
    return said


def read_caption(args: Arguments) -> Formatted:
    """The caption of a file; may be empty. Raises 400 when too long or wrongly marked."""
    return caption(args.text("caption"), args.text("parse_mode"), args.json("caption_entities"))


def caption(text: str, mode: str, entities: Any) -> Formatted:
    """A caption from its parts. Raises 400 when too long or wrongly marked."""
    said = _formatted(text, mode, entities)
    if units(said.text) > LONGEST_CAPTION:
        raise bad_request("message caption is too long")
    return said


def typed(text: str, entities: list[Json] | None) -> Formatted:
    """What a person typed: given marks, or those the server finds by itself."""
    return _trimmed(text, _checked(text, entities or []))


def as_text(said: Formatted) -> Json:
    """The fields of a text message."""
    return {"text": said.text, "entities": said.entities} if said.entities else {"text": said.text}


def as_caption(said: Formatted) -> Json:
    """The fields of a captioned message; none without a caption."""
    if not said.text:
        return {}
    marks = {"caption_entities": said.entities} if said.entities else {}
    return {"caption": said.text, **marks}


def _formatted(text: str, mode: str, entities: Any) -> Formatted:
    match mode.lower():
        case "" | "none":
            return _trimmed(text, _checked(text, entities or []))
        case "html":
            return _trimmed(*parse_html(text))
        case "markdown" | "markdownv2":
            raise bad_request(f"can't parse entities: the sandbox does not read {mode}")
        case _:
            raise bad_request("unsupported parse_mode")


def _checked(text: str, entities: Any) -> list[Json]:
    if not isinstance(entities, list):
        raise bad_request("expected an Array of MessageEntity")
    if not entities:
        return []
    for entity in entities:
        _check_kind(entity)
    encoded = text.encode("utf-16-le")
    kept = [entity for entity in entities if _check_span(entity, encoded)]
    return sorted(kept, key=_order)


def _check_kind(entity: Any) -> None:
    if not isinstance(entity, dict) or entity.get("type") not in _KINDS:
        raise bad_request("can't parse MessageEntity: Unsupported type specified")
    needed = _FIELDS.get(entity["type"])
    if needed and needed not in entity:
        raise bad_request(f"can't parse MessageEntity: Can't find field \"{needed}\"")
    if needed == "url" and (reason := wrong_url(str(entity["url"]))):
        raise bad_request(f"entity URL '{entity['url']}' is invalid: {reason}")


def _check_span(entity: Json, encoded: bytes) -> bool:
    """Whether the entity covers anything. Raises 400 when it is not within the text."""
    offset, length = whole(entity.get("offset"), -1), whole(entity.get("length"), -1)
    end, limit = offset + length, len(encoded) // 2
    if offset < 0:
        raise bad_request(f"receive an entity with incorrect offset {offset}")
    if length < 0:
        raise bad_request(f"receive an entity with incorrect length {length}")
    if offset > limit:
        raise bad_request(f"entity begins after the end of the text at UTF-16 offset {offset}")
    beginning = f"entity beginning at UTF-16 offset {offset} ends"
    if end > limit:
        raise bad_request(f"{beginning} after the end of the text at UTF-16 offset {end}")
    if _splits(encoded, offset):
        raise bad_request(f"entity begins in a middle of a UTF-16 symbol at byte offset {offset}")
    if _splits(encoded, end):
        raise bad_request(f"{beginning} in a middle of a UTF-16 symbol at byte offset {end}")
    return length > 0


def wrong_url(url: str) -> str:
    """Why the server takes no such link; "" when it does."""
    scheme, separator, rest = url.partition("://")
    if separator and scheme not in _SCHEMES:
        return "Unsupported URL protocol"
    host = (rest if separator else url).partition("/")[0]
    if not host:
        return "URL host is empty"
    dotted = "." in host or scheme in {"tg", "ton", "tonsite"} or host.startswith("localhost")
    return "" if dotted else "Wrong HTTP URL"


def _order(entity: Json) -> tuple[int, int]:
    """As the server sorts entities: outer ones first."""
    return entity["offset"], -entity["length"]


def _splits(encoded: bytes, unit: int) -> bool:
    """Whether the unit is the second half of a surrogate pair."""
    return encoded[2 * unit + 1 : 2 * unit + 2] in {b"\xdc", b"\xdd", b"\xde", b"\xdf"}


def _trimmed(text: str, entities: list[Json]) -> Formatted:
    """Strip white space at both ends, as the server does, and add what it detects."""
    kept = text.strip()
    if entities and kept != text:
        start = units(text[: len(text) - len(text.lstrip())])
        entities = _moved(entities, -start, units(kept))
    found = _detected(kept, entities)
    if found:
        entities = sorted(entities + found, key=_order)
    return Formatted(kept, entities)


def _moved(entities: list[Json], by: int, limit: int) -> list[Json]:
    moved = []
    for entity in entities:
        start = max(entity["offset"] + by, 0)
        end = min(entity["offset"] + by + entity["length"], limit)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return moved


def _detected(text: str, given: list[Json]) -> list[Json]:
    if not any(sign in text for sign in "/@#."):
        return []
    taken = [(e["offset"], e["offset"] + e["length"]) for e in given if e["type"] in _OPAQUE]
    found = []
    for match in _DETECTED.finditer(text):
        kind = str(match.lastgroup)
        start, length = units(text[: match.start(kind)]), units(match[kind])
        if all(end <= start or begin >= start + length for begin, end in taken):
            found.append({"offset": start, "length": length, "type": kind})
    return found
