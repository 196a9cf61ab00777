"""Two bots in one service: each customer is answered by the bot he wrote to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inbox.model import Contact, Conversation
from inbox.sandbox.telegram import Bot
from tests.flows.story import NO_RATES, Story, words
from tests.service import stage

VIP = "222333444:TEST-token-of-another-bot-in-the-sandbox"


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A desk that serves two bots; the first of them stands in the group."""
    async with stage() as raised:
        raised.sandbox.bot(VIP, username="acme_vip_bot")
        more = {
            **NO_RATES,
            "INBOX_CONNECTORS__VIP__KIND": "telegram",
            "INBOX_CONNECTORS__VIP__TOKEN": VIP,
            "INBOX_CONNECTORS__VIP__API_BASE": raised.sandbox.base,
            "INBOX_CONNECTORS__VIP__CHAT_PER_SECOND": 100,
        }
        told = Story(raised, tmp_path, f"sqlite:///{tmp_path}/inbox.db", more)
        await told.start()
        yield told
        await told.stop()


def _vip(story: Story) -> Bot:
    return next(bot for bot in story.sandbox.bots.values() if bot.token == VIP)


async def test_answers_leave_through_the_bot_that_was_written_to(story: Story) -> None:
    ann, bob = story.customer("Ann"), story.customer("Bob")
    ann.write(story.bot, "hello")
    bob.write(_vip(story), "hello")
    await story.quiet()
    for topic in story.group.topics.values():
        await story.say(topic, f"for {topic.name.rpartition(' ')[2]}")
    assert words(story.answers(ann))[-1] == "for Ann"
    assert words(story.answers(bob, _vip(story)))[-1] == "for Bob"
    assert story.answers(ann, _vip(story)) == story.answers(bob) == []


async def test_a_person_at_two_bots_is_one_contact_with_two_conversations(story: Story) -> None:
    ann = story.customer("Ann")
    for bot in (story.bot, _vip(story)):
        ann.write(bot, f"to {bot.username}")
    await story.quiet()
    assert len(await story.rows(Contact)) == 1
    inboxes = sorted(c.inbox for c in await story.rows(Conversation))
    assert inboxes == ["telegram", "vip"]
    assert len(story.group.topics) == 2
    for topic in story.group.topics.values():
        await story.say(topic, "yes?")
    assert words(story.answers(ann))[-1] == words(story.answers(ann, _vip(story)))[-1] == "yes?"


async def test_a_closed_conversation_is_opened_again_at_its_own_bot(story: Story) -> None:
    """While the same person has another one open at the other bot."""
    ann, vip = story.customer("Ann"), _vip(story)
    ann.write(story.bot, "hello")
    await story.quiet()
    (topic,) = story.group.topics.values()
    await story.say(topic, "/close")
    ann.write(vip, "hello")
    await story.quiet()
    ann.write(vip, "more")
    ann.write(story.bot, "not solved")
    await story.quiet()
    assert len(await story.rows(Conversation)) == 2
    assert words(story.posts(topic))[-1] == "not solved"


async def test_the_other_bot_in_the_group_hears_no_commands(story: Story) -> None:
    """Both stand in the group; what is typed there takes effect once."""
    story.group.add(_vip(story), admin=True)
    ann = story.customer("Ann")
    ann.write(story.bot, "hello")
    await story.quiet()
    (topic,) = story.group.topics.values()
    await story.say(topic, "hello Ann")
    await story.say(topic, "/close")
    assert len(story.answers(ann)) == 3
