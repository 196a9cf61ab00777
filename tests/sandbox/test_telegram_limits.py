"""Limits: sliding windows, one budget for sends and edits, bans that grow."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from inbox.sandbox.telegram import Group, Limits, Person, TelegramSandbox
from tests.sandbox.client import TOKEN, Client


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sandbox(clock: Clock) -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox(limits=Limits(), clock=clock) as running:
        yield running


async def send(client: Client, chat: Person | Group, count: int) -> list[int]:
    """Statuses of ``count`` messages sent at once."""
    return [
        (await client.answer("sendMessage", chat_id=chat.id, text=str(number)))[0]
        for number in range(count)
    ]


async def test_a_group_takes_20_in_any_60_seconds(
    group: Group, client: Client, clock: Clock
) -> None:
    assert await send(client, group, 10) == [200] * 10
    clock.now += 50
    assert await send(client, group, 11) == [200] * 10 + [429]
    clock.now += 10
    assert await send(client, group, 11) == [200] * 10 + [429]
    clock.now += 49
    assert await send(client, group, 1) == [429]


async def test_the_refusal_says_how_long(group: Group, client: Client, clock: Clock) -> None:
    await send(client, group, 20)
    clock.now += 12.5
    url = f"{client.base}/bot{client.token}/sendMessage"
    async with client.session.post(url, data={"chat_id": group.id, "text": "x"}) as response:
        assert response.headers["Retry-After"] == "48"
        assert (response.status, await response.json()) == (
            429,
            {
                "ok": False,
                "error_code": 429,
                "description": "Too Many Requests: retry after 48",
                "parameters": {"retry_after": 48},
            },
        )
    clock.now += 48
    assert await send(client, group, 1) == [200]


async def test_retrying_too_early_makes_the_ban_longer(
    group: Group, client: Client, clock: Clock
) -> None:
    await send(client, group, 21)
    assert await client.refusal("sendMessage", chat_id=group.id, text="x") == (
        "Too Many Requests: retry after 60"
    )
    clock.now += 30
    assert await client.refusal("sendMessage", chat_id=group.id, text="x") == (
        "Too Many Requests: retry after 90"
    )
    clock.now += 89
    assert await client.refusal("sendMessage", chat_id=group.id, text="x") == (
        "Too Many Requests: retry after 61"
    )
    clock.now += 61
    assert await send(client, group, 1) == [200]


async def test_sends_edits_and_topics_share_the_budget(
    group: Group, client: Client, topic: int
) -> None:
    place: dict[str, Any] = {"chat_id": group.id, "message_thread_id": topic}
    sent = await client.result("sendMessage", **place, text="0")
    edited = {"chat_id": group.id, "message_id": sent["message_id"]}
    for number in range(1, 9):
        await client.result("editMessageText", **edited, text=str(number))
        await client.result("editForumTopic", **place, name=str(number))
    await client.result("closeForumTopic", **place)
    assert await send(client, group, 2) == [200, 429]
    for method in ("reopenForumTopic", "copyMessage"):
        assert (await client.answer(method, **place))[0] == 429


async def test_some_calls_are_free(group: Group, client: Client) -> None:
    sent = await client.result("sendMessage", chat_id=group.id, text="x")
    assert await send(client, group, 20) == [200] * 19 + [429]
    for method in ("getMe", "getUpdates"):
        assert (await client.answer(method))[0] == 200
    place = {"chat_id": group.id, "message_id": sent["message_id"]}
    assert await client.result("deleteMessage", **place)
    assert await client.result("sendChatAction", chat_id=group.id, action="typing")


async def test_refused_calls_cost_nothing(group: Group, client: Client) -> None:
    for _ in range(30):
        assert (await client.answer("sendMessage", chat_id=group.id, text=""))[0] == 400
    assert await send(client, group, 20) == [200] * 20


async def test_albums_count_their_items(
    agent: Person, group: Group, client: Client, sandbox: TelegramSandbox
) -> None:
    agent.photo(group)
    file_id = (await client.updates())[-1]["message"]["photo"][-1]["file_id"]
    album = [{"type": "photo", "media": file_id}] * 7
    for _ in range(2):
        assert await client.result("sendMediaGroup", chat_id=group.id, media=album)
    assert (await client.answer("sendMediaGroup", chat_id=group.id, media=album))[0] == 429
    assert [call.outcome for call in sandbox.calls][-3:] == ["ok", "ok", 429]


async def test_a_person_takes_one_a_second_and_one_more(
    ann: Person, client: Client, clock: Clock
) -> None:
    assert await send(client, ann, 3) == [200, 200, 429]
    clock.now += 1
    assert await send(client, ann, 2) == [200, 429]
    clock.now += 10
    assert await send(client, ann, 3) == [200, 200, 429]


async def test_a_bot_says_30_a_second_to_all(
    sandbox: TelegramSandbox, client: Client, clock: Clock
) -> None:
    crowd = [sandbox.user(str(number)) for number in range(31)]
    bot = sandbox.bots[123456]
    for person in crowd:
        person.write(bot, "hi")
    statuses = [(await send(client, person, 1))[0] for person in crowd]
    assert statuses == [200] * 30 + [429]
    clock.now += 1
    assert await send(client, crowd[-1], 1) == [200]


async def test_each_bot_has_its_own_budget(
    sandbox: TelegramSandbox, group: Group, client: Client
) -> None:
    poster = sandbox.bot("99:poster", username="poster_bot")
    group.add(poster, admin=True)
    await send(client, group, 21)
    other = Client(client.session, client.base, poster.token)
    assert await send(other, group, 20) == [200] * 20


async def test_a_ban_is_about_one_chat(ann: Person, group: Group, client: Client) -> None:
    await send(client, group, 21)
    assert await send(client, ann, 1) == [200]


async def test_limits_can_be_smaller() -> None:
    limits = Limits(group_calls=1, group_window=0.2)
    async with TelegramSandbox(limits=limits) as sandbox, ClientSession() as session:
        bot = sandbox.bot(TOKEN, username="b")
        group = sandbox.group("g")
        group.add(bot, admin=True)
        client = Client(session, sandbox.base)
        assert await send(client, group, 2) == [200, 429]
