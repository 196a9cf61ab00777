"""One part -> the name and parameters of one Bot API call.

Parameters are named as in https://core.telegram.org/bots/api; those left out have their
default there. ``link_preview_options`` is always off: a preview fetches the address and
shows a stranger's picture.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any, NamedTuple

from connectors.base import Address, Choice, File, FileKind, Part, Reason, Refused
from connectors.telegram import render

Json = dict[str, Any]

_NO_PREVIEW = {"is_disabled": True}
_ROW_WIDTH = 24  # about what a narrow phone shows in a row without clipping
_STORED = {
    FileKind.PHOTO: ("sendPhoto", "photo"),
    FileKind.VIDEO: ("sendVideo", "video"),
    FileKind.ANIMATION: ("sendAnimation", "animation"),
    FileKind.AUDIO: ("sendAudio", "audio"),
    FileKind.VOICE: ("sendVoice", "voice"),
    FileKind.VIDEO_NOTE: ("sendVideoNote", "video_note"),
    FileKind.DOCUMENT: ("sendDocument", "document"),
    FileKind.STICKER: ("sendSticker", "sticker"),
}


class Call(NamedTuple):
    """A method of the Bot API and its parameters."""

    method: str
    parameters: Json


def sending(part: Part) -> Call:
    """The call that sends ``part``.

    Raises Refused (INVALID) for what can be seen to be impossible: no content, a place
    of another channel, a file whose bytes another channel holds.
    """
    options = {**_chat(part.place), **_options(part)}
    if len(part.files) > 1:
        return Call("sendMediaGroup", {**options, "media": _album(part)})
    if part.files:
        method, content = _file(part.files[0])
        return Call(method, {**options, **content, **_caption(part), **_keyboard(part.choices)})
    return Call("sendMessage", {**options, **_text(part), **_keyboard(part.choices)})


def editing(part: Part, id: str, *, had_files: bool) -> Call:
    """The call that makes our message ``id`` read as ``part``. Raises Refused (INVALID)."""
    method, content = (
        ("editMessageCaption", _caption(part)) if had_files else ("editMessageText", _text(part))
    )
    chat = {"chat_id": chat_of(part.place), "message_id": message_number(id)}
    return Call(method, {**chat, **content, **_keyboard(part.choices)})


def chat_of(place: Address) -> int:
    """The chat that ``place`` is in. Raises Refused (INVALID)."""
    return int(_chat(place)["chat_id"])


def topic_of(place: Address) -> int:
    """The topic that ``place`` is. Raises Refused (INVALID) when it is none."""
    topic = _chat(place).get("message_thread_id")
    if topic is None:
        raise Refused(f"{place.id} is not a topic", Reason.INVALID)
    return int(topic)


def message_number(id: str) -> int:
    """The message_id behind ``id``. Raises Refused (INVALID): Telegram gives some
    messages no number, and those it cannot find again."""
    if not id.isdecimal():
        raise Refused(f"Telegram cannot find the message {id!r} again", Reason.INVALID)
    return int(id)


def _chat(place: Address) -> Json:
    chat, _, topic = place.id.partition("/")
    try:
        return {"chat_id": int(chat)} | ({"message_thread_id": int(topic)} if topic else {})
    except ValueError:
        raise Refused(f"{place.id!r} is no place at Telegram", Reason.INVALID) from None


def _options(part: Part) -> Json:
    options: Json = {}
    if part.silent:
        options["disable_notification"] = True
    if part.protected:
        options["protect_content"] = True
    if part.reply_to is not None and part.reply_to.isdecimal():
        reply = {"message_id": int(part.reply_to), "allow_sending_without_reply": True}
        options["reply_parameters"] = reply
    return options


def _text(part: Part) -> Json:
    if not part.text.body.strip():
        raise Refused("The message is empty", Reason.INVALID)
    body, entities = render.render(part.text)
    formatting: Json = {"entities": entities} if entities else {}
    return {"text": body, "link_preview_options": _NO_PREVIEW, **formatting}


def _caption(part: Part) -> Json:
    if not part.text.body.strip():
        return {}
    caption, entities = render.render(part.text)
    return {"caption": caption, **({"caption_entities": entities} if entities else {})}


def _album(part: Part) -> list[Json]:
    items = [{"type": file.kind.value, "media": _file_id(file)} for file in part.files]
    return [{**items[0], **_caption(part)}, *items[1:]]


def _file(file: File) -> tuple[str, Json]:
    """The method that sends ``file`` again, and what names it."""
    source = file.source
    if file.kind in _STORED:
        method, field = _STORED[file.kind]
        return method, {field: _file_id(file)}
    match source:
        case {"latitude": latitude, "longitude": longitude, "title": title, "address": address}:
            at = {"latitude": latitude, "longitude": longitude}
            return "sendVenue", {**at, "title": title, "address": address}
        case {"latitude": latitude, "longitude": longitude}:
            return "sendLocation", {"latitude": latitude, "longitude": longitude}
        case {"phone": phone, "first": first, "last": last}:
            return "sendContact", {"phone_number": phone, "first_name": first, "last_name": last}
        case {"chat": int(chat), "message": int(message)}:
            return "copyMessage", {"from_chat_id": chat, "message_id": message}
    raise _foreign(file)


def _file_id(file: File) -> str:
    match file.source:
        case {"file_id": str(id)}:
            return id
    raise _foreign(file)


def _foreign(file: File) -> Refused:
    return Refused(f"Telegram cannot send this kind of file yet: {file.kind}", Reason.INVALID)


def _keyboard(choices: Sequence[Choice]) -> Json:
    """Buttons below the message, side by side as long as their words fit."""
    rows: list[list[Json]] = []
    room = 0
    for choice in choices:
        room -= _width(choice.label)
        if room < 0:
            rows.append([])
            room = _ROW_WIDTH - _width(choice.label)
        rows[-1].append({"text": choice.label, "callback_data": choice.id})
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def _width(label: str) -> int:
    """Columns: Chinese characters and emoji take two; and a margin."""
    return 2 + sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in label)
