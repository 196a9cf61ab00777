"""Customers who block the bot, come back, or are gone: agents are told."""

from inbox.model import Delivery, DeliveryStatus, Identity
from inbox.sandbox.telegram import Fault
from tests.flows.story import Story, words


async def test_who_blocks_the_bot_is_said_to_and_again_when_he_returns(story: Story) -> None:
    ann, topic = await story.newcomer()
    ann.block(story.bot)
    await story.quiet()
    (identity,) = await story.rows(Identity)
    assert not identity.reachable
    assert words(story.posts(topic))[-1] == f"ℹ️ {story.phrase('desk.unreachable')}"
    ann.unblock(story.bot)
    await story.quiet()
    assert words(story.posts(topic))[-1] == f"ℹ️ {story.phrase('desk.reachable')}"


async def test_an_answer_to_who_blocked_us_is_refused_and_told(story: Story) -> None:
    ann, topic = await story.newcomer()
    ann.block(story.bot)
    said = await story.say(topic, "are you there?")
    refusal = story.posts(topic)[-1]
    assert "bot was blocked" in refusal["text"]
    assert refusal["text"].startswith(f"ℹ️ {story.phrase('desk.not_delivered', why='§')[:20]}")
    assert refusal["reply_to_message"]["message_id"] == said["message_id"]
    (refused,) = await story.rows(Delivery, status=DeliveryStatus.REFUSED)
    assert "blocked" in refused.why


async def test_a_deleted_account_is_refused_and_told(story: Story) -> None:
    ann, topic = await story.newcomer()
    ann.deactivate()
    await story.say(topic, "are you there?")
    assert "deactivated" in story.told(topic)
    (identity,) = await story.rows(Identity)
    assert not identity.reachable


async def test_a_refusal_holds_back_nothing_behind_it(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.error(400, "Bad Request: odd content"), chat=ann)
    await story.say(topic, "odd")
    await story.say(topic, "plain")
    assert words(story.answers(ann))[1:] == ["plain"]
    assert "odd content" in story.told(topic)


async def test_what_an_older_server_cannot_do_holds_back_nothing(story: Story) -> None:
    """404, as for a token that is not accepted: but this one no operator can mend."""
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendLocation", Fault.error(404, "Not Found: method not found"))
    story.agent.location(story.group, 22.28, 114.16, topic=topic.id)
    await story.say(topic, "that is our office")
    assert words(story.answers(ann))[1:] == ["that is our office"]
    assert "method not found" in story.told(topic)


async def test_who_writes_again_can_be_reached_again(story: Story) -> None:
    ann, topic = await story.newcomer()
    ann.block(story.bot)
    await story.quiet()
    ann.unblock(story.bot)
    ann.write(story.bot, "sorry, I am back")
    await story.quiet()
    await story.say(topic, "welcome")
    assert words(story.answers(ann))[-1] == "welcome"
    assert list(story.group.topics) == [topic.id]


async def test_who_blocks_without_ever_writing_is_nobody(story: Story) -> None:
    story.customer().block(story.bot)
    await story.quiet()
    assert await story.rows(Identity) == []
    assert story.group.topics == {}
