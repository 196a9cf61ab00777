"""Several processes on one PostgreSQL database: one serves an account, others stand by."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inbox.sandbox.telegram import TelegramSandbox
from tests.flows.story import NO_RATES, Story, words
from tests.service import stage
from tests.store.databases import postgres_database

pytestmark = pytest.mark.postgres


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[tuple[Story, Story]]:
    """Two services with the same settings; only the first is started."""
    async with postgres_database() as url, stage() as raised:
        first, second = (Story(raised, tmp_path, url, dict(NO_RATES)) for _ in range(2))
        await first.start()
        yield first, second
        for story in (first, second):
            await story.stop()


def _polls(sandbox: TelegramSandbox) -> int:
    return len([call for call in sandbox.calls if call.method == "getUpdates"])


async def test_a_story_runs_on_postgresql_too(pair: tuple[Story, Story]) -> None:
    story, _ = pair
    ann, topic = await story.newcomer("hello <3")
    ann.photo(story.bot, caption="and this")
    await story.say(topic, "// a note")
    await story.say(topic, "an answer")
    await story.say(topic, "/close")
    assert words(story.answers(ann))[1] == "an answer"
    assert "is closed" in words(story.answers(ann))[2]
    assert words(story.posts(topic))[-1] == "and this"


async def test_who_stands_by_asks_telegram_nothing_and_stops_at_once(
    pair: tuple[Story, Story],
) -> None:
    first, second = pair
    await second.start()
    before = _polls(first.sandbox)
    await asyncio.sleep(1.5)
    assert _polls(first.sandbox) <= before + 1, "two that poll would end each other's calls"
    began = time.monotonic()
    await second.stop()
    assert time.monotonic() - began < 5


async def test_who_stands_by_takes_over_and_nothing_is_lost(pair: tuple[Story, Story]) -> None:
    first, second = pair
    ann, topic = await first.newcomer()
    await second.start()
    ann.write(first.bot, "before")
    await first.quiet()
    await first.stop()
    ann.write(first.bot, "after")
    first.agent.write(first.group, "an answer", topic=topic.id)
    await second.quiet(30)
    assert words(second.posts(topic))[1:] == ["before", "after"]
    assert words(second.answers(ann))[1:] == ["an answer"]
