"""Deciding what becomes of an incoming message.

How rules add up, in words one can read aloud:

- Rules are read in order; every one that hits is named in ``because``.
- A priority only rises, unless the rule says ``lower``.
- The first team that is named stays, until a rule that moves the priority takes over:
  what is urgent goes to those who handle the urgent thing.
- Tags add up.
- The customer is answered once when the conversation begins, again when a rule with its
  own ``acknowledge`` moves the priority (the words "I was hacked" may come late), and
  after a bare ``/start`` or ``/help``, which nobody else would answer.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from routing.rules import Rule, replies
from routing.wording import Wording
from routing.words import BARE, Decision, Facts, Language

ACKNOWLEDGE: Final[Mapping[str, str]] = MappingProxyType({"new": "flow.ack", "start": "flow.greet"})
"""The canned replies for a first message and for a bare ``/start`` or ``/help``."""


class Router:
    """Rules, and what holds where none of them speaks.

    ``acknowledge`` replaces entries of :data:`ACKNOWLEDGE`; an empty key means no reply.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        default_language: Language,
        acknowledge: Mapping[str, str] = ACKNOWLEDGE,
    ) -> None:
        self._rules = tuple(rules)
        self._default_language = default_language
        self._acknowledge = {**ACKNOWLEDGE, **acknowledge}

    @property
    def replies(self) -> frozenset[str]:
        """Every canned reply that a decision can name, for checking that it exists."""
        return replies(self._rules) | frozenset(filter(None, self._acknowledge.values()))

    def decide(self, facts: Facts) -> Decision:
        """What becomes of the message that ``facts`` describe. Pure; raises nothing."""
        language = self._language(facts)
        bare = facts.signs.command in BARE and facts.files == 0
        decision = Decision(
            language=language,
            priority=facts.priority,
            team=facts.team,
            tags=facts.tags,
            show=not bare,
        )
        wording = Wording.of(facts.signs.folded)
        for rule in self._rules:
            why = rule.why(facts, language, wording)
            if why is not None:
                decision = _follow(rule, decision, why=why, new=facts.new)
                if rule.stop:
                    break
        if decision.acknowledge is None and (facts.new or bare):
            receipt = self._acknowledge["start" if bare else "new"]
            decision = replace(decision, acknowledge=receipt or None)
        return decision

    def _language(self, facts: Facts) -> Language:
        """The conversation's, else the text's, else the platform's hint, else the default."""
        for tag in (facts.language, facts.signs.language, facts.hint):
            main = tag.partition("-")[0].lower()
            if main == "zh":
                return "zh"
            if main == "en":
                return "en"
        return self._default_language


def _follow(rule: Rule, decision: Decision, *, why: str, new: bool) -> Decision:
    moves = rule.priority is not None and (
        rule.priority != decision.priority if rule.lower else rule.priority < decision.priority
    )
    speaks = moves or (new and decision.acknowledge is None)
    return replace(
        decision,
        priority=rule.priority if moves and rule.priority else decision.priority,
        team=(rule.team if moves else None) or decision.team or rule.team,
        tags=tuple(dict.fromkeys(decision.tags + rule.tags)),
        acknowledge=(rule.acknowledge if speaks else None) or decision.acknowledge,
        because=(*decision.because, f"rule {rule.name}: {why}"),
    )
