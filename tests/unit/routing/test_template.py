import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.template import MissingValue, render, variables


def test_names_are_replaced_by_their_values() -> None:
    assert render("Ref {{ref}}: {{n}} of {{n}}.", {"ref": "A-1", "n": 0}) == "Ref A-1: 0 of 0."


def test_values_that_are_not_used_are_ignored() -> None:
    assert render("Hello.", {"ref": "A-1"}) == "Hello."


@pytest.mark.parametrize("value", ["{{b}}", "{{a}}", "{}", "{a}", "%s", "$a", "\\1", "\\g<0>"])
def test_a_value_is_never_expanded(value: str) -> None:
    assert render("{{a}}{{b}}", {"a": value, "b": "secret"}) == value + "secret"


@pytest.mark.parametrize("values", [{}, {"b": None}, {"b": ""}, {"b": " \n"}])
def test_a_text_with_a_hole_is_refused_and_every_hole_is_named(values: dict[str, object]) -> None:
    with pytest.raises(MissingValue, match=r"^The text needs a value for b, c\.$") as refusal:
        render("{{a}}{{b}}{{c}}{{b}}", {"a": 1} | values)
    assert refusal.value.names == ("b", "c")


def test_the_names_that_a_template_uses() -> None:
    assert variables("{{a}} {{b_2}} {{a}} {c} {{{d}}}") == {"a", "b_2", "d"}


@pytest.mark.parametrize(
    "template", ["{{ a }}", "{{a}", "{a}}", "{{}}", "{{A}}", "{{a.b}}", "{{{{"]
)
def test_braces_that_make_no_name_are_refused(template: str) -> None:
    with pytest.raises(ValueError, match="has braces"):
        variables(template)


@given(
    st.lists(st.text(alphabet=st.characters(exclude_characters="{}"))),
    st.dictionaries(st.from_regex("[a-z][a-z0-9_]*", fullmatch=True), st.text(), min_size=1),
    st.data(),
)
def test_rendering_is_joining(
    texts: list[str], values: dict[str, str], data: st.DataObject
) -> None:
    values = {name: value + "x" for name, value in values.items()}
    names = [data.draw(st.sampled_from(sorted(values))) for _ in texts]
    pairs = list(zip(texts, names, strict=True))
    template = "".join(f"{text}{{{{{name}}}}}" for text, name in pairs)
    assert variables(template) == set(names)
    assert render(template, values) == "".join(text + values[name] for text, name in pairs)
