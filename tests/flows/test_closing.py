"""The end of a conversation, and what comes after it."""

from datetime import timedelta

import pytest

from inbox.model import Conversation, Message, Quarantine, Status
from tests.flows.story import Story, words


async def _conversations(story: Story) -> list[Conversation]:
    found = await story.rows(Conversation)
    return sorted(found, key=lambda row: row.created_at)


async def test_closing_tells_the_customer_and_marks_the_title(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/close")
    (conversation,) = await _conversations(story)
    assert conversation.status == Status.RESOLVED
    assert f"{conversation.reference} is closed" in words(story.answers(ann))[-1]
    assert story.group.topics[topic.id].name.startswith("✅")


async def test_closing_twice_says_so(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/close")
    await story.say(topic, "/close")
    assert story.phrase("desk.already_closed") in story.told(topic)
    assert len(story.answers(ann)) == 2


@pytest.mark.parametrize("typed", ["/reopen", "/重开"])
async def test_an_agent_opens_it_again(story: Story, typed: str) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/close")
    await story.say(topic, typed)
    (conversation,) = await _conversations(story)
    assert conversation.status == Status.OPEN
    assert not story.group.topics[topic.id].name.startswith("✅")
    assert len(story.answers(ann)) == 2


async def test_what_is_open_cannot_be_opened(story: Story) -> None:
    _, topic = await story.newcomer()
    await story.say(topic, "/reopen")
    assert story.phrase("desk.not_reopened") in story.told(topic)


async def test_a_reply_in_a_closed_topic_opens_it_again(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/close")
    await story.say(topic, "one more thing")
    (conversation,) = await _conversations(story)
    assert conversation.status == Status.OPEN
    assert words(story.answers(ann))[-1] == "one more thing"


async def test_a_customer_who_writes_after_closing_is_in_the_same_conversation(
    story: Story,
) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/close")
    ann.write(story.bot, "it is not solved")
    await story.quiet()
    (conversation,) = await _conversations(story)
    assert conversation.status == Status.OPEN
    assert list(story.group.topics) == [topic.id]
    assert words(story.posts(topic))[-1] == "it is not solved"
    assert not story.group.topics[topic.id].name.startswith("✅")
    assert len(story.answers(ann)) == 2, "he is not acknowledged anew"


async def test_much_later_it_is_a_new_conversation_that_knows_the_old_one(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/close")
    story.clock.ahead = timedelta(days=7, minutes=1)
    ann.write(story.bot, "another matter")
    await story.quiet()
    old, new = await _conversations(story)
    assert new.previous_id == old.id
    assert (old.status, new.status) == (Status.RESOLVED, Status.OPEN)
    assert len(story.group.topics) == 2
    assert new.reference in words(story.answers(ann))[-1]


async def test_the_old_one_cannot_be_opened_beside_the_new_one(story: Story) -> None:
    ann, first = await story.newcomer("first matter")
    await story.say(first, "/close")
    story.clock.ahead = timedelta(days=8)
    ann.write(story.bot, "second matter")
    await story.quiet()
    await story.say(first, "/reopen")
    assert story.phrase("desk.not_reopened") in story.told(first)
    assert [c.status for c in await _conversations(story)] == [Status.RESOLVED, Status.OPEN]


async def test_a_reply_in_the_old_topic_still_reaches_the_customer(story: Story) -> None:
    ann, first = await story.newcomer("first matter")
    await story.say(first, "/close")
    story.clock.ahead = timedelta(days=8)
    ann.write(story.bot, "second matter")
    await story.quiet()
    await story.say(first, "about the first matter")
    assert words(story.answers(ann))[-1] == "about the first matter"
    assert await story.rows(Quarantine) == []
    assert [c.status for c in await _conversations(story)] == [Status.RESOLVED, Status.OPEN]


async def test_what_follows_goes_to_the_new_topic_only(story: Story) -> None:
    ann, first = await story.newcomer("first matter")
    await story.say(first, "/close")
    story.clock.ahead = timedelta(days=8)
    for text in ("second matter", "and more"):
        ann.write(story.bot, text)
        await story.quiet()
    (second,) = [t for t in story.group.topics.values() if t.id != first.id]
    assert words(story.posts(second))[-1] == "and more"
    assert "second matter" not in story.told(first)


async def test_an_edit_of_an_old_message_is_shown_where_the_message_is(story: Story) -> None:
    ann = story.customer()
    said = ann.write(story.bot, "first matter")
    await story.quiet()
    (first,) = story.group.topics.values()
    await story.say(first, "/close")
    story.clock.ahead = timedelta(days=8)
    ann.write(story.bot, "second matter")
    await story.quiet()
    ann.edit(said, "first matter, corrected")
    await story.quiet()
    assert "first matter, corrected" in words(story.posts(first))[-1]
    messages = await story.rows(Message, body="first matter, corrected")
    assert len(messages) == 1
