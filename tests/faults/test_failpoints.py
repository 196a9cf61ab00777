"""The service dies once at each place where it can, and nothing shows of it but a question."""

import asyncio
import secrets

import pytest

from tests.faults.forks import Forks
from tests.faults.tour import Death, die_at, discover, failpoints

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(400),
    pytest.mark.asyncio(loop_scope="session"),
]

AT_A_TIME = 3

EXPECTED = {
    "unit Intake._take.(_fold)",
    "unit Intake._isolated.(_strike)",
    "unit Intake._isolated.(_fold)",
    "unit Outbox._claim.(claims.claim._world)",
    "unit Outbox._commit.(_settled)",
    "unit Lease._take.take",
    "call getUpdates",
    "call createForumTopic",
    "call sendMessage",
    "call sendPhoto",
    "call editMessageText",
    "call editForumTopic",
    "call deleteMessages",
    "call answerCallbackQuery",
}
"""At the least: a name that changes must not silently leave the tour."""


async def test_dying_at_each_place_loses_doubles_and_misdelivers_nothing(
    forks: Forks, engine: str
) -> None:
    found = await discover(forks, engine)
    assert {name for name, _, _ in found} >= EXPECTED
    seed = secrets.randbits(32)
    turns = asyncio.Semaphore(AT_A_TIME)
    wrong = list[str]()

    async def die(failpoint: object, dying: "asyncio.Future[Death]") -> None: ...

    async def one(number: int) -> None:
        async with turns:
            death = await die_at(forks, engine, points[number])
            wrong.extend(f"{death.failpoint}: {one}" for one in death.violations)
            if not death.reached:
                wrong.append(f"{death.failpoint}: never reached")

    points = list(failpoints(found, seed=seed))
    await asyncio.gather(*(one(number) for number in range(len(points))))
    assert not wrong, f"seed {seed}:\n" + "\n".join(wrong)
