"""What must stay inside: notes, strangers' words, other rooms. Nothing of it leaves.

Each test ends with a reply that does reach the customer: order holds inside a
thread, so whatever had slipped out would stand before it.
"""

import asyncio

import pytest

from inbox.model import Kind, Message, Seen
from inbox.sandbox.telegram import Person, Topic
from tests.flows.story import Story, words


async def _nothing_left(story: Story, ann: Person, topic: Topic) -> None:
    """Only the acknowledgement, and what is said now."""
    await story.say(topic, "the reply")
    assert words(story.answers(ann))[1:] == ["the reply"]


@pytest.mark.parametrize("note", ["// careful", "、、小心", "／／ wide", " // after a space", "//"])
async def test_a_note_stays_inside(story: Story, note: str) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, note)
    await _nothing_left(story, ann, topic)
    (kept,) = await story.rows(Message, kind=Kind.NOTE)
    assert kept.body == note.strip(" /、／").strip()


async def test_a_file_with_a_note_as_its_caption_stays_inside(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.agent.photo(story.group, caption="// his passport, looks forged", topic=topic.id)
    await story.quiet()
    await _nothing_left(story, ann, topic)


async def test_an_album_with_a_note_as_its_caption_stays_inside(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.agent.album(story.group, count=3, caption="// evidence", topic=topic.id)
    await story.quiet()
    await _nothing_left(story, ann, topic)
    notes = await story.rows(Message, kind=Kind.NOTE)
    assert [note.body for note in notes] == ["evidence"]


@pytest.mark.parametrize("caption", ["// evidence", "/close", "/nosuch"])
async def test_an_album_whose_second_caption_is_no_reply_stays_inside(
    story: Story, caption: str
) -> None:
    ann, topic = await story.newcomer()
    group = story.sandbox.new_media_group()
    for line in ("", caption, ""):
        story.agent._file(story.group, "photo", line, topic=topic.id, album=group)
    await story.quiet()
    await _nothing_left(story, ann, topic)


async def test_an_item_that_comes_too_late_is_kept_and_says_so(story: Story) -> None:
    ann, topic = await story.newcomer()
    group = story.sandbox.new_media_group()
    story.agent._file(story.group, "photo", "now", topic=topic.id, album=group)
    await story.quiet()
    story.agent._file(story.group, "photo", "", topic=topic.id, album=group)
    await story.quiet()
    assert story.phrase("desk.album_late") in story.told(topic)
    assert [m for m in story.answers(ann) if "photo" in m] == story.answers(ann)[1:2]


async def test_forwarded_words_are_a_note(story: Story) -> None:
    ann, topic = await story.newcomer()
    gossip = story.agent.write(story.group, "from the General topic")
    story.agent.forward(story.group, gossip, topic=topic.id)
    await story.quiet()
    await _nothing_left(story, ann, topic)
    assert story.phrase("desk.note_kept") in story.told(topic)


async def test_words_through_another_bot_are_a_note(story: Story) -> None:
    ann, topic = await story.newcomer()
    gif = story.sandbox.bot("555:gif", username="gif")
    gif.updates.polling  # noqa: B018 - nobody listens for it
    story.sandbox.bots.pop(gif.id)
    await story.say(topic, "inline result", via=gif)
    await _nothing_left(story, ann, topic)
    assert story.phrase("desk.note_kept") in story.told(topic)


async def test_a_stranger_is_told_once_that_he_may_not(story: Story) -> None:
    ann, topic = await story.newcomer()
    mallory = story.sandbox.user("Mallory")
    story.group.add(mallory)
    for text in ("trust me", "/close", "// note", "again"):
        mallory.write(story.group, text, topic=topic.id)
    await story.quiet()
    await _nothing_left(story, ann, topic)
    told = story.phrase("desk.stranger", id=str(mallory.id))
    assert story.told(topic).count(told) == 1
    assert topic.name == story.group.topics[topic.id].name


async def test_an_anonymous_admin_is_told_to_write_under_his_name(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "from nobody", anonymous=True)
    await _nothing_left(story, ann, topic)
    assert story.phrase("desk.anonymous") in story.told(topic)


async def test_a_strangers_button_press_changes_nothing(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.poison(
        story.bot,
        {
            "callback_query": {
                "id": "1",
                "from": {"id": 99, "is_bot": False, "first_name": "M"},
                "message": story.posts(topic)[0],
                "data": "again:1",
            }
        },
    )
    await story.quiet()
    await _nothing_left(story, ann, topic)


async def test_what_is_said_in_general_is_nobodys(story: Story) -> None:
    ann, topic = await story.newcomer()
    for text in ("good morning", "/close", "// x"):
        story.agent.write(story.group, text)
    await story.quiet()
    await _nothing_left(story, ann, topic)
    assert story.group.general[-1]["from"]["id"] == story.agent.id, "the bot says nothing there"


async def test_a_topic_made_by_hand_is_nobodys(story: Story) -> None:
    ann, topic = await story.newcomer()
    own = story.agent.create_topic(story.group, "coffee")
    story.agent.write(story.group, "who wants some?", topic=own.id)
    await story.quiet()
    await _nothing_left(story, ann, topic)
    assert own.messages[-1]["from"]["id"] == story.agent.id


async def test_other_groups_are_ignored(story: Story) -> None:
    ann, topic = await story.newcomer()
    other = story.sandbox.group("Elsewhere", forum=True)
    other.add(story.bot, admin=True)
    other.add(story.agent)
    story.agent.write(other, "/close")
    own = story.agent.create_topic(other, topic.name)
    story.agent.write(other, "hello from elsewhere", topic=own.id)
    await story.quiet()
    await _nothing_left(story, ann, topic)
    assert len(story.group.topics) == 1
    assert not [m for m in other.general + own.messages if m["from"]["id"] == story.bot.id]


async def test_another_bot_in_the_group_reaches_nobody(story: Story) -> None:
    """Bots do not see each other's messages, but an update could still claim so."""
    ann, topic = await story.newcomer()
    own = story.agent.write(story.group, "x", topic=topic.id)
    bot = {"id": story.agent.id, "is_bot": True, "first_name": "Robot"}
    forged = {**own, "message_id": 99_999, "from": bot, "text": "beep"}
    story.sandbox.poison(story.bot, {"message": forged})
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["x"]


async def test_an_agent_who_writes_to_the_bot_is_a_customer_there(story: Story) -> None:
    """The desk's powers belong to its room, not to the person."""
    story.agent.write(story.bot, "/close")
    await story.quiet()
    (topic,) = story.group.topics.values()
    assert "/close" in story.told(topic)
    assert not topic.name.startswith("✅")


async def test_an_agent_who_was_taken_off_the_roster_reaches_nobody(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "I am Mia")
    only_lea = f'[{{"name": "Lea", "telegram": {story.stage.lead.id}, "role": "lead"}}]'
    story.more["INBOX_AGENTS"] = only_lea
    await story.restart()
    await story.say(topic, "I am still here")
    story.stage.lead.write(story.group, "I am Lea", topic=topic.id)
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["I am Mia", "I am Lea"]
    assert story.phrase("desk.stranger", id=str(story.agent.id)) in story.told(topic)


async def test_the_same_event_told_again_takes_effect_once(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "only once")
    story.sandbox.replay(50)
    await asyncio.sleep(0.05)
    await story.quiet()
    await story.say(topic, "the end")
    assert words(story.answers(ann))[1:] == ["only once", "the end"]
    assert len(story.group.topics) == 1
    seen = await story.rows(Seen)
    assert len(seen) == len({row.key for row in seen})
