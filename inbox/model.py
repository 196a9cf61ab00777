"""The tables, and the words their columns may hold.

Identifiers are bigints minted by the application (:mod:`inbox.store.ids`), so
that a batch can refer to rows it has not yet written. An identifier is never
an order: order is ``seq``, counted per conversation and per thread.

Text of people stands only in the columns listed in :data:`PERSONAL`; a test
walks the metadata. Times are aware and in UTC. ``account`` is the name of a
configured connector section, ``channel`` its kind, ``place`` an opaque address
inside the account.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Enum,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention
SQLModel.model_config["defer_build"] = True  # rows are never validated: no validators at the start

BIG = BigInteger().with_variant(Integer, "sqlite")
"""A bigint that SQLite accepts as its row id."""

DOCUMENT = JSON().with_variant(JSONB(), "postgresql")
"""JSON, in the form each database stores best. Never edited in place."""

PERSONAL = frozenset(
    {
        "agent.name",
        "contact.name",
        "identity.external_id",
        "identity.display",
        "thread.place",
        "thread.context",
        "message.body",
        "message.marks",
        "message_revision.body",
        "message_revision.marks",
        "message_key.place",
        "seen.key",
        "attachment.name",
        "attachment.source",
        "quarantine.raw",
    }
)
"""Every column that may hold what a person wrote or is called by."""


class Trust(StrEnum):
    """How sure we are that an identity is who it says: never lowered by a message."""

    NONE = "none"
    LINKED = "linked"
    VERIFIED = "verified"


class Status(StrEnum):
    """Of a conversation: open ⇄ pending ⇄ snoozed → resolved → open (re-opened)."""

    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"


class Side(StrEnum):
    """Whose view of a conversation a thread is."""

    CUSTOMER = "customer"
    DESK = "desk"


class ThreadState(StrEnum):
    """wanted → open → gone. A gone thread is replaced by a new one, never revived."""

    WANTED = "wanted"
    OPEN = "open"
    GONE = "gone"


class Kind(StrEnum):
    """Of a message: what the customer sees (incoming, outgoing) and what stays inside."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"
    NOTE = "note"
    EVENT = "event"


class Direction(StrEnum):
    """Whether a platform's id came to us with a message or was given to one of ours."""

    IN = "in"
    OUT = "out"


class Action(StrEnum):
    """What a delivery does at its place."""

    POST = "post"
    EDIT = "edit"
    DELETE = "delete"
    TOPIC = "topic"
    TITLE = "title"


class DeliveryStatus(StrEnum):
    """pending → sending → sent | refused | uncertain | pending (again); pending → cancelled.

    ``sending`` is committed before the platform is called. ``uncertain`` → sent
    when evidence or an agent says so. Everything but pending and sending is
    final: to try again is a new delivery (``resend_of``).
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"
    CANCELLED = "cancelled"


AGAIN = "sent again"
"""Why an uncertain delivery needs no answer any more: another one was made of it."""


class QuarantineState(StrEnum):
    """trying → (removed, it went well) | waiting → retried | dropped."""

    TRYING = "trying"
    WAITING = "waiting"
    RETRIED = "retried"
    DROPPED = "dropped"


class Role(StrEnum):
    """What an agent may do: each role may do all that the one before may."""

    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


def _words(words: type[StrEnum], length: int = 12) -> Enum:
    return Enum(
        words,
        native_enum=False,
        create_constraint=False,
        length=length,
        values_callable=lambda members: [member.value for member in members],
    )


def _id() -> Any:
    return Field(sa_column=Column(BIG, primary_key=True, autoincrement=False))


def _ref(target: str, *, optional: bool = False, index: bool = False) -> Any:
    column = Column(BIG, ForeignKey(target), nullable=optional, index=index)
    return Field(default=None, sa_column=column) if optional else Field(sa_column=column)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    return Index(
        name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where)
    )


def _choice(words: type[StrEnum], default: StrEnum | None = None) -> Any:
    column: Column[Any] = Column(_words(words), nullable=False)
    return Field(sa_column=column) if default is None else Field(default=default, sa_column=column)


def _document(default: Any) -> Any:
    return Field(default_factory=default, sa_column=Column(DOCUMENT, nullable=False))


class Counter(SQLModel, table=True):
    """Where the next block of identifiers begins."""

    name: str = Field(primary_key=True, max_length=16)
    next: int = Field(sa_column=Column(BigInteger, nullable=False))


class Agent(SQLModel, table=True):
    """Who may act at the desk. ``external_id`` is his id on the desk's channel."""

    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: int = _id()
    name: str = Field(sa_column=Column(Text, nullable=False))
    channel: str = Field(max_length=16)
    external_id: str = Field(max_length=64)
    role: Role = _choice(Role)
    active: bool = True
    created_at: datetime


class Contact(SQLModel, table=True):
    """A person."""

    id: int = _id()
    name: str = Field(sa_column=Column(Text, nullable=False))
    language: str = Field(max_length=8)
    blocked_until: datetime | None = None
    created_at: datetime


class Identity(SQLModel, table=True):
    """A person's account on a channel."""

    __table_args__ = (UniqueConstraint("channel", "external_id"),)

    id: int = _id()
    contact_id: int = _ref("contact.id", index=True)
    channel: str = Field(max_length=16)
    external_id: str = Field(max_length=320)
    display: str = Field(sa_column=Column(Text, nullable=False))
    trust: Trust = _choice(Trust, Trust.NONE)
    reachable: bool = True
    unreachable_why: str | None = Field(default=None, max_length=200)
    created_at: datetime


class Conversation(SQLModel, table=True):
    """A case. ``reference`` is what people quote: random, with a check character.

    ``open_key`` is ``inbox:contact`` while a chat is not resolved, else NULL:
    the unique key that allows one open conversation per contact and inbox.
    """

    __table_args__ = (
        _partial(
            "ix_conversation_team_queue",
            "team",
            "priority",
            "waiting_since",
            where="status in ('open','pending')",
        ),
        _partial(
            "ix_conversation_assignee_queue",
            "assignee_id",
            "priority",
            "waiting_since",
            where="status in ('open','pending')",
        ),
        Index("ix_conversation_contact", "contact_id", "id"),
    )

    id: int = _id()
    reference: str = Field(max_length=12, unique=True)
    contact_id: int = _ref("contact.id")
    inbox: str = Field(max_length=32)
    status: Status = _choice(Status, Status.OPEN)
    priority: int = Field(sa_column=Column(SmallInteger, nullable=False))
    team: str | None = Field(default=None, max_length=32)
    assignee_id: int | None = _ref("agent.id", optional=True)
    tags: list[str] = _document(list)
    language: str = Field(max_length=8)
    next_seq: int = 1
    waiting_since: datetime | None = None
    last_customer_at: datetime | None = None
    first_human_at: datetime | None = None
    resolved_at: datetime | None = None
    previous_id: int | None = _ref("conversation.id", optional=True)
    because: list[str] = _document(list)
    open_key: str | None = Field(default=None, max_length=80, unique=True)
    created_at: datetime


class Thread(SQLModel, table=True):
    """One place where a conversation is visible.

    ``place`` is NULL until the topic exists; ``context`` holds what its
    connector or the desk must know of it (the id of the card).
    """

    __table_args__ = (
        UniqueConstraint("id", "conversation_id"),
        _partial(
            "uq_thread_desk_place",
            "account",
            "place",
            where="side='desk' and state<>'gone'",
            unique=True,
        ),
        Index("ix_thread_conversation", "conversation_id", "side"),
        Index("ix_thread_place", "account", "place"),
    )

    id: int = _id()
    conversation_id: int = _ref("conversation.id")
    side: Side = _choice(Side)
    account: str = Field(max_length=32)
    place: str | None = Field(default=None, max_length=330)
    identity_id: int | None = _ref("identity.id", optional=True)
    state: ThreadState = _choice(ThreadState)
    next_seq: int = 0
    context: dict[str, Any] = _document(dict)
    created_at: datetime


class Message(SQLModel, table=True):
    """What was said, in the order of ``seq``. ``marks`` count code points of ``body``."""

    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("id", "conversation_id"),
        _partial(
            "uq_message_album", "thread_id", "group_key", where="group_key is not null", unique=True
        ),
    )

    id: int = _id()
    conversation_id: int = _ref("conversation.id")
    seq: int
    kind: Kind = _choice(Kind)
    thread_id: int | None = _ref("thread.id", optional=True)
    author_identity_id: int | None = _ref("identity.id", optional=True)
    author_agent_id: int | None = _ref("agent.id", optional=True)
    body: str = Field(sa_column=Column(Text, nullable=False))
    marks: list[Any] = _document(list)
    choices: list[Any] = _document(list)
    revision: int = 0
    deleted_at: datetime | None = None
    reply_to_id: int | None = _ref("message.id", optional=True)
    group_key: str | None = Field(default=None, max_length=80)
    automatic: bool = False
    said_at: datetime
    created_at: datetime


class MessageRevision(SQLModel, table=True):
    """A text that an edit has superseded."""

    __tablename__ = "message_revision"

    message_id: int = Field(sa_column=Column(BIG, ForeignKey("message.id"), primary_key=True))
    revision: int = Field(primary_key=True)
    body: str = Field(sa_column=Column(Text, nullable=False))
    marks: list[Any] = _document(list)
    at: datetime


class MessageKey(SQLModel, table=True):
    """Under which id a platform knows a message.

    An album has many keys and one message; a post into which a waiting run
    was merged has one key and many messages; a split text has many parts.
    """

    __tablename__ = "message_key"
    __table_args__ = (
        _partial(
            "uq_message_key_in",
            "account",
            "place",
            "external_id",
            where="direction='in'",
            unique=True,
        ),
        Index("ix_message_key_message", "message_id", "part"),
    )

    account: str = Field(primary_key=True, max_length=32)
    place: str = Field(primary_key=True, max_length=330)
    external_id: str = Field(primary_key=True, max_length=200)
    message_id: int = Field(sa_column=Column(BIG, ForeignKey("message.id"), primary_key=True))
    part: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False))
    direction: Direction = _choice(Direction)
    gone_at: datetime | None = None


class Seen(SQLModel, table=True):
    """Events that have taken effect; pruned when no platform re-sends them any more."""

    account: str = Field(primary_key=True, max_length=32)
    key: str = Field(primary_key=True, max_length=200)
    at: datetime = Field(index=True)


class Attachment(SQLModel, table=True):
    """A file of a message. ``source`` is the connector's own way back to the bytes."""

    __table_args__ = (UniqueConstraint("message_id", "part"),)

    id: int = _id()
    message_id: int = _ref("message.id")
    part: int = Field(sa_column=Column(SmallInteger, nullable=False))
    kind: str = Field(max_length=12)
    name: str = Field(sa_column=Column(Text, nullable=False))
    type: str = Field(max_length=100)
    size: int | None = Field(default=None, sa_column=Column(BigInteger))
    source: dict[str, Any] = _document(dict)


class Delivery(SQLModel, table=True):
    """One thing to do at one place.

    ``queue`` names the budget it waits for, ``seq`` its turn in the thread:
    only the head of a thread can be claimed. The two composite foreign keys
    make the database refuse to carry a message of one conversation into a
    thread of another.
    """

    __table_args__ = (
        ForeignKeyConstraint(
            ["message_id", "conversation_id"], ["message.id", "message.conversation_id"]
        ),
        ForeignKeyConstraint(
            ["thread_id", "conversation_id"], ["thread.id", "thread.conversation_id"]
        ),
        UniqueConstraint("thread_id", "seq"),
        _partial("ix_delivery_head", "thread_id", "seq", where="status in ('pending','sending')"),
        _partial(
            "ix_delivery_due", "queue", "lane", "priority", "due_at", where="status='pending'"
        ),
        _partial("ix_delivery_mine", "owner", where="status='sending'"),
        _partial("ix_delivery_spent", "queue", "started_at", where="started_at is not null"),
        Index("ix_delivery_message", "message_id"),
        Index("ix_delivery_merged", "merged_into"),
    )

    id: int = _id()
    queue: str = Field(max_length=160)
    lane: int = Field(sa_column=Column(SmallInteger, nullable=False))
    priority: int = Field(sa_column=Column(SmallInteger, nullable=False))
    action: Action = _choice(Action)
    conversation_id: int = Field(sa_column=Column(BIG, nullable=False))
    thread_id: int = Field(sa_column=Column(BIG, nullable=False))
    seq: int
    message_id: int | None = Field(default=None, sa_column=Column(BIG))
    revision: int | None = None
    status: DeliveryStatus = _choice(DeliveryStatus, DeliveryStatus.PENDING)
    due_at: datetime | None = None
    attempts: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False))
    why: str | None = Field(default=None, max_length=300)
    owner: str | None = Field(default=None, max_length=80)
    epoch: int | None = Field(default=None, sa_column=Column(BigInteger))
    parts_done: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False))
    merged_into: int | None = _ref("delivery.id", optional=True)
    resend_of: int | None = _ref("delivery.id", optional=True)
    once: str | None = Field(default=None, max_length=80, unique=True)
    started_at: datetime | None = None
    finished_at: datetime | None = None
    created_at: datetime


class Budget(SQLModel, table=True):
    """When a platform asked us to come back, as it must survive a restart."""

    queue: str = Field(primary_key=True, max_length=160)
    not_before: datetime
    updated_at: datetime


class Lease(SQLModel, table=True):
    """Who may do what only one may do at a time, until when (the database's clock)."""

    resource: str = Field(primary_key=True, max_length=80)
    owner: str = Field(max_length=160)
    epoch: int = Field(sa_column=Column(BigInteger, nullable=False))
    expires_at: datetime


class Cursor(SQLModel, table=True):
    """How far a connector has read. Written in the transaction of what was read."""

    account: str = Field(primary_key=True, max_length=32)
    scope: str = Field(primary_key=True, max_length=160)
    value: str = Field(sa_column=Column(Text, nullable=False))
    updated_at: datetime


class Quarantine(SQLModel, table=True):
    """What could not be taken in, sealed, with why."""

    __table_args__ = (UniqueConstraint("account", "key"),)

    id: int = _id()
    account: str = Field(max_length=32)
    key: str = Field(max_length=200)
    stage: str = Field(max_length=12)
    error: str = Field(sa_column=Column(Text, nullable=False))
    raw: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    strikes: int = Field(default=0, sa_column=Column(SmallInteger, nullable=False))
    state: QuarantineState = _choice(QuarantineState)
    first_at: datetime
    last_at: datetime


class AuditEvent(SQLModel, table=True):
    """Who did what, when and why: ids and numbers, never text. Only ever added to."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_conversation", "conversation_id", "id"),)

    id: int = _id()
    at: datetime = Field(index=True)
    actor: str = Field(max_length=60)
    what: str = Field(max_length=48)
    conversation_id: int | None = Field(default=None, sa_column=Column(BIG))
    ids: dict[str, Any] = _document(dict)
    because: list[str] = _document(list)


metadata = SQLModel.metadata
"""All tables."""
