"""What goes wrong on demand, and what a caller can know of it."""

import asyncio

import aiohttp
import pytest

from inbox.sandbox.telegram import Bot, Fault, Group, Person, TelegramSandbox
from tests.sandbox.client import Client


def texts(person: Person, bot: Bot) -> list[str]:
    return [message["text"] for message in person.chat(bot).messages]


async def test_a_429_on_order(ann: Person, client: Client, sandbox: TelegramSandbox) -> None:
    sandbox.fail("sendMessage", Fault.retry_after(7), times=2)
    for _ in range(2):
        status, body = await client.answer("sendMessage", chat_id=ann.id, text="x")
        assert (status, body["parameters"]) == (429, {"retry_after": 7})
    assert await client.result("sendMessage", chat_id=ann.id, text="x")
    assert [call.outcome for call in sandbox.calls] == ["retry_after", "retry_after", "ok"]


async def test_an_error_of_ones_own(bot: Bot, client: Client, sandbox: TelegramSandbox) -> None:
    sandbox.fail("*", Fault.error(500, "Internal Server Error: restart"))
    assert await client.refusal("getMe") == "Internal Server Error: restart"
    assert (await client.result("getMe"))["username"] == bot.username


@pytest.mark.parametrize("accepted", [False, True])
async def test_a_page_of_html(
    accepted: bool, ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    sandbox.fail("sendMessage", Fault.html(accepted=accepted))
    url = f"{client.base}/bot{client.token}/sendMessage"
    async with client.session.post(url, data={"chat_id": ann.id, "text": "x"}) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert "Bad Gateway" in await response.text()
    assert texts(ann, bot) == (["hello", "x"] if accepted else ["hello"])


@pytest.mark.parametrize(
    "fault",
    [Fault.hang_before(), Fault.hang_after(), Fault.reset_before(), Fault.reset_after()],
    ids=lambda fault: fault.name,
)
async def test_no_answer_at_all(
    fault: Fault, ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    sandbox.fail("sendMessage", fault, chat=ann)
    with pytest.raises((TimeoutError, aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        async with asyncio.timeout(0.3):
            await client.answer("sendMessage", chat_id=ann.id, text="x")
    arrived = fault.name.endswith("after")
    assert texts(ann, bot) == (["hello", "x"] if arrived else ["hello"])
    assert sandbox.calls[-1].outcome == fault.name


async def test_a_late_answer(
    ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    sandbox.fail("sendMessage", Fault.delay(0.2))
    sending = asyncio.create_task(client.result("sendMessage", chat_id=ann.id, text="x"))
    await asyncio.sleep(0.1)
    assert texts(ann, bot) == ["hello"]
    assert (await sending)["text"] == "x"
    assert texts(ann, bot) == ["hello", "x"]


async def test_an_album_that_arrives_in_part(
    ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    photo = ann.photo(bot)["photo"][-1]["file_id"]
    sandbox.fail("sendMediaGroup", Fault.partly(1, "Too Many Requests: retry after 8"))
    media = [{"type": "photo", "media": photo}] * 3
    assert await client.refusal("sendMediaGroup", chat_id=ann.id, media=media) == (
        "Bad Request: failed to send message #2 with the error message "
        '"Too Many Requests: retry after 8"'
    )
    assert len(ann.chat(bot).messages) == 3


async def test_faults_wait_for_their_chat(
    ann: Person, group: Group, client: Client, sandbox: TelegramSandbox
) -> None:
    sandbox.fail("sendMessage", Fault.error(500, "x"), chat=group, times=-1)
    assert await client.result("sendMessage", chat_id=ann.id, text="x")
    for _ in range(3):
        assert await client.refusal("sendMessage", chat_id=group.id, text="x") == "x"
    sandbox.heal()
    assert await client.result("sendMessage", chat_id=group.id, text="x")


async def test_until_names_what_it_waited_for(sandbox: TelegramSandbox) -> None:
    with pytest.raises(TimeoutError, match=r"waited 0\.1 s for: .*len\(sandbox\.calls\) == 99"):
        await sandbox.until(lambda: len(sandbox.calls) == 99, timeout=0.1)


async def test_until_wakes_on_a_change(
    ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    sending = asyncio.create_task(client.result("sendMessage", chat_id=ann.id, text="x"))
    await sandbox.until(lambda: texts(ann, bot) == ["hello", "x"])
    await sending


async def test_unknown_tokens_methods_and_paths(client: Client, sandbox: TelegramSandbox) -> None:
    assert await client.refusal("sendCarrierPigeon") == "Not Found: method not found"
    stranger = Client(client.session, sandbox.base, "77:unknown")
    assert await stranger.answer("getMe") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    nonsense = Client(client.session, sandbox.base, "nonsense")
    assert await nonsense.refusal("getMe") == "Unauthorized: invalid token specified"
    async with client.session.get(f"{sandbox.base}/") as response:
        assert response.status == 404


async def test_calls_are_written_down(
    ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox
) -> None:
    await client.result("sendMessage", chat_id=ann.id, text="x")
    (call,) = sandbox.calls
    assert (call.bot, call.method, call.outcome) == (bot, "sendMessage", "ok")
    assert call.params == {"chat_id": str(ann.id), "text": "x"}
