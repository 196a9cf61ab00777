"""What is on its way is not taken for what a dead process left behind."""

import pytest

from inbox.sandbox.telegram import Fault
from tests.faults.ground import Ground
from tests.faults.scene import scene

pytestmark = [pytest.mark.faults, pytest.mark.asyncio(loop_scope="session")]

SLOW = 2.5
"""Seconds: the outbox looks for what was left behind each second."""


async def test_a_slow_post_that_several_texts_share_is_not_judged(
    ground: Ground, engine: str
) -> None:
    async with scene(ground, engine) as it:
        it.service.start()
        ann, group = it.customer(), it.stage.group
        it.say(ann)
        await it.until(lambda: it.said[ann][0] in it.shown(ann))
        it.stage.sandbox.fail("sendMessage", Fault.delay(SLOW), times=2, chat=group)
        for _ in range(4):
            it.say(ann)
        await it.until(lambda: all(token in it.shown(ann) for token in it.said[ann]))
        await it.settle()
        assert "outbox.judged" not in it.service.log()
