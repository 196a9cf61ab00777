"""Canned replies: texts that were thought over once.

Each is a table per language in ``replies/<language>/``:

.. code-block:: toml

    [flow.handover]
    kind = "reply"
    purpose = "bot to human"
    vars = ["ref"]
    text = "Passing you to a person (ref {{ref}})."
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from routing.signs import fold
from routing.table import Table
from routing.template import render, variables

_NO_FILES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({})
_KEYS: Final = frozenset({"kind", "purpose", "vars", "approve", "text"})


class Kind(StrEnum):
    """What a canned reply is for."""

    REPLY = "reply"
    SECURITY = "security"
    DISPUTE = "dispute"
    ANNOUNCE = "announce"
    CARE = "care"


class UnknownReply(LookupError):  # noqa: N818 - an outcome, named as agents meet it
    """There is no canned reply of that key, or none in that language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CannedReply:
    """A reply by its ``key``. ``texts`` maps a language to the template; all of
    them use exactly ``vars``. ``approve``: a second person must agree first."""

    key: str
    kind: Kind
    purpose: str
    vars: tuple[str, ...]
    texts: Mapping[str, str]
    approve: bool = False


class Book:
    """All canned replies. With ``fallback``, a reply that is missing in one
    language is given in another rather than not at all."""

    def __init__(self, replies: Iterable[CannedReply], *, fallback: bool = False) -> None:
        self._replies = {reply.key: reply for reply in replies}
        self.fallback = fallback

    def find(self, key: str) -> CannedReply | None:
        """The reply of that key, in any case and width as an agent types it, or None."""
        return self._replies.get(fold(key).strip())

    def text(self, key: str, language: str) -> str:
        """The template in ``language``; :class:`UnknownReply` if there is none."""
        reply = self.find(key)
        if reply is None:
            raise UnknownReply(f"There is no canned reply {key!r}.")
        if language in reply.texts:
            return reply.texts[language]
        if not self.fallback:
            raise UnknownReply(f"The canned reply {key!r} has no text in {language!r}.")
        return next(iter(reply.texts.values()))

    def render(self, key: str, language: str, values: Mapping[str, object]) -> str:
        """The finished text. Raises :class:`UnknownReply`, or
        :class:`~routing.template.MissingValue` where a value is missing or empty."""
        return render(self.text(key, language), values)

    def search(self, words: str, *, limit: int = 10) -> tuple[CannedReply, ...]:
        """At most ``limit`` replies that hold every word in key, purpose or text,
        in any language. Hits in the key come first, then in the purpose."""
        terms = fold(words).split()
        ranked = [(rank, r.key) for r in self._replies.values() if (rank := _rank(r, terms))]
        return tuple(self._replies[key] for _, key in sorted(ranked)[:limit])


def _rank(reply: CannedReply, terms: list[str]) -> int:
    """0 if a term is nowhere; else lower is better."""
    places = (fold(reply.key), fold(reply.purpose), fold(" ".join(reply.texts.values())))
    found = [[term in place for place in places] for term in terms]
    return sum(1 + hits.index(True) for hits in found) if all(map(any, found)) else 0


def parse(
    tables: Mapping[str, Mapping[str, object]],
    files: Mapping[str, Mapping[str, str]] = _NO_FILES,
) -> tuple[CannedReply, ...]:
    """The replies of ``tables`` (language to key to values), by key.

    ``files`` tells where each was written, in the same shape. Raises ValueError
    with one sentence that names file, key and problem: a text that uses other
    names than ``vars``, or languages that differ in anything but text and purpose.
    """
    entries: dict[str, dict[str, Table]] = {}
    for language, table in tables.items():
        for key, values in table.items():
            file = files.get(language, {}).get(key, "")
            what = f"the {language} reply '{key}'"
            entry = Table.read(what, values, file=file, keys=_KEYS)
            entries.setdefault(key, {})[language] = entry
    return tuple(_reply(key, entries[key]) for key in sorted(entries))


def _reply(key: str, entries: Mapping[str, Table]) -> CannedReply:
    if key != fold(key).strip():
        raise next(iter(entries.values())).wrong("the key must be in lower case")
    variants = [_variant(key, language, entry) for language, entry in entries.items()]
    first = variants[0]
    for other, entry in zip(variants, entries.values(), strict=True):
        for name in ("kind", "vars", "approve"):
            if getattr(other, name) != getattr(first, name):
                raise entry.wrong(f"{name} differs from the {next(iter(entries))} reply")
    return CannedReply(
        key=key,
        kind=first.kind,
        purpose=first.purpose,
        vars=first.vars,
        texts={language: text for variant in variants for language, text in variant.texts.items()},
        approve=first.approve,
    )


def _variant(key: str, language: str, entry: Table) -> CannedReply:
    """The reply as one language has it."""
    kind = entry.text("kind", Kind.REPLY)
    if kind not in set(Kind):
        raise entry.wrong(f"kind must be one of {', '.join(Kind)}")
    return CannedReply(
        key=key,
        kind=Kind(kind),
        purpose=entry.text("purpose"),
        vars=tuple(sorted(entry.texts("vars"))),
        texts={language: _checked(entry)},
        approve=bool(entry.flag("approve")),
    )


def _checked(entry: Table) -> str:
    text = entry.text("text").strip()
    if not text:
        raise entry.wrong("text is missing")
    try:
        used = variables(text)
    except ValueError as problem:
        raise entry.wrong(f"text {problem}") from None
    declared = set(entry.texts("vars"))
    for name in sorted(used - declared):
        raise entry.wrong(f"text uses {{{{{name}}}}}, which vars does not name")
    for name in sorted(declared - used):
        raise entry.wrong(f"vars names {name}, which text does not use")
    return text
