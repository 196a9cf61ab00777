"""Texts with marks, from the contract into rows and back."""

import json

from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Choice, Mark, MarkKind, Text
from inbox.texts import choices_of, cut, joined, marks_to_rows, storable, text_of

CHARACTERS = st.characters(codec=None, exclude_categories=())


@st.composite
def texts(draw: st.DrawFn) -> Text:
    body = draw(st.text("ab中😀 ", max_size=12))
    spans = draw(
        st.lists(st.tuples(st.integers(0, len(body)), st.integers(0, len(body))), max_size=3)
        if body
        else st.just([])
    )
    kinds = st.sampled_from(list(MarkKind))
    return Text(
        body, tuple(Mark(draw(kinds), min(s), max(s), "v") for s in spans if len(set(s)) == 2)
    )


def _marked(text: Text) -> list[tuple[MarkKind, str]]:
    """What each mark lies on."""
    return sorted((mark.kind, text.body[mark.start : mark.end]) for mark in text.marks)


@given(st.text(CHARACTERS))
def test_what_is_storable_is_utf_8_without_nul_and_as_long(text: str) -> None:
    stored = storable(text)
    assert stored.encode().decode() == stored
    assert "\x00" not in stored
    assert len(stored) == len(text)


@given(st.text(CHARACTERS))
def test_what_can_be_stored_stays_as_it_is(text: str) -> None:
    assert storable(storable(text)) == storable(text)
    if "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text):
        assert storable(text) == text


@given(texts())
def test_marks_survive_a_row(text: Text) -> None:
    rows = json.loads(json.dumps(marks_to_rows(text.marks)))
    assert text_of(text.body, rows) == text


@given(texts(), st.integers(0, 12))
def test_what_is_cut_off_takes_its_marks_along(text: Text, start: int) -> None:
    rest = cut(text, start)
    assert rest.body == text.body[start:]
    for mark in rest.marks:
        assert 0 <= mark.start < mark.end <= len(rest.body)
    kept = [(m.kind, text.body[max(m.start, start) : m.end]) for m in text.marks if m.end > start]
    assert _marked(rest) == sorted(kept)


@given(st.lists(texts(), max_size=4), st.text("-\n", max_size=2))
def test_joined_texts_keep_every_mark_on_its_words(parts: list[Text], between: str) -> None:
    whole = joined(parts, between)
    assert whole.body == between.join(part.body for part in parts)
    assert _marked(whole) == sorted(found for part in parts for found in _marked(part))


def test_buttons_survive_a_row() -> None:
    assert choices_of(json.loads('[["Yes", "y:1"]]')) == (Choice("Yes", "y:1"),)
