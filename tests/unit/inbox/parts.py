"""What the tests of single modules are put together of."""

from pathlib import Path
from typing import Any

from config.settings import Settings, load
from inbox.app import build_policy
from inbox.policy import Policy
from tests.unit.inbox.memory import ACCOUNT, ROOM, Memory, Platform

AGENT = "501"


def settings(**more: Any) -> Settings:
    """One account in memory, a desk, and one agent."""
    environ = {
        f"INBOX_CONNECTORS__{ACCOUNT.upper()}__KIND": "memory",
        "INBOX_DESK__CONNECTOR": ACCOUNT,
        "INBOX_DESK__GROUP": ROOM,
        "INBOX_AGENTS": f'[{{"name": "Mia", "telegram": {AGENT}}}]',
    }
    return load(None, environ | {key: str(value) for key, value in more.items()})


def policy(own: Path | None = None, **more: Any) -> Policy:
    """The shipped texts and rules, and those of a directory."""
    if own is not None:
        more["INBOX_FILES__PATH"] = own
    return build_policy(settings(**more), {ACCOUNT: Memory(Platform())})
