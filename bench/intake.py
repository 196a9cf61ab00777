"""How fast messages become rows: the real intake and rules, beside sqlite3 by hand.

The floor writes the same rows in the same transactions with the same durability,
and neither reads nor decides anything.
"""

import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench import databases, figures, recorder, rig
from bench.figures import Figure
from connectors.base import Received
from inbox.intake import Intake
from inbox.policy import Policy

RATIO = 0.25
"""Of the floor's rate, at least."""

CPU = 0.3
"""Milliseconds of processor for each event, over all threads, at most."""


@dataclass(frozen=True, slots=True)
class Size:
    """``customers`` write ``messages`` in ``rounds`` runs, of which the median counts."""

    customers: int
    messages: int
    rounds: int


FULL, QUICK = Size(2_000, 10_000, 3), Size(50, 200, 1)


@dataclass(slots=True)
class Took:
    """Seconds: on the clock, and of processor."""

    wall: float
    cpu: float

    @classmethod
    def since(cls, wall: float, cpu: float) -> "Took":
        """From two readings taken before."""
        return cls(time.perf_counter() - wall, time.process_time() - cpu)


async def measure(quick: bool) -> list[Figure]:
    """Events a second with 64 and 256 callers waiting, known customers and new ones."""
    size = QUICK if quick else FULL
    told = list[Figure]()
    with databases.directory() as directory:
        policy, _ = rig.policy(directory)
        known = await _prepared(directory / "known.db", policy, size)
        empty = await _prepared(directory / "empty.db", policy, Size(0, 0, 0))
        for callers in (64, 256):
            told += await _beside(known, policy, size, callers, "known")
        told += await _beside(empty, policy, Size(size.customers, 0, size.rounds), 256, "new")
        told += await _postgres(directory, policy, size)
    return told


async def _prepared(file: Path, policy: Policy, size: Size) -> Path:
    """A database in which all customers have written once."""
    async with rig.opened(f"sqlite:///{file}") as store:
        taken = rig.intake(store, policy, file.parent)
        await rig.hand_over(taken, _first(size), callers=256)
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return file


def _first(size: Size) -> list[Received]:
    return rig.Customers(size.customers or 1).write(size.customers)


def _later(size: Size) -> list[Received]:
    people = rig.Customers(size.customers)
    people.write(size.customers)
    return people.write(size.messages)


async def _beside(
    prepared: Path, policy: Policy, size: Size, callers: int, who: str
) -> list[Figure]:
    events = _later(size) if size.messages else _first(size)
    recording = recorder.Recorder()
    with recording.listening():
        await _ours(prepared, policy, events, callers)
    ours, floor = list[Took](), list[Took]()
    for _ in range(size.rounds):
        ours.append(await _ours(prepared, policy, events, callers))
        floor.append(_by_hand(prepared, recording.transactions))
    rate = len(events) / median(t.wall for t in ours)
    hand = len(events) / median(t.wall for t in floor)
    cpu = median(t.cpu for t in ours) / len(events) * 1000
    name = f"sqlite, {who}, {callers} callers"
    return [
        Figure("intake", f"{name}: events a second", rate, "/s"),
        Figure("intake", f"{name}: sqlite3 by hand", hand, "/s"),
        Figure("intake", f"{name}: ratio", rate / hand, "", RATIO, at_least=True),
        Figure("intake", f"{name}: processor", cpu, "ms", CPU if who == "known" else None),
    ]


async def _ours(prepared: Path, policy: Policy, events: list[Received], callers: int) -> Took:
    file = Path(shutil.copy(prepared, prepared.with_suffix(".ours")))
    async with rig.opened(f"sqlite:///{file}") as store:
        took = await _timed(rig.intake(store, policy, prepared.parent), events, callers)
    _remove(file)
    return took


async def _timed(intake: Intake, events: list[Received], callers: int) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    await rig.hand_over(intake, events, callers=callers)
    took = Took.since(wall, cpu)
    if intake.taken != len(events) or intake.quarantined:
        raise RuntimeError(f"{intake.taken} events of {len(events)} were taken")
    return took


def _by_hand(prepared: Path, transactions: list[list[recorder.Write]]) -> Took:
    file = Path(shutil.copy(prepared, prepared.with_suffix(".hand")))
    wall, cpu = time.perf_counter(), time.process_time()
    recorder.replay(file, transactions)
    took = Took.since(wall, cpu)
    _remove(file)
    return took


def _remove(file: Path) -> None:
    for path in file.parent.glob(f"{file.name}*"):
        path.unlink()


async def _postgres(directory: Path, policy: Policy, size: Size) -> list[Figure]:
    async with databases.postgres() as url:
        if url is None:
            return []
        async with rig.opened(url) as store:
            taken = rig.intake(store, policy, directory)
            await rig.hand_over(taken, _first(size), callers=256)
            taken.taken = 0
            took = await _timed(taken, _later(size), 256)
    return [
        Figure(
            "intake",
            "postgres, known, 256 callers: events a second",
            size.messages / took.wall,
            "/s",
        ),
        Figure(
            "intake",
            "postgres, known, 256 callers: processor",
            took.cpu / size.messages * 1000,
            "ms",
        ),
    ]


if __name__ == "__main__":
    figures.run(measure, __doc__)
