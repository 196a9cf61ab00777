"""Commands that name us lose the name; another bot's name stays."""

from datetime import UTC, datetime

import pytest

from connectors.base import Address, Author, Mark, MarkKind, Received, Text
from connectors.telegram.addressing import to_us


def received(text: Text) -> Received:
    return Received(
        key="u:1",
        at=datetime.now(UTC),
        place=Address("telegram", "-1/2"),
        id="7",
        author=Author("1"),
        text=text,
    )


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("/close@acme_bot", "/close"),
        ("  /close@Acme_Bot now", "  /close now"),
        ("/关闭@acme_bot", "/关闭"),
        ("/close@other_bot", "/close@other_bot"),
        ("/close@acme_bot2", "/close@acme_bot2"),
        ("write to me@acme_bot", "write to me@acme_bot"),
        ("/", "/"),
        ("", ""),
    ],
)
def test_only_our_own_name_is_taken_off(said: str, read: str) -> None:
    event = to_us(received(Text(said)), "acme_bot")
    assert isinstance(event, Received)
    assert event.text.body == read


def test_marks_move_along() -> None:
    text = Text(
        "/canned@acme_bot key x",
        (Mark(MarkKind.MENTION, 7, 16), Mark(MarkKind.BOLD, 17, 20), Mark(MarkKind.CODE, 0, 22)),
    )
    event = to_us(received(text), "acme_bot")
    assert isinstance(event, Received)
    marks = [(m.kind, event.text.body[m.start : m.end]) for m in event.text.marks]
    assert marks == [(MarkKind.BOLD, "key"), (MarkKind.CODE, "/canned key x")]
