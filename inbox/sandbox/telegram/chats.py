"""Where messages are: private chats, groups and their topics.

A stored message is never changed in place: an edit replaces it, so a dict that
somebody holds stays as it was.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from inbox.sandbox.telegram.errors import ApiError, Json, bad_request, forbidden

if TYPE_CHECKING:
    from inbox.sandbox.telegram.bots import Bot
    from inbox.sandbox.telegram.people import Person
    from inbox.sandbox.telegram.world import World

RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_send_welcome_messages",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)
"""What an administrator of a supergroup may be allowed (ChatMemberAdministrator)."""

GENERAL = 1
"""The id of the General topic, which messages never carry."""


class Chat:
    """A private chat of a person with a bot."""

    def __init__(self, person: "Person", bot: "Bot", ids: Iterator[int]) -> None:
        self.person = person
        self.bot = bot
        self.id = person.id
        self.card = person.chat_card
        self.started = False
        self.blocked = False
        self.stored: dict[int, Json] = {}
        self.reactions: dict[int, dict[int, list[Json]]] = {}
        self._ids = ids

    @property
    def messages(self) -> list[Json]:
        """What the person sees now, in order: edits applied, deleted ones gone."""
        return list(self.stored.values())

    def topic_for(self, bot: "Bot", thread: int) -> None:
        """Private chats here have no topics: raises 400 when one is named."""
        del bot
        if thread:
            raise bad_request("message thread not found")

    def compose(
        self, sender: Json, content: Json, *, topic: "Topic | None", reply_to: Json | None
    ) -> Json:
        """A new message, stored."""
        del topic
        message: Json = {
            "message_id": next(self._ids),
            "from": sender,
            "chat": self.card,
            "date": int(time.time()),
        }
        if reply_to is not None:
            message["reply_to_message"] = without_reply(reply_to)
        message |= content
        self.stored[message["message_id"]] = message
        return message

    def replace(self, message: Json) -> None:
        """Show this version from now on."""
        self.stored[message["message_id"]] = message

    def drop(self, message_id: int) -> None:
        """Nobody sees it any more."""
        del self.stored[message_id]


@dataclass(slots=True)
class Topic:
    """A topic of a forum. ``origin`` is the service message that began it.

    ``notices`` are the service messages (renamed, closed, …), ``stored`` what was written.
    """

    id: int
    name: str
    creator: int
    color: int
    origin: Json
    icon: str = ""
    closed: bool = False
    deleted: bool = False
    notices: list[Json] = field(default_factory=list)
    stored: dict[int, Json] = field(default_factory=dict)

    @property
    def messages(self) -> list[Json]:
        """What was written and is still there, in order; no service messages."""
        return list(self.stored.values())


@dataclass(slots=True)
class Member:
    """How somebody belongs to a group. ``rights`` of an administrator, else empty."""

    status: str
    rights: frozenset[str] = frozenset()

    @property
    def present(self) -> bool:
        """Whether they are in the group now."""
        return self.status not in {"left", "kicked"}

    @property
    def admin(self) -> bool:
        """Whether they administer it."""
        return self.status in {"administrator", "creator"}


class Group:
    """A supergroup, a forum when ``forum``, or a basic group when ``basic``."""

    def __init__(self, world: "World", id: int, title: str, *, forum: bool, basic: bool) -> None:
        self.world = world
        self.id = id
        self.forum = forum
        kind = "group" if basic else "supergroup"
        self.card: Json = {"id": id, "title": title, "type": kind}
        if forum:
            self.card["is_forum"] = True
        self.topics: dict[int, Topic] = {}
        self.members: dict[int, Member] = {}
        self.notices: list[Json] = []
        self.stored: dict[int, Json] = {}
        self.reactions: dict[int, dict[int, list[Json]]] = {}
        self.migrated_to: int | None = None
        self._general: dict[int, Json] = {}
        self._ids = count(GENERAL + 1)  # the first message of a forum began General

    @property
    def kind(self) -> str:
        """The word in error texts."""
        return str(self.card["type"])

    @property
    def general(self) -> list[Json]:
        """What was written outside topics and is still there, in order; no service messages."""
        return list(self._general.values())

    def add(
        self,
        who: "Person | Bot",
        *,
        admin: bool = False,
        owner: bool = False,
        rights: set[str] | None = None,
    ) -> None:
        """Let somebody in, or change what they may do. Administrators get all rights by default.

        Bots in the group are told as the server tells them: ``my_chat_member`` or
        ``chat_member``, and a service message when somebody joins without being promoted.
        """
        unknown = (rights or set()) - set(RIGHTS)
        if unknown:
            raise ValueError(f"not a right of an administrator: {', '.join(sorted(unknown))}")
        granted = frozenset(RIGHTS if rights is None else rights | {"can_manage_chat"})
        status = "creator" if owner else "administrator" if admin else "member"
        self.world.change_member(
            self, who, Member(status, granted if admin or owner else frozenset())
        )

    def remove(self, who: "Person | Bot") -> None:
        """Throw somebody out; a bot is then told that it "was kicked"."""
        self.world.change_member(self, who, Member("kicked"))

    def delete_topic(self, id: int) -> None:
        """Delete a topic with all its messages, as an agent might; no bot is told."""
        topic = self.topics[id]
        topic.deleted = True
        for message in topic.notices + topic.messages:
            self.stored.pop(message["message_id"], None)
        topic.stored.clear()
        self.world.changed()

    def migrate(self) -> "Group":
        """Turn a basic group into a supergroup; returns the supergroup."""
        return self.world.migrate(self)

    def member(self, id: int) -> Member:
        """How this user or bot belongs to the group."""
        return self.members.get(id) or Member("left")

    def require_member(self, bot: "Bot") -> Member:
        """Raises 403 unless the bot is inside, 400 when the group has moved."""
        if self.migrated_to is not None:
            reason = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, reason, migrate_to_chat_id=self.migrated_to)
        member = self.member(bot.id)
        if member.status == "kicked":
            raise forbidden(f"bot was kicked from the {self.kind} chat")
        if not member.present:
            raise forbidden(f"bot is not a member of the {self.kind} chat")
        return member

    def topic(self, id: int) -> Topic | None:
        """The topic, unless it was deleted."""
        topic = self.topics.get(id)
        return None if topic is None or topic.deleted else topic

    def topic_for(self, bot: "Bot", thread: int) -> Topic | None:
        """Where a bot's message goes. 0 means General, which must not be called 1."""
        if not thread:
            return None
        topic = self.topic(thread)
        if topic is None:
            raise bad_request("message thread not found")
        if topic.closed and not self.may_manage(bot.id, topic):
            raise bad_request("TOPIC_CLOSED")
        return topic

    def may_manage(self, id: int, topic: Topic) -> bool:
        """Creators may edit, close and reopen their own topics; others need the right."""
        return topic.creator == id or "can_manage_topics" in self.member(id).rights

    def open_topic(self, creator: Json, name: str, color: int, icon: str) -> Topic:
        """Begin a topic: its id is that of its first, service message."""
        about: Json = {"name": name, "icon_color": color}
        if icon:
            about["icon_custom_emoji_id"] = icon
        origin = self._message(creator, {})
        thread = origin["message_id"]
        origin |= {"message_thread_id": thread, "is_topic_message": True}
        origin["forum_topic_created"] = about
        topic = Topic(thread, name, creator["id"], color, origin, icon, notices=[origin])
        self.topics[thread] = topic
        self.stored[thread] = origin
        return topic

    def notice(self, sender: Json, content: Json, topic: Topic | None = None) -> Json:
        """A service message: shown, but nothing anybody wrote."""
        message = self._message(sender, self._placed(topic) | content)
        (self.notices if topic is None else topic.notices).append(message)
        self.stored[message["message_id"]] = message
        return message

    def compose(
        self, sender: Json, content: Json, *, topic: Topic | None, reply_to: Json | None
    ) -> Json:
        """A new message, stored. A reply without a topic goes where the replied message is."""
        if topic is None and reply_to is not None and reply_to.get("is_topic_message"):
            topic = self.topic(reply_to["message_thread_id"])
        place = self._placed(topic)
        if reply_to is not None:
            place["reply_to_message"] = without_reply(reply_to)
            if topic is None and self.kind == "supergroup":
                # outside topics a reply carries the id of its thread, which is no topic
                root = reply_to.get("message_thread_id", reply_to["message_id"])
                place["message_thread_id"] = root
        message = self._message(sender, place | content)
        self.stored[message["message_id"]] = message
        self._shelf(message)[message["message_id"]] = message
        return message

    def replace(self, message: Json) -> None:
        """Show this version from now on."""
        message_id = message["message_id"]
        self.stored[message_id] = message
        shelf = self._shelf(message)
        if message_id in shelf:
            shelf[message_id] = message

    def drop(self, message_id: int) -> None:
        """Nobody sees it any more."""
        message = self.stored.pop(message_id)
        self._shelf(message).pop(message_id, None)

    def _placed(self, topic: Topic | None) -> Json:
        if topic is None:
            return {}
        # in a topic, what is no reply replies to the message that began the topic
        return {
            "message_thread_id": topic.id,
            "is_topic_message": True,
            "reply_to_message": topic.origin,
        }

    def _message(self, sender: Json, content: Json) -> Json:
        head = {"message_id": next(self._ids), "from": sender, "chat": self.card}
        return {**head, "date": int(time.time()), **content}

    def _shelf(self, message: Json) -> dict[int, Json]:
        if message.get("is_topic_message"):
            return self.topics[message["message_thread_id"]].stored
        return self._general


def without_reply(message: Json) -> Json:
    """A replied message as it is quoted: "will not contain further reply_to_message fields"."""
    if "reply_to_message" not in message:
        return message
    return {key: value for key, value in message.items() if key != "reply_to_message"}


Place = Chat | Group
"""Anywhere a message can be."""
