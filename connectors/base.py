"""The contract between a connector and the rest of the desk.

A *connector* turns what a platform says into frozen events and turns frozen
messages into platform calls. It remembers nothing that must survive: it hands
events to an :class:`Intake` and tells the platform "received" only after
:meth:`Intake.receive` has returned, because only then are they committed.

Names of places, messages and people are opaque strings to everybody but the
connector that made them. Offsets of marks count code points of ``Text.body``.

Outcomes of a platform call are types, not flags::

    Sent                    the platform has it, and under these ids
    Outcome (exception)
    ├── TryLater            it surely has not got it; ask again after a while
    ├── Refused             it surely has not got it, and never will as it is
    └── Uncertain           it may or may not have got it: nobody may guess
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Address:
    """A place inside an account: a chat, a topic, a mail address, a room.

    ``account`` is the name of the configured connector section, so that one
    program can serve two bots; ``id`` means something to its connector only.
    """

    account: str
    id: str


class MarkKind(StrEnum):
    """What a stretch of text is shown as."""

    BOLD = "bold"
    ITALIC = "italic"
    UNDERLINE = "underline"
    STRIKE = "strike"
    SPOILER = "spoiler"
    CODE = "code"
    PRE = "pre"
    QUOTE = "quote"
    LINK = "link"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark on ``body[start:end]`` (code points). ``value`` is the address of
    a link, the language of a ``pre`` block or the id of who is mentioned."""

    kind: MarkKind
    start: int
    end: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text with marks. An empty body carries no marks."""

    body: str = ""
    marks: tuple[Mark, ...] = ()


class FileKind(StrEnum):
    """What kind of thing is attached."""

    PHOTO = "photo"
    VIDEO = "video"
    ANIMATION = "animation"
    AUDIO = "audio"
    VOICE = "voice"
    VIDEO_NOTE = "video_note"
    DOCUMENT = "document"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class File:
    """Something attached, by reference.

    ``source`` is what its connector needs to find the bytes again (a file id,
    a message id and an index, a MIME path); JSON-able, opaque to everybody
    else. ``name`` is for people, ``type`` a media type, ``size`` in bytes.
    """

    kind: FileKind
    source: Mapping[str, str | int | float] = field(default_factory=dict)
    name: str = ""
    type: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Author:
    """Who did something. ``language`` is the platform's hint (BCP 47) or "".

    ``anonymous`` says that the platform shows a group or channel instead of a
    person; nobody may act with an agent's authority then.
    """

    id: str
    name: str = ""
    username: str = ""
    language: str = ""
    bot: bool = False
    anonymous: bool = False


# --- what comes in -----------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened at a platform.

    ``key`` names it once and for all within ``place.account``: the same event
    told twice carries the same key and takes effect once. ``at`` is the
    platform's clock. ``room`` is the shared group that ``place`` belongs to,
    or None where the place is one person's own.
    """

    key: str
    at: datetime
    place: Address
    room: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(Event):
    """A message. ``group`` ties the items of an album together; ``forwarded``
    and ``via`` (the id of a bot it was sent through) say that the words may
    not be the author's own; ``automatic`` that no person wrote it."""

    id: str
    author: Author
    text: Text = Text()
    files: tuple[File, ...] = ()
    reply_to: str | None = None
    group: str | None = None
    forwarded: bool = False
    via: str | None = None
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(Received):
    """A message as it reads now. It may be one we have never seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Event):
    """The message ``id`` is gone. It may be one we have never seen."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Event):
    """``author`` pressed the button ``choice`` below our message ``id``;
    ``token`` is what :class:`Answering` needs."""

    id: str
    author: Author
    choice: str
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(Event):
    """``author`` now shows exactly these reactions on the message ``id``."""

    id: str
    author: Author
    reactions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Event):
    """``author`` can no longer be reached here (blocked us, closed, bounced)."""

    author: Author
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned(Event):
    """``author`` can be reached here again."""

    author: Author


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership(Event):
    """``author`` joined or left the shared room ``room``; ``by`` did it.
    ``ours`` says that the author is this connector's own account."""

    author: Author
    by: str
    joined: bool
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved(Event):
    """The room ``place`` lives at ``to`` from now on."""

    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable(Event):
    """What could not be understood, as it came. It goes to quarantine, is
    shown to the operator, and holds back nothing behind it."""

    raw: bytes
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(Event):
    """Between ``since`` and ``at`` something may have been missed that cannot
    be fetched any more."""

    since: datetime
    why: str


Inbound = (
    Received
    | Edited
    | Deleted
    | Pressed
    | Reacted
    | Left
    | Returned
    | Membership
    | Moved
    | Unreadable
    | Gap
)


class Intake(Protocol):
    """Where a connector hands over what it heard."""

    async def receive(self, *events: Inbound, cursors: Mapping[Address, str] | None = None) -> None:
        """Commit the events, in order, and with them the cursors.

        Returns after the commit; only then may the platform be told. Raises
        where nothing was stored (disk full, database away): the caller
        acknowledges nothing and comes again. An event that cannot be stored
        for what it contains is put into quarantine and counts as stored.
        """
        ...

    async def cursor(self, scope: Address) -> str | None:
        """What was last committed as the cursor of ``scope`` (account, name)."""
        ...


# --- what goes out -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Choice:
    """A button: what a person reads, and what comes back in ``Pressed.choice``
    (at most 64 bytes of UTF-8: callback_data, Bot API)."""

    label: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """One message to one place.

    ``key`` stays the same over all attempts: a platform that can use it as an
    idempotency key does. ``protected`` asks the platform to hinder forwarding
    and saving.
    """

    key: str
    place: Address
    text: Text = Text()
    files: tuple[File, ...] = ()
    choices: tuple[Choice, ...] = ()
    reply_to: str | None = None
    silent: bool = False
    protected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What becomes exactly one platform call. ``cost`` is how many units of the
    place's budget the call uses (an album costs one for each item)."""

    key: str
    place: Address
    text: Text = Text()
    files: tuple[File, ...] = ()
    choices: tuple[Choice, ...] = ()
    reply_to: str | None = None
    silent: bool = False
    protected: bool = False
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it: the ids under which it knows each message made."""

    ids: tuple[str, ...]


class Outcome(Exception):  # noqa: N818 - outcomes, not errors
    """How a platform call ended when it was not :class:`Sent`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class TryLater(Outcome):
    """Surely not accepted. ``after`` is in seconds: what the platform asked
    for (``told``: obey it in full), or 0 where it said nothing (back off)."""

    def __init__(self, why: str, after: float = 0.0, *, told: bool = False) -> None:
        super().__init__(why)
        self.after = after
        self.told = told


class Reason(StrEnum):
    """Why a platform refuses for good."""

    GONE = "gone"  # the topic, channel or message is no longer there
    UNREACHABLE = "unreachable"  # the person blocked us, left, or was deleted
    FORBIDDEN = "forbidden"  # we lack a right there
    INVALID = "invalid"  # the content cannot be sent as it is
    MOVED = "moved"  # the room lives elsewhere now


class Refused(Outcome):
    """Surely not accepted, and a repetition would end the same way.
    ``place`` is the new id of a room that moved."""

    def __init__(self, why: str, reason: Reason, place: str | None = None) -> None:
        super().__init__(why)
        self.reason = reason
        self.place = place


class Uncertain(Outcome):
    """Bytes left and no answer came that tells. It may have been accepted."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``count`` units in any ``window`` seconds."""

    count: int
    window: float


@dataclass(frozen=True, slots=True)
class Rates:
    """What a budget scope may spend: each rate of ``whole`` over all its
    places together, each rate of ``place`` in every single place."""

    whole: tuple[Rate, ...] = ()
    place: tuple[Rate, ...] = ()


class Connector(Protocol):
    """What every channel does. ``account`` is the name of its section."""

    account: str
    channel: str

    async def run(self, intake: Intake) -> None:
        """Feed ``intake`` until cancelled. Raises when the link is lost; the
        caller starts it again, with a pause that grows."""
        ...

    def split(self, message: Outbound) -> Sequence[Part]:
        """The platform calls that ``message`` becomes: pure, deterministic,
        never empty, in the order in which they must be made."""
        ...

    async def send(self, part: Part) -> Sent:
        """One platform call, never repeated from inside.

        Raises :class:`TryLater`, :class:`Refused` or :class:`Uncertain`. Any
        other exception means Uncertain to the caller.
        """
        ...

    def scope(self, place: Address) -> str:
        """The budget that calls to ``place`` draw on: pure, at most 160 chars."""
        ...

    def rates(self, scope: str) -> Rates:
        """What ``scope`` may spend."""
        ...

    async def close(self) -> None:
        """Let go of sockets. May be called more than once."""
        ...


# --- what only some channels can do: ask with isinstance ---------------------


@runtime_checkable
class Topics(Protocol):
    """Rooms that can be divided into topics. All raise outcomes as ``send``."""

    async def open_topic(self, room: Address, title: str) -> Address:
        """Make a topic and name the place it is. Titles are clipped."""
        ...

    async def rename_topic(self, place: Address, title: str) -> None:
        """Give a topic another title. Same title again is no error."""
        ...


@runtime_checkable
class Editing(Protocol):
    """Messages of ours that can be changed. Raises outcomes as ``send``."""

    async def edit(self, part: Part, id: str, *, had_files: bool) -> None:
        """Make our message ``id`` at ``part.place`` read as ``part``. Same text
        again is no error. ``had_files``: it was sent as a file's caption."""
        ...


@runtime_checkable
class Deleting(Protocol):
    """Messages that can be taken back. Raises outcomes as ``send``."""

    async def delete(self, place: Address, ids: Sequence[str]) -> None:
        """Delete our messages at ``place``. Those already gone are no error."""
        ...


@runtime_checkable
class Answering(Protocol):
    """Buttons whose presser waits for a sign."""

    async def answer(self, token: str, text: str = "") -> None:
        """Stop the presser's waiting, with a short text for him alone. Lost
        answers are harmless; never raises outcomes."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """Files whose bytes can be had. Raises outcomes as ``send``."""

    def fetch(self, source: Mapping[str, str | int | float]) -> AsyncIterator[bytes]:
        """The bytes of a :attr:`File.source`, in chunks."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """A command as a menu shows it: name without slash, one line of help."""

    name: str
    help: str


@dataclass(frozen=True, slots=True)
class Menu:
    """The commands people see in ``room`` (None: everybody's own chat) when
    their program speaks ``language`` ("" for all others)."""

    room: str | None
    language: str
    commands: tuple[Command, ...]


@runtime_checkable
class Menus(Protocol):
    """Channels that show people which commands there are."""

    async def publish(self, menus: Sequence[Menu]) -> None:
        """Replace the menus shown. Raises outcomes as ``send``."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing ``inbox check`` looked at: ``problem`` is "" where all is
    well, else one sentence that says what to do."""

    what: str
    problem: str = ""


@runtime_checkable
class Checking(Protocol):
    """Channels that can say what is missing before somebody misses it."""

    async def check(self, rooms: Sequence[str]) -> Sequence[Finding]:
        """Look at credentials, and at the rights in each of ``rooms``."""
        ...
