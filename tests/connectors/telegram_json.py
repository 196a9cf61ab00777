"""Telegram's JSON, as the Bot API documents it, for tests that need no server."""

from datetime import UTC, datetime
from typing import Any

from aiogram.types import Update

from connectors.base import Event, Received
from connectors.telegram import incoming

Json = dict[str, Any]

ANN = {"id": 501, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "language_code": "zh"}
BOB = {"id": 502, "is_bot": False, "first_name": "Bob", "username": "bob"}
BOT = {"id": 123456, "is_bot": True, "first_name": "Desk", "username": "desk_bot"}
ANONYMOUS = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
PRIVATE = {"id": 501, "type": "private", "first_name": "Ann"}
GROUP = {"id": -1009, "type": "supergroup", "title": "Agents", "is_forum": True}
DATE = 1_790_000_000
NOW = datetime(2026, 10, 1, tzinfo=UTC)
FILE = {"file_id": "BQAC", "file_unique_id": "AgAD", "file_size": 7}


def message(**fields: Any) -> Json:
    return {"message_id": 7, "date": DATE, "chat": PRIVATE, "from": ANN, **fields}


def in_topic(topic: int, **fields: Any) -> Json:
    created = {
        "message_id": topic,
        "date": DATE,
        "chat": GROUP,
        "from": BOT,
        "message_thread_id": topic,
        "is_topic_message": True,
        "forum_topic_created": {"name": "T", "icon_color": 7322096},
    }
    place = {"chat": GROUP, "message_thread_id": topic, "is_topic_message": True}
    return message(**{"from": BOB, **place, "reply_to_message": created, **fields})


def update(kind: str, value: Any, id: int = 9) -> Json:
    return {"update_id": id, kind: value}


def change(chat: Json, old: str, new: str, *, user: Json = BOT, **extra: Any) -> Json:
    return {
        "chat": chat,
        "from": ANN,
        "date": DATE,
        "old_chat_member": _member(old, user),
        "new_chat_member": {**_member(new, user), **extra},
    }


def _member(status: str, user: Json) -> Json:
    return {"status": status, "user": user, **_MEMBER.get(status, {})}


_RIGHTS = """can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats
    can_restrict_members can_promote_members can_change_info can_invite_users can_post_stories
    can_edit_stories can_delete_stories can_send_welcome_messages"""
_LIMITS = """is_member can_send_messages can_send_audios can_send_documents can_send_photos
    can_send_videos can_send_video_notes can_send_voice_notes can_send_polls
    can_send_other_messages can_add_web_page_previews can_react_to_messages can_edit_tag
    can_change_info can_invite_users can_pin_messages can_manage_topics"""
_MEMBER: dict[str, Json] = {
    "kicked": {"until_date": 0},
    "administrator": dict.fromkeys(_RIGHTS.split(), True),
    "restricted": {"until_date": 0, **dict.fromkeys(_LIMITS.split(), False)},
}


def read(kind: str, value: Any) -> Event | None:
    """The event, of an update that aiogram's own models accept."""
    raw = update(kind, value)
    Update.model_validate(raw)
    return incoming.read(raw, "tg", NOW)


def received(**fields: Any) -> Received:
    event = read("message", message(**fields))
    assert type(event) is Received
    return event
