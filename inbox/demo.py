"""The main job, played against the sandbox: no account, no network.

The service is the real one, on a real database file, speaking through the real
libraries over real sockets; only Telegram is a stand-in on this machine, with
its real limits. Each step says what a person does and what others then see; a
step that does not happen ends the play with the reason.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from config.settings import Settings, load
from inbox import logs
from inbox.app import App
from inbox.sandbox.telegram import Bot, Group, Limits, Person, TelegramSandbox, Topic

TOKEN = "700000001:token-of-the-sandbox-worth-nothing"  # noqa: S105 - for the sandbox only
PATIENCE = 75.0
"""Seconds until a step counts as failed: a full minute's budget, and a little."""


class NotSeenError(Exception):
    """Something that must be seen was not, or something was seen that must not be."""


@dataclass(slots=True)
class Play:
    """The stage and the players. Each step is one method, in the order of the play."""

    sandbox: TelegramSandbox
    bot: Bot
    group: Group
    li: Person
    ann: Person
    mia: Person

    async def customers_write(self) -> None:
        """Two customers, two languages, two topics."""
        _says("李雷 (Telegram, zh)", "[photo] 充值没到账,截图里有交易哈希")
        self.li.photo(self.bot, caption="充值没到账,截图里有交易哈希")
        await self._until("a topic for 李雷", lambda: self._topic("李雷"))
        await self._until("his photo in it", lambda: _has_photo(self._topic("李雷")))
        await self._seen_by(self.li, "编号")
        _says("Ann <3 (Telegram, en)", "Hi! My withdrawal is <b>stuck</b> & I am worried")
        self.ann.write(self.bot, "Hi! My withdrawal is <b>stuck</b> & I am worried")
        await self._until("a topic for Ann <3", lambda: self._topic("Ann <3"))
        await self._in_topic("Ann <3", "<b>stuck</b> &")
        await self._seen_by(self.ann, "reference")

    async def agents_answer(self) -> None:
        """Typed, canned, and a note that stays inside."""
        await self._types("李雷", "您好,我是 Mia,正在核对这笔充值。")
        await self._seen_by(self.li, "正在核对这笔充值")
        await self._types("Ann <3", "// she sounds worried: answer her first")
        await self._types("Ann <3", "/canned wd.pending eta=18:00 UTC")
        await self._in_topic("Ann <3", "📤 Mia")
        await self._seen_by(self.ann, "18:00 UTC")
        self._never(self.ann, "she sounds worried")
        typer.echo("      ✓ the note stayed inside")

    async def customer_edits(self) -> None:
        """What a customer changes is shown as changed."""
        message = next(m for m in self.ann.chat(self.bot).messages if "stuck" in _text(m))
        _says("Ann <3 edits", "Hi! My withdrawal of 0.5 BTC is stuck")
        self.ann.edit(message, "Hi! My withdrawal of 0.5 BTC is stuck")
        await self._in_topic("Ann <3", "0.5 BTC")

    async def close_and_reopen(self) -> None:
        """Closed by an agent, re-opened by the customer, in the same topic."""
        before = self._topic("李雷")
        await self._types("李雷", "/close")
        await self._until("✅ in the title", lambda: self._topic("李雷").name.startswith("✅"))
        await self._seen_by(self.li, "关闭", "已结束", "重新打开")
        _says("李雷", "谢谢,但还是没看到余额")
        self.li.write(self.bot, "谢谢,但还是没看到余额")
        await self._in_topic("李雷", "还是没看到余额")
        await self._until("the title re-opened", lambda: "✅" not in self._topic("李雷").name)
        if self._topic("李雷") is not before:
            raise NotSeenError("the conversation was re-opened in another topic")

    async def topic_is_deleted(self) -> None:
        """A topic is only a view: deleted, it is made anew with what was said."""
        old = self._topic("Ann <3")
        typer.echo("  • somebody deletes Ann's topic")
        self.group.delete_topic(old.id)
        _says("Ann <3", "Any news?")
        self.ann.write(self.bot, "Any news?")
        await self._until("a new topic for Ann <3", lambda: self._topic("Ann <3").id != old.id)
        await self._in_topic("Ann <3", "Any news?")
        await self._in_topic("Ann <3", "0.5 BTC")
        typer.echo("      ✓ with the earlier messages in it")

    async def nobody_saw_too_much(self) -> None:
        """Each saw what was meant for them, and nothing else."""
        for word in ("李雷", "核对", "// she", "/close", "/canned"):
            self._never(self.ann, word)
        for word in ("withdrawal", "stuck", "worried", "18:00 UTC", "/close"):
            self._never(self.li, word)
        typer.echo("  ✓ neither customer saw the other's words, a note or a command")

    async def _types(self, name: str, text: str) -> None:
        _says(f"Mia in the topic of {name}", text)
        self.mia.write(self.group, text, topic=self._topic(name).id)

    def _topic(self, name: str) -> Topic:
        """The living topic of a customer; raises where there is none yet."""
        for topic in self.group.topics.values():
            if topic.name.endswith(name) and not topic.deleted:
                return topic
        raise NotSeenError(f"there is no topic for {name}")

    async def _in_topic(self, name: str, text: str) -> None:
        shown = lambda: any(text in _text(m) for m in self._topic(name).messages)  # noqa: E731
        await self._until(f"“{text}” in the topic of {name}", shown)

    async def _seen_by(self, person: Person, *texts: str) -> None:
        def arrived() -> bool:
            seen = [_text(m) for m in person.chat(self.bot).messages if m["from"]["is_bot"]]
            return any(text in one for text in texts for one in seen)

        await self._until(f"“{texts[0]}” at {person.name}", arrived)
        last = [m for m in person.chat(self.bot).messages if m["from"]["is_bot"]][-1]
        typer.echo(f"      {person.name} reads: {_text(last)}")

    def _never(self, person: Person, text: str) -> None:
        for message in person.chat(self.bot).messages:
            if message["from"]["is_bot"] and text in _text(message):
                raise NotSeenError(f"{person.name} must not have seen “{text}”")

    async def _until(self, what: str, condition: Callable[[], object]) -> None:
        def holds() -> bool:
            try:
                return bool(condition())
            except NotSeenError:
                return False

        try:
            await self.sandbox.until(holds, timeout=PATIENCE)
        except TimeoutError:
            raise NotSeenError(f"not seen within {PATIENCE:.0f} s: {what}") from None
        typer.echo(f"      ✓ {what}")


def _says(who: str, text: str) -> None:
    typer.echo(f"  • {who}: {text}")


def _text(message: dict[str, Any]) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _has_photo(topic: Topic) -> bool:
    return any("photo" in message for message in topic.messages)


def _settings(sandbox: TelegramSandbox, group: Group, mia: Person, data: Path) -> Settings:
    return load(
        None,
        {
            "INBOX_DATABASE__URL": f"sqlite:///{data / 'inbox.db'}",
            "INBOX_DATA__PATH": str(data),
            "INBOX_WEB__PORT": "0",
            "INBOX_SERVICE__BRAND": "Acme Exchange",
            "INBOX_CONNECTORS__TELEGRAM__TOKEN": TOKEN,
            "INBOX_CONNECTORS__TELEGRAM__API_BASE": sandbox.base,
            "INBOX_DESK__GROUP": str(group.id),
            "INBOX_AGENTS": f'[{{"name": "Mia", "telegram": {mia.id}}}]',
        },
    )


@asynccontextmanager
async def _stage(data: Path) -> AsyncIterator[Play]:
    """The sandbox with its real limits, and the service beside it."""
    async with TelegramSandbox(limits=Limits()) as sandbox:
        bot = sandbox.bot(TOKEN, username="acme_support_bot")
        mia = sandbox.user("Mia", language="en")
        group = sandbox.group("Acme agents", forum=True)
        group.add(bot, admin=True, rights={"can_manage_topics", "can_delete_messages"})
        group.add(mia)
        app, stop = App(_settings(sandbox, group, mia, data)), asyncio.Event()
        running = asyncio.create_task(app.run(stop))
        try:
            yield Play(
                sandbox,
                bot,
                group,
                sandbox.user("李雷", language="zh-hans"),
                sandbox.user("Ann <3", language="en"),
                mia,
            )
        finally:
            stop.set()
            await running


async def _perform(play: Play) -> None:
    scenes: Sequence[Callable[[], Any]] = (
        play.customers_write,
        play.agents_answer,
        play.customer_edits,
        play.close_and_reopen,
        play.topic_is_deleted,
        play.nobody_saw_too_much,
    )
    for number, scene in enumerate(scenes, start=1):
        typer.echo(f"\n{number}. {(scene.__doc__ or '').strip()}")
        await scene()


async def main() -> int:
    """Play it. Returns 0 when everything was seen where it belongs, else 1."""
    began = time.monotonic()
    logs.set_up("ERROR", "console")
    typer.echo("support-inbox demo: a sandbox Telegram with its real limits, the real service.")
    with tempfile.TemporaryDirectory(prefix="support-inbox-demo-") as data:
        try:
            async with _stage(Path(data)) as play:
                await _perform(play)
        except NotSeenError as error:
            typer.echo(f"\n✗ {error}")
            return 1
    typer.echo(f"\n✓ All of it was seen where it belongs, in {time.monotonic() - began:.0f} s.")
    return 0
