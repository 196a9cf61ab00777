"""Reading a table that an operator wrote, with mistakes told in one sentence."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """The values of one entry. ``what`` begins the sentences, as in ``rule 'scam'``;
    ``file`` is where it was written, or ``""``."""

    what: str
    values: Mapping[str, object]
    file: str = ""

    @classmethod
    def read(cls, what: str, values: object, *, file: str, keys: frozenset[str]) -> "Table":
        """``values`` as a table that holds nothing but ``keys``; ValueError otherwise."""
        if not isinstance(values, Mapping):
            raise cls(what, {}, file).wrong("must be a table")
        table = cls(what, values, file)
        for key in values:
            if key not in keys:
                raise table.wrong(f"the key {key!r} is not known")
        return table

    def wrong(self, problem: str) -> ValueError:
        """The error that says what is wrong with this entry."""
        place = f"In {self.file}, " if self.file else ""
        sentence = f"{place}{self.what}: {problem}."
        return ValueError(sentence[0].upper() + sentence[1:])

    def text(self, key: str, default: str = "") -> str:
        """The text at ``key``, or ``default``. ValueError if it is no text."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.wrong(f"{key} must be a text")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts at ``key``, or nothing. ValueError if one is blank or no text."""
        value = self.values.get(key, ())
        if not isinstance(value, list | tuple) or not all(
            isinstance(item, str) and item.strip() for item in value
        ):
            raise self.wrong(f"{key} must be a list of texts")
        return tuple(value)

    def flag(self, key: str) -> bool | None:
        """True or False at ``key``, or None where it is not given. ValueError otherwise."""
        value = self.values.get(key)
        if value is not None and not isinstance(value, bool):
            raise self.wrong(f"{key} must be true or false")
        return value
