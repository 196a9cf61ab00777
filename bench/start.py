"""How soon the service is there, and how much memory it takes: idle, and after work."""

import asyncio
import time
from pathlib import Path
from statistics import median

import psutil

from bench import databases, figures
from bench import scene as scenes
from bench.figures import Figure
from bench.scene import Scene

SECONDS, IDLE, GROWTH = 1.5, 110.0, 20.0
"""Targets: seconds to the first getUpdates, MB idle, MB more after 10,000 messages."""

PEOPLE = 500
WAVE = 500
"""So many messages are under way at a time: a backlog is not a leak."""


async def measure(quick: bool) -> list[Figure]:
    """Seconds from the start of the process to its first getUpdates, and its resident memory."""
    starts, messages = (1, 100) if quick else (5, 10_000)
    with databases.directory() as directory:
        first, _ = await _start(directory)  # makes the tables and the files Python compiles
        again = [await _start(directory) for _ in range(starts)]
        idle, grown = await _memory(directory, messages)
    return [
        Figure("start", "first start, tables made: to getUpdates", first, "s"),
        Figure("start", "start: to getUpdates", median(wall for wall, _ in again), "s", SECONDS),
        Figure("start", "start: processor until then", median(cpu for _, cpu in again), "s"),
        Figure("start", "memory idle", idle, "MB", IDLE),
        Figure("start", f"growth after {messages} messages", grown, "MB", GROWTH),
    ]


async def _start(directory: Path) -> tuple[float, float]:
    """Seconds on the clock, and of processor: the machine may be busy with other things."""
    async with scenes.scene() as scene:
        began = time.perf_counter()
        async with scenes.service(scene, directory) as pid:
            wall, spent = time.perf_counter() - began, psutil.Process(pid).cpu_times()
            return wall, spent.user + spent.system


async def _memory(directory: Path, messages: int) -> tuple[float, float]:
    async with scenes.scene() as scene, scenes.service(scene, directory) as pid:
        await asyncio.sleep(2)
        idle = _resident(pid)
        scene.invite(min(PEOPLE, messages))
        for start in range(0, messages, WAVE):
            await _wave(scene, range(start, min(start + WAVE, messages)))
        await scene.quiet()
        return idle, _resident(pid) - idle


async def _wave(scene: Scene, numbers: range) -> None:
    for number in numbers:
        scene.write(scene.people[number % len(scene.people)], time.time())
    await scene.everything_arrived()


def _resident(pid: int) -> float:
    return float(psutil.Process(pid).memory_info().rss) / 1e6


if __name__ == "__main__":
    figures.run(measure, __doc__)
