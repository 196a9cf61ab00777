"""How long a message takes from the customer to the agents' topic, at a steady rate.

Beside it the bare bot of :mod:`bench.floor`, which stores nothing: two commits that
reach the disk lie between the two.
"""

import asyncio
import random
import time

from bench import databases, figures
from bench import scene as scenes
from bench.figures import Figure, percentile
from bench.scene import Scene

RATES = (20, 50)
"""Messages a second."""

TARGET = 20
"""The rate at which the targets hold: milliseconds, p50 and p99."""

HALF, MOST = 10.0, 60.0


async def measure(quick: bool) -> list[Figure]:
    """Milliseconds from the moment the platform has it until the call that shows it comes in."""
    people, seconds = (10, 1.0) if quick else (100, 20.0)
    with databases.directory() as directory:
        async with scenes.scene() as scene, scenes.service(scene, directory):
            ours = await _all(scene, people, seconds)
    async with scenes.scene() as scene, scenes.floor(scene):
        floor = await _all(scene, people, seconds)
    told = list[Figure]()
    for rate in RATES:
        half, most = (HALF, MOST) if rate == TARGET else (None, None)
        told += [
            Figure("latency", f"at {rate}/s: p50", percentile(ours[rate], 0.5), "ms", half),
            Figure("latency", f"at {rate}/s: p99", percentile(ours[rate], 0.99), "ms", most),
            *_bare(rate, floor[rate]),
        ]
    return told


def _bare(rate: int, took: list[float]) -> list[Figure]:
    name = f"at {rate}/s: bare aiogram bot"
    return [
        Figure("latency", f"{name}, p50", percentile(took, 0.5), "ms"),
        Figure("latency", f"{name}, p99", percentile(took, 0.99), "ms"),
    ]


async def _all(scene: Scene, people: int, seconds: float) -> dict[int, list[float]]:
    """By rate, after everybody has written once."""
    scene.invite(people)
    for person in scene.people:
        scene.write(person, time.time())
    await scene.everything_arrived()
    took = dict[int, list[float]]()
    for rate in RATES:
        await scene.quiet()
        took[rate] = await _steadily(scene, rate, seconds)
    return took


async def _steadily(scene: Scene, rate: int, seconds: float) -> list[float]:
    """Messages at even intervals, each from anybody; milliseconds that each took."""
    first, began = len(scene.written), time.time()
    many = int(rate * seconds)
    for number in range(many):
        await asyncio.sleep(began + number / rate - time.time())
        scene.write(random.choice(scene.people), time.time())
    await scene.everything_arrived()
    return [1000 * (scene.arrived[n] - scene.written[n]) for n in range(first, first + many)]


if __name__ == "__main__":
    figures.run(measure, __doc__)
