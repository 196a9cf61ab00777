"""Somebody writes for the first time."""

import pytest

from inbox import references
from inbox.model import Conversation
from tests.flows.story import Story, words

FOUND_BY_TELEGRAM = ("mention", "bot_command", "url")
"""Entities that its server finds in any text by itself (Bot API, "MessageEntity")."""


@pytest.mark.parametrize(
    ("text", "language", "says"),
    [
        ("hello, are you there?", "en", "We have your message"),
        ("你好,请问有人吗", "zh", "收到"),
        ("?", "zh-hans", "收到"),
        ("?", "fr", "We have your message"),
    ],
)
async def test_he_is_told_once_and_in_his_language(
    story: Story, text: str, language: str, says: str
) -> None:
    ann, _ = await story.newcomer(text, language=language)
    (told,) = words(story.answers(ann))
    (conversation,) = await story.rows(Conversation)
    assert says in told
    assert conversation.reference in told
    assert references.read(conversation.reference) == conversation.reference


async def test_one_post_shows_who_he_is_and_what_he_said(story: Story) -> None:
    _, topic = await story.newcomer("is anybody there?")
    (post,) = story.posts(topic)
    (conversation,) = await story.rows(Conversation)
    for part in (conversation.reference, "Ann", "telegram", "is anybody there?"):
        assert part in post["text"]
    assert conversation.reference in topic.name
    assert "Ann" in topic.name


async def test_what_he_says_next_is_in_the_same_topic_and_not_acknowledged(story: Story) -> None:
    ann, topic = await story.newcomer("one")
    for text in ("two", "three"):
        ann.write(story.bot, text)
        await story.quiet()
    assert list(story.group.topics) == [topic.id]
    assert words(story.posts(topic))[1:] == ["two", "three"]
    assert len(story.answers(ann)) == 1


async def test_a_burst_of_a_newcomer_is_one_conversation_in_order(story: Story) -> None:
    ann = story.customer()
    for number in range(12):
        ann.write(story.bot, f"line {number:02}")
    await story.quiet()
    (topic,) = story.group.topics.values()
    told = story.told(topic)
    places = [told.index(f"line {number:02}") for number in range(12)]
    assert places == sorted(places)
    assert len(story.answers(ann)) == 1


async def test_many_newcomers_have_a_topic_each(story: Story) -> None:
    people = [story.customer(f"Person {number}") for number in range(15)]
    for person in people:
        person.write(story.bot, f"I am {person.name}.")
    await story.quiet()
    assert len(story.group.topics) == 15
    for topic in story.group.topics.values():
        (post,) = words(story.posts(topic))
        name = topic.name.partition(" · ")[2]
        assert f"I am {name}." in post
        assert post.count("I am") == 1


async def test_start_is_greeted_and_makes_no_topic(story: Story) -> None:
    ann = story.customer()
    ann.write(story.bot, "/start")
    await story.quiet()
    (told,) = words(story.answers(ann))
    assert "Tell us what happened" in told
    assert story.group.topics == {}


async def test_after_start_the_first_message_makes_the_topic(story: Story) -> None:
    ann = story.customer()
    ann.write(story.bot, "/start")
    await story.quiet()
    ann.write(story.bot, "my money is not there")
    await story.quiet()
    (topic,) = story.group.topics.values()
    assert "my money is not there" in story.told(topic)
    assert len(story.answers(ann)) == 1


async def test_a_bare_start_is_answered_every_time(story: Story) -> None:
    """Nobody else would: agents do not see it."""
    ann, topic = await story.newcomer()
    for _ in range(2):
        ann.write(story.bot, "/start")
        await story.quiet()
    assert [("Tell us what happened" in text) for text in words(story.answers(ann))] == [
        False,
        True,
        True,
    ]
    assert "/start" not in story.told(topic)


async def test_danger_that_shows_later_is_answered_and_raises_the_alarm(story: Story) -> None:
    ann, topic = await story.newcomer("hello")
    ann.write(story.bot, "help, I was hacked, someone drained my account")
    await story.quiet()
    (conversation,) = await story.rows(Conversation)
    assert (conversation.priority, conversation.team) == (1, "security")
    assert len(story.answers(ann)) == 2
    assert conversation.reference in words(story.answers(ann))[1]
    assert "🔴" in story.group.topics[topic.id].name


@pytest.mark.parametrize(
    "name",
    ["<3", "<b>Bob</b> & co", "*_`[x](y)", "@everyone", "  ", "名字😀", "a" * 300],
)
async def test_whatever_he_calls_himself_is_shown_as_it_is(story: Story, name: str) -> None:
    _, topic = await story.newcomer("hello", name=name)
    (post,) = story.posts(topic)
    assert name.strip()[:120] in post["text"]
    assert {e["type"] for e in post.get("entities", ())} <= {"bold", *FOUND_BY_TELEGRAM}


async def test_a_name_cannot_turn_the_line_around(story: Story) -> None:
    _, topic = await story.newcomer(name="\u202etxt.exe\u2066")
    (post,) = story.posts(topic)
    assert "txt.exe" in post["text"]
    assert not {"\u202e", "\u2066"} & set(post["text"] + topic.name)


@pytest.mark.parametrize(
    "text", ["<b>bold?</b>", "&lt;3 & <3", "*a* _b_ `c` [d](http://e)", "/ not a command", "\\"]
)
async def test_what_looks_like_markup_is_text(story: Story, text: str) -> None:
    ann, topic = await story.newcomer(text)
    (post,) = story.posts(topic)
    assert post["text"].endswith(text)
    await story.say(topic, f"you wrote: {text}")
    assert words(story.answers(ann))[-1] == f"you wrote: {text}"
