"""The queue of updates against a model of it."""

import asyncio
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from inbox.sandbox.telegram.updates import Updates

FIRST = 1000
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4)),
        st.tuples(st.just("poll"), st.integers(-4, 25)),
    ),
    max_size=30,
)


class Model:
    """What a bot should see: a list of ids, confirmed from the left."""

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.next = FIRST

    def add(self) -> None:
        self.waiting.append(self.next)
        self.next += 1

    def poll(self, offset: int, limit: int) -> list[int]:
        if offset < 0:
            self.waiting = self.waiting[offset:]
        elif offset <= self.next + 10:
            self.waiting = [update_id for update_id in self.waiting if update_id >= offset]
        return self.waiting[:limit]


@settings(max_examples=60, deadline=None)
@given(STEPS, st.integers(1, 3))
def test_the_queue_does_what_the_model_does(steps: list[tuple[str, int]], limit: int) -> None:
    async def play() -> None:
        updates, model = Updates(FIRST, changed=lambda: None), Model()
        for verb, number in steps:
            if verb == "add":
                for _ in range(number):
                    updates.add("message", "{}")
                    model.add()
            else:
                offset = number if number <= 0 else FIRST + number
                handed = json.loads(await updates.poll(offset, limit, timeout=0))
                assert [update["update_id"] for update in handed] == model.poll(offset, limit)
            assert len(updates) == len(model.waiting)

    asyncio.run(play())


async def test_a_burst_comes_in_one_answer() -> None:
    updates = Updates(FIRST, changed=lambda: None)
    waiting = asyncio.create_task(updates.poll(0, 100, timeout=5))
    await asyncio.sleep(0)
    assert updates.polling
    for number in range(3):
        updates.add("message", str(number))
    assert [update["message"] for update in json.loads(await waiting)] == [0, 1, 2]


async def test_a_call_that_is_given_up_leaves_no_trace() -> None:
    updates = Updates(FIRST, changed=lambda: None)
    waiting = asyncio.create_task(updates.poll(0, 100, timeout=5))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert not updates.polling
    updates.add("message", "{}")
    assert len(json.loads(await updates.poll(0, 100, timeout=5))) == 1
