"""Who exists, what was said, and who is told. Knows no HTTP."""

import asyncio
import inspect
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Chat, Group, Member, Place
from inbox.sandbox.telegram.errors import Json, bad_request, forbidden
from inbox.sandbox.telegram.files import Files, seen_by
from inbox.sandbox.telegram.members import as_change
from inbox.sandbox.telegram.people import ANONYMOUS, Person
from inbox.sandbox.telegram.words import words

_SERVICE = words(
    "forum_topic_created forum_topic_closed forum_topic_reopened forum_topic_edited "
    "new_chat_members left_chat_member migrate_to_chat_id migrate_from_chat_id"
)
_LONGEST_SLEEP = 0.05  # a condition may look at things that do not change here

encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came: ``params`` as sent (nested values are JSON text).

    ``at`` is a Unix time, ``outcome`` "ok", an error code or the name of a fault.
    """

    at: float
    bot: Bot
    method: str
    params: dict[str, Any]
    outcome: str | int


class World:
    """Bots, people, groups and files, and the rules of who sees what."""

    def __init__(self) -> None:
        self.bots: dict[int, Bot] = {}
        self.people: dict[int, Person] = {}
        self.groups: dict[int, Group] = {}
        self.files = Files()
        self.calls: list[Call] = []
        self.answers: dict[str, str] = {}
        self.questions: set[str] = set()
        self.private_ids = count(1)
        self._numbers = count(1)
        self._pulse: asyncio.Future[None] | None = None

    def bot(self, token: str, *, username: str, name: str = "", reads_all: bool = False) -> Bot:
        """Register the account of a token (digits, a colon, anything)."""
        bot = Bot(token, username, name or username, reads_all=reads_all, changed=self.changed)
        self.bots[bot.id] = bot
        return bot

    def user(self, name: str, *, language: str = "", username: str = "") -> Person:
        """Create a person; ids need more than 32 bits, as new accounts' do."""
        person = Person(self, 7_000_000_000 + next(self._numbers), name, language, username)
        self.people[person.id] = person
        return person

    def group(self, title: str, *, forum: bool = False, basic: bool = False) -> Group:
        """Create a supergroup (with topics: ``forum``) or a basic group; nobody is in it yet."""
        number = next(self._numbers)
        group_id = -4_000_000_000 - number if basic else -1_002_000_000_000 - number
        group = self.groups[group_id] = Group(self, group_id, title, forum=forum, basic=basic)
        return group

    def migrate(self, group: Group) -> Group:
        """Turn a basic group into a supergroup with the same members."""
        moved = self.group(group.card["title"])
        moved.members = dict(group.members)
        self.tell(group, "message", group.notice(ANONYMOUS, {"migrate_to_chat_id": moved.id}))
        self.tell(moved, "message", moved.notice(ANONYMOUS, {"migrate_from_chat_id": group.id}))
        group.migrated_to = moved.id
        return moved

    def place(self, bot: Bot, chat_id: str) -> Place:
        """Where a bot wants to write. Raises 400 or 403 when it may not."""
        chat = self._resolve(bot, chat_id)
        if isinstance(chat, Group):
            chat.require_member(bot)
        elif chat.person.deactivated:
            raise forbidden("user is deactivated")
        elif chat.blocked:
            raise forbidden("bot was blocked by the user")
        elif not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        return chat

    def known(self, bot: Bot, chat_id: str) -> Place:
        """A chat a bot wants to read about or copy from. Raises 400 or 403."""
        chat = self._resolve(bot, chat_id)
        if isinstance(chat, Group):
            chat.require_member(bot)
        elif not chat.started:
            raise bad_request("chat not found")
        return chat

    def _resolve(self, bot: Bot, chat_id: str) -> Place:
        if not chat_id:
            raise bad_request("chat_id is empty")
        number = int(chat_id) if chat_id.lstrip("-").isdecimal() else 0
        if group := self.groups.get(number):
            return group
        if person := self.people.get(number):
            return person.chat(bot)
        if number in self.bots:
            raise forbidden("bots can't send messages to bots")
        raise bad_request("chat not found")

    def new_media_group(self) -> str:
        """An id for an album."""
        return str(13_000_000_000_000_000 + next(self._numbers))

    def tell(self, chat: Place, kind: str, message: Json) -> None:
        """Queue an update about a person's message for the bots that may see it."""
        if isinstance(chat, Chat):
            chat.bot.updates.add(kind, encode(message))
        else:
            for bot in self._listeners(chat):
                if _hears(chat, bot, message):
                    bot.updates.add(kind, encode(seen_by(message, bot.id)))
        self.changed()

    def tell_blocked(self, chat: Chat) -> None:
        """Tell a bot that it was stopped, or started again."""
        free, stopped = Member("member"), Member("kicked")
        old, new = (free, stopped) if chat.blocked else (stopped, free)
        card = chat.bot.card
        change = as_change(chat.card, chat.person.card, card, old=old, new=new)
        chat.bot.updates.add("my_chat_member", encode(change))
        self.changed()

    def tell_reaction(self, chat: Place, message: Json, who: Json, emoji: str) -> None:
        """Tell of a reaction; in groups only administrators are told."""
        message_id = message["message_id"]
        theirs = chat.reactions.setdefault(message_id, {})
        old = theirs.get(who["id"], [])
        new = theirs[who["id"]] = [{"type": "emoji", "emoji": emoji}] if emoji else []
        update = {
            "chat": chat.card,
            "message_id": message_id,
            "user": who,
            "date": int(time.time()),
            "old_reaction": old,
            "new_reaction": new,
        }
        bots = [chat.bot] if isinstance(chat, Chat) else self._listeners(chat, admins=True)
        for bot in bots:
            bot.updates.add("message_reaction", encode(update))
        self.changed()

    def ask(self, bot: Bot, who: Json, chat: Place, message: Json, data: str) -> str:
        """Queue a callback query; returns its id."""
        query_id = str(4_000_000_000_000_000_000 + next(self._numbers))
        self.questions.add(query_id)
        query = {
            "id": query_id,
            "from": who,
            "message": seen_by(message, bot.id),
            "chat_instance": str(-8_000_000_000_000_000_000 + chat.id),
            "data": data,
        }
        bot.updates.add("callback_query", encode(query))
        return query_id

    def change_member(self, group: Group, who: Person | Bot, member: Member) -> None:
        """Let somebody in or out, or promote them, and tell the bots."""
        old = group.member(who.id)
        group.members[who.id] = member
        change = as_change(group.card, self._actor(group), who.card, old=old, new=member)
        encoded = encode(change)
        if isinstance(who, Bot):
            who.updates.add("my_chat_member", encoded)
        for bot in self._listeners(group, admins=True):
            bot.updates.add("chat_member", encoded)
        if old.present != member.present and not member.admin:
            word = "new_chat_members" if member.present else "left_chat_member"
            content = {word: [who.card] if member.present else who.card}
            self.tell(group, "message", group.notice(self._actor(group), content))
        self.changed()

    def _actor(self, group: Group) -> Json:
        for member_id, member in group.members.items():
            if member.admin and member_id in self.people:
                return self.people[member_id].card
        return ANONYMOUS

    def _listeners(self, group: Group, *, admins: bool = False) -> list[Bot]:
        return [
            self.bots[member_id]
            for member_id, member in group.members.items()
            if member_id in self.bots and member.present and (member.admin or not admins)
        ]

    def changed(self) -> None:
        """Wake whoever waits in ``until``."""
        if self._pulse is not None and not self._pulse.done():
            self._pulse.set_result(None)

    async def until(self, condition: Callable[[], object], timeout: float = 5.0) -> None:
        """Wait for a condition, looking after each change here and 20 times a second.

        Raises TimeoutError with the text of the condition after ``timeout`` seconds.
        """
        deadline = time.monotonic() + timeout
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"waited {timeout} s for: {_source(condition)}")
            if self._pulse is None or self._pulse.done():
                self._pulse = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._pulse], timeout=min(left, _LONGEST_SLEEP))


def _hears(group: Group, bot: Bot, message: Json) -> bool:
    """Privacy mode: bots that are no administrators hear only what is meant for them.

    Source: core.telegram.org/bots/features, "Privacy Mode".
    """
    if bot.reads_all or group.member(bot.id).admin or not _SERVICE.isdisjoint(message):
        return True
    if message.get("reply_to_message", {}).get("from", {}).get("id") == bot.id:
        return True
    text: str = message.get("text") or message.get("caption", "")
    address = f"@{bot.username}".lower()
    command = text.split(maxsplit=1)[0].lower() if text.startswith("/") else ""
    return address in text.lower() or (bool(command) and "@" not in command)


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
