"""What must hold after any number of kills: pure, from what was seen to what is wrong.

Who saw what comes from the sandbox, what is remembered from the database; texts
are named by their :mod:`tests.faults.tokens`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.faults.tokens import Kind, customer_of, kind_of


class Breach(StrEnum):
    """A way to break a promise."""

    LOST_IN = "said and not stored"
    DOUBLED_IN = "said once and stored twice"
    DISORDERED_IN = "stored in another order than said"
    HIDDEN = "stored and not shown to the agents"
    SHOWN_TWICE = "shown twice without a question"
    DISORDERED_DESK = "shown in another order than said"
    SCATTERED = "shown in more than one topic"
    LOST_OUT = "typed and never received"
    DOUBLED_OUT = "received twice"
    DISORDERED_OUT = "received in another order than typed"
    TAKEN_BACK = "taken back and still there"
    MISDELIVERED = "seen by another customer, or in his topic"
    LEAKED = "a note that a customer saw"
    UNFINISHED = "a delivery that is neither done nor asked about"
    QUARANTINED = "an event that was set aside"


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: of which customer, about what (a token, or words)."""

    breach: Breach
    customer: int
    token: str = ""

    def __str__(self) -> str:
        return f"{self.breach}: customer {self.customer} {self.token}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """One customer's story, as tokens in order.

    ``said`` he, ``stored`` of it is in the database; ``typed`` agents for him,
    ``own`` are the texts that the service itself wrote to him; ``received`` is
    what stands in his chat; ``topics`` maps each topic that is about him to what
    its posts show for the first time, ``past`` is what cards there repeat.
    """

    number: int
    said: Sequence[str] = ()
    stored: Sequence[str] = ()
    typed: Sequence[str] = ()
    own: Sequence[str] = ()
    received: Sequence[str] = ()
    topics: Mapping[int, Sequence[str]] = field(default_factory=dict)
    past: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything. ``asked``: texts about which agents were asked; ``resent``: those
    sent once more, which may therefore come late; ``quarantined`` are the rows of the
    quarantine, in words; ``unfinished`` counts deliveries, ``orphans`` topics of
    nobody without a post."""

    customers: Sequence[Customer]
    asked: Collection[str] = ()
    resent: Collection[str] = ()
    unfinished: int = 0
    quarantined: Sequence[str] = ()
    orphans: int = 0


def judge(evidence: Evidence) -> list[Violation]:
    """All that is wrong."""
    found = [v for customer in evidence.customers for v in _of_one(customer, evidence)]
    found += [Violation(Breach.UNFINISHED, 0)] * evidence.unfinished
    found += [Violation(Breach.QUARANTINED, 0, row) for row in evidence.quarantined]
    return found


def _of_one(customer: Customer, evidence: Evidence) -> Iterator[Violation]:
    for breach, token in (
        *_inbound(customer),
        *_desk(customer, evidence),
        *_outbound(customer, evidence),
        *_foreign(customer),
    ):
        yield Violation(breach, customer.number, token)


def _inbound(customer: Customer) -> Iterator[tuple[Breach, str]]:
    count = Counter(customer.stored)
    for token in customer.said:
        if count[token] != 1:
            yield Breach.DOUBLED_IN if count[token] else Breach.LOST_IN, token
    for token in _late(customer.stored, customer.said):
        yield Breach.DISORDERED_IN, token


def _desk(customer: Customer, evidence: Evidence) -> Iterator[tuple[Breach, str]]:
    written = [topic for topic in customer.topics.values() if topic]
    if len(written) > 1:
        yield Breach.SCATTERED, written[1][0]
    shown = [token for topic in customer.topics.values() for token in topic]
    count = Counter(shown)
    for token in customer.said:
        if not count[token]:
            yield Breach.HIDDEN, token
        elif count[token] > 1 and token not in evidence.asked:
            yield Breach.SHOWN_TWICE, token
    first = [token for token in dict.fromkeys(shown) if token not in evidence.resent]
    for token in _late(first, customer.said):
        yield Breach.DISORDERED_DESK, token


def _outbound(customer: Customer, evidence: Evidence) -> Iterator[tuple[Breach, str]]:
    count = Counter(customer.received)
    for token in (*customer.typed, *customer.own):
        kind = kind_of(token)
        if kind is Kind.UNDONE:
            if count[token] > (token in evidence.asked):  # nobody knew what to take back
                yield Breach.TAKEN_BACK, token
        elif kind is not Kind.NOTE and count[token] != 1:
            yield Breach.DOUBLED_OUT if count[token] else Breach.LOST_OUT, token
    punctual = [token for token in customer.received if token not in evidence.resent]
    for token in _late(punctual, customer.typed):
        yield Breach.DISORDERED_OUT, token


def _foreign(customer: Customer) -> Iterator[tuple[Breach, str]]:
    for token in (*customer.received, *customer.past, *_all(customer.topics)):
        if customer_of(token) != customer.number:
            yield Breach.MISDELIVERED, token
    for token in customer.received:
        if kind_of(token) is Kind.NOTE:
            yield Breach.LEAKED, token


def _all(topics: Mapping[int, Sequence[str]]) -> Iterator[str]:
    return (token for topic in topics.values() for token in topic)


def _late(seen: Sequence[str], meant: Sequence[str]) -> Iterator[str]:
    """What came after something that was meant to come after it."""
    place = {token: number for number, token in enumerate(meant)}
    latest = -1
    for token in seen:
        if token in place:
            if place[token] < latest:
                yield token
            latest = max(latest, place[token])
