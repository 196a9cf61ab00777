"""Deaths one by one: find the places where a service can die, and die at each."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.failpoint import Failpoint, Moment
from tests.faults.ground import Ground
from tests.faults.scene import Scene, scene
from tests.faults.script import play
from tests.faults.verdict import Evidence, Violation, judge

AT_A_TIME = 3
"""So many runs beside each other: each waits half of its time."""


@dataclass(frozen=True, slots=True)
class Death:
    """What came of one failpoint. ``reached``: the service did die there."""

    failpoint: Failpoint | None
    reached: bool
    evidence: Evidence

    @property
    def violations(self) -> list[Violation]:
        """All that went wrong."""
        return judge(self.evidence)


async def discover(ground: Ground, engine: str) -> list[tuple[str, int, bool]]:
    """Play the script without a death. Returns each name that was come by, how often,
    and whether in a service whose predecessor was killed (only names of its own).

    Raises AssertionError where already that breaks a promise.
    """
    found, known = list[tuple[str, int, bool]](), set[str]()
    for after_kill in (False, True):
        with TemporaryDirectory() as folder:
            trace = Path(folder, "trace")
            death = await _run(ground, engine, None, after_kill=after_kill, trace=str(trace))
            count = _names(trace)
        if death.violations:
            raise AssertionError(f"without any death: {death.violations}")
        found += [(n, c, after_kill) for n, c in sorted(count.items()) if n not in known]
        known |= count.keys()
    return found


def _names(trace: Path) -> Counter[str]:
    return Counter(trace.read_text().splitlines())


def failpoints(found: Sequence[tuple[str, int, bool]], *, seed: int | None) -> Iterator[Failpoint]:
    """Each name at each of its moments: at one occurrence of it, drawn with ``seed``,
    or (None) at all of them."""
    drawn = random.Random(seed)
    for name, count, after_kill in found:
        inside = (Moment.INSIDE,) if name.startswith("unit") else ()
        for moment in (Moment.BEFORE, *inside, Moment.AFTER):
            times = range(1, count + 1) if seed is None else [drawn.randint(1, count)]
            for nth in times:
                yield Failpoint(name, moment, nth, after_kill)


async def tour(
    ground: Ground, engine: str, failpoints: Sequence[Failpoint], told: Callable[[Death], None]
) -> None:
    """Die at each failpoint, several runs at a time; ``told`` what came of each.
    Raises what a run raised."""
    turns = asyncio.Semaphore(AT_A_TIME)

    async def one(failpoint: Failpoint) -> None:
        async with turns:
            told(await die_at(ground, engine, failpoint))

    async with asyncio.TaskGroup() as group:
        for failpoint in failpoints:
            group.create_task(one(failpoint))


async def die_at(ground: Ground, engine: str, failpoint: Failpoint) -> Death:
    """Play the script with one death. What comes in batches may come less often than
    it was counted: then the first occurrence is taken."""
    try:
        death = await _run(ground, engine, failpoint, after_kill=failpoint.after_kill)
    except Exception as error:
        error.add_note(f"while dying {failpoint}")
        raise
    if death.reached or failpoint.nth == 1:
        return death
    return await die_at(ground, engine, replace(failpoint, nth=1))


async def _run(
    ground: Ground,
    engine: str,
    failpoint: Failpoint | None,
    *,
    after_kill: bool,
    trace: str = "",
) -> Death:
    async with scene(ground, engine) as it:
        if after_kill:
            await leave_uncleanly(it)
        it.service.start(*([failpoint] if failpoint else []), trace=trace)
        await play(it)
        clean = await it.service.stop() == 0
        if not clean:
            it.service.start()
            await it.settle()
            await it.service.stop()
        return Death(failpoint, bool(it.service.deaths) or not clean, await it.evidence())


async def leave_uncleanly(it: Scene) -> None:
    """Let a service take what waits, and be killed."""
    it.service.start()
    await it.until(lambda: it.stage.bot.polling)
    await it.service.end()
