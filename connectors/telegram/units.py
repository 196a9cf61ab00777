"""UTF-16 code units: what Telegram counts, while marks count code points.

Source: https://core.telegram.org/api/entities#entity-length
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

_LAST_SINGLE = "\uffff"


def units(body: str) -> int:
    """The length of ``body`` in UTF-16 units."""
    return len(body) + sum(character > _LAST_SINGLE for character in body)


def offsets(body: str) -> Sequence[int]:
    """The UTF-16 offset of each code point of ``body``, and of its end."""
    if max(body, default="") <= _LAST_SINGLE:
        return range(len(body) + 1)
    return list(accumulate((1 + (character > _LAST_SINGLE) for character in body), initial=0))


def reach(body: str, start: int, limit: int) -> int:
    """The furthest end with ``body[start:end]`` within ``limit`` UTF-16 units."""
    return start + bisect_right(offsets(body[start : start + limit]), limit) - 1


def clip(body: str, limit: int) -> str:
    """The longest beginning of ``body`` within ``limit`` UTF-16 units."""
    return body[: reach(body, 0, limit)]
