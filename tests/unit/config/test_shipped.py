"""What is shipped fits together: rules, replies and phrases, in both languages."""

import re

import pytest

from config import files
from routing import canned, phrases, rules
from routing.router import Router
from routing.signs import fold, read
from routing.template import variables
from routing.words import Decision, Facts, Priority

RULES = files.routing()
REPLIES = files.replies()
LOCALES = files.locales()
BOOK = canned.Book(
    canned.parse(
        {language: layers.entries for language, layers in REPLIES.items()},
        {language: layers.files for language, layers in REPLIES.items()},
    )
)
ROUTER = Router(rules.parse(RULES.entries, RULES.files), default_language="en")
KEYS = sorted(REPLIES["en"].shipped)
HAN = re.compile("[\u4e00-\u9fff]")


def decide(text: str) -> Decision:
    return ROUTER.decide(Facts(account="telegram", channel="telegram", signs=read(text), new=True))


# --- rules -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("My account was HACKED", "en"),
        ("someone stole my USDT", "en"),
        ("I see a withdrawal I didn’t make, it wasn't me", "en"),
        ("FREEZE", "en"),
        ("an admin on telegram wants 500 usdt as unlock fee", "en"),
        ("Is this a phishing site?", "en"),
        ("I got scammed", "en"),
        ("support asked me for my seed\u200b phrase", "en"),
        ("agent wants my 12 words", "en"),
        ("I typed my private key into a website", "en"),
        ("我的账户被盗了", "zh"),
        ("我的帳戶被盜了", "zh"),
        ("账号被 盗 号了怎么办", "zh"),
        ("冻结", "zh"),
        ("我被骗了五万", "zh"),
        ("有人冒充客服找我要助记词", "zh"),
        ("私钥泄露了", "zh"),
        ("这是不是钓鱼网站", "zh"),
        ("异地登录，不是我操作的", "zh"),
    ],
)
def test_danger_goes_to_security_at_once_and_is_answered_with_what_to_do(
    text: str, language: str
) -> None:
    decision = decide(text)
    assert decision.priority is Priority.URGENT
    assert decision.team == "security"
    assert decision.language == language
    assert "security" in decision.tags
    assert decision.acknowledge in {"sec.hacked_ack", "sec.secrets_ack"}
    assert decision.because


@pytest.mark.parametrize(
    ("text", "team", "priority"),
    [
        ("my deposit has not arrived", "funds", Priority.HIGH),
        ("充值三天了还没到账", "funds", Priority.HIGH),
        ("提现沒收到", "funds", Priority.HIGH),
        ("I used the wrong network", "funds", Priority.HIGH),
        ("how do I withdraw to my bank", "funds", Priority.NORMAL),
        ("怎么充值", "funds", Priority.NORMAL),
        ("KYC rejected, why", "kyc", Priority.NORMAL),
        ("实名审核要多久", "kyc", Priority.NORMAL),
        ("this is a formal complaint", "complaints", Priority.HIGH),
        ("我要投诉", "complaints", Priority.HIGH),
        ("P2P seller does not answer", "disputes", Priority.HIGH),
        ("卖家不放币", "disputes", Priority.HIGH),
        ("hello", None, Priority.NORMAL),
        ("the hackathon was great", None, Priority.NORMAL),
    ],
)
def test_other_matters_go_to_their_teams(text: str, team: str | None, priority: Priority) -> None:
    decision = decide(text)
    assert (decision.team, decision.priority) == (team, priority)
    assert decision.acknowledge == "flow.ack"


def test_danger_outranks_every_other_matter() -> None:
    text = "投诉: my p2p deposit has not arrived, KYC, I was hacked"
    assert decide(text).team == "security"


def test_no_phrase_stands_twice_in_its_rule() -> None:
    for name, rule in RULES.shipped.items():
        folded = [fold(word) for word in rule["words"]]
        assert len(folded) == len(set(folded)), name


def test_every_reply_that_a_decision_names_exists_and_needs_only_what_is_always_known() -> None:
    for key in ROUTER.replies:
        reply = BOOK.find(key)
        assert reply
        assert set(reply.vars) <= {"ref", "brand"}
        assert not reply.approve


# --- replies -----------------------------------------------------------------


def test_the_same_replies_are_shipped_in_each_language() -> None:
    assert set(REPLIES["en"].shipped) == set(REPLIES["zh"].shipped)


@pytest.mark.parametrize("key", KEYS)
def test_a_reply_renders_in_each_language_and_is_in_it(key: str) -> None:
    reply = BOOK.find(key)
    assert reply
    assert reply.purpose
    values = dict.fromkeys(reply.vars, "X")
    english, chinese = BOOK.render(key, "en", values), BOOK.render(key, "zh", values)
    assert not HAN.search(english)
    assert HAN.search(chinese)
    assert "{" not in english + chinese
    assert max(len(english), len(chinese)) < 600


@pytest.mark.parametrize("key", KEYS)
def test_chinese_texts_have_chinese_punctuation(key: str) -> None:
    assert not re.search("[\u4e00-\u9fff}][,;:?!()]", BOOK.text(key, "zh"))


def test_announcements_and_decisions_need_a_second_person() -> None:
    for key in KEYS:
        reply = BOOK.find(key)
        assert reply
        assert reply.approve == (key.startswith("ann.") or key.endswith(".decision"))


def test_the_acknowledgement_promises_no_time() -> None:
    for language in ("en", "zh"):
        assert not re.search("minute|hour|分钟|小时|等待|wait", BOOK.text("flow.ack", language))


# --- phrases -----------------------------------------------------------------


def test_each_locale_holds_the_same_keys_and_names() -> None:
    english, chinese = LOCALES["en"].shipped, LOCALES["zh"].shipped
    assert list(english) == list(chinese)
    for key, text in english.items():
        assert variables(text) == variables(chinese[key]), key


def test_the_shipped_phrases_can_be_said() -> None:
    said = phrases.parse({language: layers.shipped for language, layers in LOCALES.items()})
    for language, texts in said.locales.items():
        for key, text in texts.items():
            assert said.say(language, key, **dict.fromkeys(variables(text), "X"))
