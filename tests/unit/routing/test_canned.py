import pytest

from routing.canned import Book, Kind, UnknownReply, parse
from routing.template import MissingValue

EN = {
    "dep.pending": {
        "kind": "reply",
        "purpose": "deposit not credited",
        "vars": ["coin", "need"],
        "text": "{{coin}} needs {{need}} confirmations.\n",
    },
    "flow.greet": {"purpose": "first answer", "vars": ["ref"], "text": "Hello, {{ref}}."},
    "sec.deposit": {"kind": "security", "approve": True, "text": "Never deposit twice."},
}
ZH = {
    "dep.pending": {
        "kind": "reply",
        "purpose": "充值未到账",
        "vars": ["need", "coin"],
        "text": "{{coin}} 充值需要 {{need}} 个确认。",
    },
    "flow.greet": {"vars": ["ref"], "text": "您好，编号 {{ref}}。"},
}


def book(**options: bool) -> Book:
    return Book(parse({"en": EN, "zh": ZH}), **options)


def test_replies_are_read_with_both_languages() -> None:
    greet = book().find("flow.greet")
    pending = book().find("dep.pending")
    security = book().find("sec.deposit")
    assert greet
    assert pending
    assert security
    assert greet.kind is Kind.REPLY
    assert greet.texts == {"en": "Hello, {{ref}}.", "zh": "您好，编号 {{ref}}。"}
    assert pending.vars == ("coin", "need")
    assert pending.purpose == "deposit not credited"
    assert pending.texts["en"] == "{{coin}} needs {{need}} confirmations."
    assert (security.kind, security.approve, security.vars) == (Kind.SECURITY, True, ())


@pytest.mark.parametrize("key", ["flow.greet", " FLOW.greet", "ｆｌｏｗ．ｇｒｅｅｔ"])
def test_a_reply_is_found_as_agents_type_it(key: str) -> None:
    assert book().render(key, "en", {"ref": "A-1"}) == "Hello, A-1."


def test_what_there_is_not_is_not_found() -> None:
    assert book().find("flow.great") is None
    with pytest.raises(UnknownReply, match=r"^There is no canned reply 'flow\.great'\.$"):
        book().text("flow.great", "en")


def test_the_language_is_the_customers_and_no_other() -> None:
    assert book().text("flow.greet", "zh") == "您好，编号 {{ref}}。"
    with pytest.raises(UnknownReply, match=r"'sec\.deposit' has no text in 'zh'"):
        book().text("sec.deposit", "zh")


def test_unless_the_operator_allows_another() -> None:
    assert book(fallback=True).text("sec.deposit", "zh") == "Never deposit twice."
    assert book(fallback=True).text("flow.greet", "zh") == "您好，编号 {{ref}}。"


def test_a_reply_with_a_hole_is_not_made() -> None:
    with pytest.raises(MissingValue, match="need"):
        book().render("dep.pending", "zh", {"coin": "BTC"})


@pytest.mark.parametrize(
    ("words", "keys"),
    [
        ("deposit", ["sec.deposit", "dep.pending"]),
        ("dep", ["dep.pending", "sec.deposit"]),
        ("充值", ["dep.pending"]),
        ("CONFIRMATIONS coin", ["dep.pending"]),
        ("deposit nowhere", []),
        ("hello answer", ["flow.greet"]),
        ("", []),
        (" \u200b", []),
    ],
)
def test_a_search_needs_every_word_and_puts_keys_before_purposes_before_texts(
    words: str, keys: list[str]
) -> None:
    assert [reply.key for reply in book().search(words)] == keys


def test_a_search_gives_no_more_than_its_limit() -> None:
    assert len(book().search("e", limit=2)) == 2


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (5, "must be a table"),
        ({"txt": "x"}, "the key 'txt' is not known"),
        ({}, "text is missing"),
        ({"text": " \n"}, "text is missing"),
        ({"text": 5}, "text must be a text"),
        (
            {"text": "x", "kind": "poem"},
            "kind must be one of reply, security, dispute, announce, care",
        ),
        ({"text": "x", "vars": "ref"}, "vars must be a list of texts"),
        ({"text": "x", "approve": "no"}, "approve must be true or false"),
        ({"text": "x", "purpose": 1}, "purpose must be a text"),
        ({"text": "{{ref}}"}, "text uses {{ref}}, which vars does not name"),
        ({"text": "x", "vars": ["ref"]}, "vars names ref, which text does not use"),
        ({"text": "{{ ref }}", "vars": ["ref"]}, "text has braces that make no {{name}}"),
    ],
)
def test_a_mistake_is_one_sentence_that_names_file_key_and_problem(
    values: object, problem: str
) -> None:
    with pytest.raises(ValueError) as mistake:
        parse({"en": EN, "zh": {"a.b": values}}, {"zh": {"a.b": "own/zh/a.toml"}})
    assert str(mistake.value) == f"In own/zh/a.toml, the zh reply 'a.b': {problem}."


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kind": "care"}, "kind"),
        ({"approve": True}, "approve"),
        ({"vars": [], "text": "您好。"}, "vars"),
    ],
)
def test_the_languages_may_differ_in_text_and_purpose_only(
    change: dict[str, object], name: str
) -> None:
    with pytest.raises(ValueError) as mistake:
        parse({"en": EN, "zh": {"flow.greet": ZH["flow.greet"] | change}})
    assert str(mistake.value) == f"The zh reply 'flow.greet': {name} differs from the en reply."


def test_a_key_that_no_agent_could_type_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'Flow\.Greet': the key must be in lower case"):
        parse({"en": {"Flow.Greet": {"text": "x"}}})
