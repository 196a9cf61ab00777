"""What the outbox reads and writes: heads of threads, and how calls ended.

Only the head of a thread can be claimed, so order holds inside a thread and a
post that waits for its budget holds back nobody else. ``sending`` is committed
before the platform is called.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, literal_column, select, update

from inbox.model import AGAIN, Action, Budget, Delivery, DeliveryStatus, Side
from inbox.store import leases
from inbox.store.rows import Agent, Attachment, Contact, Conversation, Message, MessageKey, Thread
from inbox.store.rows import Delivery as Row
from inbox.store.statements import Lookup
from inbox.store.world import World

_d: Table = Delivery.__table__  # type: ignore[attr-defined]
_budget: Table = Budget.__table__  # type: ignore[attr-defined]
_PENDING: Any = literal_column("'pending'")  # in the statement: else the partial index is not used
_WAITING: Any = (_PENDING, literal_column("'sending'"))

_BY_ID = Lookup(Row, ("id",))
_FOLLOWERS = Lookup(Row, ("merged_into",))

RUN = 20
"""At most so many waiting texts become one post."""

RUN_UNITS = 3_600
"""At most so many UTF-16 units of text in a merged post: 4096 less its headings."""

APART = "one of those that shared its post cannot be shown"
"""Why a delivery waits that must leave alone, so that only what is to blame is refused."""

HISTORY = 8
"""How many earlier messages a topic that is made anew shows."""


class FencedError(Exception):
    """The lease under which the claim was made is not ours any more."""


@dataclass(frozen=True, slots=True)
class Fence:
    """The lease under which claims are made."""

    resource: str
    owner: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Want:
    """How many heads of a queue can be taken now, and of which threads none."""

    queue: str
    limit: int
    cooling: Collection[int] = ()


@dataclass(slots=True, kw_only=True)
class Claimed:
    """A head that is ``sending`` now, with all that is needed to show it."""

    delivery: Row
    thread: Thread
    conversation: Conversation
    contact: Contact
    followers: list[Row] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    attachments: dict[int, list[Attachment]] = field(default_factory=dict)
    agents: dict[int, Agent] = field(default_factory=dict)
    history: list[Message] = field(default_factory=list)
    keys: list[MessageKey] = field(default_factory=list)
    """Under which ids the account knows the first message, in order of parts."""
    reply_to: str | None = None


def queues(connection: Connection) -> list[str]:
    """The queues in which something is pending, by a skip scan over the index."""
    found, last = list[str](), ""
    while True:
        query = select(func.min(_d.c.queue)).where(_d.c.status == _PENDING, _d.c.queue > last)
        queue = connection.execute(query).scalar_one_or_none()
        if queue is None:
            return found
        found.append(queue)
        last = queue


def claim(
    world: World, fence: Fence, wants: Iterable[Want], *, most: int | None = None
) -> list[Claimed]:
    """Take the due heads of some queues, ``most`` over all of them: what is live
    goes first, whichever queue it waits in. Raises FencedError."""
    if not leases.holds(world.connection, fence.resource, fence.owner, fence.epoch):
        raise FencedError(fence.resource)
    found = [head for want in wants for head in _heads(world, want)]
    heads = sorted(found, key=lambda head: (head.lane, head.priority))[:most]
    if not heads:
        return []
    world.load_shown(heads)
    runs = {head.id: _run(world, head) for head in heads}
    for head in heads:
        for delivery in (head, *runs[head.id]):
            delivery.status, delivery.why = DeliveryStatus.SENDING, None
            delivery.owner, delivery.epoch = fence.owner, fence.epoch
            delivery.started_at = world.now
            delivery.attempts += 1
            delivery.merged_into = None if delivery is head else head.id
    world.flush()
    return _claimed(world, heads, runs)


_earlier = _d.alias("earlier")
_not_first: Any = select(literal_column("1")).where(
    _earlier.c.thread_id == _d.c.thread_id,
    _earlier.c.seq < _d.c.seq,
    _earlier.c.status.in_(_WAITING),
)
_head = (
    select(_d)
    .where(
        _d.c.queue == bindparam("queue"),
        _d.c.status == _PENDING,
        _d.c.due_at <= bindparam("now"),
        ~_not_first.exists(),
    )
    .order_by(_d.c.lane, _d.c.priority, _d.c.due_at)  # live first: bulk waits for it
    .limit(bindparam("most"))
)
_head_elsewhere = _head.where(_d.c.thread_id.not_in(bindparam("cooling", expanding=True)))


_behind = (
    select(_d)
    .where(
        _d.c.thread_id == bindparam("thread"),
        _d.c.seq > bindparam("seq"),
        _d.c.status.in_(_WAITING),
    )
    .order_by(_d.c.seq)
    .limit(RUN - 1)
)


def _heads(world: World, want: Want) -> list[Row]:
    values: dict[str, Any] = {"queue": want.queue, "now": world.now, "most": want.limit}
    if not want.cooling:
        return world.load_deliveries(_head, values)
    return world.load_deliveries(_head_elsewhere, values | {"cooling": list(want.cooling)})


def _run(world: World, head: Row) -> list[Row]:
    """The texts that wait behind a desk post and can share it."""
    thread = world.threads[head.thread_id]
    if thread.side != Side.DESK or head.seq + 1 >= thread.next_seq or head.parts_done:
        return []
    if not (size := _mergeable(world, head)):
        return []
    behind = world.load_deliveries(_behind, {"thread": thread.id, "seq": head.seq})
    world.load_shown(behind)
    run = list[Row]()
    for delivery in behind:
        more = _mergeable(world, delivery)
        later = delivery.due_at is None or delivery.due_at > world.now
        if not more or later or size + more > RUN_UNITS:
            break
        run.append(delivery)
        size += more
    return run


def _mergeable(world: World, delivery: Row) -> int:
    """The size in UTF-16 units of a plain text post, 0 for anything else."""
    message = world.messages.get(delivery.message_id or 0)
    if delivery.action != Action.POST or delivery.status == DeliveryStatus.SENDING:
        return 0
    if delivery.why == APART:
        return 0
    if message is None or message.choices or world.attachments.get(message.id):
        return 0
    return len(message.body.encode("utf-16-le", "surrogatepass")) // 2 + 64


def _claimed(world: World, heads: Sequence[Row], runs: dict[int, list[Row]]) -> list[Claimed]:
    result = list[Claimed]()
    for head in heads:
        conversation = world.conversations[head.conversation_id]
        ids = [d.message_id for d in (head, *runs[head.id]) if d.message_id is not None]
        claimed = Claimed(
            delivery=head,
            followers=runs[head.id],
            thread=world.threads[head.thread_id],
            conversation=conversation,
            contact=world.contacts[conversation.contact_id],
            messages=[world.messages[i] for i in ids],
            attachments={i: world.attachments[i] for i in ids if world.attachments.get(i)},
        )
        result.append(claimed)
    _load_names(world, result)
    _load_history(world, result)
    _load_agents(world, result)
    return result


def _load_agents(world: World, claimed: Sequence[Claimed]) -> None:
    """Who wrote what is shown: after the history, which others may have written."""
    shown = (message for one in claimed for message in (*one.messages, *one.history))
    agents = world.load_agents({m.author_agent_id for m in shown if m.author_agent_id is not None})
    for one in claimed:
        one.agents = agents


def _load_names(world: World, claimed: Sequence[Claimed]) -> None:
    """Which platform ids are replied to, edited or deleted."""
    for one in claimed:
        if not one.messages:
            continue
        first, account = one.messages[0], one.thread.account
        if one.delivery.action in (Action.EDIT, Action.DELETE):
            one.keys = _keys_at(world, first.id, one.thread)
        wanted = first.id if one.delivery.action == Action.EDIT else first.reply_to_id
        if wanted is not None and account:
            known = one.keys or _keys_at(world, wanted, one.thread)
            one.reply_to = known[0].external_id if known else None


def _keys_at(world: World, message_id: int, thread: Thread) -> list[MessageKey]:
    keys = world.load_keys_of([message_id], thread.account)
    return [k for k in keys if k.place == thread.place and k.gone_at is None]


def _load_history(world: World, claimed: Sequence[Claimed]) -> None:
    """What was said before, where the first post of a topic is not the first message."""
    for one in claimed:
        first = one.messages[0] if one.messages else None
        if one.thread.side != Side.DESK or first is None or one.thread.context.get("card"):
            continue
        if first.seq > 1:
            behind = _pending_messages(world, one.thread)
            past = world.history(one.conversation, first.seq, HISTORY + len(behind))
            one.history = [m for m in past if m.id not in behind][-HISTORY:]


def _pending_messages(world: World, thread: Thread) -> set[int]:
    """Messages that will be posted in this thread by themselves."""
    query = select(_d.c.message_id).where(
        _d.c.thread_id == thread.id, _d.c.status.in_(_WAITING), _d.c.message_id.is_not(None)
    )
    return set(world.connection.execute(query).scalars())


def stuck(connection: Connection) -> list[tuple[int, str, str, datetime]]:
    """Heads in ``sending``: (id, queue, owner, when the call began). What was
    merged into a head shares its fate."""
    query = select(_d.c.id, _d.c.queue, _d.c.owner, _d.c.started_at).where(
        _d.c.status == literal_column("'sending'"), _d.c.merged_into.is_(None)
    )
    return [(r.id, r.queue, r.owner, r.started_at) for r in connection.execute(query)]


def with_followers(world: World, ids: Collection[int]) -> list[Row]:
    """Deliveries, those merged into them, and their threads."""
    found = [*world.find(_BY_ID, ids), *world.find(_FOLLOWERS, ids)]
    world.load_threads_of(found)
    return sorted(found, key=lambda delivery: delivery.seq)


def waiting_behind(world: World, thread: Thread) -> list[Row]:
    """What is pending in a thread, in order."""
    return world.load_deliveries(
        select(_d).where(_d.c.thread_id == thread.id, _d.c.status == _PENDING).order_by(_d.c.seq)
    )


def open_questions(world: World, thread: Thread) -> list[Message]:
    """What was asked about uncertain deliveries in a thread, and has no answer."""
    asked = world.load_deliveries(
        select(_d).where(
            _d.c.thread_id == thread.id,
            _d.c.once.like("ask:%"),
            _d.c.status.not_in((*_WAITING, literal_column("'cancelled'"))),
        )
    )
    world.load_around(asked)
    found = [world.messages[d.message_id] for d in asked if d.message_id is not None]
    return [message for message in found if message.choices]


def spent(connection: Connection, queue: str, now: datetime, window: timedelta) -> list[datetime]:
    """When calls of a queue began in the last window: rebuilds its budget after a crash."""
    query = select(_d.c.started_at).where(
        _d.c.queue == queue, _d.c.started_at.is_not(None), _d.c.started_at > now - window
    )
    return list(connection.execute(query.where(_d.c.merged_into.is_(None))).scalars())


def remember_ban(connection: Connection, queue: str, until: datetime, now: datetime) -> None:
    """Keep when a platform asked us to come back, so that a restart obeys it too."""
    values = {"not_before": until, "updated_at": now}
    changed = connection.execute(
        update(_budget).where(_budget.c.queue == queue).values(**values)
    ).rowcount
    if not changed:
        connection.execute(_budget.insert().values(queue=queue, **values))


def ban(connection: Connection, queue: str) -> datetime | None:
    """When a platform asked us to come back to a queue, if it did."""
    query = select(_budget.c.not_before).where(_budget.c.queue == queue)
    return connection.execute(query).scalar_one_or_none()


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many deliveries are not final, by (queue, status)."""
    query = (
        select(_d.c.queue, _d.c.status, func.count())
        .where(
            _d.c.status.in_(_WAITING)
            | ((_d.c.status == literal_column("'uncertain'")) & _d.c.why.is_distinct_from(AGAIN))
        )
        .group_by(_d.c.queue, _d.c.status)
    )
    return {(q, s.value): n for q, s, n in connection.execute(query)}


def is_idle(connection: Connection) -> bool:
    """Whether nothing is pending or under way."""
    query = select(_d.c.id).where(_d.c.status.in_(_WAITING)).limit(1)
    return connection.execute(query).first() is None
