"""Texts with marks, for properties."""

from hypothesis import strategies as st

from connectors.base import Mark, MarkKind, Text

# Letters, white space, signs at which sentences end, Chinese, two UTF-16 units, and what
# joins its neighbours: accent, joiner, variation selector, skin tone, flags, keycap.
ALPHABET = "ab \n\r.!。看👍🇭🇰\u0301\u200d\ufe0f\U0001f3fd\u20e3각"

PLAIN = [kind for kind in MarkKind if kind not in (MarkKind.LINK, MarkKind.MENTION)]


def texts(max_size: int) -> st.SearchStrategy[Text]:
    return st.text(ALPHABET, max_size=max_size).flatmap(_marked)


def _marked(body: str) -> st.SearchStrategy[Text]:
    spot = st.integers(0, len(body))
    mark = st.builds(
        lambda kind, ends: Mark(kind, min(ends), max(ends)),
        st.sampled_from(PLAIN),
        st.tuples(spot, spot).filter(lambda ends: ends[0] != ends[1]),
    )
    marks = st.lists(mark, max_size=4) if body else st.just([])
    return marks.map(lambda several: Text(body, tuple(several)))
