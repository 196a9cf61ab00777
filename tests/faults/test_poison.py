"""A text over which the service breaks down is set aside, and blocks nothing behind it."""

import pytest

from tests.faults.failpoint import Failpoint, Moment, Poison
from tests.faults.ground import Ground
from tests.faults.scene import scene
from tests.faults.tour import leave_uncleanly
from tests.faults.verdict import Breach, judge

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="session")]

WORD = "strychnine"
DEATHS = 4
"""The first is not counted: a service that stopped in order takes events in batches."""


@pytest.mark.parametrize("late", [False, True], ids=["reading", "deciding"])
@pytest.mark.parametrize("raises", [False, True], ids=["kills", "raises"])
async def test_poison_is_set_aside(
    ground: Ground, engine: str, *, late: bool, raises: bool
) -> None:
    async with scene(ground, engine) as it:
        it.service.poison = Poison(WORD, late=late, raises=raises)
        it.service.start()
        ann, bob = it.customer(), it.customer()
        it.say(ann)
        it.say(ann, WORD)
        it.say(bob)
        it.say(ann)
        behind = it.said[ann][-1]
        await it.until(lambda: behind in it.shown(ann))
        await it.until(lambda: it.said[bob][0] in it.shown(bob))
        await it.settle()
        found = judge(await it.evidence())
        poison = it.said[ann][1]
        assert {v.breach for v in found} == {Breach.LOST_IN, Breach.HIDDEN, Breach.QUARANTINED}
        assert [v.token for v in found if v.breach is not Breach.QUARANTINED] == [poison] * 2
        assert it.service.deaths == (0 if raises else DEATHS)


async def test_two_deaths_over_an_innocent_text_do_not_set_it_aside(
    ground: Ground, engine: str
) -> None:
    over_it = Failpoint("unit Intake._isolated.(_fold)", Moment.INSIDE)
    async with scene(ground, engine) as it:
        await leave_uncleanly(it)
        ann = it.customer()
        it.say(ann)
        it.service.start(over_it, over_it)
        await it.until(lambda: it.said[ann][0] in it.shown(ann))
        await it.settle()
        assert it.service.deaths == 2
        assert judge(await it.evidence()) == []


async def test_deaths_over_what_has_taken_effect_leave_no_trace(
    ground: Ground, engine: str
) -> None:
    unconfirmed = Failpoint("call getUpdates", Moment.BEFORE, 2)
    async with scene(ground, engine) as it:
        await leave_uncleanly(it)
        ann = it.customer()
        it.say(ann)
        it.service.start(*[unconfirmed] * DEATHS)
        await it.until(lambda: it.service.deaths == DEATHS)
        await it.until(lambda: it.said[ann][0] in it.shown(ann))
        await it.settle()
        assert judge(await it.evidence()) == []


async def test_each_life_goes_on_behind_what_the_last_one_stored(
    ground: Ground, engine: str
) -> None:
    at_the_third = Failpoint("unit Intake._isolated.(_fold)", Moment.INSIDE, 3)
    async with scene(ground, engine) as it:
        await leave_uncleanly(it)
        ann = it.customer()
        for _ in range(4 * DEATHS):
            it.say(ann)
        it.service.start(*[at_the_third] * DEATHS)
        await it.until(lambda: it.said[ann][-1] in it.shown(ann))
        await it.settle()
        assert it.service.deaths == DEATHS
        assert judge(await it.evidence()) == []
