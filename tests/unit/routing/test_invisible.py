import re
import sys
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from routing.invisible import INVISIBLE, seen

ONE = re.compile(f"[{INVISIBLE}]")

# Format characters with a glyph of their own: Arabic, Syriac and Kaithi number marks,
# and the joiners of Egyptian hieroglyphs.
VISIBLE_FORMATS = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f]"
)


def test_every_format_and_control_character_is_invisible_unless_it_has_a_glyph_or_is_a_space() -> (
    None
):
    forgotten = [
        hex(ord(char))
        for char in map(chr, range(sys.maxunicode + 1))
        if unicodedata.category(char) in {"Cf", "Cc"}
        and not char.isspace()
        and not ONE.match(char)
        and not VISIBLE_FORMATS.match(char)
    ]
    assert forgotten == []


def test_letters_marks_digits_and_spaces_of_living_scripts_are_seen() -> None:
    text = "Grüße, 你好！ Привет 안녕 مرحبا 12 ٣ 👍 \t\n\u3000é"
    assert seen(text) == text


def test_variation_selectors_fillers_and_the_braille_blank_are_not_seen() -> None:
    assert seen("a\ufe0f\U000e0100\u3164\uffa0\u115f\u2800\u180eb") == "ab"


def test_the_quick_way_for_ascii_drops_control_characters_too() -> None:
    assert seen("ha\x00ck\x1b\x7f") == "hack"


@given(st.text())
def test_nothing_invisible_is_left_and_nothing_else_is_lost(text: str) -> None:
    assert seen(text) == "".join(char for char in text if not ONE.match(char))
