"""The whole service in this process, against a sandbox: what flow tests talk to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import Settings, load
from inbox.app import App
from inbox.sandbox.telegram import Bot, Group, Limits, Person, TelegramSandbox

TOKEN = "123456789:TEST-token-of-the-sandbox-not-a-secret"


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stage:
    """A sandbox with a bot, an agents' group and two agents."""

    sandbox: TelegramSandbox
    bot: Bot
    group: Group
    agent: Person
    lead: Person

    def settings(self, database: str, data: Path, **more: Any) -> Settings:
        """Settings of a service for this stage."""
        environ = {
            "INBOX_DATABASE__URL": database,
            "INBOX_DATA__PATH": str(data),
            "INBOX_WEB__PORT": str(free_port()),
            "INBOX_CONNECTORS__TELEGRAM__TOKEN": TOKEN,
            "INBOX_CONNECTORS__TELEGRAM__API_BASE": self.sandbox.base,
            "INBOX_DESK__GROUP": str(self.group.id),
            "INBOX_AGENTS": (
                f'[{{"name": "Mia", "telegram": {self.agent.id}}},'
                f' {{"name": "Lea", "telegram": {self.lead.id}, "role": "lead"}}]'
            ),
            **{key: str(value) for key, value in more.items()},
        }
        return load(None, environ)


@asynccontextmanager
async def stage(limits: Limits | None = None) -> AsyncIterator[Stage]:
    """Raise the curtain."""
    async with TelegramSandbox(limits=limits or Limits.off()) as sandbox:
        bot = sandbox.bot(TOKEN, username="acme_support_bot")
        agent, lead = sandbox.user("Mia", language="en"), sandbox.user("Lea", language="en")
        group = sandbox.group("Agents", forum=True)
        group.add(bot, admin=True, rights={"can_manage_topics", "can_delete_messages"})
        group.add(agent)
        group.add(lead)
        yield Stage(sandbox, bot, group, agent, lead)


@asynccontextmanager
async def service(settings: Settings) -> AsyncIterator[App]:
    """The service, running; stopped in order at the end."""
    app, stop = App(settings), asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    try:
        ready = asyncio.create_task(app.ready.wait())
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield app
    finally:
        stop.set()
        await running
