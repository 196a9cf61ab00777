"""How fast a crowd gets through: 1,000 people write at once, new ones and known ones.

Timed until every message stands in a topic, beside a bot of 25 lines that keeps
nothing, against the same emulator in the same run. The budgets are out of the way.
"""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from statistics import median

from bench import databases, figures
from bench import scene as scenes
from bench.figures import Figure
from bench.scene import Scene

RATIO = 0.6
"""Of the floor's rate, at least."""

Rates = tuple[float, float]
"""Messages a second: of new customers, of known ones."""


async def measure(quick: bool) -> list[Figure]:
    """Messages a second from the first one written to the last one shown."""
    people, rounds = (50, 1) if quick else (1_000, 3)
    ours, floor = list[Rates](), list[Rates]()
    for _ in range(rounds):
        with databases.directory() as directory:
            ours.append(await _crowd(people, _service(directory)))
        floor.append(await _crowd(people, scenes.floor))
    told = list[Figure]()
    for index, who in enumerate(("new", "known")):
        rate, least = median(r[index] for r in ours), median(r[index] for r in floor)
        told += [
            Figure("relay", f"{people} {who} customers: messages a second", rate, "/s"),
            Figure("relay", f"{people} {who} customers: bare aiogram bot", least, "/s"),
            Figure(
                "relay", f"{people} {who} customers: ratio", rate / least, "", RATIO, at_least=True
            ),
        ]
    return told


def _service(directory: Path) -> Callable[[Scene], AbstractAsyncContextManager[int]]:
    return lambda scene: scenes.service(scene, directory)


async def _crowd(
    people: int, program: Callable[[Scene], AbstractAsyncContextManager[int]]
) -> Rates:
    async with scenes.scene() as scene, program(scene):
        scene.invite(people)
        new = await _at_once(scene)
        await scene.quiet()
        return new, await _at_once(scene)


async def _at_once(scene: Scene) -> float:
    before, began = len(scene.written), time.time()
    for person in scene.people:
        scene.write(person, began)
    await scene.everything_arrived()
    last = max(scene.arrived[number] for number in range(before, len(scene.written)))
    return len(scene.people) / (last - began)


if __name__ == "__main__":
    figures.run(measure, __doc__)
