"""Making messages and changing them: what was said, in rows."""

from datetime import datetime

from connectors.base import File, Received, Text
from inbox.model import Action, DeliveryStatus, Direction, Kind
from inbox.policy import Policy
from inbox.store.rows import (
    Agent,
    Attachment,
    Conversation,
    Delivery,
    Identity,
    Message,
    MessageKey,
    MessageRevision,
    Thread,
)
from inbox.store.world import World
from inbox.texts import joined, marks_to_rows, storable, text_of

LARGEST = 2**63
"""Bytes that a column of the size of a file can count to."""


def heard(
    world: World,
    conversation: Conversation,
    kind: Kind,
    event: Received,
    *,
    thread: Thread | None,
    identity: Identity | None = None,
    agent: Agent | None = None,
    text: Text | None = None,
) -> Message:
    """A message as somebody wrote it, with its files and its platform's name."""
    text = event.text if text is None else text
    place = event.place
    reply_to = event.reply_to and world.id_at((place.account, place.id, event.reply_to))
    message = world.add(
        Message(
            id=world.new_id(),
            conversation_id=conversation.id,
            seq=conversation.next_seq,
            kind=kind,
            thread_id=thread.id if thread else None,
            author_identity_id=identity.id if identity else None,
            author_agent_id=agent.id if agent else None,
            body=storable(text.body),
            marks=marks_to_rows(text.marks),
            reply_to_id=reply_to or None,
            group_key=event.group,
            automatic=event.automatic,
            said_at=event.at,
            created_at=world.now,
        )
    )
    conversation.next_seq += 1
    _name(world, message, event)
    for file in event.files:
        _attach(world, message, file)
    return message


def own(
    world: World, conversation: Conversation, kind: Kind, body: str, agent: Agent | None = None
) -> Message:
    """A message that the desk itself makes."""
    message = world.add(
        Message(
            id=world.new_id(),
            conversation_id=conversation.id,
            seq=conversation.next_seq,
            kind=kind,
            author_agent_id=agent.id if agent else None,
            body=body,
            automatic=agent is None,
            said_at=world.now,
            created_at=world.now,
        )
    )
    conversation.next_seq += 1
    return message


def revise(world: World, message: Message, text: Text, at: datetime) -> bool:
    """Replace a text, keeping what it replaces. Returns False where nothing changed."""
    body, marks = storable(text.body), marks_to_rows(text.marks)
    if (body, marks) == (message.body, message.marks):
        return False
    world.add(
        MessageRevision(
            message_id=message.id,
            revision=message.revision,
            body=message.body,
            marks=message.marks,
            at=at,
        )
    )
    message.body, message.marks, message.revision = body, marks, message.revision + 1
    return True


def join_album(world: World, policy: Policy, album: Message, event: Received) -> bool:
    """One more item: the delivery waits for the next one, but not for ever.

    Returns False where the album has already left, so that the item must go alone.
    """
    if has_left(world, album):
        return False
    posts = _posts(world, album)
    for file in event.files:
        _attach(world, album, file)
    _name(world, album, event)
    if event.text.body:
        lines = [text_of(album.body, album.marks)] if album.body else []
        both = joined([*lines, event.text], "\n")
        album.body, album.marks = storable(both.body), marks_to_rows(both.marks)
    for delivery in posts:
        latest = delivery.created_at + policy.album_limit
        delivery.due_at = min(world.now + policy.album_wait, latest)
    return True


def has_left(world: World, message: Message) -> bool:
    """Whether what shows it may be under way already, or never will be."""
    posts = _posts(world, message)
    return any(d.status != DeliveryStatus.PENDING or d.parts_done for d in posts)


def _posts(world: World, message: Message) -> list[Delivery]:
    return [d for d in world.deliveries_of(message.id) if d.action == Action.POST]


def keep_inside(world: World, message: Message, kind: Kind) -> None:
    """Turn an outgoing message that has not left into something that never will."""
    message.kind = kind
    for delivery in world.deliveries_of(message.id):
        if delivery.status == DeliveryStatus.PENDING:
            delivery.status, delivery.why = DeliveryStatus.CANCELLED, "kept inside"


def _attach(world: World, message: Message, file: File) -> None:
    world.add(
        Attachment(
            id=world.new_id(),
            message_id=message.id,
            part=len(world.attachments[message.id]),
            kind=file.kind.value,
            name=storable(file.name)[:255],
            type=storable(file.type)[:100],
            size=file.size if file.size is not None and 0 <= file.size < LARGEST else None,
            source={k: storable(v) if isinstance(v, str) else v for k, v in file.source.items()},
        )
    )


def _name(world: World, message: Message, event: Received) -> None:
    names = world.names[event.place.account, event.place.id, event.id]
    if any(key.direction == Direction.IN for key in names):
        return
    world.add(
        MessageKey(
            account=event.place.account,
            place=event.place.id,
            external_id=event.id,
            message_id=message.id,
            part=len(world.attachments[message.id]),
            direction=Direction.IN,
        )
    )
