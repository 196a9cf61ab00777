"""The methods of the Bot API: what each does, and how much of the budget it takes.

Names are in lower case, because the server does not mind ("All methods in the
Bot API are case-insensitive").
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from inbox.sandbox.telegram.arguments import Arguments
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.methods import copying, editing, facts, media, sending, topics, webhooks
from inbox.sandbox.telegram.methods.webhooks import get_updates
from inbox.sandbox.telegram.world import World

__all__ = ["METHODS", "Method", "get_updates"]


def free(args: Arguments) -> int:
    """Costs nothing."""
    del args
    return 0


def one(args: Arguments) -> int:
    """Counts as one message."""
    del args
    return 1


def each(field: str) -> Callable[[Arguments], int]:
    """Counts once for every item of a list."""

    def count(args: Arguments) -> int:
        items = args.json(field)
        return max(len(items), 1) if isinstance(items, list) else 1

    return count


class Method(NamedTuple):
    """What a method does and what it costs, in messages."""

    run: Callable[[World, Bot, Arguments], Any]
    cost: Callable[[Arguments], int] = free


METHODS: Mapping[str, Method] = {
    "getme": Method(facts.get_me),
    "getchat": Method(facts.get_chat),
    "getchatmember": Method(facts.get_chat_member),
    "getchatadministrators": Method(facts.get_chat_administrators),
    "getchatmembercount": Method(facts.get_chat_member_count),
    "leavechat": Method(facts.leave_chat),
    "setmycommands": Method(facts.set_my_commands),
    "getmycommands": Method(facts.get_my_commands),
    "deletemycommands": Method(facts.delete_my_commands),
    "getfile": Method(facts.get_file),
    "answercallbackquery": Method(facts.answer_callback_query),
    "setwebhook": Method(webhooks.set_webhook),
    "deletewebhook": Method(webhooks.delete_webhook),
    "getwebhookinfo": Method(webhooks.get_webhook_info),
    "sendmessage": Method(sending.send_message, one),
    "sendlocation": Method(sending.send_location, one),
    "sendcontact": Method(sending.send_contact, one),
    "sendchataction": Method(sending.send_chat_action),
    "setmessagereaction": Method(sending.set_message_reaction, one),
    "sendphoto": Method(media.send_photo, one),
    "senddocument": Method(media.send_document, one),
    "sendvoice": Method(media.send_voice, one),
    "sendvideo": Method(media.send_video, one),
    "sendaudio": Method(media.send_audio, one),
    "sendanimation": Method(media.send_animation, one),
    "sendvideonote": Method(media.send_video_note, one),
    "sendsticker": Method(media.send_sticker, one),
    "sendmediagroup": Method(media.send_media_group, each("media")),
    "copymessage": Method(copying.copy_message, one),
    "copymessages": Method(copying.copy_messages, each("message_ids")),
    "forwardmessage": Method(copying.forward_message, one),
    "editmessagetext": Method(editing.edit_message_text, one),
    "editmessagecaption": Method(editing.edit_message_caption, one),
    "editmessagereplymarkup": Method(editing.edit_message_reply_markup, one),
    "deletemessage": Method(editing.delete_message),
    "deletemessages": Method(editing.delete_messages),
    "createforumtopic": Method(topics.create_forum_topic, one),
    "editforumtopic": Method(topics.edit_forum_topic, one),
    "closeforumtopic": Method(topics.close_forum_topic, one),
    "reopenforumtopic": Method(topics.reopen_forum_topic, one),
    "deleteforumtopic": Method(topics.delete_forum_topic, one),
    "getforumtopiciconstickers": Method(topics.get_forum_topic_icon_stickers),
}
"""Everything but getUpdates, which waits."""
