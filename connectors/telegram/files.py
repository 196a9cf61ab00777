"""What is attached to a message of Telegram -> :class:`connectors.base.File`.

``source`` holds ``chat`` and ``message``, by which copyMessage finds everything, and
for what has bytes ``file_id`` (good for this bot only) and ``unique`` (the same for all
bots, good for comparing only).
"""

from collections.abc import Callable
from typing import Any

from connectors.base import File, FileKind

Json = dict[str, Any]
Source = dict[str, str | int | float]

# Messages that only tell what happened to the chat: nobody wrote them.
_SERVICE = frozenset(
    """new_chat_members left_chat_member chat_owner_left chat_owner_changed new_chat_title
    new_chat_photo delete_chat_photo group_chat_created supergroup_chat_created
    channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id
    migrate_from_chat_id pinned_message successful_payment refunded_payment users_shared
    chat_shared user_shared gift unique_gift gift_upgrade_sent connected_website
    write_access_allowed passport_data proximity_alert_triggered boost_added
    chat_background_set checklist_tasks_done checklist_tasks_added
    direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden
    giveaway_created giveaway_completed managed_bot_created paid_message_price_changed
    poll_option_added poll_option_deleted suggested_post_approved
    suggested_post_approval_failed suggested_post_declined suggested_post_paid
    suggested_post_refunded video_chat_scheduled video_chat_started video_chat_ended
    video_chat_participants_invited web_app_data community_chat_added
    community_chat_removed community_chat_joined""".split()  # noqa: SIM905 - words are easier to read
)

# Fields of a message that are no content (Bot API 10.3, Message).
_ABOUT = frozenset(
    """message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count
    sender_business_bot sender_tag guest_query_id business_connection_id date chat
    forward_origin forward_date forward_from forward_from_chat forward_from_message_id
    forward_sender_name forward_signature is_topic_message is_automatic_forward
    reply_to_message external_reply quote reply_to_story reply_to_checklist_task_id
    reply_to_poll_option_id via_bot guest_bot_caller_user guest_bot_caller_chat edit_date
    has_protected_content is_from_offline is_paid_post media_group_id author_signature
    paid_star_count text entities link_preview_options suggested_post_info effect_id caption
    caption_entities show_caption_above_media has_media_spoiler reply_markup receiver_user
    ephemeral_message_id""".split()  # noqa: SIM905
)

_STICKER_TYPES = {"is_animated": "application/x-tgsticker", "is_video": "video/webm"}


def is_service(message: Json) -> bool:
    """Whether the message only tells what happened to the chat."""
    return not _SERVICE.isdisjoint(message)


def read(message: Json) -> tuple[File, ...]:
    """What is attached. A kind nobody knows yet becomes OTHER under its own name, so
    that no message arrives empty."""
    known = _known(message)
    if known or "text" in message:
        return known
    source = _source(message)
    content = sorted(message.keys() - _ABOUT) or ["unsupported"]
    return tuple(
        File(kind=FileKind.OTHER, source=source, name=_described(kind, message.get(kind)))
        for kind in content
    )


def _known(message: Json) -> tuple[File, ...]:
    """The file of the first kind that applies: an animation repeats itself as a
    document, a venue as a location, for programs older than it."""
    for kind, file in _READERS.items():
        if kind in message:
            return (file(message[kind], _source(message)),)
    return ()


def _source(message: Json) -> Source:
    return {"chat": int(message["chat"]["id"]), "message": int(message["message_id"])}


def _media(kind: FileKind, type: str = "") -> Callable[[Json, Source], File]:
    def read_media(value: Json, source: Source) -> File:
        title = " - ".join(filter(None, (value.get("performer"), value.get("title"))))
        name = value.get("file_name") or title
        return _stored(kind, value, source, name, value.get("mime_type") or type)

    return read_media


def _stored(kind: FileKind, value: Json, source: Source, name: str, type: str) -> File:
    place: Source = {"file_id": value["file_id"], "unique": value["file_unique_id"], **source}
    return File(kind=kind, source=place, name=name, type=type, size=value.get("file_size"))


def _photo(sizes: list[Json], source: Source) -> File:
    largest = max(sizes, key=lambda size: size["width"] * size["height"])
    return _stored(FileKind.PHOTO, largest, source, "", "image/jpeg")


def _sticker(value: Json, source: Source) -> File:
    types = (_STICKER_TYPES[flag] for flag in _STICKER_TYPES if value.get(flag))
    kind, name = FileKind.STICKER, value.get("emoji", "")
    return _stored(kind, value, source, name, next(types, "image/webp"))


def _location(value: Json, source: Source) -> File:
    latitude, longitude = float(value["latitude"]), float(value["longitude"])
    place: Source = {"latitude": latitude, "longitude": longitude, **source}
    return File(kind=FileKind.LOCATION, source=place, name=f"{latitude},{longitude}")


def _venue(value: Json, source: Source) -> File:
    at = _location(value["location"], source)
    place: Source = {**at.source, "title": value["title"], "address": value["address"]}
    return File(kind=at.kind, source=place, name=f"{at.name} {value['title']}")


def _contact(value: Json, source: Source) -> File:
    words = (value["first_name"], value.get("last_name"), value["phone_number"])
    place: Source = {
        "phone": value["phone_number"],
        "first": value["first_name"],
        "last": value.get("last_name", ""),
        **source,
    }
    return File(kind=FileKind.CONTACT, source=place, name=" ".join(filter(None, words)))


def _described(kind: str, value: Any) -> str:
    """``poll: Which coin?``, ``dice: 🎲 4``, ``story``."""
    told = value if isinstance(value, dict) else {}
    words = [told[key] for key in ("question", "title", "emoji", "value") if key in told]
    name = kind.replace("_", " ")
    return f"{name}: {' '.join(map(str, words))}" if words else name


_READERS: dict[str, Callable[[Any, Source], File]] = {
    "photo": _photo,
    "animation": _media(FileKind.ANIMATION, "video/mp4"),
    "video": _media(FileKind.VIDEO, "video/mp4"),
    "voice": _media(FileKind.VOICE, "audio/ogg"),
    "video_note": _media(FileKind.VIDEO_NOTE, "video/mp4"),
    "audio": _media(FileKind.AUDIO),
    "document": _media(FileKind.DOCUMENT),
    "sticker": _sticker,
    "venue": _venue,
    "location": _location,
    "contact": _contact,
}
