"""What ``inbox check`` can say about a bot before somebody misses it."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any

from connectors.base import Finding, Outcome

Ask = Callable[[str, dict[str, Any]], Awaitable[Any]]

_NEEDED = {
    "can_manage_topics": ("topics", "Manage topics"),
    "can_delete_messages": ("deleting", "Delete messages"),
}


async def look(ask: Ask, rooms: Sequence[str]) -> list[Finding]:
    """Try the token, then look at the bot's rights in each group."""
    try:
        me = await ask("getMe", {})
    except Outcome as outcome:
        return [Finding("token", f"Cannot use the bot: {outcome.why}.")]
    findings = [Finding(f"token of @{me['username']}")]
    for room in rooms:
        findings += await _room(ask, room, me)
    return findings


async def _room(ask: Ask, room: str, me: dict[str, Any]) -> list[Finding]:
    try:
        chat = await ask("getChat", {"chat_id": room})
        member = await ask("getChatMember", {"chat_id": room, "user_id": me["id"]})
    except Outcome as outcome:
        problem = f"Add @{me['username']} to the group {room} as an administrator: {outcome.why}."
        return [Finding(f"group {room}", problem)]
    return list(_findings(f"group {chat.get('title', room)}", f"@{me['username']}", chat, member))


def _findings(
    group: str, bot: str, chat: dict[str, Any], member: dict[str, Any]
) -> Iterator[Finding]:
    # An administrator sees every message; others only see commands and replies to them.
    administrator = member["status"] in ("administrator", "creator")
    yield Finding(
        f"{group}: is a forum",
        "" if chat.get("is_forum") else f"Switch on Topics in the settings of the {group}.",
    )
    yield Finding(
        f"{group}: sees all messages",
        "" if administrator else f"Make {bot} an administrator of the {group}.",
    )
    for right, (what, switch) in _NEEDED.items():
        held = member["status"] == "creator" or member.get(right)
        problem = "" if held else f'Give {bot} the right "{switch}" in the {group}.'
        yield Finding(f"{group}: {what}", problem)
