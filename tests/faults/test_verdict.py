"""The judge of the kill tests must see each breach; these show that it does."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.tokens import Kind, content, customer_of, kind_of, shown, token, tokens
from tests.faults.verdict import Breach, Customer, Evidence, Violation, judge

ANN = Customer(
    number=1,
    said=("k1i1", "k1i2"),
    stored=("k1i1", "k1i2"),
    typed=("k1r1", "k1n1", "k1u1", "k1r2"),
    own=("k1a9",),
    received=("k1a9", "k1r1", "k1r2"),
    topics={7: ("k1i1", "k1i2")},
    past=("k1i1",),
)
BOB = Customer(number=2, said=("k2i1",), stored=("k2i1",), topics={8: ("k2i1",)})


def breaches(ann: Customer = ANN, **more: object) -> set[tuple[Breach, str]]:
    evidence = replace(Evidence(customers=[ann, BOB]), **more)  # type: ignore[arg-type]
    return {(violation.breach, violation.token) for violation in judge(evidence)}


def test_a_good_story_has_no_breach() -> None:
    assert breaches() == set()


@pytest.mark.parametrize(
    ("change", "breach", "about"),
    [
        ({"stored": ("k1i1",)}, Breach.LOST_IN, "k1i2"),
        ({"stored": ("k1i1", "k1i2", "k1i2")}, Breach.DOUBLED_IN, "k1i2"),
        ({"stored": ("k1i2", "k1i1")}, Breach.DISORDERED_IN, "k1i1"),
        ({"topics": {7: ("k1i1",)}}, Breach.HIDDEN, "k1i2"),
        ({"topics": {7: ("k1i1", "k1i2", "k1i1")}}, Breach.SHOWN_TWICE, "k1i1"),
        ({"topics": {7: ("k1i2", "k1i1")}}, Breach.DISORDERED_DESK, "k1i1"),
        ({"topics": {7: ("k1i1",), 9: ("k1i2",)}}, Breach.SCATTERED, "k1i2"),
        ({"topics": {7: ("k1i1", "k1i2", "k2i1")}}, Breach.MISDELIVERED, "k2i1"),
        ({"past": ("k2i1",)}, Breach.MISDELIVERED, "k2i1"),
        ({"received": ("k1a9", "k1r1")}, Breach.LOST_OUT, "k1r2"),
        ({"received": ("k1r1", "k1r2")}, Breach.LOST_OUT, "k1a9"),
        ({"received": ("k1a9", "k1r1", "k1r2", "k1r2")}, Breach.DOUBLED_OUT, "k1r2"),
        ({"received": ("k1a9", "k1a9", "k1r1", "k1r2")}, Breach.DOUBLED_OUT, "k1a9"),
        ({"received": ("k1a9", "k1r2", "k1r1")}, Breach.DISORDERED_OUT, "k1r1"),
        ({"received": ("k1a9", "k1r1", "k1u1", "k1r2")}, Breach.TAKEN_BACK, "k1u1"),
        ({"received": ("k1a9", "k1r1", "k1r2", "k2r1")}, Breach.MISDELIVERED, "k2r1"),
        ({"received": ("k1a9", "k1r1", "k1n1", "k1r2")}, Breach.LEAKED, "k1n1"),
    ],
)
def test_each_breach_is_seen(change: dict[str, object], breach: Breach, about: str) -> None:
    assert breaches(replace(ANN, **change)) == {(breach, about)}  # type: ignore[arg-type]


def test_what_is_left_in_the_database_is_a_breach() -> None:
    assert breaches(unfinished=1) == {(Breach.UNFINISHED, "")}
    assert breaches(quarantined=["why"]) == {(Breach.QUARANTINED, "why")}


def test_a_question_excuses_a_second_showing_but_no_loss() -> None:
    twice = replace(ANN, topics={7: ("k1i1", "k1i2", "k1i1")})
    assert breaches(twice, asked={"k1i1"}) == set()
    lost = replace(ANN, received=("k1a9", "k1r1"))
    assert breaches(lost, asked={"k1r2"}) == {(Breach.LOST_OUT, "k1r2")}


def test_what_is_sent_again_may_come_late_but_not_twice() -> None:
    late = replace(ANN, received=("k1a9", "k1r2", "k1r1"))
    assert breaches(late, resent={"k1r1"}) == set()
    twice = replace(ANN, received=("k1a9", "k1r1", "k1r2", "k1r1"))
    assert breaches(twice, resent={"k1r1"}) == {(Breach.DOUBLED_OUT, "k1r1")}


def test_an_undone_text_may_stay_only_where_nobody_knew_whether_it_arrived() -> None:
    kept = replace(ANN, received=("k1a9", "k1r1", "k1u1", "k1r2"))
    assert breaches(kept, asked={"k1u1"}) == set()


@given(st.permutations(["k1r1", "k1r2", "k1r3", "k1r4"]))
def test_any_other_order_is_a_breach(order: list[str]) -> None:
    typed = tuple(sorted(order))
    found = judge(Evidence(customers=[Customer(number=1, typed=typed, received=order)]))
    assert bool(found) == (tuple(order) != typed)
    assert {v.breach for v in found} <= {Breach.DISORDERED_OUT}


def test_a_violation_reads_as_a_sentence() -> None:
    assert str(Violation(Breach.LOST_OUT, 7, "k7r1")) == "typed and never received: customer 7 k7r1"


# --- tokens -----------------------------------------------------------------------


def test_tokens_are_found_and_read() -> None:
    assert token(7, Kind.SAID, 12) == "k7i12"
    assert tokens("k7i12 hello\n\nxk1i1 k8r3.") == ["k7i12", "k8r3"]
    assert (customer_of("k7i12"), kind_of("k8r3")) == (7, Kind.REPLY)
    with pytest.raises(ValueError, match="no token"):
        customer_of("k7")
    with pytest.raises(ValueError, match="no token"):
        kind_of("hello k7i1")


def test_what_an_edit_added_is_no_content() -> None:
    assert content("k7r1 hello k7e2") == ["k7r1"]


def test_history_and_news_of_edits_are_no_first_showing() -> None:
    card = "🆕 Customer 7 · 7QK2-MX4C\n2026-01-02 03:04 Customer 7: k7i1 hello\nk7i2 hello"
    assert shown(card) == ["k7i2"]
    assert shown("✏️ edited\nk7i2 k7e1 hello") == []
    assert shown("k7i1 hello\n\nk7i2 k7e1 hello") == ["k7i1", "k7i2"]
