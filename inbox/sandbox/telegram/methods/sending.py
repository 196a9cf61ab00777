"""Texts and other small things a bot sends."""

from typing import Any

from inbox.sandbox.telegram.arguments import Arguments, whole
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Place
from inbox.sandbox.telegram.errors import Json, bad_request
from inbox.sandbox.telegram.files import seen_by
from inbox.sandbox.telegram.keyboards import read_markup
from inbox.sandbox.telegram.text import as_text, read_text
from inbox.sandbox.telegram.words import words
from inbox.sandbox.telegram.world import World

ACTIONS = words(
    "typing upload_photo record_video upload_video record_voice upload_voice upload_document "
    "choose_sticker find_location record_video_note upload_video_note"
)
REACTIONS = words(
    "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤‍🔥 "
    "🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨‍💻 👀 🎃 🙈 😇 😨 "
    "🤝 ✍ 🤗 🫡 🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷‍♂ 🤷 🤷‍♀ 😡 "
)
"""All that bots may use (Bot API, "ReactionTypeEmoji")."""


def send_message(world: World, bot: Bot, args: Arguments) -> Json:
    """sendMessage."""
    return deliver(world, bot, args, as_text(read_text(args)))


def send_location(world: World, bot: Bot, args: Arguments) -> Json:
    """sendLocation."""
    latitude, longitude = args.number("latitude"), args.number("longitude")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:  # noqa: PLR2004
        raise bad_request("wrong location specified")
    place = {"latitude": latitude, "longitude": longitude}
    return deliver(world, bot, args, {"location": place})


def send_contact(world: World, bot: Bot, args: Arguments) -> Json:
    """sendContact."""
    card = {name: args.text(name) for name in ("phone_number", "first_name", "last_name", "vcard")}
    for name in ("phone_number", "first_name"):
        if not card[name]:
            raise bad_request(f"{name.replace('_', ' ')} must be non-empty")
    contact = {name: value for name, value in card.items() if value}
    return deliver(world, bot, args, {"contact": contact})


def send_chat_action(world: World, bot: Bot, args: Arguments) -> bool:
    """sendChatAction: True even for a topic that is gone (telegram-bot-api issue 732)."""
    if args.text("action") not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    world.place(bot, args.text("chat_id"))
    return True


def set_message_reaction(world: World, bot: Bot, args: Arguments) -> bool:
    """setMessageReaction: "bots can set up to one reaction per message"."""
    chat = world.place(bot, args.text("chat_id"))
    message_id = args.integer("message_id")
    if message_id not in chat.stored:
        raise bad_request("message to react not found")
    reactions = args.json("reaction") or []
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(reaction.get("emoji") not in REACTIONS for reaction in reactions):
        raise bad_request("REACTION_INVALID")
    mine = chat.reactions.setdefault(message_id, {})
    if not reactions and not mine.get(bot.id):
        raise bad_request("REACTION_EMPTY")
    mine[bot.id] = reactions
    return True


def deliver(world: World, bot: Bot, args: Arguments, content: Json) -> Json:
    """Put a new message where the arguments say; the message as the bot sees it.

    Raises ApiError when the chat, the topic, the reply or the buttons are wrong.
    """
    chat = world.place(bot, args.text("chat_id"))
    topic = chat.topic_for(bot, args.integer("message_thread_id"))
    reply_to = replied(chat, args)
    markup = read_markup(args)
    if markup is not None:
        content["reply_markup"] = markup
    if args.flag("protect_content"):
        content["has_protected_content"] = True
    message = chat.compose(bot.card, content, topic=topic, reply_to=reply_to)
    return seen_by(message, bot.id)


def replied(chat: Place, args: Arguments) -> Json | None:
    """The message to reply to, if one is named. Raises 400 when it is gone."""
    parameters: Any = args.json("reply_parameters") or {}
    if parameters and "message_id" not in parameters:
        raise bad_request('can\'t find field "message_id"')
    message_id = whole(parameters.get("message_id"), args.integer("reply_to_message_id"))
    if not message_id:
        return None
    message = chat.stored.get(message_id)
    lenient = parameters.get("allow_sending_without_reply") or args.flag(
        "allow_sending_without_reply"
    )
    if message is None and not lenient:
        raise bad_request("message to be replied not found")
    return message
