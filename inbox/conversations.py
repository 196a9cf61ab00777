"""What can be done with a conversation. Verbs over a world; no I/O, no platform.

Each use case changes rows in memory and leaves the deliveries that follow from
it; :mod:`inbox.intake`, the outbox and later a console commit them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connectors.base import Address, Author, Edited, File, Received, Text
from inbox import references
from inbox.model import (
    Action,
    DeliveryStatus,
    Direction,
    Kind,
    Side,
    Status,
    ThreadState,
)
from inbox.policy import Policy
from inbox.store.rows import (
    Agent,
    Attachment,
    AuditEvent,
    Contact,
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
from routing.words import Decision, Facts, Priority, Signs

LIVE, SYSTEM, BULK = 0, 1, 2
"""Lanes: bulk gets nothing while live waits."""

CLOSED = "flow.closed"
"""The canned reply that tells a customer of the end."""

AUTOMATIC_VALUES = frozenset({"ref", "brand"})
"""The variables that are known when the desk speaks by itself."""


# --- what a customer does ------------------------------------------------------


def receive(world: World, policy: Policy, *, event: Received, signs: Signs) -> Message:
    """A customer said something: find or open his conversation, decide, show it."""
    identity = _identity(world, policy, event.author, event.place.account)
    contact = world.contacts[identity.contact_id]
    conversation, new = _conversation(world, policy, contact, event.place.account)
    thread = _customer_thread(world, conversation, identity, event.place)
    if (album := _album(world, thread, event)) is not None:
        if join_album(world, policy, album, event):
            return album
        event = replace(event, group=None)  # it came after the others were shown: on its own
    message = _message(world, conversation, Kind.INCOMING, event, thread=thread, identity=identity)
    decision = policy.decide(_facts(policy, conversation, event, signs, new=new))
    _apply(world, conversation, contact, decision, new=new)
    conversation.last_customer_at = world.now
    if conversation.waiting_since is None and decision.show:
        conversation.waiting_since = world.now
    if decision.show:
        show(world, policy, conversation, message, wait=event.group is not None)
    if decision.acknowledge is not None:
        once = f"ack:{conversation.id}" if new else None
        acknowledge(world, policy, conversation, thread, decision.acknowledge, once=once)
    return message


def _identity(world: World, policy: Policy, author: Author, account: str) -> Identity:
    channel = policy.channels[account]
    identity = world.identities.get((channel, author.id))
    if identity is None:
        contact = world.add(
            Contact(
                id=world.new_id(),
                name=storable(author.name)[:200] or "?",
                language=author.language[:8],
                created_at=world.now,
            )
        )
        identity = world.add(
            Identity(
                id=world.new_id(),
                contact_id=contact.id,
                channel=channel,
                external_id=author.id,
                display=storable(author.username)[:200],
                created_at=world.now,
            )
        )
    if not identity.reachable:  # whoever writes can be written to
        identity.reachable, identity.unreachable_why = True, None
    return identity


def _conversation(
    world: World, policy: Policy, contact: Contact, inbox: str
) -> tuple[Conversation, bool]:
    """The one that is open, else the latest one re-opened, else a new one."""
    open_key = f"{inbox}:{contact.id}"
    if (found := world.open_conversation(open_key)) is not None:
        return found, False
    earlier = world.earlier_conversations(contact.id, inbox)
    latest = earlier[-1] if earlier else None
    if latest is not None and latest.resolved_at and latest.resolved_at + policy.reopen > world.now:
        reopen(world, policy, latest, actor=f"contact:{contact.id}")
        return latest, False
    conversation = world.add(
        Conversation(
            id=world.new_id(),
            reference=references.mint(),
            contact_id=contact.id,
            inbox=inbox,
            priority=int(Priority.NORMAL),
            language="",
            previous_id=latest.id if latest else None,
            open_key=open_key,
            created_at=world.now,
        )
    )
    note_event(world, conversation, "conversation.opened", actor=f"contact:{contact.id}")
    return conversation, True


def _customer_thread(
    world: World, conversation: Conversation, identity: Identity, place: Address
) -> Thread:
    thread = world.thread(conversation, Side.CUSTOMER)
    if thread is None or thread.place != place.id:
        thread = world.add(
            Thread(
                id=world.new_id(),
                conversation_id=conversation.id,
                side=Side.CUSTOMER,
                account=place.account,
                place=place.id,
                identity_id=identity.id,
                created_at=world.now,
            )
        )
    return thread


def _facts(
    policy: Policy, conversation: Conversation, event: Received, signs: Signs, *, new: bool
) -> Facts:
    return Facts(
        account=event.place.account,
        channel=policy.channels[event.place.account],
        signs=signs,
        language=conversation.language,
        hint=event.author.language,
        new=new,
        files=len(event.files),
        priority=Priority(conversation.priority),
        team=conversation.team,
        tags=tuple(conversation.tags),
    )


def _apply(
    world: World, conversation: Conversation, contact: Contact, decision: Decision, *, new: bool
) -> None:
    before = (conversation.priority, conversation.team, conversation.tags)
    conversation.language = decision.language
    conversation.priority = int(decision.priority)
    conversation.team = decision.team
    conversation.tags = list(decision.tags)
    if new:
        contact.language = decision.language
    if before != (conversation.priority, conversation.team, conversation.tags):
        conversation.because = list(decision.because)
        note_event(world, conversation, "conversation.routed", because=decision.because)


def acknowledge(
    world: World,
    policy: Policy,
    conversation: Conversation,
    thread: Thread,
    key: str,
    *,
    once: str | None,
) -> None:
    """Tell the customer that we have it, under which reference, and what to do now."""
    values = {"ref": conversation.reference, "brand": policy.brand}
    body = policy.book.render(key, conversation.language, values)
    message = _own_message(world, conversation, Kind.OUTGOING, body)
    deliver(world, policy, thread, Action.POST, message, lane=SYSTEM, once=once)


def customer_edited(world: World, policy: Policy, *, event: Edited, signs: Signs) -> None:
    """The customer changed what he said. A message we never saw begins so."""
    message = world.message_at((event.place.account, event.place.id, event.id))
    if message is None:
        receive(world, policy, event=event, signs=signs).revision = 1
        return
    if not revise(world, message, event.text, event.at):
        return
    conversation = world.conversations[message.conversation_id]
    if _unposted(world, message) or (thread := world.thread(conversation, Side.DESK)) is None:
        return  # it will be shown as it reads by then
    deliver(world, policy, thread, Action.EDIT, message)


def customer_deleted(world: World, policy: Policy, *, place: Address, id: str) -> None:
    """The customer took a message back: kept, marked, and shown as such."""
    message = world.message_at((place.account, place.id, id))
    if message is None or message.deleted_at is not None:
        return
    message.deleted_at = world.now
    conversation = world.conversations[message.conversation_id]
    if not _unposted(world, message) and (thread := world.thread(conversation, Side.DESK)):
        deliver(world, policy, thread, Action.EDIT, message)


def reachable(
    world: World, policy: Policy, *, identity: Identity, account: str, why: str | None
) -> None:
    """The customer can no longer be reached (``why``), or can again (None)."""
    if identity.reachable == (why is None):
        return
    identity.reachable, identity.unreachable_why = why is None, why and why[:200]
    conversation = world.open_conversation(f"{account}:{identity.contact_id}")
    if conversation is not None:
        tell(world, policy, conversation, "desk.reachable" if why is None else "desk.unreachable")


# --- what an agent does ----------------------------------------------------------


def reply(
    world: World,
    policy: Policy,
    conversation: Conversation,
    *,
    agent: Agent,
    event: Received,
    text: Text,
) -> Message:
    """An agent's words go to the customer's own channel: the place frozen here."""
    desk = world.thread(conversation, Side.DESK)
    message = _message(
        world, conversation, Kind.OUTGOING, event, thread=desk, agent=agent, text=text
    )
    send(world, policy, conversation, message, wait=event.group is not None)
    return message


def send(
    world: World,
    policy: Policy,
    conversation: Conversation,
    message: Message,
    *,
    wait: bool = False,
) -> None:
    """Deliver an outgoing message, and note what an answer means for the conversation."""
    thread = _answerable(world, conversation)
    deliver(world, policy, thread, Action.POST, message, wait=wait)
    if message.author_agent_id is not None:
        conversation.first_human_at = conversation.first_human_at or world.now
        conversation.assignee_id = conversation.assignee_id or message.author_agent_id
        conversation.waiting_since = None
    if conversation.status == Status.RESOLVED:
        reopen(world, policy, conversation, actor=f"agent:{message.author_agent_id}")


def say_canned(
    world: World,
    policy: Policy,
    conversation: Conversation,
    *,
    agent: Agent,
    key: str,
    values: dict[str, str],
) -> Message:
    """Send a canned reply in the customer's language, and show it in the topic.

    Raises KeyError for an unknown key, routing.canned.MissingValue when a
    variable has no value: nothing is ever sent with a hole.
    """
    known = {"ref": conversation.reference, "brand": policy.brand, "agent": agent.name}
    body = policy.book.render(key, conversation.language, known | values)
    message = _own_message(world, conversation, Kind.OUTGOING, body, agent=agent)
    send(world, policy, conversation, message)
    if (desk := world.thread(conversation, Side.DESK)) is not None:
        deliver(world, policy, desk, Action.POST, message, lane=SYSTEM)
    return message


def note(
    world: World, conversation: Conversation, *, agent: Agent, event: Received, text: Text
) -> Message:
    """Something agents write for each other. It has no delivery, so it stays inside."""
    desk = world.thread(conversation, Side.DESK)
    return _message(world, conversation, Kind.NOTE, event, thread=desk, agent=agent, text=text)


def record(world: World, conversation: Conversation, *, agent: Agent, event: Received) -> Message:
    """A command as it was typed: kept, never delivered."""
    desk = world.thread(conversation, Side.DESK)
    return _message(world, conversation, Kind.EVENT, event, thread=desk, agent=agent)


def agent_edited(
    world: World, policy: Policy, message: Message, *, text: Text, at: datetime
) -> None:
    """An agent changed what he said: at the customer's too, if it went there."""
    if not revise(world, message, text, at) or message.kind != Kind.OUTGOING:
        return
    for delivery in world.deliveries_of(message.id):
        thread = world.threads.get(delivery.thread_id)
        if delivery.action == Action.POST and thread and thread.side == Side.CUSTOMER:
            if delivery.status != DeliveryStatus.PENDING or delivery.parts_done:
                deliver(world, policy, thread, Action.EDIT, message)
            return


def undo(world: World, policy: Policy, message: Message) -> bool:
    """Take an outgoing message back. Returns False where it already was."""
    if message.deleted_at is not None:
        return False
    message.deleted_at = world.now
    for delivery in world.deliveries_of(message.id):
        thread = world.threads.get(delivery.thread_id)
        if thread is None or thread.side != Side.CUSTOMER or delivery.action == Action.DELETE:
            continue
        if delivery.status == DeliveryStatus.PENDING and delivery.parts_done == 0:
            delivery.status, delivery.why = DeliveryStatus.CANCELLED, "taken back"
        elif delivery.action == Action.POST:
            deliver(world, policy, thread, Action.DELETE, message)
    return True


def close(world: World, policy: Policy, conversation: Conversation, *, agent: Agent) -> bool:
    """Resolve it and tell the customer. Returns False where it already was."""
    if conversation.status == Status.RESOLVED:
        return False
    conversation.status, conversation.resolved_at = Status.RESOLVED, world.now
    conversation.open_key = conversation.waiting_since = None
    note_event(world, conversation, "conversation.resolved", actor=f"agent:{agent.id}")
    _retitle(world, policy, conversation)
    body = policy.book.render(
        CLOSED, conversation.language, {"ref": conversation.reference, "brand": policy.brand}
    )
    message = _own_message(world, conversation, Kind.OUTGOING, body)
    deliver(world, policy, _answerable(world, conversation), Action.POST, message, lane=SYSTEM)
    return True


def reopen(world: World, policy: Policy, conversation: Conversation, *, actor: str) -> bool:
    """Make a resolved conversation open again. Returns False where it was not
    resolved, or where its contact has another one open."""
    key = f"{conversation.inbox}:{conversation.contact_id}"
    if conversation.status != Status.RESOLVED or world.open_conversation(key) is not None:
        return False
    conversation.status, conversation.resolved_at = Status.OPEN, None
    world.reopened(conversation, key)
    note_event(world, conversation, "conversation.reopened", actor=actor)
    _retitle(world, policy, conversation)
    return True


def resend(world: World, policy: Policy, group: Sequence[Delivery], *, agent: Agent) -> bool:
    """Send once more what may or may not have arrived (a delivery and those
    merged into it). Returns False where that was already decided."""
    if not _decide(world, group[0], agent, "delivery.sent_again"):
        return False
    for delivery in group:
        _again(world, policy, delivery)
    return True


def arrived(world: World, group: Sequence[Delivery], *, agent: Agent) -> bool:
    """An agent saw that it arrived. Returns False where that was already decided."""
    if not _decide(world, group[0], agent, "delivery.confirmed"):
        return False
    for delivery in group:
        delivery.status, delivery.why = DeliveryStatus.SENT, "confirmed by an agent"
    return True


def _decide(world: World, delivery: Delivery, agent: Agent, what: str) -> bool:
    if delivery.status != DeliveryStatus.UNCERTAIN or delivery.why == "sent again":
        return False
    note_event(
        world,
        world.conversations[delivery.conversation_id],
        what,
        actor=f"agent:{agent.id}",
        ids={"delivery": delivery.id},
    )
    return True


# --- what became of a delivery ----------------------------------------------------


def refused(world: World, policy: Policy, delivery: Delivery, why: str) -> None:
    """A delivery can never arrive: say so where agents see it."""
    conversation = world.conversations[delivery.conversation_id]
    note_event(world, conversation, "delivery.refused", ids={"delivery": delivery.id})
    at_desk = world.threads[delivery.thread_id].side == Side.DESK
    key = "desk.not_shown" if at_desk else "desk.not_delivered"
    tell(world, policy, conversation, key, about=delivery.message_id, values={"why": why})


def uncertain(world: World, policy: Policy, delivery: Delivery) -> None:
    """Nobody knows whether it arrived: ask the agents, with two buttons."""
    conversation = world.conversations[delivery.conversation_id]
    note_event(world, conversation, "delivery.uncertain", ids={"delivery": delivery.id})
    side = world.threads[delivery.thread_id].side
    say, language = policy.phrases.say, policy.desk_language
    tell(
        world,
        policy,
        conversation,
        "desk.uncertain" if side == Side.CUSTOMER else "desk.uncertain_here",
        about=delivery.message_id,
        choices=[
            [say(language, "desk.uncertain_send_again"), f"again:{delivery.id}"],
            [say(language, "desk.uncertain_arrived"), f"arrived:{delivery.id}"],
        ],
        once=f"ask:{delivery.id}",
    )


def topic_gone(
    world: World,
    policy: Policy,
    thread: Thread,
    *,
    waiting: Sequence[Delivery],
    questions: Sequence[Message],
) -> None:
    """The topic is no longer there: make it anew, move what waits in it, in
    order, and ask again what was asked there and has no answer."""
    thread.state = ThreadState.GONE
    conversation = world.conversations[thread.conversation_id]
    fresh = desk_thread(world, policy, conversation)
    if fresh is None:
        return
    fresh.context = {"remade": True}
    tell(world, policy, conversation, "desk.topic_remade", lane=LIVE)
    for delivery in sorted(waiting, key=lambda d: d.seq):
        if delivery.action == Action.POST and delivery.merged_into is None:
            _move(delivery, fresh)
        else:
            delivery.status, delivery.why = DeliveryStatus.CANCELLED, "its topic is gone"
    for question in questions:
        deliver(world, policy, fresh, Action.POST, question, lane=SYSTEM)
    note_event(world, conversation, "topic.gone", ids={"thread": thread.id})


def _move(delivery: Delivery, thread: Thread) -> None:
    delivery.thread_id, delivery.seq = thread.id, thread.next_seq
    delivery.status, delivery.owner, delivery.parts_done = DeliveryStatus.PENDING, None, 0
    thread.next_seq += 1


def _again(world: World, policy: Policy, delivery: Delivery) -> None:
    """Send once more, at the tail: the parts that surely arrived are not repeated."""
    delivery.why = "sent again"
    thread = world.threads[delivery.thread_id]
    conversation = world.conversations[delivery.conversation_id]
    living = world.thread(conversation, thread.side) or thread
    message = world.messages[delivery.message_id] if delivery.message_id else None
    repeated = deliver(world, policy, living, Action.POST, message, lane=delivery.lane)
    repeated.resend_of = delivery.id
    repeated.parts_done = delivery.parts_done if living is thread else 0


def settle_question(world: World, policy: Policy, question: Message, text: str) -> None:
    """A question of ours has its answer: say it there, and take the buttons away."""
    revise(world, question, Text(text), world.now)
    question.choices = []
    thread = world.thread(world.conversations[question.conversation_id], Side.DESK)
    if thread is not None:
        deliver(world, policy, thread, Action.EDIT, question, lane=SYSTEM)


# --- shared by several -------------------------------------------------------------


def show(
    world: World, policy: Policy, conversation: Conversation, message: Message, *, wait: bool
) -> None:
    """Show a customer's message in the topic, which is made when it is first needed."""
    thread = desk_thread(world, policy, conversation)
    if thread is not None:
        deliver(world, policy, thread, Action.POST, message, wait=wait)


def desk_thread(world: World, policy: Policy, conversation: Conversation) -> Thread | None:
    """The desk's thread of a conversation; None where no desk is configured."""
    thread = world.thread(conversation, Side.DESK)
    if thread is not None or policy.desk is None:
        return thread
    thread = world.add(
        Thread(
            id=world.new_id(),
            conversation_id=conversation.id,
            side=Side.DESK,
            account=policy.desk.account,
            state=ThreadState.WANTED,
            created_at=world.now,
        )
    )
    deliver(world, policy, thread, Action.TOPIC, None)
    return thread


def tell(
    world: World,
    policy: Policy,
    conversation: Conversation,
    key: str,
    *,
    about: int | None = None,
    lane: int = SYSTEM,
    choices: Sequence[Any] = (),
    once: str | None = None,
    values: Mapping[str, str] | None = None,
) -> None:
    """Say something to the agents in the topic, as a reply to ``about``."""
    thread = world.thread(conversation, Side.DESK)
    if thread is None:
        return
    body = policy.phrases.say(policy.desk_language, key, **(values or {}))
    message = _own_message(world, conversation, Kind.EVENT, body)
    message.reply_to_id, message.choices = about, list(choices)
    deliver(world, policy, thread, Action.POST, message, lane=lane, once=once)


def deliver(
    world: World,
    policy: Policy,
    thread: Thread,
    action: Action,
    message: Message | None,
    *,
    lane: int = LIVE,
    wait: bool = False,
    once: str | None = None,
) -> Delivery:
    """Queue one thing to do in a thread, at its tail. ``wait``: for an album's items."""
    conversation = world.conversations[thread.conversation_id]
    room = policy.desk if thread.side == Side.DESK else None
    place = room or Address(thread.account, thread.place or "")
    seq, thread.next_seq = thread.next_seq, thread.next_seq + 1
    return world.add(
        Delivery(
            id=world.new_id(),
            queue=policy.scope(place),
            lane=lane,
            priority=conversation.priority,
            action=action,
            conversation_id=conversation.id,
            thread_id=thread.id,
            seq=seq,
            message_id=message.id if message else None,
            revision=message.revision if message else None,
            due_at=world.now + policy.album_wait if wait else world.now,
            once=once,
            created_at=world.now,
        )
    )


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


def note_event(
    world: World,
    conversation: Conversation | None,
    what: str,
    *,
    actor: str = "system",
    ids: dict[str, int] | None = None,
    because: Sequence[str] = (),
) -> None:
    """Add to the audit: ids and reasons, never anybody's text."""
    world.add(
        AuditEvent(
            id=world.new_id(),
            at=world.now,
            actor=actor,
            what=what,
            conversation_id=conversation.id if conversation else None,
            ids=ids or {},
            because=list(because),
        )
    )


def _retitle(world: World, policy: Policy, conversation: Conversation) -> None:
    thread = world.thread(conversation, Side.DESK)
    if thread is not None:
        deliver(world, policy, thread, Action.TITLE, None, lane=SYSTEM)


def _answerable(world: World, conversation: Conversation) -> Thread:
    thread = world.thread(conversation, Side.CUSTOMER)
    if thread is None:
        raise LookupError(f"conversation {conversation.id} has no customer thread")
    return thread


def _unposted(world: World, message: Message) -> bool:
    """Whether its post at the desk has yet to be made, and will show it as it reads then."""
    return any(
        d.action == Action.POST and d.status == DeliveryStatus.PENDING and d.parts_done == 0
        for d in world.deliveries_of(message.id)
    )


def _message(
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


def _own_message(
    world: World, conversation: Conversation, kind: Kind, body: str, agent: Agent | None = None
) -> Message:
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


def _album(world: World, thread: Thread, event: Received) -> Message | None:
    return world.album(thread, event.group) if event.group is not None else None


def join_album(world: World, policy: Policy, album: Message, event: Received) -> bool:
    """One more item: the delivery waits for the next one, but not for ever.

    Returns False where the album has already left, so that the item must go alone.
    """
    posts = [d for d in world.deliveries_of(album.id) if d.action == Action.POST]
    if any(d.status != DeliveryStatus.PENDING or d.parts_done for d in posts):
        return False
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
            type=file.type[:100],
            size=file.size,
            source=dict(file.source),
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
