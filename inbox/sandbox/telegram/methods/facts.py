"""What a bot may ask: about itself, chats, members, files; and small settings."""

import json
import re
from typing import Any

from inbox.sandbox.telegram.arguments import Arguments
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Group, Member
from inbox.sandbox.telegram.errors import Json, bad_request
from inbox.sandbox.telegram.members import as_member
from inbox.sandbox.telegram.words import words
from inbox.sandbox.telegram.world import World

LARGEST_DOWNLOAD = 20 * 1024 * 1024
MOST_COMMANDS = 100
LONGEST_DESCRIPTION = 256
LONGEST_ANSWER = 200

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_PERMISSIONS = words(
    "can_send_messages can_send_audios can_send_documents can_send_photos can_send_videos "
    "can_send_video_notes can_send_voice_notes can_send_polls can_send_other_messages "
    "can_add_web_page_previews can_change_info can_invite_users can_pin_messages "
    "can_manage_topics"
)
_GIFTS = {
    "unlimited_gifts": False,
    "limited_gifts": False,
    "unique_gifts": False,
    "premium_subscription": False,
    "gifts_from_channels": False,
}


def get_me(world: World, bot: Bot, args: Arguments) -> Json:
    """getMe."""
    del world, args
    return {
        **bot.card,
        "can_join_groups": True,
        "can_read_all_group_messages": bot.reads_all,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
    }


def get_chat(world: World, bot: Bot, args: Arguments) -> Json:
    """getChat (ChatFullInfo, what is always there)."""
    chat = world.known(bot, args.text("chat_id"))
    card = {**chat.card, "accent_color_id": 1, "max_reaction_count": 11}
    card["accepted_gift_types"] = _GIFTS
    if isinstance(chat, Group):
        card["permissions"] = dict.fromkeys(_PERMISSIONS, True)
    return card


def get_chat_member(world: World, bot: Bot, args: Arguments) -> Json:
    """getChatMember."""
    chat = world.known(bot, args.text("chat_id"))
    user_id = args.integer("user_id")
    account = world.people.get(user_id) or world.bots.get(user_id)
    if account is None:
        raise bad_request("user not found")
    if isinstance(chat, Group):
        return as_member(account.card, chat.member(user_id))
    inside = user_id in {chat.bot.id, chat.person.id}
    return as_member(account.card, Member("member" if inside else "left"))


def get_chat_administrators(world: World, bot: Bot, args: Arguments) -> list[Json]:
    """getChatAdministrators: "that aren't bots", but the bot itself is listed."""
    group = _group(world, bot, args)
    found = []
    for member_id, member in group.members.items():
        account = world.people.get(member_id) or (bot if member_id == bot.id else None)
        if account is not None and member.admin:
            found.append(as_member(account.card, member))
    return found


def get_chat_member_count(world: World, bot: Bot, args: Arguments) -> int:
    """getChatMemberCount."""
    chat = world.known(bot, args.text("chat_id"))
    if not isinstance(chat, Group):
        return 2
    return sum(member.present for member in chat.members.values())


def leave_chat(world: World, bot: Bot, args: Arguments) -> bool:
    """leaveChat."""
    world.change_member(_group(world, bot, args), bot, Member("left"))
    return True


def set_my_commands(world: World, bot: Bot, args: Arguments) -> bool:
    """setMyCommands."""
    del world
    commands = args.json("commands") or []
    if len(commands) > MOST_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command.get("command", "").removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command.get("description", "")) <= LONGEST_DESCRIPTION:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[_audience(args)] = commands
    return True


def get_my_commands(world: World, bot: Bot, args: Arguments) -> list[Json]:
    """getMyCommands: of exactly this scope and language."""
    del world
    return bot.commands.get(_audience(args), [])


def delete_my_commands(world: World, bot: Bot, args: Arguments) -> bool:
    """deleteMyCommands."""
    del world
    bot.commands.pop(_audience(args), None)
    return True


def get_file(world: World, bot: Bot, args: Arguments) -> Json:
    """getFile: where to download it."""
    file_id = args.text("file_id")
    file = world.files.find(file_id, bot.id)
    if file is None:
        raise bad_request("invalid file_id" if file_id else "file_id not specified")
    if len(file.data) > LARGEST_DOWNLOAD:
        raise bad_request("file is too big")
    return {
        "file_id": file_id,
        "file_unique_id": file.unique,
        "file_size": len(file.data),
        "file_path": file.path,
    }


def answer_callback_query(world: World, bot: Bot, args: Arguments) -> bool:
    """answerCallbackQuery."""
    del bot
    query_id, text = args.text("callback_query_id"), args.text("text")
    if query_id not in world.questions:
        raise bad_request("query is too old and response timeout expired or query ID is invalid")
    if len(text) > LONGEST_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    world.answers[query_id] = text
    return True


def _group(world: World, bot: Bot, args: Arguments) -> Group:
    chat = world.known(bot, args.text("chat_id"))
    if not isinstance(chat, Group):
        raise bad_request("there are no administrators in the private chat")
    return chat


def _audience(args: Arguments) -> tuple[str, str]:
    scope: Any = args.json("scope") or {"type": "default"}
    return json.dumps(scope, sort_keys=True), args.text("language_code")
