import pytest

from routing.phrases import Phrases, parse
from routing.template import MissingValue

SHIPPED = {
    "en": {"closed": "Closed by {{agent}}, {{ref}}.", "help": "Help"},
    "zh": {"closed": "{{ref}} 已由 {{agent}} 关闭。", "help": "帮助"},
}


def test_a_phrase_is_said_in_a_language_with_its_values() -> None:
    phrases = Phrases(SHIPPED)
    assert phrases.say("zh", "closed", ref="A-1", agent="{{ref}}") == "A-1 已由 {{ref}} 关闭。"
    assert phrases.say("en", "help") == "Help"


def test_a_value_may_be_called_key_or_language() -> None:
    phrases = Phrases({"en": {"x": "{{key}} {{language}}"}})
    assert phrases.say("en", "x", key="a", language="b") == "a b"


def test_a_missing_value_is_refused() -> None:
    with pytest.raises(MissingValue, match="agent"):
        Phrases(SHIPPED).say("en", "closed", ref="A-1")


@pytest.mark.parametrize(("language", "key"), [("fr", "help"), ("en", "nothing")])
def test_a_phrase_that_there_is_not_is_our_mistake(language: str, key: str) -> None:
    with pytest.raises(KeyError):
        Phrases(SHIPPED).say(language, key)


def test_the_operators_phrase_takes_the_place_of_ours() -> None:
    phrases = parse(SHIPPED, {"en": {"closed": "Done, {{agent}}."}})
    assert phrases.say("en", "closed", agent="Li") == "Done, Li."
    assert phrases.say("zh", "closed", agent="Li", ref="A-1") == "A-1 已由 Li 关闭。"
    assert phrases.locales["en"] == {"closed": "Done, {{agent}}.", "help": "Help"}


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"closd": "x"}, "In own/en.toml, the text 'closd' replaces no text of ours."),
        ({"help": 5}, "In own/en.toml, the text 'help' must be a text."),
        ({"help": " "}, "In own/en.toml, the text 'help' must be a text."),
        (
            {"help": "{{ref}}"},
            "In own/en.toml, the text 'help' uses {{ref}}, which has no value here.",
        ),
        (
            {"help": "{{ ref }}"},
            "In own/en.toml, the text 'help' has braces that make no {{name}}.",
        ),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_and_key(
    own: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError) as mistake:
        parse(SHIPPED, {"en": own}, {"en": dict.fromkeys(own, "own/en.toml")})
    assert str(mistake.value) == sentence


def test_a_mistake_of_ours_is_told_too() -> None:
    with pytest.raises(ValueError, match=r"^The text 'a' must be a text\.$"):
        parse({"en": {"a": 5}}, {"en": {"a": "fine"}})
