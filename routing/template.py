"""Texts with ``{{name}}`` placeholders.

One regular expression in one pass: a value that holds ``{{other}}`` comes out
as it is, so nothing that a customer wrote is ever expanded.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

_PLACEHOLDER: Final = re.compile(r"\{\{([a-z][a-z0-9_]*)\}\}")


class MissingValue(ValueError):  # noqa: N818 - an outcome, named as agents meet it
    """A text was not made because values are missing or empty. ``names`` tells which."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        super().__init__(f"The text needs a value for {', '.join(self.names)}.")


def variables(template: str) -> frozenset[str]:
    """The names that ``template`` uses.

    Raises ValueError where braces are left over that make no placeholder, such
    as ``{{ name }}`` or ``{{name}``: they would go out to a customer.
    """
    rest = _PLACEHOLDER.sub("\0", template)
    if "{{" in rest or "}}" in rest:
        raise ValueError("has braces that make no {{name}}")
    return frozenset(_PLACEHOLDER.findall(template))


def render(template: str, values: Mapping[str, object]) -> str:
    """``template`` with each placeholder replaced by ``str()`` of its value.

    Values that it does not use are ignored. Raises :class:`MissingValue` where
    a value is absent, None or blank: a text with a hole must not be sent.
    """
    texts = {name: _text(values.get(name)) for name in _PLACEHOLDER.findall(template)}
    missing = [name for name, text in texts.items() if not text.strip()]
    if missing:
        raise MissingValue(missing)
    return _PLACEHOLDER.sub(lambda found: texts[found[1]], template)


def _text(value: object) -> str:
    return "" if value is None else str(value)
