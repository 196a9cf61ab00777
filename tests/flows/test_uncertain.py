"""Telegram gives no sign whether it took a message: then nobody guesses, agents are asked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from inbox.model import Delivery, DeliveryStatus
from inbox.sandbox.telegram import Fault, Person, Topic
from tests.flows.story import NO_RATES, Json, Story, button, telling, words

CALL: dict[str, Any] = {"INBOX_CONNECTORS__TELEGRAM__CALL_SECONDS": 0.4}
AFTER = {
    "hang": Fault.hang_after(),
    "reset": Fault.reset_after(),
    "page": Fault.html(accepted=True),
}
BEFORE = {"hang": Fault.hang_before(), "reset": Fault.reset_before(), "page": Fault.html()}


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """As elsewhere, but calls wait less than half a second for their answer."""
    async with telling(tmp_path, **NO_RATES, **CALL) as told:
        yield told


async def _asked(story: Story, fault: Fault) -> tuple[Person, Topic, Json]:
    """An answer of which nobody knows whether it arrived, and the question about it."""
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", fault, chat=ann)
    await story.say(topic, "the answer")
    question = story.posts(topic)[-1]
    assert question["text"] == f"ℹ️ {story.phrase('desk.uncertain')}"
    return ann, topic, question


async def _press(story: Story, who: Person, question: Json, verb: str) -> None:
    who.press(question, button(question, verb))
    await story.quiet()


@pytest.mark.parametrize("fault", AFTER.values(), ids=AFTER.keys())
async def test_what_arrived_without_a_sign_is_asked_about_and_confirmed(
    story: Story, fault: Fault
) -> None:
    ann, topic, question = await _asked(story, fault)
    await _press(story, story.agent, question, "arrived")
    assert words(story.answers(ann))[1:] == ["the answer"]
    settled = story.posts(topic)[-1]
    said = story.phrase("desk.uncertain_was_confirmed", agent="Mia")
    assert settled["text"] == f"ℹ️ {said}"
    assert "reply_markup" not in settled
    assert not await story.rows(Delivery, status=DeliveryStatus.UNCERTAIN)


@pytest.mark.parametrize("fault", BEFORE.values(), ids=BEFORE.keys())
async def test_what_did_not_arrive_is_sent_again_when_an_agent_says_so(
    story: Story, fault: Fault
) -> None:
    ann, topic, question = await _asked(story, fault)
    assert len(story.answers(ann)) == 1
    await _press(story, story.agent, question, "again")
    assert words(story.answers(ann))[1:] == ["the answer"]
    said = story.phrase("desk.uncertain_was_sent_again", agent="Mia")
    assert story.posts(topic)[-1]["text"] == f"ℹ️ {said}"


async def test_a_button_pressed_twice_is_pressed_once(story: Story) -> None:
    ann, _, question = await _asked(story, Fault.reset_before())
    for who in (story.agent, story.stage.lead, story.agent):
        who.press(question, button(question, "again"))
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["the answer"]
    await story.sandbox.until(lambda: len(story.sandbox.answers) == 3)


async def test_after_one_button_the_other_does_nothing(story: Story) -> None:
    ann, _, question = await _asked(story, Fault.reset_before())
    arrived, again = button(question, "arrived"), button(question, "again")
    story.agent.press(question, arrived)
    story.agent.press(question, again)
    await story.quiet()
    assert len(story.answers(ann)) == 1


async def test_a_stranger_presses_in_vain(story: Story) -> None:
    ann, topic, question = await _asked(story, Fault.reset_before())
    mallory = story.sandbox.user("Mallory")
    story.group.add(mallory)
    await _press(story, mallory, question, "again")
    assert len(story.answers(ann)) == 1
    assert "reply_markup" in story.posts(topic)[-1]


@pytest.mark.parametrize(
    "forged",
    ["again:{other}", "again:999999999999999999999", "again:-1", "again:", "no", "x:{own}"],
)
async def test_a_button_answers_only_for_its_own_conversation(story: Story, forged: str) -> None:
    ann, _, question = await _asked(story, Fault.reset_before())
    (own,) = await story.rows(Delivery, status=DeliveryStatus.UNCERTAIN)
    bob, other_topic = await story.newcomer(name="Bob")
    data = forged.format(other=own.id, own=own.id)
    where = story.posts(other_topic)[0] if "other" in forged else question
    story.sandbox.ask(story.bot, story.agent.card, story.group, where, data)
    await story.quiet()
    assert len(story.answers(ann)) == 1
    assert len(story.answers(bob)) == 1


async def test_the_question_replies_to_what_it_is_about(story: Story) -> None:
    _, _, question = await _asked(story, Fault.reset_after())
    assert question["reply_to_message"]["text"] == "the answer"


async def test_what_is_uncertain_holds_back_nothing(story: Story) -> None:
    ann, topic, _ = await _asked(story, Fault.reset_before())
    await story.say(topic, "the next")
    assert words(story.answers(ann))[1:] == ["the next"]


async def test_a_post_of_which_nobody_knows_is_asked_about_in_the_topic(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.reset_before(), chat=story.group)
    ann.write(story.bot, "did you see this?")
    await story.quiet()
    question = story.posts(topic)[-1]
    assert question["text"] == f"ℹ️ {story.phrase('desk.uncertain_here')}"
    await _press(story, story.agent, question, "again")
    assert "did you see this?" in words(story.posts(topic))


async def test_what_the_desk_says_itself_is_repeated_and_says_so(story: Story) -> None:
    _, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.reset_after(), chat=story.group)
    await story.say(topic, "/nosuch")
    told = words(story.posts(topic))[1:]
    said = story.phrase("desk.unknown_command", word="nosuch")
    assert told == [f"ℹ️ {said}", f"↻ ℹ️ {said}"]


async def test_a_topic_made_twice_is_used_once(story: Story) -> None:
    """Of an empty topic too many nobody suffers; of a lost message somebody would."""
    story.sandbox.fail("createForumTopic", Fault.reset_after())
    ann = story.customer()
    ann.write(story.bot, "hello")
    await story.quiet()
    used = [t for t in story.group.topics.values() if story.posts(t)]
    assert len(story.group.topics) == 2
    assert len(used) == 1
    await story.say(used[0], "hi")
    assert words(story.answers(ann))[-1] == "hi"


async def test_a_part_of_a_long_answer_is_repeated_alone(story: Story) -> None:
    ann, topic = await story.newcomer()
    long = "".join(f"w{n:05} " for n in range(1_000))
    sent = story.agent.write(story.group, "x", topic=topic.id)
    story.bot.updates.drop()
    story.sandbox.fail("sendMessage", Fault.delay(0.0), chat=ann)
    story.sandbox.fail("sendMessage", Fault.reset_before(), chat=ann)
    story.sandbox.poison(story.bot, {"message": {**sent, "text": long}})
    await story.quiet()
    question = story.posts(topic)[-1]
    await _press(story, story.agent, question, "again")
    got = "".join("".join(words(story.answers(ann))[1:]).split())
    assert got == "".join(long.split())


async def test_an_album_of_which_a_part_arrived_is_asked_about(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMediaGroup", Fault.partly(1), chat=ann)
    story.agent.album(story.group, count=3, topic=topic.id)
    await story.quiet()
    assert story.posts(topic)[-1]["text"] == f"ℹ️ {story.phrase('desk.uncertain')}"
    assert len(story.answers(ann)) == 2


async def test_questions_are_asked_again_when_their_topic_is_lost(story: Story) -> None:
    ann, topic, _ = await _asked(story, Fault.reset_before())
    story.group.delete_topic(topic.id)
    ann.write(story.bot, "hello?")
    await story.quiet()
    (fresh,) = [t for t in story.group.topics.values() if not t.deleted]
    (question,) = [m for m in story.posts(fresh) if "reply_markup" in m]
    await _press(story, story.agent, question, "again")
    assert words(story.answers(ann))[-1] == "the answer"


async def test_an_edit_without_a_sign_is_repeated(story: Story) -> None:
    ann, topic = await story.newcomer()
    said = await story.say(topic, "old")
    story.sandbox.fail("editMessageText", Fault.reset_before())
    story.agent.edit(said, "new")
    await story.quiet()
    assert words(story.answers(ann))[1:] == ["new"]


async def test_a_stop_while_a_call_hangs_is_asked_about_after_the_start(story: Story) -> None:
    """Stopped in order, the call under way is waited for; what came of it is written down."""
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.hang_after(), chat=ann)
    story.agent.write(story.group, "the answer", topic=topic.id)
    await story.sandbox.until(lambda: any(c.outcome == "hang_after" for c in story.sandbox.calls))
    await asyncio.wait_for(story.restart(), 15)
    await story.quiet()
    assert story.posts(topic)[-1]["text"] == f"ℹ️ {story.phrase('desk.uncertain')}"
    assert words(story.answers(ann))[1:] == ["the answer"]
