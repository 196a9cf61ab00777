"""An emulator in this process, the program under test in one of its own."""

import asyncio
import os
import re
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from inbox.sandbox.telegram import Bot, Call, Group, Limits, Person, TelegramSandbox

TOKEN = "123456789:BENCH-token-of-the-sandbox-not-a-secret"
ROOT = Path(__file__).parent.parent
PATIENCE = 600.0
"""Seconds after which what has not arrived never will."""

_NUMBER = re.compile(r"#(\d+)#")
_POSTS = ("sendMessage", "copyMessage")


@dataclass
class Scene:
    """A bot, its forum, and when each numbered message stood in a topic (Unix time)."""

    sandbox: TelegramSandbox
    bot: Bot
    group: Group
    people: list[Person] = field(default_factory=list)
    written: dict[int, float] = field(default_factory=dict)
    arrived: dict[int, float] = field(default_factory=dict)
    _looked: int = 0

    def invite(self, many: int) -> None:
        """New customers, who have not written yet."""
        known = len(self.people)
        self.people += [
            self.sandbox.user(f"Customer {known + n}", language="en") for n in range(many)
        ]

    def write(self, person: Person, at: float) -> None:
        """One numbered message to the bot."""
        number = len(self.written)
        self.written[number] = at
        person.write(self.bot, f"#{number}# hello, my deposit has not arrived")

    async def everything_arrived(self) -> None:
        """Wait until all that was written stands in a topic. Raises TimeoutError."""
        await self.sandbox.until(lambda: self._look() == len(self.written), timeout=PATIENCE)

    async def quiet(self, seconds: float = 1.0) -> None:
        """Wait until nothing was called for so long."""
        many = -1
        while many != len(self.sandbox.calls):
            many = len(self.sandbox.calls)
            await asyncio.sleep(seconds)

    def _look(self) -> int:
        for call in self.sandbox.calls[self._looked :]:
            if call.outcome == "ok" and call.method in _POSTS and self._at_desk(call):
                for number in _NUMBER.findall(self._text(call)):
                    self.arrived.setdefault(int(number), call.at)
        self._looked = len(self.sandbox.calls)
        return len(self.arrived)

    def _at_desk(self, call: Call) -> bool:
        return str(call.params["chat_id"]) == str(self.group.id)

    def _text(self, call: Call) -> str:
        if call.method == "sendMessage":
            return str(call.params["text"])
        person = self.sandbox.people[int(call.params["from_chat_id"])]
        return str(person.chat(self.bot).stored[int(call.params["message_id"])]["text"])


@asynccontextmanager
async def scene() -> AsyncIterator[Scene]:
    """A sandbox without limits: what is measured is the program, not the platform."""
    async with TelegramSandbox(limits=Limits.off()) as sandbox:
        bot = sandbox.bot(TOKEN, username="acme_support_bot")
        group = sandbox.group("Agents", forum=True)
        group.add(bot, admin=True, rights={"can_manage_topics", "can_delete_messages"})
        yield Scene(sandbox, bot, group)


def environment(scene: Scene, directory: Path) -> dict[str, str]:
    """The settings of a service for this scene: budgets that nothing reaches."""
    many = "1000000"
    return {
        "INBOX_DATABASE__URL": f"sqlite:///{directory}/inbox.db",
        "INBOX_DATA__PATH": str(directory),
        "INBOX_WEB__PORT": str(_free_port()),
        "INBOX_LOG__LEVEL": "WARNING",
        "INBOX_CONNECTORS__TELEGRAM__TOKEN": TOKEN,
        "INBOX_CONNECTORS__TELEGRAM__API_BASE": scene.sandbox.base,
        "INBOX_CONNECTORS__TELEGRAM__GROUP_PER_MINUTE": many,
        "INBOX_CONNECTORS__TELEGRAM__WHOLE_PER_SECOND": many,
        "INBOX_CONNECTORS__TELEGRAM__CHAT_PER_SECOND": many,
        "INBOX_DESK__GROUP": str(scene.group.id),
    }


@asynccontextmanager
async def service(scene: Scene, directory: Path) -> AsyncIterator[int]:
    """``inbox run``, polling; its process id. Stopped as an operator stops it."""
    async with _child("-m", "inbox", "run", environment=environment(scene, directory)) as child:
        await scene.sandbox.until(lambda: scene.bot.polling, timeout=60)
        yield child.pid


@asynccontextmanager
async def floor(scene: Scene) -> AsyncIterator[int]:
    """The bot of :mod:`bench.floor`, polling; its process id."""
    told = {"FLOOR": f"{TOKEN} {scene.sandbox.base} {scene.group.id}"}
    async with _child("-m", "bench.floor", environment=told) as child:
        await scene.sandbox.until(lambda: scene.bot.polling, timeout=60)
        yield child.pid


@asynccontextmanager
async def _child(
    *arguments: str, environment: Mapping[str, str]
) -> AsyncIterator[asyncio.subprocess.Process]:
    # As it is when installed: with its modules compiled, whatever this shell says of that.
    compiled = {"PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "inbox-bench-compiled")}
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    child = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, env={**inherited, **compiled, **environment}
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.send_signal(signal.SIGTERM)
        await child.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
