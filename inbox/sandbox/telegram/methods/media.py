"""Files a bot sends: by id, or uploaded with the request."""

from typing import Any

from inbox.sandbox.telegram.arguments import Arguments, Upload
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.errors import Json, bad_request
from inbox.sandbox.telegram.files import File, content, seen_by
from inbox.sandbox.telegram.methods.sending import deliver, replied
from inbox.sandbox.telegram.text import as_caption, caption, read_caption
from inbox.sandbox.telegram.world import World

LARGEST_ALBUM = 10
LARGEST_PHOTO = 10 * 1024 * 1024
LARGEST_UPLOAD = 50 * 1024 * 1024

_IN_ALBUMS = frozenset({"photo", "video", "document", "audio"})
_ALONE = frozenset({"document", "audio"})


def send_photo(world: World, bot: Bot, args: Arguments) -> Json:
    """sendPhoto."""
    return _send(world, bot, args, "photo")


def send_document(world: World, bot: Bot, args: Arguments) -> Json:
    """sendDocument."""
    return _send(world, bot, args, "document")


def send_voice(world: World, bot: Bot, args: Arguments) -> Json:
    """sendVoice."""
    return _send(world, bot, args, "voice")


def send_video(world: World, bot: Bot, args: Arguments) -> Json:
    """sendVideo."""
    return _send(world, bot, args, "video")


def send_audio(world: World, bot: Bot, args: Arguments) -> Json:
    """sendAudio."""
    return _send(world, bot, args, "audio")


def send_animation(world: World, bot: Bot, args: Arguments) -> Json:
    """sendAnimation."""
    return _send(world, bot, args, "animation")


def send_video_note(world: World, bot: Bot, args: Arguments) -> Json:
    """sendVideoNote, which has no caption."""
    file = _file(world, bot, args, args.text("video_note"), "video_note")
    return deliver(world, bot, args, content(file, bot.id))


def send_sticker(world: World, bot: Bot, args: Arguments) -> Json:
    """sendSticker, which has no caption."""
    file = _file(world, bot, args, args.text("sticker"), "sticker")
    return deliver(world, bot, args, content(file, bot.id))


def send_media_group(world: World, bot: Bot, args: Arguments) -> list[Json]:
    """sendMediaGroup: all messages, or the whole refusal."""
    items = args.json("media")
    if not isinstance(items, list):
        raise bad_request("expected an Array of InputMedia")
    if not items:
        raise bad_request("there are no messages to send")
    if len(items) > LARGEST_ALBUM:
        raise bad_request("too many messages to send as an album")
    _check_mixture(items)
    contents = [_item(world, bot, args, item) for item in items]
    chat = world.place(bot, args.text("chat_id"))
    topic = chat.topic_for(bot, args.integer("message_thread_id"))
    reply_to = replied(chat, args)
    album = {"media_group_id": world.new_media_group()} if len(items) > 1 else {}
    return [
        seen_by(chat.compose(bot.card, album | body, topic=topic, reply_to=reply_to), bot.id)
        for body in contents
    ]


def _check_mixture(items: list[Any]) -> None:
    kinds = {str(item.get("type")) if isinstance(item, dict) else "" for item in items}
    unfit = kinds - _IN_ALBUMS
    if unfit:
        raise bad_request(f"can't parse InputMedia: type \"{unfit.pop()}\" can't be in an album")
    mixed = kinds & _ALONE
    if mixed and len(kinds) > 1:
        raise bad_request(f"{min(mixed)} can't be mixed with other media types")


def _item(world: World, bot: Bot, args: Arguments, item: Json) -> Json:
    said = caption(
        item.get("caption", ""), item.get("parse_mode", ""), item.get("caption_entities")
    )
    file = _file(world, bot, args, str(item.get("media", "")), item["type"])
    return content(file, bot.id) | as_caption(said)


def _send(world: World, bot: Bot, args: Arguments, kind: str) -> Json:
    said = as_caption(read_caption(args))
    file = _file(world, bot, args, args.text(kind), kind)
    return deliver(world, bot, args, content(file, bot.id) | said)


def _file(world: World, bot: Bot, args: Arguments, source: str, kind: str) -> File:
    """The file named or uploaded. Raises 400 when there is none, or of a wrong kind."""
    upload = args.uploads.get(source.removeprefix("attach://") or kind)
    if upload is not None:
        return _uploaded(world, upload, kind)
    if not source:
        raise bad_request(f"there is no {kind.replace('_', ' ')} in the request")
    if source.startswith(("http://", "https://")):
        raise bad_request("failed to get HTTP URL content")
    file = world.files.find(source, bot.id)
    if file is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    if (file.kind == "photo") != (kind == "photo"):
        # other kinds are all documents to the server and go out as what they are
        raise bad_request(f"can't use file of type {_title(file.kind)} as {_title(kind)}")
    return file


def _uploaded(world: World, upload: Upload, kind: str) -> File:
    if not upload.data:
        raise bad_request("file must be non-empty")
    if len(upload.data) > (LARGEST_PHOTO if kind == "photo" else LARGEST_UPLOAD):
        raise bad_request(
            f'file "{upload.name}" of size {len(upload.data)} bytes is too big for a {kind}'
        )
    return world.files.add(kind, data=upload.data, name=upload.name, type=upload.type)


def _title(kind: str) -> str:
    return "".join(word.title() for word in kind.split("_"))
