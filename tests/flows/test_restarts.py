"""A stop in the middle loses nothing, and a start goes on where it was."""

import asyncio

from inbox.sandbox.telegram import Fault
from tests.flows.story import Story, words


async def test_what_was_written_while_it_was_away_is_taken_up(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.stop()
    ann.write(story.bot, "while you were away")
    story.agent.write(story.group, "an answer nobody saw", topic=topic.id)
    bob = story.customer("Bob")
    bob.write(story.bot, "I am new")
    await story.start()
    await story.quiet()
    assert words(story.posts(topic))[-1] == "while you were away"
    assert words(story.answers(ann))[-1] == "an answer nobody saw"
    assert len(story.group.topics) == 2


async def test_what_waited_to_leave_leaves_after_the_start(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.retry_after(1), chat=ann)
    story.agent.write(story.group, "later", topic=topic.id)
    await story.sandbox.until(lambda: any(c.outcome == "retry_after" for c in story.sandbox.calls))
    await story.restart()
    await story.quiet()
    assert words(story.answers(ann))[-1] == "later"


async def test_many_restarts_in_the_middle_of_everything(story: Story) -> None:
    people = [story.customer(f"P{number}") for number in range(5)]
    for turn in range(4):
        for person in people:
            person.write(story.bot, f"turn {turn}")
        await asyncio.sleep(0.05)
        await story.restart()
    await story.quiet()
    assert len(story.group.topics) == 5
    for topic in story.group.topics.values():
        told = story.told(topic)
        assert [told.count(f"turn {turn}") for turn in range(4)] == [1] * 4
        places = [told.index(f"turn {turn}") for turn in range(4)]
        assert places == sorted(places)
    assert {len(story.answers(person)) for person in people} == {1}


async def test_updates_handed_out_again_after_a_start_take_effect_once(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "once")
    await story.stop()
    story.sandbox.replay(10)
    await story.start()
    await story.quiet()
    await asyncio.sleep(0.1)
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["once"]
    assert len(story.posts(topic)) == 1


async def test_a_lost_line_to_telegram_is_found_again(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("getUpdates", Fault.reset_before(), times=2)
    story.sandbox.fail("getUpdates", Fault.html(), times=1)
    for number in range(3):
        ann.write(story.bot, f"line {number}")
        await asyncio.sleep(0.05)
    await story.quiet()
    told = story.told(topic)
    assert [told.count(f"line {number}") for number in range(3)] == [1] * 3


async def test_it_stops_soon_even_when_telegram_hangs(story: Story) -> None:
    ann, _ = await story.newcomer()
    story.sandbox.fail("getUpdates", Fault.hang_before(), times=-1)
    ann.write(story.bot, "x")
    await asyncio.sleep(0.1)
    await asyncio.wait_for(story.stop(), 5)
    story.sandbox.heal()
    await story.start()
    await story.quiet()
