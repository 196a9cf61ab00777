"""An update as getUpdates gives it -> an event.

Reads the plain JSON: aiogram's models refuse a whole batch for one unknown subtype, and
take three times as long. What cannot be understood becomes :class:`Unreadable`, so
it neither vanishes nor holds back what follows.

A place is ``<chat>`` or, inside a topic, ``<chat>/<topic>``. Only ``is_topic_message``
tells that a message is in a topic: replies elsewhere have a thread id, too.
"""

import json
from datetime import UTC, datetime
from typing import Any

from connectors.base import (
    Address,
    Author,
    Edited,
    Inbound,
    Left,
    Membership,
    Moved,
    Pressed,
    Reacted,
    Received,
    Returned,
    Unreadable,
)
from connectors.telegram import files, marks

Json = dict[str, Any]

# Accounts that stand for "an administrator" and "a channel" (Bot API, Message.from).
_NOBODY = frozenset({1087968824, 136817688})
_BLOCKED = "blocked the bot"
_PRESENT = frozenset({"creator", "administrator", "member"})


def read(update: Json, account: str, now: datetime) -> Inbound | None:
    """The event that ``update`` tells of; None where it tells nothing to the desk.

    ``now`` dates what Telegram gives no date for: pressed buttons, unreadable updates.
    """
    try:
        return _Reader(update, account, now).event()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, go on behind it
        return _unreadable(update, account, now, f"{type(error).__name__}: {error}")


class _Reader:
    """Reads one update. Any exception means that it could not be understood."""

    def __init__(self, update: Json, account: str, now: datetime) -> None:
        self._update = update
        self._account = account
        self._now = now
        self._key = _key(update)

    def event(self) -> Inbound | None:
        match self._update:
            case {"message": message}:
                return self._message(message)
            case {"edited_message": message}:
                return self._written(message, Edited)
            case {"callback_query": query}:
                return self._pressed(query)
            case {"message_reaction": reaction}:
                return self._reacted(reaction)
            case {"my_chat_member": change}:
                return self._membership(change, ours=True)
            case {"chat_member": change}:
                return self._membership(change, ours=False)
        raise ValueError(f"unknown update: {', '.join(sorted(self._update))}")

    def _message(self, message: Json) -> Inbound | None:
        if "migrate_to_chat_id" in message:
            to = str(int(message["migrate_to_chat_id"]))
            return Moved(**self._event(message, message["date"]), to=to)
        return self._written(message, Received)

    def _written(self, message: Json, kind: type[Received]) -> Received | None:
        if files.is_service(message):
            return None
        body = message.get("text") or message.get("caption") or ""
        entities = message.get("entities") or message.get("caption_entities") or ()
        at = message.get("edit_date", message["date"]) if kind is Edited else message["date"]
        return kind(
            **self._event(message, at),
            id=str(int(message["message_id"]) or self._key),
            author=_author(message.get("from"), message.get("sender_chat")),
            text=marks.read(body, entities),
            files=files.read(message),
            reply_to=_reply_to(message),
            group=message.get("media_group_id"),
            forwarded="forward_origin" in message,
            via=str(message["via_bot"]["id"]) if "via_bot" in message else None,
            automatic=bool(message.get("is_automatic_forward") or message.get("is_from_offline")),
        )

    def _pressed(self, query: Json) -> Pressed | None:
        if "message" not in query or "data" not in query:
            return None  # a game, or a message sent inline by somebody else
        message = query["message"]
        return Pressed(
            **self._event(message, None),
            id=str(int(message["message_id"])),
            author=_person(query["from"]),
            choice=query["data"],
            token=query["id"],
        )

    def _reacted(self, reaction: Json) -> Reacted:
        shown = (_reaction(one) for one in reaction["new_reaction"])
        return Reacted(
            **self._event(reaction, reaction["date"]),
            id=str(int(reaction["message_id"])),
            author=_author(reaction.get("user"), reaction.get("actor_chat")),
            reactions=tuple(shown),
        )

    def _membership(self, change: Json, *, ours: bool) -> Left | Returned | Membership | None:
        was, present = _present(change["old_chat_member"]), _present(change["new_chat_member"])
        event = self._event(change, change["date"])
        by = _person(change["from"])
        if change["chat"]["type"] == "private":
            return (
                Returned(**event, author=by) if present else Left(**event, author=by, why=_BLOCKED)
            )
        if was == present:
            return None  # another role or other rights
        member = _person(change["new_chat_member"]["user"])
        return Membership(**event, author=member, by=by.id, joined=present, ours=ours)

    def _event(self, message: Json, date: int | None) -> dict[str, Any]:
        chat = message["chat"]
        room = str(int(chat["id"]))
        topic = message["message_thread_id"] if message.get("is_topic_message") else None
        return {
            "key": self._key,
            "at": self._now if date is None else datetime.fromtimestamp(date, UTC),
            "place": Address(self._account, room if topic is None else f"{room}/{int(topic)}"),
            "room": None if chat["type"] == "private" else room,
        }


def _key(update: Json) -> str:
    return f"u:{int(update['update_id'])}"


def _unreadable(update: Json, account: str, now: datetime, error: str) -> Unreadable:
    return Unreadable(
        key=_key(update),
        at=now,
        place=Address(account, ""),
        raw=json.dumps(update).encode(),
        error=error,
    )


def _author(user: Json | None, chat: Json | None) -> Author:
    """Who did it; a group or channel where the platform shows that instead."""
    if chat is None:
        return _person(user or {})
    name, username = chat.get("title", ""), chat.get("username", "")
    return Author(id=str(int(chat["id"])), name=name, username=username, anonymous=True)


def _person(user: Json) -> Author:
    return Author(
        id=str(int(user["id"])),
        name=" ".join(filter(None, (user["first_name"], user.get("last_name")))),
        username=user.get("username", ""),
        language=user.get("language_code", ""),
        bot=bool(user.get("is_bot")),
        anonymous=user["id"] in _NOBODY,
    )


def _reply_to(message: Json) -> str | None:
    """What the author replied to. Each message of a topic also "replies" to the service
    message that made the topic: nobody meant that."""
    replied = message.get("reply_to_message")
    if replied is None or "forum_topic_created" in replied:
        return None
    topic = message["message_thread_id"] if message.get("is_topic_message") else None
    return None if replied["message_id"] == topic else str(int(replied["message_id"]))


def _reaction(reaction: Json) -> str:
    """An emoji; ``custom:<id>`` for those only Telegram can show; a star for paid ones."""
    match reaction["type"]:
        case "emoji":
            return str(reaction["emoji"])
        case "custom_emoji":
            return f"custom:{reaction['custom_emoji_id']}"
    return "⭐"


def _present(member: Json) -> bool:
    status = member["status"]
    return status in _PRESENT or (status == "restricted" and bool(member.get("is_member")))
