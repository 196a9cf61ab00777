"""A topic is a view that can be lost: made anew, with what was said before."""

import pytest

from inbox.model import Side, Thread, ThreadState
from inbox.sandbox.telegram import Fault
from tests.flows.story import Story, words


async def test_a_deleted_topic_is_made_anew_with_its_history(story: Story) -> None:
    ann, topic = await story.newcomer("the first words")
    await story.say(topic, "our answer")
    await story.say(topic, "// between us")
    story.group.delete_topic(topic.id)
    ann.write(story.bot, "and now?")
    await story.quiet()
    (fresh,) = [t for t in story.group.topics.values() if not t.deleted]
    told = story.told(fresh)
    order = ["Ann", "the first words", "📤 Mia: our answer", "📝 Mia: between us", "and now?"]
    places = [told.index(part) for part in order]
    assert places == sorted(places)
    assert story.phrase("desk.topic_remade") in told
    assert told.count("and now?") == 1


async def test_in_the_new_topic_work_goes_on(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.group.delete_topic(topic.id)
    ann.write(story.bot, "still there?")
    await story.quiet()
    (fresh,) = [t for t in story.group.topics.values() if not t.deleted]
    await story.say(fresh, "yes")
    assert words(story.answers(ann))[-1] == "yes"
    ann.write(story.bot, "good")
    await story.quiet()
    assert words(story.posts(fresh))[-1] == "good"
    threads = await story.rows(Thread, side=Side.DESK)
    assert sorted(t.state for t in threads) == [ThreadState.GONE, ThreadState.OPEN]


async def test_all_that_waited_moves_in_order(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.group.delete_topic(topic.id)
    for number in range(8):
        ann.write(story.bot, f"line {number}")
    ann.photo(story.bot, caption="line 8")
    ann.write(story.bot, "line 9")
    await story.quiet()
    (fresh,) = [t for t in story.group.topics.values() if not t.deleted]
    told = story.told(fresh)
    assert [told.count(f"line {n}") for n in range(10)] == [1] * 10
    places = [told.index(f"line {n}") for n in range(10)]
    assert places == sorted(places)


async def test_an_edit_of_what_stood_there_is_shown_in_the_new_topic(story: Story) -> None:
    ann = story.customer()
    said = ann.write(story.bot, "before")
    await story.quiet()
    (topic,) = story.group.topics.values()
    story.group.delete_topic(topic.id)
    ann.edit(said, "after")
    await story.quiet()
    (fresh,) = [t for t in story.group.topics.values() if not t.deleted]
    told = story.told(fresh)
    assert told.count("after") == 1
    assert "changed this message. It now says:\nafter" in told


async def test_closing_in_a_topic_that_is_gone_by_then(story: Story) -> None:
    """The title can no longer be changed: whatever becomes of the topic, he is told."""
    ann, topic = await story.newcomer()
    story.agent.write(story.group, "/close", topic=topic.id)
    story.group.delete_topic(topic.id)
    await story.quiet()
    assert "is closed" in words(story.answers(ann))[-1]


async def test_a_topic_closed_by_hand_holds_nothing_back(story: Story) -> None:
    """The bot may manage topics, and whoever may writes in closed ones, too."""
    ann, topic = await story.newcomer()
    story.group.add(story.agent, admin=True)
    story.agent.close_topic(story.group, topic.id)
    ann.write(story.bot, "hello?")
    await story.quiet()
    assert words(story.posts(topic))[-1] == "hello?"


async def test_a_group_that_refuses_is_tried_again_and_customers_are_still_answered(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.settling.MENDABLE_PAUSE", 0.3)
    ann, topic = await story.newcomer()
    lost = Fault.error(400, "Bad Request: not enough rights to send text messages to the chat")
    story.sandbox.fail("sendMessage", lost, times=2, chat=story.group)
    ann.write(story.bot, "waits for the admin")
    await story.quiet()
    assert words(story.posts(topic))[-1] == "waits for the admin"


async def test_a_group_without_topics_is_tried_again(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inbox.settling.MENDABLE_PAUSE", 0.3)
    no_forum = Fault.error(400, "Bad Request: the chat is not a forum")
    story.sandbox.fail("createForumTopic", no_forum, times=2)
    ann = story.customer()
    ann.write(story.bot, "one")
    ann.write(story.bot, "two")
    await story.quiet()
    (topic,) = story.group.topics.values()
    told = story.told(topic)
    assert told.index("one") < told.index("two")
    assert len(story.answers(ann)) == 1


async def test_titles_are_clipped_where_telegram_ends_them(story: Story) -> None:
    _, topic = await story.newcomer(name="名" * 300)
    assert len(topic.name) <= 128
