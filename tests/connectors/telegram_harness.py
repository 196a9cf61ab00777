"""A customer, a bot and the Telegram sandbox."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

from pydantic import SecretStr

from connectors.base import (
    Address,
    Answering,
    Checking,
    Connector,
    Deleting,
    Editing,
    Fetching,
    Menus,
    Topics,
)
from connectors.telegram.link import Telegram
from connectors.telegram.options import TelegramOptions
from inbox.sandbox.telegram import Bot, Fault, Limits, Person, TelegramSandbox
from tests.connectors.harness import Trouble

Json = dict[str, Any]

TOKEN = "123456:AAE-secret-token"


def telegram(base: str = "http://127.0.0.1:9", **options: Any) -> Telegram:
    """A connector with short waits. Nobody listens on the default port."""
    settings = {"token": SecretStr(TOKEN), "api_base": base, "call_seconds": 1.0, **options}
    return Telegram("tg", TelegramOptions(**settings))


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
