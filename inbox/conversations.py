"""What customers and agents do to a conversation. Verbs over a world; no I/O, no platform.

Each use case changes rows in memory and leaves the deliveries that follow from
it; :mod:`inbox.intake`, the outbox and later a console commit them.
"""

from dataclasses import replace
from datetime import datetime

from connectors.base import Address, Author, Edited, Received, Text
from inbox import audit, deliveries, messages, references
from inbox.deliveries import SYSTEM
from inbox.model import Action, DeliveryStatus, Kind, Side, Status
from inbox.policy import Policy
from inbox.store.rows import (
    Agent,
    Contact,
    Conversation,
    Identity,
    Message,
    Thread,
)
from inbox.store.world import World
from inbox.texts import storable
from routing.words import Decision, Facts, Priority, Signs

CLOSED = "flow.closed"
"""The canned reply that tells a customer of the end."""

AUTOMATIC_VALUES = frozenset({"ref", "brand"})
"""The variables that are known when the desk speaks by itself."""


def receive(world: World, policy: Policy, *, event: Received, signs: Signs) -> Message:
    """A customer said something: find or open his conversation, decide, show it."""
    identity = _identity(world, policy, event.author, event.place.account)
    contact = world.contacts[identity.contact_id]
    conversation, new = _conversation(world, policy, contact, event.place.account)
    thread = _customer_thread(world, conversation, identity, event.place)
    if (album := _album(world, thread, event)) is not None:
        if messages.join_album(world, policy, album, event):
            return album
        event = replace(event, group=None)  # it came after the others were shown: on its own
    message = messages.heard(
        world, conversation, Kind.INCOMING, event, thread=thread, identity=identity
    )
    decision = policy.decide(_facts(policy, conversation, event, signs, new=new))
    _apply(world, policy, conversation, contact, decision, new=new)
    conversation.last_customer_at = world.now
    if conversation.waiting_since is None and decision.show:
        conversation.waiting_since = world.now
    if decision.show:
        deliveries.show(world, policy, conversation, message, wait=event.group is not None)
    if decision.acknowledge is not None:
        once = f"ack:{conversation.id}" if new else None
        acknowledge(world, policy, conversation, thread, decision.acknowledge, once=once)
    return message


def _album(world: World, thread: Thread, event: Received) -> Message | None:
    return world.album(thread, event.group) if event.group is not None else None


def _identity(world: World, policy: Policy, author: Author, account: str) -> Identity:
    channel = policy.channels[account]
    identity = world.identities.get((channel, author.id))
    if identity is None:
        contact = world.add(
            Contact(
                id=world.new_id(),
                name=storable(author.name)[:200] or "?",
                language=storable(author.language)[:8],
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
    audit.note(world, conversation, "conversation.opened", actor=f"contact:{contact.id}")
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
    world: World,
    policy: Policy,
    conversation: Conversation,
    contact: Contact,
    decision: Decision,
    *,
    new: bool,
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
        audit.note(world, conversation, "conversation.routed", because=decision.because)
    if not new and before[0] != conversation.priority:
        deliveries.retitle(world, policy, conversation)


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
    message = messages.own(world, conversation, Kind.OUTGOING, body)
    deliveries.deliver(world, policy, thread, Action.POST, message, lane=SYSTEM, once=once)


def customer_edited(world: World, policy: Policy, *, event: Edited, signs: Signs) -> None:
    """The customer changed what he said. A message we never saw begins so."""
    message = world.message_at((event.place.account, event.place.id, event.id))
    if message is None:
        receive(world, policy, event=event, signs=signs).revision = 1
        return
    if not messages.revise(world, message, event.text, event.at):
        return
    conversation = world.conversations[message.conversation_id]
    if (
        deliveries.is_unposted(world, message)
        or (thread := world.thread(conversation, Side.DESK)) is None
    ):
        return  # it will be shown as it reads by then
    deliveries.deliver(world, policy, thread, Action.EDIT, message)


def customer_deleted(world: World, policy: Policy, *, place: Address, id: str) -> None:
    """The customer took a message back: kept, marked, and shown as such."""
    message = world.message_at((place.account, place.id, id))
    if message is None or message.deleted_at is not None:
        return
    message.deleted_at = world.now
    conversation = world.conversations[message.conversation_id]
    if not deliveries.is_unposted(world, message) and (
        thread := world.thread(conversation, Side.DESK)
    ):
        deliveries.deliver(world, policy, thread, Action.EDIT, message)


def reachable(
    world: World, policy: Policy, *, identity: Identity, account: str, why: str | None
) -> None:
    """The customer can no longer be reached (``why``), or can again (None)."""
    if identity.reachable == (why is None):
        return
    identity.reachable, identity.unreachable_why = why is None, why and why[:200]
    conversation = world.open_conversation(f"{account}:{identity.contact_id}")
    if conversation is not None:
        deliveries.tell(
            world, policy, conversation, "desk.reachable" if why is None else "desk.unreachable"
        )


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
    message = messages.heard(
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
    thread = deliveries.customer_thread(world, conversation)
    deliveries.deliver(world, policy, thread, Action.POST, message, wait=wait)
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

    Raises routing.canned.UnknownReply where there is none in the customer's language,
    routing.template.MissingValue when a variable has no value: nothing is ever sent with a hole.
    """
    known = {"ref": conversation.reference, "brand": policy.brand, "agent": agent.name}
    body = policy.book.render(key, conversation.language, known | values)
    message = messages.own(world, conversation, Kind.OUTGOING, body, agent=agent)
    send(world, policy, conversation, message)
    if (desk := world.thread(conversation, Side.DESK)) is not None:
        deliveries.deliver(world, policy, desk, Action.POST, message, lane=SYSTEM)
    return message


def note(
    world: World, conversation: Conversation, *, agent: Agent, event: Received, text: Text
) -> Message:
    """Something agents write for each other. It has no delivery, so it stays inside."""
    desk = world.thread(conversation, Side.DESK)
    return messages.heard(
        world, conversation, Kind.NOTE, event, thread=desk, agent=agent, text=text
    )


def record(world: World, conversation: Conversation, *, agent: Agent, event: Received) -> Message:
    """A command as it was typed: kept, never delivered."""
    desk = world.thread(conversation, Side.DESK)
    return messages.heard(world, conversation, Kind.EVENT, event, thread=desk, agent=agent)


def agent_edited(
    world: World, policy: Policy, message: Message, *, text: Text, at: datetime
) -> None:
    """An agent changed what he said: at the customer's too, if it went there."""
    if not messages.revise(world, message, text, at) or message.kind != Kind.OUTGOING:
        return
    for delivery in world.deliveries_of(message.id):
        thread = world.threads.get(delivery.thread_id)
        if delivery.action == Action.POST and thread and thread.side == Side.CUSTOMER:
            if delivery.status != DeliveryStatus.PENDING or delivery.parts_done:
                deliveries.deliver(world, policy, thread, Action.EDIT, message)
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
            delivery.status, delivery.why = DeliveryStatus.CANCELLED, deliveries.TAKEN_BACK
        elif delivery.action == Action.POST:
            deliveries.deliver(world, policy, thread, Action.DELETE, message)
    return True


def close(world: World, policy: Policy, conversation: Conversation, *, agent: Agent) -> bool:
    """Resolve it and tell the customer. Returns False where it already was."""
    if conversation.status == Status.RESOLVED:
        return False
    conversation.status, conversation.resolved_at = Status.RESOLVED, world.now
    conversation.open_key = conversation.waiting_since = None
    audit.note(world, conversation, "conversation.resolved", actor=f"agent:{agent.id}")
    deliveries.retitle(world, policy, conversation)
    body = policy.book.render(
        CLOSED, conversation.language, {"ref": conversation.reference, "brand": policy.brand}
    )
    message = messages.own(world, conversation, Kind.OUTGOING, body)
    deliveries.deliver(
        world,
        policy,
        deliveries.customer_thread(world, conversation),
        Action.POST,
        message,
        lane=SYSTEM,
    )
    return True


def reopen(world: World, policy: Policy, conversation: Conversation, *, actor: str) -> bool:
    """Make a resolved conversation open again. Returns False where it was not
    resolved, or where its contact has another one open."""
    key = f"{conversation.inbox}:{conversation.contact_id}"
    if conversation.status != Status.RESOLVED or world.open_conversation(key) is not None:
        return False
    conversation.status, conversation.resolved_at = Status.OPEN, None
    world.reopened(conversation, key)
    audit.note(world, conversation, "conversation.reopened", actor=actor)
    deliveries.retitle(world, policy, conversation)
    return True
