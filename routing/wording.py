"""Looking for phrases in a text, fast: hundreds of them for every message.

Look-ups and substring search in a text that is made ready once; one regular
expression of as many alternatives costs twenty times as much.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from routing.signs import HAN, fold

_LATIN_WORD: Final = re.compile(rf"[^\W_{HAN}]+")
"""Letters and digits of scripts that put spaces between words."""

_HAN: Final = re.compile(f"[{HAN}]")


@dataclass(frozen=True, slots=True)
class Wording:
    """A folded text in two forms: ``words`` between single spaces, for Latin phrases, and
    ``dense``, without white space, for Chinese ones, which have no word boundaries.
    ``firsts`` are the different words, in order."""

    words: str
    firsts: tuple[str, ...]
    dense: str

    @classmethod
    def of(cls, folded: str) -> "Wording":
        """The forms of a text that :func:`routing.signs.fold` has folded."""
        words = _latin_words(folded)
        return cls(f" {' '.join(words)} ", tuple(dict.fromkeys(words)), "".join(folded.split()))


@dataclass(frozen=True, slots=True)
class Terms:
    """Phrases to look for.

    One that holds a Chinese character counts wherever it occurs; another only as
    whole words, whatever stands between them (``seed-phrase``), and with
    apostrophes or without. ``latin`` maps a first word to the phrases that begin
    with it.
    """

    latin: Mapping[str, tuple[str, ...]]
    chinese: tuple[str, ...]

    @classmethod
    def of(cls, phrases: Iterable[str]) -> "Terms":
        """The phrases that an operator wrote. Raises ValueError for one without a letter."""
        latin: dict[str, tuple[str, ...]] = {}
        chinese = []
        for phrase in phrases:
            folded = fold(phrase)
            words = _latin_words(folded)
            if _HAN.search(folded):
                chinese.append("".join(folded.split()))
            elif words:
                latin[words[0]] = (*latin.get(words[0], ()), f" {' '.join(words)} ")
            else:
                raise ValueError(f"{phrase!r} has no letter")
        return cls(latin, tuple(chinese))

    def find(self, wording: Wording) -> str | None:
        """A phrase that occurs, or None."""
        if not self.latin.keys().isdisjoint(wording.firsts):
            for first in wording.firsts:
                for phrase in self.latin.get(first, ()):
                    if phrase in wording.words:
                        return phrase.strip()
        if not wording.dense.isascii():
            for phrase in self.chinese:
                if phrase in wording.dense:
                    return phrase
        return None


def _latin_words(folded: str) -> list[str]:
    return _LATIN_WORD.findall(folded.replace("'", "").replace("’", ""))
