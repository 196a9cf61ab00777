"""How long a message takes from the customer to the agents' topic, at a steady rate."""

import asyncio
import random
import time

from bench import databases, figures
from bench import scene as scenes
from bench.figures import Figure, percentile
from bench.scene import Scene

TARGETS = {20: (10.0, 60.0), 50: (None, None)}
"""By messages a second: milliseconds at most, p50 and p99."""


async def measure(quick: bool) -> list[Figure]:
    """Milliseconds from the moment the platform has it until the call that shows it comes in."""
    people, seconds = (10, 1.0) if quick else (100, 20.0)
    told = list[Figure]()
    with databases.directory() as directory:
        async with scenes.scene() as scene, scenes.service(scene, directory):
            scene.invite(people)
            for person in scene.people:
                scene.write(person, time.time())
            await scene.everything_arrived()
            for rate, (half, most) in TARGETS.items():
                await scene.quiet()
                took = await _steadily(scene, rate, seconds)
                told += [
                    Figure("latency", f"at {rate}/s: p50", percentile(took, 0.5), "ms", half),
                    Figure("latency", f"at {rate}/s: p99", percentile(took, 0.99), "ms", most),
                ]
    return told


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
