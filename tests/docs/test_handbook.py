"""What agents may meet is in their handbook, in the words they will read."""

import re

import pytest

from config import files
from inbox.conversations import AUTOMATIC_VALUES
from inbox.desk import NAMES
from routing import canned, typed
from routing.template import variables
from tests.docs.pages import page

LANGUAGES = ("en", "zh")
KNOWN = AUTOMATIC_VALUES | {"agent"}
NOT_NOTICES = frozenset({"desk.card"})
HEARD = {
    language: {
        key: text
        for key, text in files.locales()[language].shipped.items()
        if key.startswith("desk.") and key not in NOT_NOTICES
    }
    for language in LANGUAGES
}


def book() -> canned.Book:
    replies = files.replies()
    return canned.Book(
        canned.parse({language: layers.entries for language, layers in replies.items()})
    )


@pytest.mark.parametrize(
    ("language", "key"), [(language, key) for language in LANGUAGES for key in HEARD[language]]
)
def test_every_notice_stands_in_the_handbook_word_for_word(language: str, key: str) -> None:
    text = page(f"docs/handbook/{language}.md").text
    pieces = re.split(r"\{\{\w+\}\}|\n", HEARD[language][key])
    missing = [piece for piece in pieces if piece.strip(" .。") and piece.strip() not in text]
    assert missing == []


@pytest.mark.parametrize("name", ["docs/handbook/en.md", "docs/handbook/zh.md", "docs/tutorial.md"])
def test_every_example_of_a_canned_reply_could_be_sent(name: str) -> None:
    shown = re.findall(r"`(/(?:canned|快捷) [^`]+)`", page(name).text)
    assert shown
    for example in shown:
        read = typed.read(example, NAMES)
        assert isinstance(read, typed.Command)
        key, _, values = read.rest.partition(" ")
        reply = book().find(key)
        assert reply is not None, example
        given = set(re.findall(r"(\w+)=", values))
        assert given == {*reply.vars} - KNOWN, example


def test_the_replies_that_leave_by_themselves_are_named_with_all_they_may_use() -> None:
    text = page("docs/how-to/override-texts-and-rules.md").text
    named = re.findall(r"`((?:flow|sec)\.\w+)`", text)
    assert len(set(named)) == 5
    for key in named:
        assert variables(book().text(key, "en")) <= AUTOMATIC_VALUES


def test_the_readme_counts_the_canned_replies_right() -> None:
    count = len(files.replies()["en"].shipped)
    assert f"{count} of them in English and Chinese" in page("README.md").text
    assert f"{count} canned replies" in page("CHANGELOG.md").text
