import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Mark, MarkKind, Text
from connectors.telegram import marks
from connectors.telegram.render import render, split
from connectors.telegram.units import clip, units
from tests.connectors.texts import texts


def bodies(text: Text, limit: int) -> list[str]:
    return [piece.body for piece in split(text, limit)]


@given(text=texts(40))
def test_what_is_rendered_is_read_as_the_same_text(text: Text) -> None:
    body, entities = render(text)
    assert marks.read(body, entities) == text


@given(text=texts(120), limit=st.integers(8, 40))
def test_pieces_are_the_whole_text_and_each_fits(text: Text, limit: int) -> None:
    pieces = split(text, limit)
    assert "".join(piece.body for piece in pieces) == text.body
    for piece in pieces:
        assert len(piece.body.encode("utf-16-le")) // 2 <= limit
        assert units(piece.body) <= limit
    assert all(piece.body for piece in pieces) or text.body == ""


@given(text=texts(120), limit=st.integers(8, 40))
def test_pieces_mark_the_same_characters(text: Text, limit: int) -> None:
    def marked(text: Text, offset: int = 0) -> set[tuple[MarkKind, int]]:
        spans = ((mark.kind, range(mark.start, mark.end)) for mark in text.marks)
        return {(kind, at + offset) for kind, span in spans for at in span}

    found: set[tuple[MarkKind, int]] = set()
    offset = 0
    for piece in split(text, limit):
        assert all(0 <= mark.start < mark.end <= len(piece.body) for mark in piece.marks)
        found |= marked(piece, offset)
        offset += len(piece.body)
    assert found == marked(text)


@given(text=texts(120), limit=st.integers(8, 40))
def test_pieces_are_the_same_every_time(text: Text, limit: int) -> None:
    assert split(text, limit) == split(text, limit)


CHARACTERS = ["👨‍👩‍👧", "🇭🇰", "❤️", "👍🏽", "e\u0301", "1️⃣", "한", "\r\n", "🏴\U000e0067\U000e007f"]


@given(st.lists(st.sampled_from(CHARACTERS), min_size=1, max_size=40), st.integers(9, 30))
def test_no_character_is_cut(characters: list[str], limit: int) -> None:
    ends, at = set(), 0
    for character in characters:
        at += len(character)
        ends.add(at)
    position = 0
    for piece in bodies(Text("".join(characters)), limit):
        position += len(piece)
        assert position in ends


def test_a_character_longer_than_a_piece_is_cut_after_all() -> None:
    heap = "e" + "\u0301" * 30
    assert bodies(Text(heap), 10) == [heap[:10], heap[10:20], heap[20:30], heap[30:]]


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ("one two, or.\n\nthree\nfour. five", "one two, or.\n\n"),
        ("one two three\nfour. five six", "one two three\n"),
        ("one two three. four five six", "one two three. "),
        ("充值没有到账，请帮我查一下。谢谢你们的帮助啊", "充值没有到账，请帮我查一下。"),
        ("one two three four five six", "one two three four "),
        ("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrst"),
    ],
)
def test_the_best_place_in_the_second_half_is_taken(body: str, first: str) -> None:
    assert bodies(Text(body), 20)[0] == first


def test_a_cut_goes_around_a_mark_where_it_can() -> None:
    body = "pay to 12ab 34cd 56ef 78 now"
    code = Text(body, (Mark(MarkKind.CODE, 12, 24),))
    assert bodies(code, 22)[0] == "pay to 12ab "


def test_a_mark_that_is_cut_goes_on() -> None:
    link = Mark(MarkKind.LINK, 0, 12, "https://acme.example/")
    first, second = split(Text("abcdefghijkl", (link,)), 8)
    assert first.marks == (Mark(MarkKind.LINK, 0, 8, link.value),)
    assert second.marks == (Mark(MarkKind.LINK, 0, 4, link.value),)


def test_an_empty_text_is_one_empty_piece() -> None:
    assert split(Text(), 10) == [Text()]


def test_entities_count_utf_16_units() -> None:
    body, entities = render(Text("👍👍 ok", (Mark(MarkKind.BOLD, 3, 5),)))
    assert body == "👍👍 ok"
    assert entities == [{"type": "bold", "offset": 5, "length": 2}]


def test_what_each_mark_carries() -> None:
    text = Text(
        "abcde",
        (
            Mark(MarkKind.LINK, 0, 1, "https://a.example/"),
            Mark(MarkKind.MENTION, 1, 2, "502"),
            Mark(MarkKind.PRE, 2, 3, "json"),
        ),
    )
    assert render(text)[1] == [
        {"type": "text_link", "offset": 0, "length": 1, "url": "https://a.example/"},
        {
            "type": "text_mention",
            "offset": 1,
            "length": 1,
            "user": {"id": 502, "is_bot": False, "first_name": ""},
        },
        {"type": "pre", "offset": 2, "length": 1, "language": "json"},
    ]


@pytest.mark.parametrize(
    "mark",
    [
        Mark(MarkKind.LINK, 0, 4, "a.io"),
        Mark(MarkKind.LINK, 0, 4),
        Mark(MarkKind.MENTION, 0, 4),
        Mark(MarkKind.BOLD, 4, 9),
        Mark(MarkKind.BOLD, 2, 2),
    ],
)
def test_marks_that_telegram_finds_itself_or_that_cover_nothing_are_left_out(mark: Mark) -> None:
    assert render(Text("a.io", (mark,)))[1] == []


def test_half_a_surrogate_pair_cannot_be_sent() -> None:
    body, entities = render(Text("a\ud83db", (Mark(MarkKind.BOLD, 2, 3),)))
    assert body == "a\ufffdb"
    assert entities[0]["offset"] == 2


@given(st.text("a👍", max_size=20), st.integers(0, 20))
def test_clipping_keeps_as_much_as_fits(body: str, limit: int) -> None:
    kept = clip(body, limit)
    assert body.startswith(kept)
    assert units(kept) <= limit
    assert kept == body or units(body[: len(kept) + 1]) > limit
