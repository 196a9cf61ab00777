import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from routing.typed import Command, Empty, Note, Reply, Unknown, read

NAMES = {"close": "close", "关闭": "close", "note": "note"}
BOTS = frozenset({"desk_bot", "poster_bot"})


def typed(text: str) -> object:
    return read(text, NAMES, BOTS)


@pytest.mark.parametrize("text", ["", " ", "\n\t\u3000", "\u200b\ufeff", "\u2800 \u3164"])
def test_nothing_that_can_be_seen(text: str) -> None:
    assert typed(text) == Empty()


@pytest.mark.parametrize(
    ("text", "start"),
    [("Hello", 0), ("  \u200b\nHello /close", 4), ("a/b", 0), ("\\close", 0), ("。关闭", 0)],
)
def test_words_for_the_customer(text: str, start: int) -> None:
    assert typed(text) == Reply(start)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("//see above", 2),
        ("// see above", 3),
        ("、、see above", 2),
        ("／／see above", 2),
        ("/、see above", 2),
        ("、／see above", 2),
        (" \ufeff/\u200b/ see above", 6),
        ("///see", 2),
        ("//close", 2),
        ("//", 2),
    ],
)
def test_words_for_colleagues(text: str, start: int) -> None:
    assert typed(text) == Note(start)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/close", Command("close", "")),
        ("/CLOSE", Command("close", "")),
        ("／ｃｌｏｓｅ", Command("close", "")),
        ("、关闭", Command("close", "")),
        ("、close now ", Command("close", "now")),
        ("\u200b /cl\u200bose", Command("close", "")),
        ("∕close ", Command("close", "")),
        ("/close@Desk_Bot", Command("close", "")),
        ("/close@poster_bot x", Command("close", "x")),
        ("/note a\n b /c ", Command("note", "a\n b /c")),
        ("/note\na", Command("note", "a")),
    ],
)
def test_commands_in_any_case_width_and_language(text: str, command: Command) -> None:
    assert typed(text) == command


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("/clsoe", "clsoe"),
        ("/close@other_bot", "close@other_bot"),
        ("/close@", "close@"),
        ("/close@desk", "close@desk"),
        ("/关闭,谢谢", "关闭,谢谢"),
        ("/", ""),
        ("/ close", ""),
        ("/etc/passwd is a file", "etc/passwd"),
    ],
)
def test_what_is_no_command_of_ours(text: str, word: str) -> None:
    assert typed(text) == Unknown(word)


UNSEEN = st.text(
    st.one_of(
        st.characters(categories=["Cf", "Cc", "Zs", "Zl", "Zp"]),
        st.sampled_from("\ufe0f\U000e0101\u034f\u3164\u2800\u180b"),
    ).filter(lambda char: not re.match("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]", char)),
    max_size=5,
).filter(lambda text: not re.search("[\U000110bd\U000110cd\U00013430-\U0001343f]", text))


@given(UNSEEN, st.sampled_from("/／、"), st.text())
@example("\ufeff\u202e\u2066\u00ad ", "／", "refund them nothing")
def test_nothing_that_visibly_begins_with_a_slash_is_ever_a_reply(
    before: str, slash: str, after: str
) -> None:
    assert not isinstance(typed(before + slash + after), Reply | Empty)


@given(UNSEEN, st.sampled_from("/／、"), UNSEEN, st.sampled_from("/／、"), st.text())
def test_two_slashes_are_always_a_note_or_an_error(
    before: str, first: str, between: str, second: str, after: str
) -> None:
    read_as = typed(before + first + between + second + after)
    spaced = any(char.isspace() for char in between)
    assert isinstance(read_as, Unknown if spaced else Note)


@given(UNSEEN, st.characters(categories=["Lu", "Ll", "Nd", "Sc"]), st.text())
def test_everything_else_is_a_reply_from_its_first_visible_character(
    before: str, first: str, after: str
) -> None:
    assert typed(before + first + after) == Reply(len(before))


@given(st.text())
def test_any_text_is_something_and_offsets_lie_within_it(text: str) -> None:
    match typed(text):
        case Reply(start):
            assert unicodedata.normalize("NFKC", text[start])[0] not in "/、"
        case Note(start):
            assert 2 <= start <= len(text)
        case Command(name, rest):
            assert name in NAMES.values()
            assert rest in text
        case Unknown(word):
            assert word in text
        case Empty():
            assert not any(unicodedata.category(char)[0] in "LNS" for char in text.strip("\u2800"))
