import pytest

from routing.rules import parse, replies
from routing.signs import fold
from routing.wording import Wording
from routing.words import Facts, Priority, Signs


def facts(
    text: str = "", *, channel: str = "telegram", account: str = "main", new: bool = True
) -> Facts:
    return Facts(account=account, channel=channel, signs=Signs("en", fold(text)), new=new)


def why(values: dict[str, object], about: Facts) -> str | None:
    (rule,) = parse({"r": values})
    return rule.why(about, "en", Wording.of(about.signs.folded))


def test_a_rule_is_read_whole() -> None:
    (rule,) = parse(
        {
            "vip": {
                "channels": ["telegram", "email"],
                "accounts": ["main"],
                "languages": ["zh"],
                "words": ["vip desk", "贵宾"],
                "new": True,
                "team": "vip",
                "priority": "high",
                "tags": ["vip"],
                "acknowledge": "flow.queued",
                "lower": True,
                "stop": True,
                "off": False,
            }
        }
    )
    assert rule.name == "vip"
    assert rule.channels == {"telegram", "email"}
    assert rule.accounts == {"main"}
    assert rule.languages == {"zh"}
    assert rule.new is True
    assert rule.team == "vip"
    assert rule.priority is Priority.HIGH
    assert rule.tags == ("vip",)
    assert rule.acknowledge == "flow.queued"
    assert rule.lower
    assert rule.stop


def test_what_is_left_out_asks_for_nothing_and_does_nothing() -> None:
    (rule,) = parse({"all": {}})
    assert (rule.team, rule.priority, rule.tags, rule.acknowledge) == (None, None, (), None)
    assert not rule.lower
    assert not rule.stop
    assert why({}, facts("anything")) == "always"


def test_order_is_kept_and_a_rule_that_is_off_is_left_out() -> None:
    rules = parse({"b": {}, "a": {"off": True}, "c": {}})
    assert [rule.name for rule in rules] == ["b", "c"]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"words": ["hacked"]}, "word 'hacked'"),
        ({"words": ["no", "被盗", "hacked"]}, "word 'hacked'"),
        ({"channels": ["email", "telegram"]}, "channel telegram"),
        ({"accounts": ["main"]}, "account main"),
        ({"languages": ["en"]}, "language en"),
        ({"new": True}, "first message"),
        (
            {"channels": ["telegram"], "new": True, "words": ["hacked"]},
            "channel telegram, first message, word 'hacked'",
        ),
    ],
)
def test_a_rule_that_hits_says_why(values: dict[str, object], reason: str) -> None:
    assert why(values, facts("I was hacked")) == reason


@pytest.mark.parametrize(
    "values",
    [
        {"words": ["robbed"]},
        {"channels": ["email"]},
        {"accounts": ["other"]},
        {"languages": ["zh"]},
        {"new": False},
        {"channels": ["telegram"], "words": ["robbed"]},
        {"channels": ["email"], "words": ["hacked"]},
        {"new": False, "words": ["hacked"]},
    ],
)
def test_every_condition_must_hold(values: dict[str, object]) -> None:
    assert why(values, facts("I was hacked")) is None


def test_a_rule_for_later_messages() -> None:
    assert why({"new": False}, facts(new=False)) == "later message"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ("yes", "must be a table"),
        ({"word": ["x"]}, "the key 'word' is not known"),
        ({"words": "hacked"}, "words must be a list of texts"),
        ({"words": ["fine", 5]}, "words must be a list of texts"),
        ({"words": ["fine", " "]}, "words must be a list of texts"),
        ({"words": ["!"]}, "words: '!' has no letter"),
        ({"words": []}, "words is empty: leave it out, or say off = true"),
        ({"channels": []}, "channels is empty: leave it out, or say off = true"),
        ({"new": "yes"}, "new must be true or false"),
        ({"stop": 1}, "stop must be true or false"),
        ({"off": "no"}, "off must be true or false"),
        ({"team": 5}, "team must be a text"),
        ({"priority": "P1"}, "priority must be one of urgent, high, normal, low"),
        ({"lower": True}, "lower needs a priority"),
        ({"languages": ["fr"]}, "languages may hold zh and en"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_rule_and_key(
    values: dict[str, object], problem: str
) -> None:
    with pytest.raises(ValueError) as mistake:
        parse({"good": {}, "bad": values}, {"bad": "own/routing.toml"})
    assert str(mistake.value) == f"In own/routing.toml, rule 'bad': {problem}."


def test_a_mistake_without_a_file_still_begins_with_a_capital() -> None:
    with pytest.raises(ValueError, match=r"^Rule 'bad': must be a table\.$"):
        parse({"bad": 5})


def test_the_canned_replies_that_rules_name() -> None:
    rules = parse({"a": {"acknowledge": "sec.x"}, "b": {}, "c": {"acknowledge": "flow.y"}})
    assert replies(rules) == {"sec.x", "flow.y"}
