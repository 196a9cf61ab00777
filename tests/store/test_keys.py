"""What the tables themselves refuse."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError

from inbox.model import Direction, Side, ThreadState
from inbox.store import Store
from inbox.store.rows import Conversation, Delivery, Message, MessageKey, Row, Thread
from tests.store.seeds import NOW, Case, case, world_of


async def _two(store: Store) -> tuple[Case, Case]:
    """Two conversations, a message in each."""

    def make(connection: Connection) -> tuple[Case, Case]:
        world = world_of(store, connection)
        cases = case(world, 1), case(world, 2)
        for one in cases:
            one.post()
        world.flush()
        return cases

    return await store.write(make)


def _raw(kind: type[Row], row: Row, **changed: Any) -> Callable[[Connection], None]:
    """Insert a copy of a row with other values, past every use case."""
    values = dict(zip(kind.columns, kind.values(row), strict=True))

    def work(connection: Connection) -> None:
        connection.execute(insert(kind.table).values(**{**values, **changed}))

    return work


async def test_no_message_can_go_into_a_thread_of_another_conversation(store: Store) -> None:
    ann, bob = await _two(store)
    delivery = ann.world.made[0]
    as_bobs = {"thread_id": bob.customer.id, "conversation_id": bob.conversation.id}
    for changed in (
        {"thread_id": bob.customer.id},
        as_bobs,
        {"conversation_id": bob.conversation.id},
    ):
        with pytest.raises(IntegrityError):
            await store.write(_raw(Delivery, delivery, id=store.ids(), seq=70, **changed))
    own = {"thread_id": ann.customer.id}
    await store.write(_raw(Delivery, delivery, id=store.ids(), seq=70, **own))


async def test_a_place_at_the_desk_belongs_to_one_living_thread(store: Store) -> None:
    ann, bob = await _two(store)
    taken = {"id": store.ids(), "place": bob.desk.place}
    with pytest.raises(IntegrityError):
        await store.write(_raw(Thread, ann.desk, **taken))
    await store.write(_raw(Thread, ann.desk, **taken, state=ThreadState.GONE))


async def test_customers_places_may_repeat(store: Store) -> None:
    ann, _ = await _two(store)
    await store.write(_raw(Thread, ann.customer, id=store.ids()))


async def test_a_contact_has_one_open_conversation_in_an_inbox(store: Store) -> None:
    ann, _ = await _two(store)
    with pytest.raises(IntegrityError):
        await store.write(_raw(Conversation, ann.conversation, id=store.ids(), reference="X"))
    closed = {"reference": "X", "open_key": None}
    await store.write(_raw(Conversation, ann.conversation, id=store.ids(), **closed))


async def test_an_event_of_a_platform_names_one_message(store: Store) -> None:
    ann, _ = await _two(store)
    first, second = ann.world.messages.values()
    key = MessageKey(
        account="telegram",
        place="1",
        external_id="7",
        message_id=first.id,
        direction=Direction.IN,
    )
    await store.write(_raw(MessageKey, key))
    with pytest.raises(IntegrityError):
        await store.write(_raw(MessageKey, key, message_id=second.id))
    await store.write(_raw(MessageKey, key, message_id=second.id, direction=Direction.OUT))


async def test_an_album_is_one_message(store: Store) -> None:
    ann, _ = await _two(store)
    message = next(iter(ann.world.messages.values()))
    item = {"thread_id": ann.customer.id, "group_key": "g", "seq": 50}
    await store.write(_raw(Message, message, **{**item, "id": store.ids()}))
    with pytest.raises(IntegrityError):
        await store.write(_raw(Message, message, **{**item, "id": store.ids(), "seq": 51}))


async def test_what_is_done_once_is_done_once(store: Store) -> None:
    ann, _ = await _two(store)
    delivery = ann.world.made[0]
    await store.write(_raw(Delivery, delivery, id=store.ids(), seq=80, once="ack:1"))
    with pytest.raises(IntegrityError):
        await store.write(_raw(Delivery, delivery, id=store.ids(), seq=81, once="ack:1"))


async def test_times_come_back_as_they_went_in(store: Store) -> None:
    at = NOW + timedelta(microseconds=123_456)

    def make(connection: Connection) -> None:
        one = case(world_of(store, connection))
        one.deliver(one.message(), side=Side.CUSTOMER).finished_at = at
        one.world.flush()

    await store.write(make)
    table = Delivery.table
    found = await store.read(lambda c: c.execute(table.select()).one())
    assert found.finished_at == at
    assert found.finished_at.tzinfo is not None
