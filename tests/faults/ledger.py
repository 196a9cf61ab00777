"""What the database remembers, read beside the service that writes it."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select

from inbox.model import (
    Conversation,
    Delivery,
    DeliveryStatus,
    Identity,
    Kind,
    Message,
    Quarantine,
    Side,
    Thread,
)
from inbox.store import Store

_d: Any = Delivery.__table__  # type: ignore[attr-defined]
_m: Any = Message.__table__  # type: ignore[attr-defined]
_t: Any = Thread.__table__  # type: ignore[attr-defined]
_c: Any = Conversation.__table__  # type: ignore[attr-defined]
_i: Any = Identity.__table__  # type: ignore[attr-defined]
_q: Any = Quarantine.__table__  # type: ignore[attr-defined]

_ASK = "ask:"
_opening = asyncio.Lock()  # the tables are made by alembic, which is at one database at a time


@dataclass(frozen=True, slots=True)
class Subject:
    """What a question is about: texts that were to be seen on one side of the
    conversation with the person of this Telegram id."""

    side: Side
    person: int
    bodies: Sequence[str]


@dataclass(slots=True)
class Memory:
    """Everything that the evidence needs, by Telegram ids of persons. ``own`` maps a
    person to what the service wrote by itself: (message id, body)."""

    stored: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    own: dict[int, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    resent: list[str] = field(default_factory=list)
    unfinished: int = 0
    quarantined: list[str] = field(default_factory=list)


class Ledger:
    """Reads a database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def subject(self, delivery_id: int) -> Subject:
        """What the question about a delivery is about."""
        return await self._store.read(lambda c: _subject(c, delivery_id))

    async def settled(self) -> bool:
        """Whether nothing is to be done and no question is open."""
        return await self._store.read(_unfinished) == 0

    async def memory(self) -> Memory:
        """All of it."""
        return await self._store.read(_memory)


@asynccontextmanager
async def ledger(url: str) -> AsyncIterator[Ledger]:
    """Open a database for reading; its tables are made where they are missing."""
    store = Store(url)
    async with _opening:
        await store.open()
    try:
        yield Ledger(store)
    finally:
        await store.close()


def _subject(connection: Connection, delivery_id: int) -> Subject:
    query = (
        select(_t.c.side, _i.c.external_id, _m.c.body)
        .select_from(_d)
        .join(_t, _t.c.id == _d.c.thread_id)
        .join(_m, _m.c.id == _d.c.message_id)
        .join(_c, _c.c.id == _d.c.conversation_id)
        .join(_i, _i.c.contact_id == _c.c.contact_id)
        .where((_d.c.id == delivery_id) | (_d.c.merged_into == delivery_id))
        .order_by(_d.c.seq)
    )
    rows = connection.execute(query).all()
    return Subject(rows[0].side, int(rows[0].external_id), [row.body for row in rows])


def _unfinished(connection: Connection) -> int:
    """Deliveries that wait, are under way, or about which nobody has decided."""
    waits = _d.c.status.in_([DeliveryStatus.PENDING, DeliveryStatus.SENDING])
    open_question = (_d.c.status == DeliveryStatus.UNCERTAIN) & (
        func.coalesce(_d.c.why, "") != "sent again"
    )
    return int(
        connection.execute(
            select(func.count()).select_from(_d).where(waits | open_question)
        ).scalar_one()
    )


def _memory(connection: Connection) -> Memory:
    memory = Memory(unfinished=_unfinished(connection))
    people = select(_m.c.id, _m.c.kind, _m.c.body, _m.c.automatic, _i.c.external_id).join(
        _c, _c.c.id == _m.c.conversation_id
    )
    said = people.join(_i, _i.c.contact_id == _c.c.contact_id)
    for row in connection.execute(said.order_by(_m.c.conversation_id, _m.c.seq)):
        if row.kind == Kind.INCOMING:
            memory.stored[int(row.external_id)].append(row.body)
        elif row.kind == Kind.OUTGOING and row.automatic:
            memory.own[int(row.external_id)].append((row.id, row.body))
    places = (
        select(_t.c.place, _i.c.external_id)
        .join(_c, _c.c.id == _t.c.conversation_id)
        .join(_i, _i.c.contact_id == _c.c.contact_id)
        .where(_t.c.side == Side.DESK, _t.c.place.is_not(None))
    )
    memory.places = {row.place: int(row.external_id) for row in connection.execute(places)}
    memory.asked, memory.resent = _asked(connection), _resent(connection)
    memory.quarantined = [
        f"{row.state} with {row.strikes} strikes: {row.error}"
        for row in connection.execute(select(_q))
    ]
    return memory


def _asked(connection: Connection) -> list[str]:
    questions = connection.execute(select(_d.c.once).where(_d.c.once.startswith(_ASK))).scalars()
    ids = [int(once.removeprefix(_ASK)) for once in questions]
    about = _d.c.id.in_(ids) | _d.c.merged_into.in_(ids)
    return _bodies(connection, about)


def _resent(connection: Connection) -> list[str]:
    return _bodies(connection, _d.c.resend_of.is_not(None))


def _bodies(connection: Connection, where: Any) -> list[str]:
    query = select(_m.c.body).join(_d, _d.c.message_id == _m.c.id).where(where)
    return list(connection.execute(query).scalars())
