"""Rules: which messages go to which team, how urgently, and why.

A rule is a table in ``routing.toml``:

.. code-block:: toml

    [missing-deposit]
    words = ["deposit not arrived", "充值没到账"]
    team = "funds"
    priority = "high"

Conditions (``channels``, ``accounts``, ``languages``, ``words``, ``new``) must all hold;
one that is left out always does. Within a list, one is enough.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from routing.table import Table
from routing.wording import Terms, Wording
from routing.words import Facts, Language, Priority

_NO_FILES: Final[Mapping[str, str]] = MappingProxyType({})
_PRIORITIES: Final = {priority.name.lower(): priority for priority in Priority}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition and what follows from it.

    ``priority`` may only raise what was set before, unless ``lower``;
    ``acknowledge`` is the key of the canned reply for the customer; ``stop``
    ends the reading of rules after this one. How rules add up is in
    :mod:`routing.router`.
    """

    name: str
    channels: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    words: Terms | None = None
    new: bool | None = None
    team: str | None = None
    priority: Priority | None = None
    tags: tuple[str, ...] = ()
    acknowledge: str | None = None
    lower: bool = False
    stop: bool = False

    def why(self, facts: Facts, language: Language, wording: Wording) -> str | None:
        """Why the rule hits, as in ``word 'hacked'``; None if it does not.

        ``language`` is the one decided on, ``wording`` that of the text in ``facts``.
        """
        phrase = None
        if self.words is not None:  # first, because most rules end here
            phrase = self.words.find(wording)
            if phrase is None:
                return None
        reasons = []
        for noun, wanted, actual in (
            ("channel", self.channels, facts.channel),
            ("account", self.accounts, facts.account),
            ("language", self.languages, language),
        ):
            if wanted:
                reasons.append(f"{noun} {actual}")
                if actual not in wanted:
                    return None
        if self.new is not None:
            reasons.append("first message" if self.new else "later message")
            if facts.new is not self.new:
                return None
        if phrase is not None:
            reasons.append(f"word '{phrase}'")
        return ", ".join(reasons) or "always"


_CONDITIONS: Final = frozenset({"channels", "accounts", "languages", "words", "new"})
_EFFECTS: Final = frozenset({"team", "priority", "tags", "acknowledge", "lower", "stop", "off"})


def parse(table: Mapping[str, object], files: Mapping[str, str] = _NO_FILES) -> tuple[Rule, ...]:
    """The rules of ``table`` (name to values), in its order, without those that are ``off``.

    ``files`` tells where each name was written. Raises ValueError with one
    sentence that names file, rule and key.
    """
    rules = []
    for name, values in table.items():
        entry = Table.read(
            f"rule '{name}'", values, file=files.get(name, ""), keys=_CONDITIONS | _EFFECTS
        )
        rule = _rule(name, entry)
        if not entry.flag("off"):
            rules.append(rule)
    return tuple(rules)


def _rule(name: str, entry: Table) -> Rule:
    rule = Rule(
        name=name,
        channels=frozenset(_choices(entry, "channels")),
        accounts=frozenset(_choices(entry, "accounts")),
        languages=frozenset(_choices(entry, "languages")),
        words=_terms(entry),
        new=entry.flag("new"),
        team=entry.text("team") or None,
        priority=_priority(entry),
        tags=entry.texts("tags"),
        acknowledge=entry.text("acknowledge") or None,
        lower=bool(entry.flag("lower")),
        stop=bool(entry.flag("stop")),
    )
    if rule.lower and rule.priority is None:
        raise entry.wrong("lower needs a priority")
    if not rule.languages <= {"zh", "en"}:
        raise entry.wrong("languages may hold zh and en")
    return rule


def _choices(entry: Table, key: str) -> tuple[str, ...]:
    """A list of which one must hold; emptied rather than left out, it would always."""
    choices = entry.texts(key)
    if key in entry.values and not choices:
        raise entry.wrong(f"{key} is empty: leave it out, or say off = true")
    return choices


def _terms(entry: Table) -> Terms | None:
    choices = _choices(entry, "words")
    try:
        return Terms.of(choices) if choices else None
    except ValueError as problem:
        raise entry.wrong(f"words: {problem}") from None


def _priority(entry: Table) -> Priority | None:
    name = entry.text("priority")
    if name and name not in _PRIORITIES:
        raise entry.wrong(f"priority must be one of {', '.join(_PRIORITIES)}")
    return _PRIORITIES.get(name)


def replies(rules: Iterable[Rule]) -> frozenset[str]:
    """The canned replies that ``rules`` acknowledge with, for checking that they exist."""
    return frozenset(rule.acknowledge for rule in rules if rule.acknowledge)
