"""People: what they can do in a chat, and what they see."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from inbox.sandbox.telegram import files
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Chat, Group, Place, Topic
from inbox.sandbox.telegram.errors import Json
from inbox.sandbox.telegram.keyboards import has_button
from inbox.sandbox.telegram.text import as_caption, as_text, typed

if TYPE_CHECKING:
    from inbox.sandbox.telegram.world import World

ANONYMOUS: Json = {
    "id": 1087968824,
    "is_bot": True,
    "first_name": "Group",
    "username": "GroupAnonymousBot",
}
"""Who messages of anonymous administrators are from (Bot API, "Message.sender_chat")."""


class Person:
    """Somebody with an account. Verbs take effect at once and return the message.

    What a real app would not let them do raises ValueError. ``to`` is a bot (their
    private chat with it) or a group; ``topic`` is the id of a topic, None means General.
    """

    def __init__(self, world: "World", id: int, name: str, language: str, username: str) -> None:
        self.world = world
        self.id = id
        self.name = name
        self.deactivated = False
        self.card: Json = {"id": id, "is_bot": False, "first_name": name}
        self.chat_card: Json = {"id": id, "first_name": name, "type": "private"}
        if username:
            self.card["username"] = self.chat_card["username"] = username
        if language:
            self.card["language_code"] = language
        self.chats: dict[int, Chat] = {}

    def chat(self, bot: Bot) -> Chat:
        """Their private chat with a bot; empty when they never wrote to it."""
        chat = self.chats.get(bot.id)
        if chat is None:
            chat = self.chats[bot.id] = Chat(self, bot, self.world.private_ids)
        return chat

    def write(
        self,
        to: Bot | Group,
        text: str,
        *,
        entities: list[Json] | None = None,
        topic: int | None = None,
        reply_to: Json | None = None,
        anonymous: bool = False,
        via: Bot | None = None,
    ) -> Json:
        """Send a text. ``anonymous``: as the group; ``via``: through that inline bot."""
        content = as_text(typed(text, entities))
        if via is not None:
            content["via_bot"] = via.card
        return self._post(to, content, topic=topic, reply_to=reply_to, anonymous=anonymous)

    def photo(
        self,
        to: Bot | Group,
        *,
        caption: str = "",
        topic: int | None = None,
        reply_to: Json | None = None,
        data: bytes | None = None,
    ) -> Json:
        """Send a photo (a small real picture unless ``data`` is given)."""
        return self._file(to, "photo", caption, topic=topic, reply_to=reply_to, data=data)

    def document(
        self,
        to: Bot | Group,
        *,
        name: str = "a.pdf",
        caption: str = "",
        topic: int | None = None,
        reply_to: Json | None = None,
        data: bytes | None = None,
        type: str = "",
    ) -> Json:
        """Send a file under a name."""
        return self._file(
            to, "document", caption, topic=topic, reply_to=reply_to, data=data, name=name, type=type
        )

    def voice(self, to: Bot | Group, *, topic: int | None = None) -> Json:
        """Send a voice message."""
        return self._file(to, "voice", "", topic=topic)

    def video(self, to: Bot | Group, *, caption: str = "", topic: int | None = None) -> Json:
        """Send a video."""
        return self._file(to, "video", caption, topic=topic)

    def audio(self, to: Bot | Group, *, caption: str = "", topic: int | None = None) -> Json:
        """Send a piece of music."""
        return self._file(to, "audio", caption, topic=topic)

    def animation(self, to: Bot | Group, *, caption: str = "", topic: int | None = None) -> Json:
        """Send an animation (GIF)."""
        return self._file(to, "animation", caption, topic=topic)

    def video_note(self, to: Bot | Group, *, topic: int | None = None) -> Json:
        """Send a round video."""
        return self._file(to, "video_note", "", topic=topic)

    def sticker(self, to: Bot | Group, *, topic: int | None = None) -> Json:
        """Send a sticker."""
        return self._file(to, "sticker", "", topic=topic)

    def location(
        self, to: Bot | Group, latitude: float, longitude: float, *, topic: int | None = None
    ) -> Json:
        """Send a point on the map."""
        place = {"latitude": latitude, "longitude": longitude}
        return self._post(to, {"location": place}, topic=topic)

    def contact(
        self, to: Bot | Group, *, phone: str = "+85200000000", topic: int | None = None
    ) -> Json:
        """Share their own phone number."""
        card = {"phone_number": phone, "first_name": self.name, "user_id": self.id}
        return self._post(to, {"contact": card}, topic=topic)

    def album(
        self, to: Bot | Group, *, count: int = 3, caption: str = "", topic: int | None = None
    ) -> list[Json]:
        """Send photos as an album: one message each, the first with the caption."""
        group_id = self.world.new_media_group()
        said = [caption] + [""] * (count - 1)
        return [self._file(to, "photo", line, topic=topic, album=group_id) for line in said]

    def forward(self, to: Bot | Group, message: Json, *, topic: int | None = None) -> Json:
        """Forward a message that they can see."""
        return self._post(to, forwarded(message), topic=topic)

    def edit(self, message: Json, text: str, *, entities: list[Json] | None = None) -> Json:
        """Change the text (or caption) of their own message."""
        chat, current = self._find(message)
        if current["from"]["id"] != self.id:
            raise ValueError(f"{self.name} did not write message {current['message_id']}")
        said = typed(text, entities)
        body = as_text(said) if "text" in current else as_caption(said)
        old = {"text", "entities", "caption", "caption_entities"}
        kept = {key: value for key, value in current.items() if key not in old}
        edited = {**kept, **body, "edit_date": int(time.time())}
        chat.replace(edited)
        self.world.tell(chat, "edited_message", edited)
        return edited

    def delete(self, *messages: Json) -> None:
        """Delete messages for everybody; no bot is told (the Bot API has no such update)."""
        for message in messages:
            chat, current = self._find(message)
            chat.drop(current["message_id"])
        self.world.changed()

    def press(self, message: Json, callback_data: str) -> str:
        """Press an inline button; returns the id of the callback query (see ``answers``)."""
        chat, current = self._find(message)
        if not has_button(current, callback_data):
            raise ValueError(f"message {current['message_id']} shows no button {callback_data!r}")
        bot = self.world.bots[current["from"]["id"]]
        return self.world.ask(bot, self.card, chat, current, callback_data)

    def react(self, message: Json, emoji: str = "") -> None:
        """Put a reaction on a message, or take it away."""
        chat, current = self._find(message)
        self.world.tell_reaction(chat, current, self.card, emoji)

    def block(self, bot: Bot) -> None:
        """Stop the bot."""
        self._set_blocked(bot, blocked=True)

    def unblock(self, bot: Bot) -> None:
        """Let the bot write again."""
        self._set_blocked(bot, blocked=False)

    def deactivate(self) -> None:
        """Delete the account: bots then get 403 "user is deactivated"."""
        self.deactivated = True

    def create_topic(self, group: Group, name: str, *, icon: str = "") -> Topic:
        """Begin a topic by hand."""
        self._chat(group)
        topic = group.open_topic(self.card, name, 7322096, icon)
        self.world.tell(group, "message", topic.origin)
        return topic

    def close_topic(self, group: Group, id: int) -> None:
        """Close a topic by hand."""
        self._set_closed(group, id, closed=True)

    def reopen_topic(self, group: Group, id: int) -> None:
        """Reopen a topic by hand."""
        self._set_closed(group, id, closed=False)

    def rename_topic(self, group: Group, id: int, name: str) -> None:
        """Give a topic another name by hand."""
        topic = self._topic(group, id)
        topic.name = name
        notice = group.notice(self.card, {"forum_topic_edited": {"name": name}}, topic)
        self.world.tell(group, "message", notice)

    def _post(
        self,
        to: Bot | Group,
        content: Json,
        *,
        topic: int | None = None,
        reply_to: Json | None = None,
        anonymous: bool = False,
    ) -> Json:
        chat = self._chat(to)
        where = self._open_topic(to, topic) if isinstance(to, Group) and topic else None
        sender = ANONYMOUS if anonymous else self.card
        if anonymous:
            content = {"sender_chat": chat.card, **content}
        replied = None if reply_to is None else self._find(reply_to)[1]
        message = chat.compose(sender, content, topic=where, reply_to=replied)
        self.world.tell(chat, "message", message)
        return message

    def _file(
        self,
        to: Bot | Group,
        kind: str,
        caption: str,
        *,
        topic: int | None = None,
        reply_to: Json | None = None,
        album: str = "",
        data: bytes | None = None,
        name: str = "",
        type: str = "",
    ) -> Json:
        file = self.world.files.add(kind, data=data, name=name, type=type)
        owner = to.id if isinstance(to, Bot) else 0
        content = {"media_group_id": album} if album else {}
        content |= files.content(file, owner) | as_caption(typed(caption, None))
        return self._post(to, content, topic=topic, reply_to=reply_to)

    def _chat(self, to: Bot | Group) -> Place:
        if isinstance(to, Group):
            if not to.member(self.id).present:
                raise ValueError(f"{self.name} is not in {to.card['title']}")
            return to
        chat = self.chat(to)
        if chat.blocked:
            raise ValueError(f"{self.name} has blocked @{to.username}")
        chat.started = True
        return chat

    def _topic(self, group: Group, id: int) -> Topic:
        self._chat(group)
        topic = group.topic(id)
        if topic is None:
            raise ValueError(f"there is no topic {id} in {group.card['title']}")
        return topic

    def _open_topic(self, group: Group, id: int) -> Topic:
        topic = self._topic(group, id)
        if topic.closed and not group.may_manage(self.id, topic):
            raise ValueError(f"topic {id} is closed for {self.name}")
        return topic

    def _set_closed(self, group: Group, id: int, *, closed: bool) -> None:
        topic = self._topic(group, id)
        topic.closed = closed
        word = "forum_topic_closed" if closed else "forum_topic_reopened"
        self.world.tell(group, "message", group.notice(self.card, {word: {}}, topic))

    def _set_blocked(self, bot: Bot, *, blocked: bool) -> None:
        chat = self.chat(bot)
        if chat.blocked != blocked:
            chat.blocked = blocked
            self.world.tell_blocked(chat)

    def _find(self, message: Json) -> tuple[Place, Json]:
        """Where a message is now, as it is now. Raises ValueError when it is gone."""
        places: Sequence[Place] = list(self.chats.values())
        if message["chat"]["id"] != self.id:
            places = [self.world.groups[message["chat"]["id"]]]
        for place in places:
            current = place.stored.get(message["message_id"])
            if current is not None:
                return place, current
        raise ValueError(f"{self.name} sees no message {message['message_id']}")


def forwarded(message: Json) -> Json:
    """The content of a forward: the same, with its origin (Bot API, "MessageOrigin")."""
    place = {
        "message_id",
        "message_thread_id",
        "is_topic_message",
        "from",
        "sender_chat",
        "chat",
        "date",
        "edit_date",
        "reply_to_message",
        "reply_markup",
        "via_bot",
        "media_group_id",
    }
    content = {key: value for key, value in message.items() if key not in place}
    content.setdefault("forward_origin", _origin(message))
    return content


def _origin(message: Json) -> Json:
    if "sender_chat" in message:
        return {"type": "chat", "sender_chat": message["sender_chat"], "date": message["date"]}
    return {"type": "user", "sender_user": message["from"], "date": message["date"]}
