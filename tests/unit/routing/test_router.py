import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.router import Router
from routing.rules import parse
from routing.signs import read
from routing.words import Decision, Facts, Priority, Signs

RULES: dict[str, object] = {
    "security": {
        "words": ["hacked", "被盗"],
        "team": "security",
        "priority": "urgent",
        "tags": ["security"],
        "acknowledge": "sec.hacked_ack",
    },
    "missing": {
        "words": ["not arrived"],
        "team": "funds",
        "priority": "high",
        "tags": ["funds", "missing"],
    },
    "funds": {"words": ["deposit"], "team": "funds", "tags": ["funds"]},
    "kyc": {"words": ["kyc"], "team": "kyc", "priority": "normal"},
}


def decide(text: str, rules: dict[str, object] = RULES, **known: object) -> Decision:
    router = Router(parse(rules), default_language="en")
    facts = {"account": "main", "channel": "telegram", "signs": read(text), "new": True} | known
    return router.decide(Facts(**facts))  # type: ignore[arg-type]


def test_a_message_that_no_rule_knows() -> None:
    assert decide("hello there") == Decision(
        language="en", priority=Priority.NORMAL, acknowledge="flow.ack"
    )


def test_a_message_that_a_rule_knows() -> None:
    assert decide("我的账户被盗了") == Decision(
        language="zh",
        priority=Priority.URGENT,
        team="security",
        tags=("security",),
        acknowledge="sec.hacked_ack",
        because=("rule security: word '被盗'",),
    )


def test_every_rule_that_hits_is_named_and_tags_add_up_once() -> None:
    decision = decide("my deposit has not arrived", tags=("vip", "funds"))
    assert decision.because == ("rule missing: word 'not arrived'", "rule funds: word 'deposit'")
    assert decision.tags == ("vip", "funds", "missing")


# --- language ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "text", "hint", "language"),
    [
        ("zh", "hello there", "en-US", "zh"),
        ("en", "您好您好", "zh", "en"),
        ("", "您好您好", "en-US", "zh"),
        ("", "hello there", "zh-hans", "en"),
        ("", "👍", "zh-Hant-TW", "zh"),
        ("", "👍", "EN-gb", "en"),
        ("", "/start", "zh", "zh"),
        ("", "👍", "fr", "en"),
        ("", "👍", "", "en"),
        ("", "👍", "zhx", "en"),
    ],
)
def test_the_conversation_then_the_text_then_the_hint_then_the_default(
    known: str, text: str, hint: str, language: str
) -> None:
    assert decide(text, language=known, hint=hint).language == language


def test_the_default_language_is_the_operators() -> None:
    facts = Facts(account="main", channel="telegram", signs=Signs("", ""))
    assert Router((), default_language="zh").decide(facts).language == "zh"


def test_rules_see_the_language_that_was_decided_on() -> None:
    rules: dict[str, object] = {"r": {"languages": ["zh"], "team": "cn"}}
    assert decide("👍", rules, hint="zh-CN").team == "cn"


# --- priority and team -------------------------------------------------------


def test_a_later_rule_never_lowers_the_priority() -> None:
    decision = decide("hacked during kyc")
    assert decision.priority is Priority.URGENT
    assert decision.team == "security"


def test_a_rule_does_not_lower_the_priority_that_the_conversation_has() -> None:
    assert decide("kyc", priority=Priority.URGENT).priority is Priority.URGENT


def test_unless_it_says_so() -> None:
    rules: dict[str, object] = {"r": {"words": ["thanks"], "priority": "low", "lower": True}}
    assert decide("thanks", rules, priority=Priority.URGENT).priority is Priority.LOW
    assert decide("other", rules, priority=Priority.URGENT).priority is Priority.URGENT


def test_a_rule_that_may_lower_may_raise() -> None:
    rules: dict[str, object] = {"r": {"priority": "high", "lower": True}}
    assert decide("x", rules, priority=Priority.LOW).priority is Priority.HIGH


def test_the_first_team_that_is_named_stays() -> None:
    assert decide("kyc for my deposit").team == "funds"


def test_what_is_more_urgent_takes_the_conversation_over() -> None:
    rules = {"kyc": RULES["kyc"], "security": RULES["security"]}
    assert decide("hacked after kyc", rules).team == "security"
    assert decide("hacked", team="funds", new=False).team == "security"


def test_what_is_not_more_urgent_leaves_it_where_it_is() -> None:
    decision = decide("deposit not arrived", team="security", priority=Priority.URGENT)
    assert decision.team == "security"


def test_a_rule_without_a_team_leaves_the_team() -> None:
    rules: dict[str, object] = {"r": {"priority": "urgent"}}
    assert decide("x", rules, team="funds").team == "funds"


def test_stop_ends_the_reading_of_rules() -> None:
    rules: dict[str, object] = {"a": {"stop": True, "tags": ["a"]}, "b": {"tags": ["b"]}}
    assert decide("x", rules).tags == ("a",)


def test_a_rule_that_does_not_hit_stops_nothing() -> None:
    rules: dict[str, object] = {"a": {"stop": True, "words": ["no"]}, "b": {"tags": ["b"]}}
    assert decide("x", rules).tags == ("b",)


# --- what the customer hears -------------------------------------------------


@pytest.mark.parametrize("command", ["/start", "/help", "/start@our_bot"])
@pytest.mark.parametrize("new", [True, False])
def test_a_bare_start_or_help_is_greeted_and_shown_to_nobody(command: str, new: bool) -> None:
    decision = decide(command, new=new)
    assert decision.acknowledge == "flow.greet"
    assert not decision.show


@pytest.mark.parametrize("text", ["/start I was hacked", "/stop", "start", "hello"])
def test_everything_else_is_shown(text: str) -> None:
    assert decide(text).show


def test_a_start_with_a_file_is_shown() -> None:
    decision = decide("/start", files=1)
    assert decision.show
    assert decision.acknowledge == "flow.ack"


def test_a_later_message_is_not_acknowledged() -> None:
    assert decide("hello again", new=False).acknowledge is None


def test_danger_told_later_is_answered_once() -> None:
    first = decide("I was hacked", new=False)
    assert first.acknowledge == "sec.hacked_ack"
    again = decide("hacked I say", new=False, priority=first.priority, team=first.team)
    assert again.acknowledge is None
    assert again.because == ("rule security: word 'hacked'",)


def test_the_more_urgent_rule_speaks() -> None:
    rules: dict[str, object] = {
        "a": {"words": ["a"], "acknowledge": "flow.a"},
        "b": {"words": ["b"], "acknowledge": "flow.b"},
        "c": {"words": ["c"], "acknowledge": "sec.c", "priority": "urgent"},
        "d": {"words": ["d"], "priority": "urgent"},
    }
    assert decide("a b", rules).acknowledge == "flow.a"
    assert decide("a c", rules).acknowledge == "sec.c"
    assert decide("a d", rules).acknowledge == "flow.a"
    assert decide("d", rules).acknowledge == "flow.ack"
    assert decide("a", rules, new=False).acknowledge is None


def test_the_operator_may_choose_other_replies_or_none() -> None:
    router = Router(
        parse(RULES), default_language="en", acknowledge={"new": "flow.queued", "start": ""}
    )
    facts = Facts(account="main", channel="telegram", signs=read("hello"), new=True)
    start = Facts(account="main", channel="telegram", signs=read("/start"), new=True)
    assert router.decide(facts).acknowledge == "flow.queued"
    assert router.decide(start).acknowledge is None
    assert router.replies == {"flow.queued", "sec.hacked_ack"}


# --- laws --------------------------------------------------------------------

PRIORITIES = st.sampled_from(list(Priority))
TEXTS = st.lists(
    st.sampled_from(["hacked", "not arrived", "deposit", "kyc", "被盗", "hello", "/start"])
).map(" ".join)


@given(TEXTS, PRIORITIES, st.booleans(), st.sampled_from([None, "kyc", "security"]))
def test_rules_that_may_not_lower_never_do_and_a_team_is_never_lost(
    text: str, priority: Priority, new: bool, team: str | None
) -> None:
    decision = decide(text, priority=priority, new=new, team=team)
    assert decision.priority <= priority
    assert decision.team or not team
    assert decision.team == team or decision.because
    assert new <= (decision.acknowledge is not None)


@given(TEXTS, PRIORITIES)
def test_the_same_message_again_changes_nothing_more(text: str, priority: Priority) -> None:
    once = decide(text, priority=priority, new=False)
    twice = decide(
        text,
        priority=once.priority,
        new=False,
        team=once.team,
        tags=once.tags,
        language=once.language,
    )
    assert (twice.priority, twice.team, twice.tags) == (once.priority, once.team, once.tags)


def test_priorities_are_shown_as_agents_know_them() -> None:
    assert [priority.shown for priority in Priority] == ["P1", "P2", "P3", "P4"]
    assert min(Priority) is Priority.URGENT
