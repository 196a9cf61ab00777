"""Texts: lengths and offsets in UTF-16 units, trimming, HTML."""

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.sandbox.telegram.errors import ApiError
from inbox.sandbox.telegram.html import parse_html
from inbox.sandbox.telegram.text import typed, units, wrong_url

WORDS = st.text(alphabet="aé中😀 \n<&>\"'", max_size=20)


def cut(text: str, entity: dict[str, Any]) -> str:
    """What an entity covers, counted the slow way."""
    encoded = text.encode("utf-16-le")
    start, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
    return encoded[start:end].decode("utf-16-le")


def outcome(source: str) -> str | tuple[str, list[dict[str, Any]]]:
    """The text and its entities, or the complaint."""
    try:
        return parse_html(source)
    except ApiError as error:
        return error.description


@given(WORDS)
def test_units_are_those_of_utf_16(text: str) -> None:
    assert units(text) == sum(2 if ord(character) > 0xFFFF else 1 for character in text)


@given(WORDS, WORDS, WORDS)
def test_an_entity_keeps_its_words_when_white_space_is_cut(
    before: str, marked: str, after: str
) -> None:
    text = before + marked + after
    entity = {"type": "bold", "offset": units(before), "length": units(marked)}
    said = typed(text, [entity])
    assert said.text == text.strip()
    start = len(text) - len(text.lstrip())
    expected = "".join(
        character
        for place, character in enumerate(said.text, start)
        if len(before) <= place < len(before) + len(marked)
    )
    assert "".join(cut(said.text, found) for found in said.entities) == expected


@given(WORDS, WORDS, WORDS)
def test_escaped_text_comes_back_from_html(before: str, marked: str, after: str) -> None:
    quoted = [html.escape(part) for part in (before, marked, after)]
    text, entities = parse_html("{}<b><i>{}</i></b>{}".format(*quoted))
    assert text == before + marked + after
    kinds = ["bold", "italic"] if marked else []
    assert sorted(entity["type"] for entity in entities) == kinds
    assert all(cut(text, entity) == marked for entity in entities)


@given(st.text(alphabet="ab<>/&;# =\"'x😀", max_size=30))
def test_any_html_is_read_or_refused(source: str) -> None:
    match outcome(source):
        case str(complaint):
            assert complaint.startswith("Bad Request: can't parse entities: ")
        case text, entities:
            assert all(cut(text, entity) for entity in entities)


SOURCES: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("&amp;&lt;&#128512;&#x41;&nbsp;&#xD800;", "&<😀A&nbsp;&#xD800;", []),
    ("a & b", "a & b", []),
    ("<B>x</b>", "x", [{"offset": 0, "length": 1, "type": "bold"}]),
    ("<b>x</>", "x", [{"offset": 0, "length": 1, "type": "bold"}]),
    ("<b></b>x", "x", []),
    ("<a>no link</a>", "no link", []),
    (
        "<a href='tg://user?id=1'>x</a>",
        "x",
        [{"offset": 0, "length": 1, "type": "text_link", "url": "tg://user?id=1"}],
    ),
    (
        "<blockquote expandable>x</blockquote>",
        "x",
        [{"offset": 0, "length": 1, "type": "expandable_blockquote"}],
    ),
    (
        '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
        "👍",
        [
            {
                "offset": 0,
                "length": 2,
                "type": "custom_emoji",
                "custom_emoji_id": "5368324170671202286",
            }
        ],
    ),
    ("<pre>x</pre>", "x", [{"offset": 0, "length": 1, "type": "pre"}]),
]


@pytest.mark.parametrize(("source", "text", "entities"), SOURCES)
def test_html(source: str, text: str, entities: list[dict[str, Any]]) -> None:
    assert parse_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<a =x>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href='x", 'Empty attribute name in the tag "a" at byte offset 0'),
    ],
)
def test_html_that_ends_too_early(source: str, complaint: str) -> None:
    with pytest.raises(ApiError) as refused:
        parse_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {complaint}"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://a.example/x", ""),
        ("t.me/x", ""),
        ("tg://user?id=1", ""),
        ("http://localhost:8000/", ""),
        ("nonsense", "Wrong HTTP URL"),
        ("https:///x", "URL host is empty"),
        ("javascript://x.y", "Unsupported URL protocol"),
    ],
)
def test_links(url: str, reason: str) -> None:
    assert wrong_url(url) == reason


def test_nothing_is_detected_inside_code() -> None:
    code = {"type": "code", "offset": 0, "length": 7}
    assert typed("@nobody /x", [code]).entities == [
        code,
        {"offset": 8, "length": 2, "type": "bot_command"},
    ]


def test_empty_entities_are_left_out() -> None:
    assert typed("x", [{"type": "bold", "offset": 0, "length": 0}]).entities == []
