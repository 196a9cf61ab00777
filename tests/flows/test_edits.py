"""What is changed after it was said."""

import asyncio

import pytest

from inbox.model import Message, MessageRevision
from inbox.sandbox.telegram import Fault
from tests.flows.story import Story, words


async def test_a_customers_edit_is_shown_below_the_first_version(story: Story) -> None:
    ann = story.customer()
    said = ann.write(story.bot, "100 USDT")
    await story.quiet()
    (topic,) = story.group.topics.values()
    ann.edit(said, "1000 USDT")
    await story.quiet()
    first, second = story.posts(topic)
    assert "100 USDT" in first["text"]
    assert second["text"] == f"✏️ {story.phrase('desk.edited')}\n1000 USDT"
    assert second["reply_to_message"]["message_id"] == first["message_id"]


async def test_both_versions_are_kept(story: Story) -> None:
    ann = story.customer()
    said = ann.write(story.bot, "first")
    await story.quiet()
    for text in ("second", "third"):
        ann.edit(said, text)
        await story.quiet()
    (message,) = await story.rows(Message, revision=2)
    earlier = await story.rows(MessageRevision, message_id=message.id)
    assert message.body == "third"
    assert [row.body for row in sorted(earlier, key=lambda r: r.revision)] == ["first", "second"]


async def test_an_edit_before_it_was_posted_shows_only_how_it_reads_now(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.retry_after(1), chat=story.group)
    said = ann.write(story.bot, "my passwort is hunter2")
    await story.sandbox.until(lambda: any(c.outcome == "retry_after" for c in story.sandbox.calls))
    await asyncio.sleep(0.1)
    ann.edit(said, "never mind")
    await story.quiet()
    assert words(story.posts(topic))[1:] == ["never mind"]


async def test_an_edit_that_changes_nothing_says_nothing(story: Story) -> None:
    """Telegram tells of an edit when a link preview appears, too."""
    ann = story.customer()
    said = ann.write(story.bot, "same")
    await story.quiet()
    (topic,) = story.group.topics.values()
    ann.edit(said, "same")
    await story.quiet()
    assert len(story.posts(topic)) == 1


async def test_an_edit_of_a_message_we_never_saw_is_shown(story: Story) -> None:
    ann = story.customer()
    said = ann.write(story.bot, "lost")
    story.bot.updates.drop()
    ann.edit(said, "found")
    await story.quiet()
    (topic,) = story.group.topics.values()
    assert "found" in story.told(topic)


async def test_a_customers_caption_can_change(story: Story) -> None:
    ann, topic = await story.newcomer()
    said = ann.photo(story.bot, caption="my ID")
    await story.quiet()
    ann.edit(said, "my brother's ID")
    await story.quiet()
    last = story.posts(topic)[-1]
    assert last["text"].endswith("my brother's ID")
    assert "photo" not in last, "the picture itself is not shown again"


async def test_an_agents_edit_changes_what_the_customer_sees(story: Story) -> None:
    ann, topic = await story.newcomer()
    said = await story.say(topic, "in 24 hous")
    story.agent.edit(said, "in 24 hours")
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["in 24 hours"]


async def test_an_agents_edit_of_a_long_answer_that_stays_long(story: Story) -> None:
    ann, topic = await story.newcomer()
    said = await story.say(topic, "a" * 4_000)
    story.agent.edit(said, "b" * 4_000)
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["b" * 4_000]


async def test_an_agents_caption_can_change(story: Story) -> None:
    ann, topic = await story.newcomer()
    said = story.agent.photo(story.group, caption="see hre", topic=topic.id)
    await story.quiet()
    story.agent.edit(said, "see here")
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["see here"]
    assert "photo" in story.answers(ann)[-1]


async def test_an_agents_edit_before_it_left_sends_one_message(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.reset_before(), chat=ann)
    story.sandbox.fail("sendMessage", Fault.retry_after(1), chat=ann)
    first = story.agent.write(story.group, "to be sure: hold", topic=topic.id)
    await story.sandbox.until(lambda: any(c.outcome == "reset_before" for c in story.sandbox.calls))
    story.agent.edit(first, "to be sure: hold on")
    await story.quiet()
    assert words(story.answers(ann))[1:].count("to be sure: hold") <= 1


@pytest.mark.parametrize("text", ["/close", "// now a note", "、关闭", "/nosuch"])
async def test_an_answer_cannot_become_a_command_or_a_note(story: Story, text: str) -> None:
    ann, topic = await story.newcomer()
    said = await story.say(topic, "an answer")
    story.agent.edit(said, text)
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["an answer"]
    assert story.phrase("desk.edit_refused") in story.told(topic)
    assert not story.group.topics[topic.id].name.startswith("✅")


@pytest.mark.parametrize("typed", ["// a note", "/help"])
async def test_what_stayed_inside_stays_inside(story: Story, typed: str) -> None:
    """A typed answer after a slash that was meant: still it must be typed anew."""
    ann, topic = await story.newcomer()
    said = await story.say(topic, typed)
    story.agent.edit(said, "now for the customer")
    await story.quiet()
    await story.say(topic, "reply")
    assert words(story.answers(ann))[1:] == ["reply"]


async def test_a_stranger_cannot_change_an_answer(story: Story) -> None:
    ann, topic = await story.newcomer()
    said = await story.say(topic, "an answer")
    forged = {**said, "from": story.stage.lead.card, "text": "another", "edit_date": 1}
    story.sandbox.poison(story.bot, {"edited_message": forged})
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["an answer"]


async def test_an_edit_of_what_was_taken_back_brings_nothing_back(story: Story) -> None:
    ann, topic = await story.newcomer()
    said = await story.say(topic, "wrong")
    await story.say(topic, "/undo")
    story.agent.edit(said, "right")
    await story.quiet()
    assert words(story.answers(ann))[1:] == []
