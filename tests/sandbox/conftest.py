from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from inbox.sandbox.telegram import Bot, Group, Limits, Person, TelegramSandbox
from tests.sandbox.client import TOKEN, Client


@pytest.fixture
async def sandbox() -> AsyncIterator[TelegramSandbox]:
    async with TelegramSandbox(limits=Limits.off()) as running:
        yield running


@pytest.fixture
def bot(sandbox: TelegramSandbox) -> Bot:
    return sandbox.bot(TOKEN, username="acme_support_bot", name="Acme Support")


@pytest.fixture
async def client(sandbox: TelegramSandbox, bot: Bot) -> AsyncIterator[Client]:
    async with ClientSession() as session:
        yield Client(session, sandbox.base, bot.token)


@pytest.fixture
def ann(sandbox: TelegramSandbox, bot: Bot) -> Person:
    """A customer who has written "hello"."""
    person = sandbox.user("Ann <3", language="en", username="ann")
    person.write(bot, "hello")
    return person


@pytest.fixture
def agent(sandbox: TelegramSandbox) -> Person:
    return sandbox.user("Bob")


@pytest.fixture
def group(sandbox: TelegramSandbox, bot: Bot, agent: Person) -> Group:
    """A forum; the bot may manage topics and delete messages, the agent owns it."""
    forum = sandbox.group("Agents", forum=True)
    forum.add(agent, owner=True)
    forum.add(bot, admin=True, rights={"can_manage_topics", "can_delete_messages"})
    bot.updates.drop()
    return forum


@pytest.fixture
async def topic(client: Client, group: Group) -> int:
    """The id of an open topic made by the bot."""
    made = await client.result("createForumTopic", chat_id=group.id, name="Ann")
    return int(made["message_thread_id"])
