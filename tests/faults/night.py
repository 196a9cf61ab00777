"""The kill tests for as long as one likes: ``python -m tests.faults.night --kills 5000``.

Storms of fifty kills in turn on each engine, after (``--tour``) a death at every
occurrence of every failpoint. Prints a line for each storm and the totals; exits
with 1 if anything was lost, doubled, disordered or misdelivered.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Sequence
from itertools import cycle

from tests.faults.ground import Ground, ground
from tests.faults.storm import Aftermath, Storm, rage
from tests.faults.tour import Death, discover, failpoints, tour
from tests.faults.verdict import Breach

ENGINES = ("sqlite", "postgres")
STORM = 50
SHOWN = 20
"""So many violations of a storm are written out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments, spend the night. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.night", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="how often to kill, in all")
    parser.add_argument("--seed", type=int, default=1, help="of the first storm")
    parser.add_argument("--rate", type=float, default=20.0, help="texts a second, each way")
    parser.add_argument("--engine", choices=ENGINES, action="append", help="default: both")
    parser.add_argument("--tour", action="store_true", help="all failpoints first")
    told = parser.parse_args(arguments)
    return asyncio.run(_night(told, told.engine or list(ENGINES)))


async def _night(told: argparse.Namespace, engines: Sequence[str]) -> int:
    wrong = 0
    async with ground() as on:
        for engine in engines if told.tour else ():
            wrong += await _tour(on, engine)
        wrong += await _storms(on, engines, told)
    return 1 if wrong else 0


async def _tour(on: Ground, engine: str) -> int:
    points = list(failpoints(await discover(on, engine), seed=None))
    seen = Counter[str]()

    def told(death: Death) -> None:
        seen.update(deaths=1, unreached=not death.reached, violations=len(death.violations))
        for violation in death.violations:
            _say(f"{engine}: {death.failpoint}: {violation}")
        if not death.reached:
            _say(f"{engine}: {death.failpoint} was not reached")
        if seen["deaths"] % 25 == 0 or seen["deaths"] == len(points):
            _say(f"{engine}: {seen['deaths']} of {len(points)}, {seen['violations']} violations")

    await tour(on, engine, points, told)
    return seen["violations"]


async def _storms(on: Ground, engines: Sequence[str], told: argparse.Namespace) -> int:
    totals, kills, seed = Counter[str](), 0, told.seed
    for engine in cycle(engines):
        if kills >= told.kills:
            break
        storm = Storm(seed=seed, kills=min(STORM, told.kills - kills), rate=told.rate)
        aftermath = await rage(on, engine, storm)
        kills, seed = kills + aftermath.kills, seed + 2
        totals.update(_figures(aftermath))
        _say(f"{kills}/{told.kills} {engine} {aftermath}")
        for violation in aftermath.violations[:SHOWN]:
            _say(f"  {violation}")
        if aftermath.trouble:
            _say(aftermath.trouble)
    _say(", ".join(f"{what} {count}" for what, count in totals.items()))
    return sum(totals[breach.name] for breach in Breach)


def _figures(aftermath: Aftermath) -> dict[str, int]:
    return {
        "kills": aftermath.kills,
        "customers' texts": aftermath.said,
        "replies": aftermath.typed,
        "uncertain": len(aftermath.evidence.asked),
        "empty topics": aftermath.evidence.orphans,
        **{breach.name: aftermath.count(breach) for breach in Breach},
    }


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
