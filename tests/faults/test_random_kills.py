"""Fifty times ``kill -9`` at random, with twenty texts a second each way."""

import secrets

import pytest

from tests.faults.ground import Ground
from tests.faults.storm import Storm, rage

pytestmark = [
    pytest.mark.faults,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="session"),
]

KILLS = 50


async def test_fifty_kills_lose_double_disorder_and_misdeliver_nothing(
    ground: Ground, engine: str
) -> None:
    aftermath = await rage(ground, engine, Storm(seed=secrets.randbits(32), kills=KILLS))
    assert aftermath.kills == KILLS
    assert min(aftermath.said, aftermath.typed) > 10 * KILLS * 0.5, (
        f"little was at stake: {aftermath}"
    )
    told = [str(aftermath), *map(str, aftermath.violations[:20]), aftermath.trouble]
    assert not aftermath.violations, "\n".join(told)
