"""Deaths at random: ``kill -9`` again and again while customers and agents write."""

import asyncio
import random
import time
from dataclasses import dataclass, replace

from tests.faults.ground import Ground
from tests.faults.scene import Scene, scene
from tests.faults.tokens import Kind, kind_of
from tests.faults.verdict import Breach, Evidence, Violation, judge

CUSTOMERS = 8
NOTES = 0.1
"""How often a reply is followed by a note, which is not for the customer."""

FIRST, LAST = 0.05, 1.3
"""Seconds after the start of a service between which it is killed: while it starts
(a fifth of a second), catches up, or works."""

AFTERWARDS = 45.0
"""Seconds in which all must be done when the killing has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What is to happen. ``rate``: texts a second, each way."""

    seed: int
    kills: int
    rate: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Aftermath:
    """What came of it; ``trouble`` is what the service said if it did not settle."""

    storm: Storm
    kills: int
    seconds: float
    evidence: Evidence
    trouble: str = ""

    @property
    def violations(self) -> list[Violation]:
        """All that went wrong."""
        return judge(self.evidence)

    @property
    def said(self) -> int:
        """How many texts customers wrote."""
        return sum(len(customer.said) for customer in self.evidence.customers)

    @property
    def typed(self) -> int:
        """How many replies agents typed; notes do not count."""
        replies = [t for customer in self.evidence.customers for t in customer.typed]
        return sum(kind_of(token) is Kind.REPLY for token in replies)

    def count(self, *breaches: Breach) -> int:
        """How many violations are of these kinds."""
        return sum(violation.breach in breaches for violation in self.violations)

    def __str__(self) -> str:
        lost = self.count(Breach.LOST_IN, Breach.LOST_OUT, Breach.HIDDEN)
        doubled = self.count(Breach.DOUBLED_IN, Breach.DOUBLED_OUT, Breach.SHOWN_TWICE)
        disordered = self.count(Breach.DISORDERED_IN, Breach.DISORDERED_OUT, Breach.DISORDERED_DESK)
        return (
            f"seed {self.storm.seed}: {self.kills} kills in {self.seconds:.0f} s, "
            f"{self.said} in, {self.typed} out, {len(self.evidence.asked)} uncertain; "
            f"lost {lost}, doubled {doubled}, out of order {disordered}, "
            f"misdelivered {self.count(Breach.MISDELIVERED, Breach.LEAKED)}, "
            f"quarantined {len(self.evidence.quarantined)}, "
            f"in all {len(self.violations)} violations"
        )


async def rage(ground: Ground, engine: str, storm: Storm) -> Aftermath:
    """Let a storm pass over a service, wait until it has settled, and look."""
    began = time.monotonic()
    async with scene(ground, engine) as it:
        for _ in range(CUSTOMERS):
            it.customer()
        it.service.start()
        talking = asyncio.create_task(_talk(it, storm))
        for after in _moments(storm):
            await asyncio.sleep(after)
            it.service.look()
            await it.service.kill()
        talking.cancel()
        await asyncio.gather(talking, return_exceptions=True)
        if not talking.cancelled():
            talking.result()
        kills = it.service.deaths
        trouble = await _calm(it)
        await it.service.end()
        evidence = await it.evidence()
        if trouble:
            evidence = replace(evidence, unfinished=max(1, evidence.unfinished))
        return Aftermath(
            storm=storm,
            kills=kills,
            seconds=time.monotonic() - began,
            evidence=evidence,
            trouble=trouble,
        )


async def _calm(it: Scene) -> str:
    """Wait until all is done. Returns what was in the way when time was up."""
    try:
        await it.settle(AFTERWARDS)
    except TimeoutError as late:
        return str(late)
    return ""


def _moments(storm: Storm) -> list[float]:
    drawn = random.Random(storm.seed)
    return [drawn.uniform(FIRST, LAST) for _ in range(storm.kills)]


async def _talk(it: Scene, storm: Storm) -> None:
    """Customers write at the given rate, and agents answer as often: late only where
    there is no topic yet. Notes come in between."""
    drawn = random.Random(storm.seed + 1)
    clock, owed = time.monotonic(), 0
    while True:
        it.say(drawn.randint(1, CUSTOMERS))
        owed += 1
        visible = [number for number in it.customers if it.topic(number) is not None]
        while owed and visible:
            it.reply(drawn.choice(visible))
            owed -= 1
            if drawn.random() < NOTES:
                it.reply(drawn.choice(visible), Kind.NOTE)
        clock += 1 / storm.rate
        await asyncio.sleep(max(0.0, clock - time.monotonic()))
