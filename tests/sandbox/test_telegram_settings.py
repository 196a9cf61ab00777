"""What a bot asks about itself and what it leaves with the server."""

import pytest

from inbox.sandbox.telegram import Bot, Group, Person
from tests.sandbox.client import Client

HELP = [{"command": "help", "description": "Help"}]


async def test_commands_belong_to_a_scope_and_a_language(client: Client) -> None:
    group = {"type": "all_group_chats"}
    assert await client.result("setMyCommands", commands=HELP, scope=group, language_code="zh")
    assert await client.result("getMyCommands", scope=group, language_code="zh") == HELP
    assert await client.result("getMyCommands", scope=group) == []
    assert await client.result("getMyCommands", language_code="zh") == []
    assert await client.result("deleteMyCommands", scope=group, language_code="zh")
    assert await client.result("getMyCommands", scope=group, language_code="zh") == []


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ({"command": "Help!", "description": "x"}, "BOT_COMMAND_INVALID"),
        ({"command": "help", "description": ""}, "BOT_COMMAND_DESCRIPTION_INVALID"),
    ],
)
async def test_wrong_commands_are_refused(
    command: dict[str, str], reason: str, client: Client
) -> None:
    assert await client.refusal("setMyCommands", commands=[command]) == f"Bad Request: {reason}"


async def test_get_me(bot: Bot, client: Client) -> None:
    me = await client.result("getMe")
    assert (me["id"], me["is_bot"], me["username"]) == (bot.id, True, "acme_support_bot")
    assert me["can_read_all_group_messages"] is False


async def test_get_chat(ann: Person, group: Group, client: Client) -> None:
    private = await client.result("getChat", chat_id=ann.id)
    assert (private["type"], private["first_name"]) == ("private", "Ann <3")
    forum = await client.result("getChat", chat_id=group.id)
    assert (forum["title"], forum["is_forum"]) == ("Agents", True)
    assert await client.refusal("getChat", chat_id=1) == "Bad Request: chat not found"
