"""What can be sent, in both directions: words with marks, files, albums, replies."""

from collections.abc import Callable
from typing import Any

import pytest

from inbox.sandbox.telegram import Bot, Group, Person
from tests.flows.story import Json, Story, words

Send = Callable[..., Any]

MEDIA: dict[str, Send] = {
    "photo": lambda who, to, **topic: who.photo(to, caption="a caption", **topic),
    "document": lambda who, to, **topic: who.document(to, caption="a caption", **topic),
    "video": lambda who, to, **topic: who.video(to, caption="a caption", **topic),
    "audio": lambda who, to, **topic: who.audio(to, caption="a caption", **topic),
    "animation": lambda who, to, **topic: who.animation(to, caption="a caption", **topic),
    "voice": lambda who, to, **topic: who.voice(to, **topic),
    "video_note": lambda who, to, **topic: who.video_note(to, **topic),
    "sticker": lambda who, to, **topic: who.sticker(to, **topic),
    "location": lambda who, to, **topic: who.location(to, 22.28, 114.16, **topic),
    "contact": lambda who, to, **topic: who.contact(to, **topic),
}


def _same_file(sent: Json, shown: Json, kind: str) -> bool:
    """Whether both messages carry one file (or point, or card)."""
    if kind in ("location", "contact"):
        keys = {"latitude", "longitude", "phone_number", "first_name"}
        return all(shown[kind][key] == sent[kind][key] for key in keys & sent[kind].keys())
    a, b = (m[kind][-1] if kind == "photo" else m[kind] for m in (sent, shown))
    return bool(a["file_unique_id"] == b["file_unique_id"])


@pytest.mark.parametrize("kind", MEDIA)
async def test_a_customers_file_is_shown_with_its_caption(story: Story, kind: str) -> None:
    ann, topic = await story.newcomer()
    sent = MEDIA[kind](ann, story.bot)
    await story.quiet()
    shown = story.posts(topic)[-1]
    assert _same_file(sent, shown, kind)
    assert shown.get("caption", "") == sent.get("caption", "")


@pytest.mark.parametrize("kind", MEDIA)
async def test_an_agents_file_reaches_the_customer(story: Story, kind: str) -> None:
    ann, topic = await story.newcomer()
    sent = MEDIA[kind](story.agent, story.group, topic=topic.id)
    await story.quiet()
    got = story.answers(ann)[-1]
    assert _same_file(sent, got, kind)
    assert got.get("caption", "") == sent.get("caption", "")


@pytest.mark.parametrize("kind", MEDIA)
async def test_the_first_thing_may_be_a_file(story: Story, kind: str) -> None:
    ann = story.customer()
    sent = MEDIA[kind](ann, story.bot)
    await story.quiet()
    (topic,) = story.group.topics.values()
    assert "Ann" in story.told(topic)
    assert any(_same_file(sent, post, kind) for post in story.posts(topic) if kind in post)


async def _albums(messages: list[Json]) -> list[list[Json]]:
    """Messages that belong together, in order."""
    groups: dict[str, list[Json]] = {}
    for message in messages:
        if "media_group_id" in message:
            groups.setdefault(message["media_group_id"], []).append(message)
    return list(groups.values())


@pytest.mark.parametrize("count", [2, 3, 10])
async def test_a_customers_album_stays_together(story: Story, count: int) -> None:
    ann, topic = await story.newcomer()
    sent = ann.album(story.bot, count=count, caption="my receipts")
    await story.quiet()
    ((*shown,),) = await _albums(story.posts(topic))
    assert len(shown) == count
    assert all(_same_file(a, b, "photo") for a, b in zip(sent, shown, strict=True))
    assert words(shown) == ["my receipts"] + [""] * (count - 1)


async def test_an_agents_album_stays_together(story: Story) -> None:
    ann, topic = await story.newcomer()
    sent = story.agent.album(story.group, count=3, caption="how to", topic=topic.id)
    await story.quiet()
    ((*got,),) = await _albums(story.answers(ann))
    assert all(_same_file(a, b, "photo") for a, b in zip(sent, got, strict=True))
    assert words(got) == ["how to", "", ""]


async def test_an_album_holds_its_place_between_texts(story: Story) -> None:
    ann, topic = await story.newcomer("one")
    ann.write(story.bot, "two")
    ann.album(story.bot, count=2, caption="three")
    ann.write(story.bot, "four")
    await story.quiet()
    told = story.told(topic)
    assert told.index("two") < told.index("three") < told.index("four")


MARKED = "bold italic code link 😀spoiler"
ENTITIES: list[Json] = [
    {"type": "bold", "offset": 0, "length": 4},
    {"type": "italic", "offset": 5, "length": 6},
    {"type": "code", "offset": 12, "length": 4},
    {"type": "text_link", "offset": 17, "length": 4, "url": "https://example.com/"},
    {"type": "spoiler", "offset": 24, "length": 7},
]


def _seen(message: Json) -> list[tuple[str, str]]:
    """What each entity lies on, counted in UTF-16 units as Telegram does."""
    units = message["text"].encode("utf-16-le")
    return [
        (e["type"], units[2 * e["offset"] : 2 * (e["offset"] + e["length"])].decode("utf-16-le"))
        for e in message.get("entities", ())
    ]


async def test_marks_of_a_customer_are_kept(story: Story) -> None:
    ann, topic = await story.newcomer()
    sent = ann.write(story.bot, MARKED, entities=ENTITIES)
    await story.quiet()
    assert _seen(story.posts(topic)[-1]) == _seen(sent)


async def test_marks_stay_on_their_words_below_the_card(story: Story) -> None:
    ann = story.customer()
    sent = ann.write(story.bot, MARKED, entities=ENTITIES)
    await story.quiet()
    (topic,) = story.group.topics.values()
    (post,) = story.posts(topic)
    assert _seen(post)[1:] == _seen(sent), "the first is the bold head of the card"


async def test_marks_of_an_agent_are_kept(story: Story) -> None:
    ann, topic = await story.newcomer()
    sent = await story.say(topic, MARKED, entities=ENTITIES)
    assert _seen(story.answers(ann)[-1]) == _seen(sent)


async def test_an_agents_reply_to_a_post_replies_to_what_the_customer_wrote(story: Story) -> None:
    ann, topic = await story.newcomer("first")
    second = ann.write(story.bot, "second")
    await story.quiet()
    ann.write(story.bot, "third")
    await story.quiet()
    await story.say(topic, "about the second", reply_to=story.posts(topic)[1])
    assert story.answers(ann)[-1]["reply_to_message"]["message_id"] == second["message_id"]


async def test_a_customers_reply_to_an_answer_replies_to_what_the_agent_wrote(story: Story) -> None:
    ann, topic = await story.newcomer()
    typed = await story.say(topic, "which coin?")
    await story.say(topic, "and which network?")
    answer = next(m for m in story.answers(ann) if m["text"] == "which coin?")
    ann.write(story.bot, "bitcoin", reply_to=answer)
    await story.quiet()
    assert story.posts(topic)[-1]["reply_to_message"]["message_id"] == typed["message_id"]


async def test_a_reply_to_a_canned_answer_replies_to_its_copy_in_the_topic(story: Story) -> None:
    ann, topic = await story.newcomer()
    await story.say(topic, "/canned dep.ask_txid")
    copy = story.posts(topic)[-1]
    ann.write(story.bot, "here it is", reply_to=story.answers(ann)[-1])
    await story.quiet()
    assert story.posts(topic)[-1]["reply_to_message"]["message_id"] == copy["message_id"]


async def test_a_reply_in_the_topic_that_replies_to_nothing_of_ours_is_sent(story: Story) -> None:
    """Each message of a topic "replies" to the service message that began it."""
    ann, topic = await story.newcomer()
    await story.say(topic, "to a colleague's words", reply_to=await story.say(topic, "// psst"))
    got = story.answers(ann)[-1]
    assert got["text"] == "to a colleague's words"
    assert "reply_to_message" not in got


async def test_what_agents_see_is_protected_and_has_no_preview(story: Story) -> None:
    _, topic = await story.newcomer("see https://evil.example")
    (post,) = story.posts(topic)
    assert post["has_protected_content"]
    call = next(c for c in story.sandbox.calls if c.method == "sendMessage")
    assert '"is_disabled":true' in str(call.params["link_preview_options"]).replace(" ", "")


@pytest.mark.parametrize("length", [4_096, 4_097, 9_000])
async def test_a_long_text_of_an_agent_arrives_whole(story: Story, length: int) -> None:
    ann, topic = await story.newcomer()
    text = _numbered(length)
    _write_long(story, story.agent, story.group, text, topic.id)
    await story.quiet()
    got = words(story.answers(ann))[1:]
    assert _joined(got) == _joined([text])
    assert len(got) == -(-length // 4_096)


@pytest.mark.parametrize("length", [3_900, 4_096, 4_097, 9_000])
@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
async def test_a_long_text_of_a_customer_is_shown_whole(
    story: Story, length: int, *, first: bool
) -> None:
    """The card takes room from the first post."""
    ann = story.customer()
    if not first:
        ann.write(story.bot, "hello")
        await story.quiet()
    text = _numbered(length)
    _write_long(story, ann, story.bot, text, None)
    await story.quiet()
    (topic,) = story.group.topics.values()
    told = _joined(words(story.posts(topic)))
    assert _joined([text]) in told
    assert told.count("Ann") == 1, "the card is shown once"


def _numbered(length: int) -> str:
    """A text of which no two pieces are alike."""
    return "".join(f"w{number:05} " for number in range(length // 7 + 1))[: length - 1] + "."


def _joined(texts: list[str]) -> str:
    """Telegram trims what a text begins and ends with, so white space does not count."""
    return "".join("".join(texts).split())


def _write_long(story: Story, who: Person, to: Bot | Group, text: str, topic: int | None) -> None:
    """Official apps split what is over 4096; other clients, and edits by the server, do not:
    the update is queued as it would come."""
    if len(text) <= 4_096:
        who.write(to, text, topic=topic)
        return
    sent = who.write(to, "x", topic=topic)
    story.bot.updates.drop()
    story.sandbox.poison(story.bot, {"message": {**sent, "text": text}})
