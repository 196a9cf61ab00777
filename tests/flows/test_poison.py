"""What cannot be understood or stored is set aside; what is behind it passes."""

import json
import time
from typing import Any

import pytest

from inbox.model import Message, Quarantine, QuarantineState
from inbox.sandbox.telegram import Person
from inbox.seal import Seal
from tests.flows.story import Json, Story, words

POISON: dict[str, Json] = {
    "nothing": {},
    "an unknown kind": {"hologram": {"x": 1}},
    "no date": {"message": {"message_id": 1, "chat": {"id": 1, "type": "private"}}},
    "no chat": {"message": {"message_id": 1, "date": 1}},
    "text is a number": {
        "message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": 7}
    },
    "a date beyond all": {
        "message": {
            "message_id": 1,
            "date": 10**30,
            "chat": {"id": 1, "type": "private"},
            "from": {"id": 1, "first_name": "A"},
            "text": "x",
        }
    },
    "the message is a list": {"message": [1, 2, 3]},
    "an edit of nothing": {"edited_message": None},
    "a button without a person": {"callback_query": {"id": "1", "data": "x", "message": {}}},
}


@pytest.mark.parametrize("update", POISON.values(), ids=POISON.keys())
async def test_an_unreadable_update_is_kept_sealed_and_blocks_nothing(
    story: Story, update: Json
) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.poison(story.bot, update)
    ann.write(story.bot, "behind it")
    await story.quiet()
    assert words(story.posts(topic))[-1] == "behind it"
    (kept,) = await story.rows(Quarantine)
    assert kept.state == QuarantineState.WAITING
    opened = json.loads(Seal(story.directory).open(kept.raw))
    assert {key: opened[key] for key in update} == update


def _from(person: Person, text: Any, **more: Any) -> Json:
    """A message as it would come from a person, whatever its text."""
    return {
        "message": {
            "message_id": 10_000_000 + int(time.monotonic_ns() % 1_000_000),
            "date": int(time.time()),
            "chat": person.chat_card,
            "from": person.card,
            "text": text,
            **more,
        }
    }


BODIES = {
    "NUL": "a\x00b",
    "a lone surrogate": "a\ud800b",
    "only controls": "\x01\x02\x1f",
    "far too long": "x" * 40_000,
    "right to left": "\u202ereversed\u2066",
    "emoji": "👨‍👩‍👧‍👦🇨🇳" * 50,
    "zalgo": "z" + "\u0336\u035f" * 200,
}


@pytest.mark.parametrize("text", BODIES.values(), ids=BODIES.keys())
async def test_odd_texts_are_taken_in_and_block_nothing(story: Story, text: str) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.poison(story.bot, _from(ann, text))
    ann.write(story.bot, "behind it")
    await story.quiet()
    assert words(story.posts(topic))[-1].endswith("behind it")
    assert await story.rows(Quarantine) == []
    stored = [m.body for m in await story.rows(Message)]
    assert any(len(body) == len(text) for body in stored)


NAMES = {
    "NUL": "A\x00nn",
    "a lone surrogate": "Ann\udfff",
    "a megabyte": "A" * 1_000_000,
    "empty": "",
    "invisible": "\u200b\u200e",
    "newlines": "A\nB\n\nC",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
async def test_odd_names_are_taken_in_and_shown(story: Story, name: str) -> None:
    ann = story.customer()
    ann.chat(story.bot).started = True
    odd = {**ann.card, "first_name": name, "username": name, "language_code": "zh-hans\x00"}
    story.sandbox.poison(story.bot, _from(ann, "hello", **{"from": odd}))
    await story.quiet()
    (topic,) = story.group.topics.values()
    assert story.told(topic).endswith("hello")
    assert len(topic.name) <= 128
    assert "\n" not in topic.name
    assert await story.rows(Quarantine) == []
    await story.say(topic, "hi")
    assert words(story.answers(ann))[-1] == "hi"


FILES: dict[str, Json] = {
    "a huge size": {"document": {"file_id": "F", "file_unique_id": "U", "file_size": 10**30}},
    "a negative size": {"document": {"file_id": "F", "file_unique_id": "U", "file_size": -1}},
    "odd names": {
        "document": {
            "file_id": "F",
            "file_unique_id": "U",
            "file_name": "../\x00\ud800" + "n" * 5_000,
            "mime_type": "x/\x00\udfff" + "y" * 500,
        }
    },
    "an odd card": {
        "contact": {"phone_number": "\x00+1", "first_name": "A\ud800\x00", "last_name": "\x00"}
    },
    "an odd venue": {
        "venue": {
            "location": {"latitude": 1e308, "longitude": -0.0},
            "title": "\x00",
            "address": "\udfff",
        }
    },
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES.keys())
async def test_odd_files_block_nothing(story: Story, content: Json) -> None:
    """They may end in quarantine or be refused by Telegram, but are kept."""
    ann, topic = await story.newcomer()
    update = _from(ann, None, **content)
    del update["message"]["text"]
    story.sandbox.poison(story.bot, update)
    ann.write(story.bot, "behind it")
    await story.quiet()
    assert "behind it" in story.told(topic)
    kept = len(await story.rows(Message)) + len(await story.rows(Quarantine))
    assert kept >= 4, "the first message, the acknowledgement, this one, and that behind it"
