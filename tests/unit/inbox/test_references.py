"""References: random, short, and proof against a slip of the finger."""

from hypothesis import given
from hypothesis import strategies as st

from inbox.references import ALPHABET, mint, read

MINTED = st.builds(mint)


@given(MINTED)
def test_what_is_minted_is_read_again(reference: str) -> None:
    assert read(reference) == reference


@given(MINTED, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_noticed(reference: str, place: int, wrong: str) -> None:
    plain = reference.replace("-", "")
    if plain[place] == wrong:
        return
    assert read(plain[:place] + wrong + plain[place + 1 :]) is None


@given(MINTED, st.integers(0, 6))
def test_two_neighbours_that_changed_places_are_noticed(reference: str, place: int) -> None:
    plain = reference.replace("-", "")
    a, b = plain[place], plain[place + 1]
    if a != b:
        assert read(plain[:place] + b + a + plain[place + 2 :]) is None


@given(MINTED)
def test_people_may_write_it_their_way(reference: str) -> None:
    for spoken in (reference.lower(), f" {reference} ", reference.replace("-", " - ")):
        assert read(spoken) == reference


@given(st.text(max_size=20))
def test_anything_else_is_none_or_what_it_says(text: str) -> None:
    found = read(text)
    assert found is None or read(found) == found


def test_it_has_no_look_alikes_and_cannot_be_counted() -> None:
    assert not set("01OIL") & set(ALPHABET)
    minted = {mint() for _ in range(1_000)}
    assert len(minted) == 1_000
    assert {len(reference) for reference in minted} == {9}
