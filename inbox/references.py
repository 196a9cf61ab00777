"""Public references: what a customer quotes, and nobody can guess or count.

Eight characters of an alphabet without look-alikes: seven at random (31**7,
about 27 thousand million) and a check character that catches every single
wrong character and every swap of two neighbours (31 is prime).
"""

import secrets

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_RANDOM = 7
_HALF = 4


def mint() -> str:
    """A new reference such as ``7QK2-MX4C``."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    return _shown(drawn + _check(drawn))


def read(text: str) -> str | None:
    """The reference that ``text`` is, as :func:`mint` writes it, or None."""
    plain = "".join(c for c in text.upper() if c in ALPHABET)
    if len(plain) != _RANDOM + 1 or _check(plain[:-1]) != plain[-1]:
        return None
    return _shown(plain)


def _check(drawn: str) -> str:
    weighed = sum(place * ALPHABET.index(c) for place, c in enumerate(drawn, start=2))
    return ALPHABET[-weighed % len(ALPHABET)]


def _shown(plain: str) -> str:
    return f"{plain[:_HALF]}-{plain[_HALF:]}"
