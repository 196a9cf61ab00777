"""getUpdates: what is handed out, what is confirmed, who may wait."""

import asyncio
import json
import time

import pytest

from inbox.sandbox.telegram import Bot, Group, Person, TelegramSandbox
from tests.sandbox.client import Client

ALL_KINDS = ["message", "edited_message", "chat_member", "message_reaction", "my_chat_member"]


def texts(updates: list[dict[str, dict[str, str]]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_an_update_looks_as_documented(ann: Person, client: Client) -> None:
    (update,) = await client.updates()
    sent = ann.chat(ann.world.bots[123456]).messages[0]
    assert update == {
        "update_id": update["update_id"],
        "message": {
            "message_id": sent["message_id"],
            "from": {
                "id": ann.id,
                "is_bot": False,
                "first_name": "Ann <3",
                "username": "ann",
                "language_code": "en",
            },
            "chat": {
                "id": ann.id,
                "first_name": "Ann <3",
                "username": "ann",
                "type": "private",
            },
            "date": sent["date"],
            "text": "hello",
        },
    }
    assert abs(sent["date"] - time.time()) < 5


async def test_unconfirmed_updates_come_again(ann: Person, bot: Bot, client: Client) -> None:
    ann.write(bot, "two")
    first = await client.updates()
    assert texts(first) == ["hello", "two"]
    assert await client.updates() == first


async def test_an_offset_confirms_what_is_below_it(ann: Person, bot: Bot, client: Client) -> None:
    for text in ("two", "three"):
        ann.write(bot, text)
    ids = [update["update_id"] for update in await client.updates()]
    assert ids == [ids[0], ids[0] + 1, ids[0] + 2]
    assert texts(await client.updates(offset=ids[1])) == ["two", "three"]
    assert texts(await client.updates()) == ["two", "three"]
    assert await client.updates(offset=ids[-1] + 1) == []


async def test_a_negative_offset_keeps_the_last_ones(ann: Person, bot: Bot, client: Client) -> None:
    for text in ("two", "three"):
        ann.write(bot, text)
    assert texts(await client.updates(offset=-1)) == ["three"]
    assert texts(await client.updates()) == ["three"]


@pytest.mark.usefixtures("ann")
async def test_an_offset_in_the_future_is_ignored(client: Client) -> None:
    assert texts(await client.updates(offset=2_000_000_000)) == ["hello"]


async def test_limit_is_kept_between_1_and_100(ann: Person, bot: Bot, client: Client) -> None:
    for number in range(120):
        ann.write(bot, str(number))
    assert len(await client.updates(limit=2)) == 2
    assert len(await client.updates(limit=0)) == 1
    assert len(await client.updates(limit=1000)) == 100


async def test_a_waiting_call_is_woken(
    sandbox: TelegramSandbox, bot: Bot, client: Client, ann: Person
) -> None:
    bot.updates.drop()
    waiting = asyncio.create_task(client.updates(timeout=50))
    await sandbox.until(lambda: bot.polling)
    ann.write(bot, "awake")
    started = time.monotonic()
    assert texts(await waiting) == ["awake"]
    assert time.monotonic() - started < 1
    assert not bot.polling


async def test_a_waiting_call_ends_empty(client: Client) -> None:
    assert await client.updates(timeout=1) == []


async def test_a_second_poller_ends_the_first(
    sandbox: TelegramSandbox, bot: Bot, client: Client, ann: Person
) -> None:
    bot.updates.drop()
    first = asyncio.create_task(client.answer("getUpdates", timeout=50))
    await sandbox.until(lambda: bot.polling)
    second = asyncio.create_task(client.updates(timeout=50))
    assert await first == (
        409,
        {
            "ok": False,
            "error_code": 409,
            "description": "Conflict: terminated by other getUpdates request; "
            "make sure that only one bot instance is running",
        },
    )
    ann.write(bot, "to the second")
    assert texts(await second) == ["to the second"]


async def test_a_webhook_excludes_polling(
    sandbox: TelegramSandbox, bot: Bot, client: Client, ann: Person
) -> None:
    bot.updates.drop()
    waiting = asyncio.create_task(client.refusal("getUpdates", timeout=50))
    await sandbox.until(lambda: bot.polling)
    assert await client.result("setWebhook", url="https://desk.example/hook")
    assert await waiting == "Conflict: terminated by setWebhook request"
    assert await client.refusal("getUpdates") == (
        "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first"
    )
    ann.write(bot, "one")
    info = await client.result("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("https://desk.example/hook", 1)
    assert await client.result("deleteWebhook", drop_pending_updates=True)
    assert await client.updates() == []


async def test_some_kinds_come_only_on_request(
    agent: Person, sandbox: TelegramSandbox, group: Group, client: Client
) -> None:
    newcomer = sandbox.user("Newcomer")
    group.add(newcomer)
    said = agent.write(group, "hi")
    agent.react(said, "👍")
    assert [set(update) - {"update_id"} for update in await client.updates(offset=-1)] == [
        {"message"}
    ]
    await client.updates(allowed_updates=ALL_KINDS)
    agent.react(said)
    group.remove(newcomer)
    kinds = [next(iter(set(update) - {"update_id"})) for update in await client.updates()]
    assert kinds == ["message", "message_reaction", "chat_member", "message"]


async def test_allowed_updates_are_remembered(
    ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    bot.updates.drop()
    await client.updates(allowed_updates=["callback_query"])
    ann.write(bot, "not wanted")
    assert await client.updates() == []
    assert (await client.result("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    await client.updates(allowed_updates=[])
    ann.write(bot, "wanted")
    assert texts(await client.updates()) == ["wanted"]
    assert sandbox.calls[0].params == {"allowed_updates": json.dumps(["callback_query"])}


async def test_confirmed_updates_can_be_replayed(
    ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    ann.write(bot, "two")
    before = await client.updates()
    done = before[-1]["update_id"] + 1
    assert await client.updates(offset=done) == []
    sandbox.replay(1)
    assert await client.updates(offset=done) == before[1:]
    assert await client.updates(offset=done) == []


async def test_poison_goes_out_as_it_is(
    ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    update_id = sandbox.poison(bot, {"tomorrows_kind": {"strange": [1, None]}})
    ann.write(bot, "after")
    _, poison, after = await client.updates()
    assert poison == {"update_id": update_id, "tomorrows_kind": {"strange": [1, None]}}
    assert after["update_id"] == update_id + 1


async def test_closing_ends_waiting_calls(
    bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    waiting = asyncio.create_task(client.updates(timeout=50))
    await sandbox.until(lambda: bot.polling)
    await sandbox.__aexit__(None, None, None)
    assert await waiting == []
