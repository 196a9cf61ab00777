"""Forum topics.

Sources: Bot API, "createForumTopic" and its neighbours; the texts of refusals by
tdlib/td, ForumTopicManager.cpp, and by the servers behind it (TOPIC_…).
"""

from inbox.sandbox.telegram.arguments import Arguments
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Group, Topic
from inbox.sandbox.telegram.errors import Json, bad_request
from inbox.sandbox.telegram.world import World

LONGEST_NAME = 128
COLORS = (7322096, 16766590, 13338331, 9367192, 16749490, 16478047)
"""The six colours an icon may have."""

ICONS = {
    "5434144690511290129": "📰",
    "5312536423851630001": "💡",
    "5312016608254762256": "⚡️",
    "5377544228505134960": "🎙",
    "5418085807791545980": "🔝",
    "5370870893004203704": "🗣",
    "5420216386448270341": "🆒",
    "5379748062124056162": "❗️",
    "5373251851074415873": "📝",
    "5433614043006903194": "📆",
    "5357315181649076022": "📁",
    "5309965701241379366": "🔎",
    "5309984423003823246": "📣",
    "5312241539987020022": "🔥",
    "5312138559556164615": "❤️",
    "5377316857231450742": "❓",
    "5350305691942788490": "📈",
    "5350713563512052787": "📉",
    "5309958691854754293": "💎",
    "5350452584119279096": "💰",
    "5309929258443874898": "💸",
    "5377690785674175481": "🪙",
    "5310107765874632305": "💱",
    "5377438129928020693": "⁉️",
    "5350554349074391003": "💻",
    "5409357944619802453": "📱",
    "5237699328843200968": "✅",
    "5377624166436445368": "🎫",
    "5417915203100613993": "👀",
}
"""Custom emoji that bots may use as icons: a part of what the real method returns."""


def create_forum_topic(world: World, bot: Bot, args: Arguments) -> Json:
    """createForumTopic; a longer name is cut without a word, as TDLib does."""
    name = args.text("name").strip()[:LONGEST_NAME]
    color = args.integer("icon_color", COLORS[0])
    icon = args.text("icon_custom_emoji_id")
    group = _forum(world, bot, args)
    if "can_manage_topics" not in group.member(bot.id).rights:
        raise bad_request("not enough rights to create a topic")
    if not name:
        raise bad_request("title must be non-empty")
    _check_icon(icon)
    if color not in COLORS:
        raise bad_request("invalid icon color specified")
    topic = group.open_topic(bot.card, name, color, icon)
    made = {"message_thread_id": topic.id, "name": name, "icon_color": color}
    return {**made, "icon_custom_emoji_id": icon} if icon else made


def edit_forum_topic(world: World, bot: Bot, args: Arguments) -> bool:
    """editForumTopic: fields not sent stay; an empty icon takes it away."""
    group = _forum(world, bot, args)
    topic = _topic(group, bot, args, "edit")
    name = args.text("name").strip()[:LONGEST_NAME] or topic.name
    icon = (
        args.text("icon_custom_emoji_id") if "icon_custom_emoji_id" in args.values else topic.icon
    )
    _check_icon(icon)
    changes: Json = {}
    if name != topic.name:
        changes["name"] = name
    if icon != topic.icon:
        changes["icon_custom_emoji_id"] = icon
    if not changes and not {"name", "icon_custom_emoji_id"} & args.values.keys():
        return True
    if not changes:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.name, topic.icon = name, icon
    group.notice(bot.card, {"forum_topic_edited": changes}, topic)
    return True


def close_forum_topic(world: World, bot: Bot, args: Arguments) -> bool:
    """closeForumTopic."""
    return _set_closed(world, bot, args, closed=True)


def reopen_forum_topic(world: World, bot: Bot, args: Arguments) -> bool:
    """reopenForumTopic."""
    return _set_closed(world, bot, args, closed=False)


def delete_forum_topic(world: World, bot: Bot, args: Arguments) -> bool:
    """deleteForumTopic, with all its messages; needs can_delete_messages."""
    group = _forum(world, bot, args)
    topic = group.topic(args.integer("message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    if "can_delete_messages" not in group.member(bot.id).rights:
        raise bad_request("not enough rights to delete the topic")
    group.delete_topic(topic.id)
    return True


def get_forum_topic_icon_stickers(world: World, bot: Bot, args: Arguments) -> list[Json]:
    """getForumTopicIconStickers."""
    del world, args
    return [
        {
            "type": "custom_emoji",
            "custom_emoji_id": emoji_id,
            "emoji": emoji,
            "file_id": f"CAAC-ICON{emoji_id}-{bot.id}",
            "file_unique_id": f"ICON{emoji_id}",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "set_name": "Topics",
        }
        for emoji_id, emoji in ICONS.items()
    ]


def _set_closed(world: World, bot: Bot, args: Arguments, *, closed: bool) -> bool:
    group = _forum(world, bot, args)
    topic = _topic(group, bot, args, "close or open")
    if topic.closed == closed:
        raise bad_request("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    word = "forum_topic_closed" if closed else "forum_topic_reopened"
    group.notice(bot.card, {word: {}}, topic)
    return True


def _forum(world: World, bot: Bot, args: Arguments) -> Group:
    chat = world.place(bot, args.text("chat_id"))
    if not isinstance(chat, Group) or not chat.forum:
        raise bad_request("the chat is not a forum")
    return chat


def _topic(group: Group, bot: Bot, args: Arguments, verb: str) -> Topic:
    topic = group.topic(args.integer("message_thread_id"))
    if topic is None:
        raise bad_request("TOPIC_ID_INVALID")
    if not group.may_manage(bot.id, topic):
        raise bad_request(f"not enough rights to {verb} the topic")
    return topic


def _check_icon(icon: str) -> None:
    if icon and icon not in ICONS:
        raise bad_request("DOCUMENT_INVALID")
