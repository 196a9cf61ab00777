"""What a batch must know, loaded with a few statements, and what it changed.

A world lives for one transaction. Use cases read and change its rows in memory
and never think of SQL; :meth:`World.flush` writes new and changed rows, set by
set, in the order that foreign keys allow.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import product
from typing import Any, TypeVar

from sqlalchemy import Connection, func, literal_column, select
from sqlalchemy.sql import Select

from inbox.model import Kind, Side, ThreadState
from inbox.store import statements
from inbox.store.rows import (
    KINDS,
    Agent,
    Attachment,
    Contact,
    Conversation,
    Delivery,
    Identity,
    Message,
    MessageKey,
    Row,
    Seen,
    Thread,
)
from inbox.store.statements import Lookup

R = TypeVar("R", bound=Row)
Place = tuple[str, str]
"""(account, place)."""
Name = tuple[str, str, str]
"""(account, place, a platform's id of a message)."""


_living = Thread.table.c.state != literal_column("'gone'")
_AGENTS = Lookup(Agent, ("channel", "external_id"))
_AGENTS_BY_ID = Lookup(Agent, ("id",))
_IDENTITIES = Lookup(Identity, ("channel", "external_id"))
_IDENTITIES_BY_ID = Lookup(Identity, ("id",))
_CONTACTS = Lookup(Contact, ("id",))
# In one order, before anything of theirs is read: else two processes deadlock.
_CONTACTS_FIRST = Lookup(Contact, ("id",), order="id", lock=True)
_CONVERSATIONS = Lookup(Conversation, ("id",))
_OPEN = Lookup(Conversation, ("open_key",))
_OF_CONTACT = Lookup(Conversation, ("contact_id",))
_THREADS = Lookup(Thread, ("id",))
_LIVING = Lookup(Thread, ("conversation_id",), where=_living)
_AT_PLACE = Lookup(Thread, ("account", "place"), where=_living)
_MESSAGES = Lookup(Message, ("id",))
_ALBUMS = Lookup(Message, ("thread_id", "group_key"))
_NAMES = Lookup(MessageKey, ("account", "place", "external_id"))
_NAMES_OF = Lookup(MessageKey, ("message_id", "account"), order="part")
_ATTACHMENTS = Lookup(Attachment, ("message_id",), order="part")
_DELIVERIES_OF = Lookup(Delivery, ("message_id",))
_SEEN = Lookup(Seen, ("account", "key"))


@dataclass(slots=True)
class Needs:
    """What a batch of events will ask for: collected first, loaded as sets."""

    seen: set[tuple[str, str]] = field(default_factory=set)
    people: set[tuple[str, str, str]] = field(default_factory=set)
    """(account, channel, external id) of those who wrote."""
    places: set[Place] = field(default_factory=set)
    """Desk places."""
    agents: set[tuple[str, str]] = field(default_factory=set)
    """(channel, external id)."""
    names: set[Name] = field(default_factory=set)
    """Messages of which only the identifier is asked for."""
    messages: set[Name] = field(default_factory=set)
    """Messages that will be read or changed."""
    groups: set[str] = field(default_factory=set)
    """Albums."""


class World:
    """The rows of one transaction. ``now`` is the injected wall clock."""

    def __init__(self, connection: Connection, *, ids: Callable[[], int], now: datetime) -> None:
        self.connection = connection
        self._statements = statements.of(connection)
        self.new_id = ids
        self.now = now
        self.seen: set[tuple[str, str]] = set()
        self.agents: dict[tuple[str, str], Agent] = {}
        self.contacts: dict[int, Contact] = {}
        self.identities: dict[tuple[str, str], Identity] = {}
        self.conversations: dict[int, Conversation] = {}
        self.threads: dict[int, Thread] = {}
        self.messages: dict[int, Message] = {}
        self.names: dict[Name, list[MessageKey]] = defaultdict(list)
        self.deliveries: dict[int, Delivery] = {}
        self.attachments: dict[int, list[Attachment]] = defaultdict(list)
        self.made: list[Delivery] = []
        self._open: dict[str, Conversation] = {}
        self._threads_of: dict[int, list[Thread]] = defaultdict(list)
        self._complete: set[int] = set()  # conversations of which all living threads are here
        self._desk: dict[Place, Thread] = {}
        self._albums: dict[tuple[int, str], Message] = {}
        self._new: dict[type[Row], list[Row]] = {}
        self._before: dict[Row, tuple[Any, ...]] = {}

    # --- changing -------------------------------------------------------------

    def add(self, row: R) -> R:
        """A new row, to be written at the next flush."""
        self._new.setdefault(type(row), []).append(row)
        self._index(row)
        if isinstance(row, Delivery):
            self.made.append(row)
        return row

    def flush(self) -> None:
        """Write what is new and what has changed."""
        for kind in KINDS:
            if rows := self._new.get(kind):
                self._statements.insert(self.connection, kind, rows)
        changed: dict[tuple[type[Row], tuple[str, ...]], list[Row]] = {}
        for row, before in self._before.items():
            if (now := row.values(row)) != before:
                changed.setdefault((type(row), _different(row, before, now)), []).append(row)
        for (kind, names), rows in changed.items():
            self._statements.update(self.connection, kind, names, rows)
        for rows in (*changed.values(), *self._new.values()):
            for row in rows:
                self._before[row] = row.values(row)
        self._new = {}

    def reopened(self, conversation: Conversation, open_key: str) -> None:
        """Let a conversation be found under its key again."""
        conversation.open_key = open_key
        self._open[open_key] = conversation

    def placed(self, thread: Thread, place: str) -> None:
        """A topic exists now: let its thread be found there."""
        thread.place, thread.state = place, ThreadState.OPEN
        self._desk[thread.account, place] = thread

    # --- looking up -----------------------------------------------------------

    def open_conversation(self, open_key: str) -> Conversation | None:
        """The conversation that is not resolved under this key."""
        found = self._open.get(open_key)
        return found if found is not None and found.open_key == open_key else None

    def earlier_conversations(self, contact_id: int, inbox: str) -> list[Conversation]:
        """What this contact has had resolved in this inbox, oldest first."""
        found = [
            c
            for c in self.conversations.values()
            if c.contact_id == contact_id and c.inbox == inbox and c.resolved_at is not None
        ]
        return sorted(found, key=lambda c: c.resolved_at or c.created_at)

    def thread(self, conversation: Conversation, side: Side) -> Thread | None:
        """The living thread of a conversation on one side."""
        for thread in reversed(self._threads_of[conversation.id]):
            if thread.side == side and thread.state != ThreadState.GONE:
                return thread
        return None

    def desk_thread(self, place: Place) -> Thread | None:
        """The desk thread that lives at a place."""
        thread = self._desk.get(place)
        return thread if thread is not None and thread.state != ThreadState.GONE else None

    def message_at(self, name: Name) -> Message | None:
        """The message known there under that id: the last of a merged post."""
        keys = self.names.get(name)
        return self.messages.get(keys[-1].message_id) if keys else None

    def id_at(self, name: Name) -> int | None:
        """As :meth:`message_at`, where only its identifier is needed."""
        keys = self.names.get(name)
        return keys[-1].message_id if keys else None

    def album(self, thread: Thread, group: str) -> Message | None:
        """The message that the items of an album belong to."""
        return self._albums.get((thread.id, group))

    def deliveries_of(self, message_id: int) -> list[Delivery]:
        """What was or is to be done about a message, of what was loaded."""
        return [d for d in self.deliveries.values() if d.message_id == message_id]

    # --- loading --------------------------------------------------------------

    def load(self, needs: Needs) -> None:
        """Everything a batch needs, with at most a dozen statements."""
        self.seen.update((s.account, s.key) for s in self.find(_SEEN, needs.seen))
        self.find(_AGENTS, needs.agents)
        keys = self.load_names(needs.names | needs.messages)
        wanted = {k.message_id for k in keys if _name(k) in needs.messages}
        self.load_messages(wanted)
        threads = self.find(_AT_PLACE, needs.places)
        self._load_people(needs.people)
        self.load_conversations(
            {t.conversation_id for t in threads}
            | {self.messages[m].conversation_id for m in wanted if m in self.messages}
        )
        self._load_successors()
        self.load_threads(self.conversations)
        self._load_albums(needs.groups)

    def load_names(self, names: Collection[Name]) -> list[MessageKey]:
        """The keys of messages that platforms know under these ids."""
        return self.find(_NAMES, names)

    def load_keys_of(self, message_ids: Collection[int], account: str) -> list[MessageKey]:
        """Under which ids an account knows these messages, in order of their parts."""
        return self.find(_NAMES_OF, [(number, account) for number in message_ids])

    def load_messages(self, ids: Collection[int]) -> None:
        """Messages, with what is to be delivered of them and their attachments."""
        missing = [i for i in ids if i not in self.messages]
        self.find(_MESSAGES, missing)
        self.find(_DELIVERIES_OF, missing)
        self.find(_ATTACHMENTS, missing)

    def load_texts(self, ids: Collection[int]) -> None:
        """Messages and their attachments, for showing them."""
        missing = [i for i in ids if i not in self.messages]
        self.find(_MESSAGES, missing)
        self.find(_ATTACHMENTS, missing)

    def load_deliveries(self, query: "Select[Any]", values: Any = None) -> list[Delivery]:
        """Deliveries, by a query over their table."""
        return self._load(Delivery, query, values)

    def load_conversations(self, ids: Collection[int]) -> None:
        """Conversations and the people they are with."""
        found = self.find(_CONVERSATIONS, [i for i in ids if i not in self.conversations])
        self.find(_CONTACTS, {c.contact_id for c in found} - self.contacts.keys())

    def load_threads(self, conversation_ids: Iterable[int]) -> None:
        """The living threads of conversations."""
        missing = [i for i in conversation_ids if i not in self._complete]
        self.find(_LIVING, missing)
        self._complete.update(missing)

    def load_identities(self, ids: Collection[int]) -> list[Identity]:
        """Identities by their own identifiers."""
        return self.find(_IDENTITIES_BY_ID, ids)

    def load_agents(self, ids: Collection[int]) -> dict[int, Agent]:
        """Agents by their own identifiers."""
        return {a.id: a for a in self.find(_AGENTS_BY_ID, ids)}

    def last_outgoing(self, conversation: Conversation, agent_id: int) -> Message | None:
        """The newest message of an agent to the customer that was not taken back."""
        c = Message.table.c
        newest = select(func.max(c.seq)).where(
            c.conversation_id == conversation.id,
            c.kind == Kind.OUTGOING,
            c.author_agent_id == agent_id,
            c.deleted_at.is_(None),
        )
        return self._one_message(conversation, newest.scalar_subquery())

    def _one_message(self, conversation: Conversation, seq: Any) -> Message | None:
        self.flush()
        c = Message.table.c
        query = select(c.id).where(c.conversation_id == conversation.id, c.seq == seq)
        found = self.connection.execute(query).scalar_one_or_none()
        if found is None:
            return None
        self.load_messages([found])
        return self.messages[found]

    def delivery_group(self, id: int) -> list[Delivery]:
        """A delivery, those merged into it behind it, and all around them."""
        c = Delivery.table.c
        return self._deliveries((c.id == id) | (c.merged_into == id))

    def delivery_once(self, once: str) -> Delivery | None:
        """The delivery that was made under a key that exists once."""
        return next(iter(self._deliveries(Delivery.table.c.once == once)), None)

    def _deliveries(self, where: Any) -> list[Delivery]:
        self.flush()
        query = select(Delivery.table).where(where).order_by(Delivery.table.c.seq)
        found = self.load_deliveries(query)
        self.load_around(found)
        return found

    def load_around(self, deliveries: Collection[Delivery]) -> None:
        """What shows deliveries, and the other living threads of their conversations."""
        self.load_shown(deliveries)
        self.load_threads({d.conversation_id for d in deliveries})

    def load_shown(self, deliveries: Collection[Delivery]) -> None:
        """The messages, conversations and threads of deliveries, gone threads too."""
        self.load_texts({d.message_id for d in deliveries if d.message_id is not None})
        self.load_conversations({d.conversation_id for d in deliveries})
        self.load_threads_of(deliveries)

    def load_threads_of(self, deliveries: Collection[Delivery]) -> None:
        """The threads of deliveries, gone ones too."""
        self.find(_THREADS, {d.thread_id for d in deliveries} - self.threads.keys())

    def history(self, conversation: Conversation, before: int, limit: int) -> list[Message]:
        """The last messages before a ``seq`` that people wrote, oldest first."""
        c = Message.table.c
        query = (
            select(Message.table)
            .where(c.conversation_id == conversation.id, c.seq < before, c.kind != Kind.EVENT)
            .order_by(c.seq.desc())
            .limit(limit)
        )
        return self._load(Message, query)[::-1]

    def _load_people(self, people: Collection[tuple[str, str, str]]) -> None:
        found = self.find(_IDENTITIES, {(channel, who) for _, channel, who in people})
        known = {(i.channel, i.external_id): i.contact_id for i in found}
        self.find(_CONTACTS_FIRST, set(known.values()))
        keys = {
            f"{account}:{known[channel, who]}": known[channel, who]
            for account, channel, who in people
            if (channel, who) in known
        }
        opened = {conversation.open_key for conversation in self.find(_OPEN, list(keys))}
        self.find(_OF_CONTACT, {contact for key, contact in keys.items() if key not in opened})

    def _load_successors(self) -> None:
        """What is open in the place of something resolved, which then cannot be re-opened."""
        resolved = [c for c in self.conversations.values() if c.open_key is None]
        self.find(_OPEN, {f"{c.inbox}:{c.contact_id}" for c in resolved} - self._open.keys())

    def _load_albums(self, groups: Collection[str]) -> None:
        known = set(self.messages)
        found = self.find(_ALBUMS, list(product(self.threads, groups)))
        ids = [m.id for m in found if m.id not in known]
        self.find(_DELIVERIES_OF, ids)
        self.find(_ATTACHMENTS, ids)

    def find(self, lookup: Lookup[R], values: Collection[Any]) -> list[R]:
        """Rows by the values of some columns."""
        if not values:
            return []
        found = self._statements.find(self.connection, lookup, values)
        return [self._loaded(row) for row in found]

    def _load(self, kind: type[R], query: "Select[Any]", values: Any = None) -> list[R]:
        found = self.connection.execute(query, values)
        names = tuple(found.keys())
        return [self._loaded(kind(**dict(zip(names, row, strict=True)))) for row in found.all()]

    def _loaded(self, row: R) -> R:
        known = self._known(row)
        if known is not None:
            return known
        self._before[row] = row.values(row)
        self._index(row)
        return row

    def _known(self, row: R) -> R | None:
        """The same row, if this world has it: it may have been changed here."""
        shelf = _SHELVES.get(type(row))
        return getattr(self, shelf).get(row.id) if shelf else None  # type: ignore[attr-defined]

    def _index(self, row: Row) -> None:  # noqa: C901, PLR0912 - one line for each kind
        match row:
            case Delivery():
                self.deliveries[row.id] = row
            case Message():
                self.messages[row.id] = row
                if row.group_key is not None and row.thread_id is not None:
                    self._albums[row.thread_id, row.group_key] = row
            case MessageKey():
                self.names[_name(row)].append(row)
            case Thread():
                self.threads[row.id] = row
                self._threads_of[row.conversation_id].append(row)
                if row.side == Side.DESK and row.place is not None:
                    self._desk[row.account, row.place] = row
            case Conversation():
                self.conversations[row.id] = row
                if row.open_key is not None:
                    self._open[row.open_key] = row
            case Attachment():
                self.attachments[row.message_id].append(row)
            case Contact():
                self.contacts[row.id] = row
            case Identity():
                self.identities[row.channel, row.external_id] = row
            case Agent():
                self.agents[row.channel, row.external_id] = row
            case _:
                pass


_SHELVES: dict[type[Row], str] = {
    Contact: "contacts",
    Conversation: "conversations",
    Thread: "threads",
    Message: "messages",
    Delivery: "deliveries",
}


def _name(key: MessageKey) -> Name:
    return key.account, key.place, key.external_id


def _different(row: Row, before: Sequence[Any], now: Sequence[Any]) -> tuple[str, ...]:
    """The names of the columns that have changed: what others write beside them stays."""
    pairs = zip(row.columns, before, now, strict=True)
    return tuple(name for name, old, new in pairs if old != new)
