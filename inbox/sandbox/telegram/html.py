"""parse_mode HTML, with the complaints of the real parser.

Source: Bot API, "HTML style"; tdlib/td, MessageEntity.cpp (``do_parse_html``).
Offsets in complaints count bytes of UTF-8, those of entities UTF-16 units.
"""

import re
import sys
from dataclasses import dataclass, field

from inbox.sandbox.telegram.errors import ApiError, Json, bad_request

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "tg-emoji": "custom_emoji",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"\s*([a-z_-]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+)))?\s*")
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(lt|gt|amp|quot));?")
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_SURROGATES = (0xD800, 0xDFFF)
_PLAIN = re.compile(r"[^<&]+")


@dataclass(frozen=True, slots=True)
class _Open:
    name: str
    values: dict[str, str]
    offset: int


@dataclass(slots=True)
class _Parser:
    source: str
    position: int = 0
    text: list[str] = field(default_factory=list)
    length: int = 0
    open: list[_Open] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def run(self) -> tuple[str, list[Json]]:
        source = self.source
        while self.position < len(source):
            if source.startswith("</", self.position):
                self._end_tag()
            elif source[self.position] == "<":
                self._start_tag()
            else:
                self._literal()
        if self.open:
            name = self.open[-1].name
            raise _complaint(f'Can\'t find end tag corresponding to start tag "{name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self.text), self.entities

    def _literal(self) -> None:
        if match := _PLAIN.match(self.source, self.position):
            self._say(match[0])
            self.position = match.end()
        elif match := _REFERENCE.match(self.source, self.position):
            self._say(unescaped(match[0]))
            self.position = match.end()
        else:
            self._say("&")
            self.position += 1

    def _say(self, text: str) -> None:
        self.text.append(text)
        self.length += len(text.encode("utf-16-le")) // 2

    def _start_tag(self) -> None:
        match = _NAME.match(self.source, self.position + 1)
        end = match.end() if match else len(self.source)
        if end >= len(self.source):
            raise self._at("Unclosed start tag")
        name = self.source[self.position + 1 : end].lower()
        if name not in _KINDS:
            raise self._at(f'Unsupported start tag "{name}"')
        values, end = self._attributes(name, end)
        if name == "span" and values.get("class") != "tg-spoiler":
            raise self._at('Tag "span" must have class "tg-spoiler"')
        self.open.append(_Open(name, values, self.length))
        self.position = end + 1

    def _attributes(self, name: str, end: int) -> tuple[dict[str, str], int]:
        values: dict[str, str] = {}
        while self.source[end : end + 1] != ">":
            match = _ATTRIBUTE.match(self.source, end)
            if match:
                values[match[1]] = unescaped(match[2] or match[3] or match[4] or "")
                end = match.end()
            elif self.source[end : end + 1].isspace():
                end += 1
            elif end >= len(self.source):
                raise self._at("Unclosed start tag")
            else:
                raise self._at(f'Empty attribute name in the tag "{name}"')
        return values, end

    def _end_tag(self) -> None:
        end = self.source.find(">", self.position)
        if not self.open:
            raise self._at("Unexpected end tag")
        if end < 0:
            raise self._at("Unclosed end tag")
        name = self.source[self.position + 2 : end].strip().lower()
        opened = self.open[-1]
        if name and name != opened.name:
            expected = f', expected "</{opened.name}>", found "</{name}>"'
            raise self._at("Unmatched end tag", expected)
        self.open.pop()
        self.position = end + 1
        if self.length > opened.offset:
            self._mark(opened)

    def _mark(self, opened: _Open) -> None:
        entity: Json = {"offset": opened.offset, "length": self.length - opened.offset}
        match opened.name:
            case "a":
                address = opened.values.get("href") or "".join(self.text)[-entity["length"] :]
                if "." not in address and ":" not in address:
                    return  # a link to nowhere is shown as plain text
                entity |= {"type": "text_link", "url": address}
            case "tg-emoji":
                entity |= {"type": "custom_emoji", "custom_emoji_id": opened.values.get("emoji-id")}
            case "blockquote" if "expandable" in opened.values:
                entity |= {"type": "expandable_blockquote"}
            case "code" if self._inside_pre(opened):
                language = opened.values["class"].removeprefix("language-")
                entity |= {"type": "pre", "language": language}
            case "pre" if self.entities and _same_span(self.entities[-1], entity):
                return
            case name:
                entity |= {"type": _KINDS[name]}
        self.entities.append(entity)

    def _inside_pre(self, opened: _Open) -> bool:
        around = self.open[-1] if self.open else None
        speaks = opened.values.get("class", "").startswith("language-")
        return speaks and around is not None and around.name == "pre"

    def _at(self, complaint: str, more: str = "") -> ApiError:
        offset = len(self.source[: self.position].encode())
        return _complaint(f"{complaint} at byte offset {offset}{more}")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The plain text and its entities. Raises 400 "can't parse entities: …"."""
    return _Parser(source).run()


def unescaped(text: str) -> str:
    """With the four named references and the numeric ones replaced."""
    return _REFERENCE.sub(_character, text)


def _character(match: re.Match[str]) -> str:
    if match[3]:
        return _NAMED[match[3]]
    code = int(match[1]) if match[1] else int(match[2], 16)
    surrogate = _SURROGATES[0] <= code <= _SURROGATES[1]
    return chr(code) if 0 < code <= sys.maxunicode and not surrogate else match[0]


def _same_span(last: Json, entity: Json) -> bool:
    same = (last["offset"], last["length"]) == (entity["offset"], entity["length"])
    return same and last.get("type") == "pre"


def _complaint(text: str) -> ApiError:
    return bad_request(f"can't parse entities: {text}")
