"""Rows to begin with: people, conversations, and what waits to be delivered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from inbox.model import Action, DeliveryStatus, Kind, Side, ThreadState
from inbox.store import Store, leases
from inbox.store.claims import Claimed, Fence, Want, claim
from inbox.store.rows import Contact, Conversation, Delivery, Identity, Message, Thread
from inbox.store.world import World

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
DESK, DM = "desk/-100", "telegram/dm"
OWNER = "me"


@dataclass
class Case:
    """A conversation with its two threads, and how many messages it has."""

    world: World
    conversation: Conversation
    customer: Thread
    desk: Thread

    def message(self, body: str = "hello", **more: Any) -> Message:
        """Something the customer said."""
        seq, self.conversation.next_seq = (
            self.conversation.next_seq,
            self.conversation.next_seq + 1,
        )
        kind = more.pop("kind", Kind.INCOMING)
        return self.world.add(
            Message(
                id=self.world.new_id(),
                conversation_id=self.conversation.id,
                seq=seq,
                kind=kind,
                body=body,
                said_at=NOW,
                created_at=NOW,
                **more,
            )
        )

    def post(self, body: str = "hello", *, side: Side = Side.DESK, **more: Any) -> Delivery:
        """A message, and its delivery to one of the threads."""
        said = {key: more.pop(key) for key in ("kind", "choices") if key in more}
        return self.deliver(self.message(body, **said), side=side, **more)

    def deliver(
        self, message: Message | None, *, side: Side = Side.DESK, after: float = 0.0, **more: Any
    ) -> Delivery:
        """A delivery that is due ``after`` seconds from NOW."""
        thread = self.desk if side == Side.DESK else self.customer
        seq, thread.next_seq = thread.next_seq, thread.next_seq + 1
        values: dict[str, Any] = {
            "queue": DESK if side == Side.DESK else DM,
            "lane": 0,
            "priority": 3,
            "action": Action.POST,
        }
        return self.world.add(
            Delivery(
                id=self.world.new_id(),
                conversation_id=self.conversation.id,
                thread_id=thread.id,
                seq=seq,
                message_id=message.id if message else None,
                due_at=NOW + timedelta(seconds=after),
                created_at=NOW,
                **{**values, **more},
            )
        )


def world_of(store: Store, connection: Connection, *, after: float = 0.0) -> World:
    """A world at NOW, or so many seconds later."""
    return World(connection, ids=store.ids, now=NOW + timedelta(seconds=after))


def case(world: World, number: int = 1) -> Case:
    """The conversation of the customer with that number, its topic made already."""
    contact = world.add(
        Contact(id=world.new_id(), name=f"Customer {number}", language="en", created_at=NOW)
    )
    identity = world.add(
        Identity(
            id=world.new_id(),
            contact_id=contact.id,
            channel="telegram",
            external_id=str(number),
            display="",
            created_at=NOW,
        )
    )
    conversation = world.add(
        Conversation(
            id=world.new_id(),
            reference=f"REF-{number}",
            contact_id=contact.id,
            inbox="telegram",
            priority=3,
            language="en",
            open_key=f"telegram:{contact.id}",
            created_at=NOW,
        )
    )
    customer, desk = (
        world.add(
            Thread(
                id=world.new_id(),
                conversation_id=conversation.id,
                side=side,
                account="telegram",
                place=place,
                identity_id=identity.id if side == Side.CUSTOMER else None,
                state=ThreadState.OPEN,
                context={} if side == Side.CUSTOMER else {"card": "1"},
                created_at=NOW,
            )
        )
        for side, place in ((Side.CUSTOMER, str(number)), (Side.DESK, f"-100/{number}"))
    )
    return Case(world, conversation, customer, desk)


def fence(connection: Connection, owner: str = OWNER) -> Fence:
    """A fence under a lease just taken."""
    epoch = leases.take(connection, "send:x", owner, seconds=60, is_dead=lambda _: True)
    if epoch is None:
        raise AssertionError("the lease is somebody else's")
    return Fence("send:x", owner, epoch)


async def claimed(store: Store, *wants: Want, after: float = 0.0) -> list[Claimed]:
    """What can be taken at that moment; DESK and DM without limit unless told."""
    asked = wants or (Want(DESK, 100), Want(DM, 100))
    return await store.write(
        lambda c: claim(world_of(store, c, after=after), fence(c), list(asked))
    )


async def end(store: Store, *ids: int, status: DeliveryStatus = DeliveryStatus.SENT) -> None:
    """Write down that these deliveries have ended."""

    def settle(connection: Connection) -> None:
        world = world_of(store, connection)
        table = Delivery.table
        for row in world.load_deliveries(table.select().where(table.c.id.in_(ids))):
            row.status = status
        world.flush()

    await store.write(settle)
