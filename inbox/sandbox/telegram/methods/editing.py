"""Changing and removing messages."""

import time

from inbox.sandbox.telegram.arguments import Arguments, whole
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Group, Place
from inbox.sandbox.telegram.errors import Json, bad_request
from inbox.sandbox.telegram.files import MEDIA, seen_by
from inbox.sandbox.telegram.keyboards import read_markup
from inbox.sandbox.telegram.methods.copying import MOST_AT_ONCE
from inbox.sandbox.telegram.text import as_caption, as_text, read_caption, read_text
from inbox.sandbox.telegram.world import World

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)


def edit_message_text(world: World, bot: Bot, args: Arguments) -> Json:
    """editMessageText."""
    body = as_text(read_text(args))
    chat, message = _own(world, bot, args)
    if "text" not in message:
        raise bad_request("there is no text in the message to edit")
    return _replace(chat, bot, args, message, body=body, fields=("text", "entities"))


def edit_message_caption(world: World, bot: Bot, args: Arguments) -> Json:
    """editMessageCaption."""
    body = as_caption(read_caption(args))
    chat, message = _own(world, bot, args)
    if MEDIA.isdisjoint(message):
        raise bad_request("there is no caption in the message to edit")
    return _replace(chat, bot, args, message, body=body, fields=("caption", "caption_entities"))


def edit_message_reply_markup(world: World, bot: Bot, args: Arguments) -> Json:
    """editMessageReplyMarkup."""
    chat, message = _own(world, bot, args)
    return _replace(chat, bot, args, message, body={}, fields=())


def delete_message(world: World, bot: Bot, args: Arguments) -> bool:
    """deleteMessage."""
    chat = world.place(bot, args.text("chat_id"))
    message_id = args.integer("message_id")
    if message_id not in chat.stored:
        raise bad_request("message to delete not found")
    if not _may_delete(chat, bot, chat.stored[message_id]):
        raise bad_request("message can't be deleted")
    chat.drop(message_id)
    return True


def delete_messages(world: World, bot: Bot, args: Arguments) -> bool:
    """deleteMessages: "if some of the specified messages can't be found, they are skipped"."""
    chat = world.place(bot, args.text("chat_id"))
    given = args.json("message_ids")
    ids = [whole(item) for item in given] if isinstance(given, list) else []
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > MOST_AT_ONCE:
        raise bad_request("too many message identifiers specified")
    known = [message_id for message_id in ids if message_id in chat.stored]
    if not all(_may_delete(chat, bot, chat.stored[message_id]) for message_id in known):
        raise bad_request("message can't be deleted")
    for message_id in known:
        chat.drop(message_id)
    return True


def _own(world: World, bot: Bot, args: Arguments) -> tuple[Place, Json]:
    chat = world.place(bot, args.text("chat_id"))
    message_id = args.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = chat.stored.get(message_id)
    if message is None:
        raise bad_request("message to edit not found")
    if message["from"]["id"] != bot.id or "forward_origin" in message:
        raise bad_request("message can't be edited")
    return chat, message


def _replace(
    chat: Place, bot: Bot, args: Arguments, message: Json, *, body: Json, fields: tuple[str, ...]
) -> Json:
    """Show the new body and markup; no markup given takes the old one away."""
    markup = read_markup(args)
    if markup is not None:
        body["reply_markup"] = markup
    changing = {*fields, "reply_markup"}
    if {key: message[key] for key in changing & message.keys()} == body:
        raise bad_request(_NOT_MODIFIED)
    kept = {key: value for key, value in message.items() if key not in changing}
    if fields:
        kept["edit_date"] = int(time.time())
    edited = kept | body
    chat.replace(edited)
    return seen_by(edited, bot.id)


def _may_delete(chat: Place, bot: Bot, message: Json) -> bool:
    if "forum_topic_created" in message:
        return False
    if not isinstance(chat, Group) or message["from"]["id"] == bot.id:
        return True
    return "can_delete_messages" in chat.member(bot.id).rights
