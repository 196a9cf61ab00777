"""What Telegram lets a bot say: kept before it complains, obeyed in full when it does.

Windows here last a few seconds instead of a minute: the connector is the real
one, but for the length of its window.
"""

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.base import Rate, Rates
from connectors.telegram.link import Telegram
from inbox.sandbox.telegram import Fault, Limits
from tests.flows.story import Story, telling, words

WINDOW = 2.0
"""Seconds in which a group takes 20 calls here."""

POSTING = ("sendMessage", "sendPhoto", "sendMediaGroup", "createForumTopic", "editForumTopic")


@pytest.fixture
def short_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A minute of the group lasts WINDOW seconds for the connector."""
    rates = Telegram.rates

    def shorter(self: Telegram, scope: str) -> Rates:
        real = rates(self, scope)
        whole = tuple(replace(r, window=WINDOW) if r.window == 60.0 else r for r in real.whole)
        return replace(real, whole=whole)

    monkeypatch.setattr(Telegram, "rates", shorter)


def _limits() -> Limits:
    """As strict in a group as the connector thinks, but for what a call needs to arrive."""
    return Limits(group_window=WINDOW - 0.25, bot_calls=1_000, private_burst=100)


def _to_group(story: Story) -> list[tuple[float, int]]:
    """When calls went to the group, and what each cost (an album: each of its items)."""
    calls = [c for c in story.sandbox.calls if c.method in POSTING]
    group = [c for c in calls if str(c.params.get("chat_id")) == str(story.group.id)]
    return [(c.at, str(c.params.get("media", "")).count('"type"') or 1) for c in group]


def _worst(calls: list[tuple[float, int]], window: float) -> int:
    """The most that any window holds."""
    return max(sum(c for at, c in calls if end - window < at <= end) for end, _ in calls)


@pytest.mark.usefixtures("short_minutes")
async def test_no_window_of_the_group_holds_more_than_twenty(tmp_path: Path) -> None:
    """Thirty newcomers at once, and Telegram never has to say 429."""
    async with telling(tmp_path, limits=_limits()) as story:
        people = [story.customer(f"P{number}") for number in range(30)]
        for person in people:
            person.write(story.bot, "one")
            person.write(story.bot, "two")
        await story.quiet(40)
        assert _worst(_to_group(story), WINDOW - 0.25) <= 20
        assert [c for c in story.sandbox.calls if c.outcome == 429] == []
        for topic in story.group.topics.values():
            told = story.told(topic)
            assert told.index("one") < told.index("two")


@pytest.mark.usefixtures("short_minutes")
async def test_albums_count_each_of_their_items(tmp_path: Path) -> None:
    async with telling(tmp_path, limits=_limits()) as story:
        people = [story.customer(f"P{number}") for number in range(4)]
        for person in people:
            person.write(story.bot, "hello")
        await story.quiet(20)
        for person in people:
            person.album(story.bot, count=8)
            person.write(story.bot, "that is all")
        await story.quiet(40)
        assert _worst(_to_group(story), WINDOW - 0.25) <= 20
        assert [c for c in story.sandbox.calls if c.outcome == 429] == []


@pytest.mark.usefixtures("short_minutes")
async def test_what_waits_in_a_topic_becomes_one_post(tmp_path: Path) -> None:
    async with telling(tmp_path, limits=_limits()) as story:
        ann, topic = await story.newcomer()
        crowd = [story.customer(f"P{number}") for number in range(12)]
        for person in crowd:
            person.write(story.bot, "hello")
        await asyncio.sleep(0.5)  # the window is full now
        for number in range(6):
            ann.write(story.bot, f"line {number}")
        await story.quiet(40)
        last = words(story.posts(topic))[-1]
        assert [f"line {number}" in last for number in range(6)] == [True] * 6
        assert len(story.posts(topic)) == 2


@pytest.mark.usefixtures("short_minutes")
async def test_a_full_group_does_not_hold_back_answers_to_customers(tmp_path: Path) -> None:
    async with telling(tmp_path, limits=_limits()) as story:
        ann, topic = await story.newcomer()
        for number in range(12):
            story.customer(f"P{number}").write(story.bot, "hello")
        await asyncio.sleep(0.5)
        story.agent.write(story.group, "here at once", topic=topic.id)
        await story.sandbox.until(
            lambda: "here at once" in words(story.answers(ann)), timeout=WINDOW / 2
        )
        await story.quiet(40)


@pytest.mark.usefixtures("short_minutes")
async def test_a_rush_beyond_all_limits_ends_well(tmp_path: Path) -> None:
    """Private chats and the group share 30 calls a second, which only Telegram sees."""
    async with telling(tmp_path, limits=Limits(group_window=WINDOW - 0.25)) as story:
        people = [story.customer(f"P{number}") for number in range(25)]
        for person in people:
            person.write(story.bot, "hello")
        await story.quiet(60)
        assert [len(story.answers(person)) for person in people] == [1] * 25
        assert len(story.group.topics) == 25


async def test_what_telegram_asks_for_is_obeyed_in_full(story: Story) -> None:
    ann, topic = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.retry_after(2), chat=story.group)
    ann.write(story.bot, "one")
    await story.sandbox.until(lambda: _refused(story) is not None)
    for text in ("two", "three"):
        ann.write(story.bot, text)
    await story.quiet()
    refused = _refused(story)
    assert refused is not None
    after = [at for at, _ in _to_group(story) if at > refused]
    assert min(after) - refused >= 2.0
    assert words(story.posts(topic))[-1].split() == ["one", "two", "three"]


def _refused(story: Story) -> float | None:
    return next((c.at for c in story.sandbox.calls if c.outcome == "retry_after"), None)


async def test_a_ban_of_the_group_outlives_a_restart(story: Story) -> None:
    ann, _ = await story.newcomer()
    story.sandbox.fail("sendMessage", Fault.retry_after(3), chat=story.group)
    ann.write(story.bot, "one")
    await story.sandbox.until(lambda: _refused(story) is not None)
    await asyncio.sleep(0.2)
    await story.restart()
    ann.write(story.bot, "two")
    await story.quiet()
    refused = _refused(story)
    assert refused is not None
    after = [at for at, _ in _to_group(story) if at > refused]
    assert min(after) - refused >= 3.0


async def test_a_ban_of_one_customer_stops_nobody_else(story: Story) -> None:
    ann, hers = await story.newcomer(name="Ann")
    bob, his = await story.newcomer(name="Bob")
    story.sandbox.fail("sendMessage", Fault.retry_after(2), chat=ann)
    began = time.monotonic()
    story.agent.write(story.group, "to Ann", topic=hers.id)
    await story.sandbox.until(lambda: _refused(story) is not None)
    story.agent.write(story.group, "to Bob", topic=his.id)
    await story.sandbox.until(lambda: "to Bob" in words(story.answers(bob)))
    assert time.monotonic() - began < 1.5
    await story.quiet()
    assert time.monotonic() - began >= 2.0
    assert words(story.answers(ann))[-1] == "to Ann"


async def test_customers_are_not_written_to_faster_than_once_a_second(tmp_path: Path) -> None:
    async with telling(tmp_path, limits=Limits(private_burst=0, private_interval=0.95)) as story:
        ann, topic = await story.newcomer()
        for number in range(3):
            story.agent.write(story.group, f"answer {number}", topic=topic.id)
        await story.quiet()
        assert words(story.answers(ann))[1:] == [f"answer {number}" for number in range(3)]
        assert [c for c in story.sandbox.calls if c.outcome == 429] == []


def test_the_real_window_is_a_minute() -> None:
    """What the shorter windows of these tests stand for."""
    from pydantic import SecretStr  # noqa: PLC0415

    from connectors.telegram.options import TelegramOptions  # noqa: PLC0415

    link = Telegram("telegram", TelegramOptions(token=SecretStr("1:x")))
    assert link.rates("desk/-100") == Rates(whole=(Rate(20, 60.0),))
