"""A customer, a bot and the Telegram sandbox."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Self, cast

import pytest
from pydantic import SecretStr

import connectors
from connectors.base import (
    Address,
    Answering,
    Checking,
    Connector,
    Deleting,
    Editing,
    Fetching,
    File,
    Menus,
    Part,
    Received,
    Refused,
    Text,
    Topics,
)
from connectors.telegram.options import TelegramOptions
from inbox.sandbox.telegram import Bot, Fault, Group, Limits, Person, TelegramSandbox
from tests.connectors.harness import Ledger, Trouble, listening

if TYPE_CHECKING:
    from connectors.telegram.link import Telegram

Json = dict[str, Any]

TOKEN = "123456:AAE-secret-token"


def telegram(base: str = "http://127.0.0.1:9", **options: Any) -> "Telegram":
    """A connector with short waits. Nobody listens on the default port."""
    settings = {"token": SecretStr(TOKEN), "api_base": base, "call_seconds": 1.0, **options}
    made = connectors.load("telegram").create("tg", TelegramOptions(**settings))
    return cast("Telegram", made)


class TelegramHarness:
    secret = TOKEN
    capabilities: frozenset[type] = frozenset(
        {Topics, Editing, Deleting, Answering, Fetching, Menus, Checking}
    )

    def __init__(self, sandbox: TelegramSandbox, bot: Bot, ann: Person) -> None:
        self.sandbox = sandbox
        self.bot = bot
        self.ann = ann
        self.connector = telegram(sandbox.base)
        self.place = Address("tg", str(ann.id))
        self._last: Json = {}

    @classmethod
    @asynccontextmanager
    async def open(cls) -> AsyncIterator[Self]:
        async with TelegramSandbox(limits=Limits.off()) as sandbox:
            bot = sandbox.bot(TOKEN, username="acme_support_bot")
            harness = cls(sandbox, bot, sandbox.user("Ann <3", language="en", username="ann"))
            try:
                yield harness
            finally:
                await harness.connector.close()

    @classmethod
    def offline(cls) -> Connector:
        return telegram()

    def write(self, text: str) -> None:
        self._last = self.ann.write(self.bot, text)

    def correct(self, text: str) -> None:
        self._last = self.ann.edit(self._last, text)

    def album(self, count: int) -> None:
        self.ann.album(self.bot, count=count, caption="look")

    def attach(self, data: bytes) -> None:
        self.ann.document(self.bot, name="proof.txt", data=data)

    def leave(self) -> None:
        self.ann.block(self.bot)

    def come_back(self) -> None:
        self.ann.unblock(self.bot)

    def press(self, choice: str) -> None:
        self.ann.press(self._ours()[-1], choice)

    def poison(self) -> bytes:
        self.sandbox.poison(self.bot, {"message": {"message_id": "x", "new_kind": {"a": 1}}})
        return b'"new_kind"'

    def held(self) -> int:
        return self.bot.pending

    def shown(self) -> list[str]:
        return [message.get("text") or message.get("caption", "") for message in self._ours()]

    def told(self) -> list[str]:
        return list(self.sandbox.answers.values())

    def trouble(self, trouble: Trouble) -> None:
        if trouble is Trouble.LEFT:
            self.ann.block(self.bot)
        else:
            self.sandbox.fail("sendMessage", FAULTS[trouble])

    def sends(self) -> int:
        return sum(call.method == "sendMessage" for call in self.sandbox.calls)

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.sandbox.until(condition, timeout=10)

    def _ours(self) -> list[Json]:
        messages = self.ann.chat(self.bot).messages
        return [message for message in messages if message["from"]["id"] == self.bot.id]


FAULTS = {
    Trouble.BUSY: Fault.retry_after(7),
    Trouble.PAGE: Fault.html(),
    Trouble.SILENCE: Fault.hang_after(),
    Trouble.CUT_BEFORE: Fault.reset_before(),
    Trouble.CUT_AFTER: Fault.reset_after(),
    Trouble.TOO_LARGE: Fault.error(413, "Request Entity Too Large"),
}


RIGHTS = {"can_manage_topics", "can_delete_messages"}


class Desk:
    """The agents' forum, where the bot is an administrator."""

    def __init__(self, harness: TelegramHarness) -> None:
        self.group: Group = harness.sandbox.group("Agents", forum=True)
        self.group.add(harness.bot, admin=True, rights=RIGHTS)
        self.bob: Person = harness.sandbox.user("Bob", username="bob")
        self.group.add(self.bob)
        self.room = Address("tg", str(self.group.id))


def text_part(place: Address, text: str = "hi", **fields: Any) -> Part:
    return Part(key="m1.0", place=place, text=Text(text), **fields)


async def refused(connector: "Telegram", part: Part) -> Refused:
    with pytest.raises(Refused) as raised:
        await connector.send(part)
    return raised.value


def said(ledger: Ledger) -> list[Received]:
    return [event for event in ledger.events if type(event) is Received]


async def received_files(harness: TelegramHarness, count: int) -> list[File]:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        await ledger.until(lambda: len(said(ledger)) == count + 1)
    return [file for event in said(ledger) for file in event.files]
