"""What is to be done at a place, and what became of it.

Each delivery is queued at the tail of its thread and never changes its place:
where an answer goes is decided when it is written, not when it is sent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Address, Text
from inbox import audit, messages
from inbox.model import AGAIN, Action, DeliveryStatus, Kind, Side, ThreadState
from inbox.policy import Policy
from inbox.store.rows import (
    Agent,
    Conversation,
    Delivery,
    Message,
    Thread,
)
from inbox.store.world import World

TAKEN_BACK = "taken back"
"""Why a delivery was cancelled whose message its author withdrew in time."""

LIVE, SYSTEM, BULK = 0, 1, 2
"""Lanes: bulk gets nothing while live waits."""


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


def show(
    world: World, policy: Policy, conversation: Conversation, message: Message, *, wait: bool
) -> None:
    """Show a customer's message in the topic, which is made when it is first needed."""
    thread = desk_thread(world, policy, conversation)
    if thread is not None:
        deliver(world, policy, thread, Action.POST, message, wait=wait)


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
    body = policy.phrases.say(policy.desk_language, key, **_visible(values or {}))
    message = messages.own(world, conversation, Kind.EVENT, body)
    message.reply_to_id, message.choices = about, list(choices)
    deliver(world, policy, thread, Action.POST, message, lane=lane, once=once)


def retitle(world: World, policy: Policy, conversation: Conversation) -> None:
    """Let the topic's title say the state."""
    thread = world.thread(conversation, Side.DESK)
    if thread is not None:
        deliver(world, policy, thread, Action.TITLE, None, lane=SYSTEM)


def customer_thread(world: World, conversation: Conversation) -> Thread:
    """Where answers go. Raises LookupError where there is no such place."""
    thread = world.thread(conversation, Side.CUSTOMER)
    if thread is None:
        raise LookupError(f"conversation {conversation.id} has no customer thread")
    return thread


def is_unposted(world: World, message: Message) -> bool:
    """Whether its post at the desk has yet to be made, and will show it as it reads then."""
    return any(
        d.action == Action.POST and d.status == DeliveryStatus.PENDING and d.parts_done == 0
        for d in world.deliveries_of(message.id)
    )


def refused(world: World, policy: Policy, delivery: Delivery, why: str) -> None:
    """A delivery can never arrive: say so where agents see it."""
    conversation = world.conversations[delivery.conversation_id]
    audit.note(world, conversation, "delivery.refused", ids={"delivery": delivery.id})
    at_desk = world.threads[delivery.thread_id].side == Side.DESK
    key = "desk.not_shown" if at_desk else "desk.not_delivered"
    tell(world, policy, conversation, key, about=delivery.message_id, values={"why": why})


def uncertain(world: World, policy: Policy, delivery: Delivery) -> None:
    """Nobody knows whether it arrived: ask the agents, with two buttons."""
    conversation = world.conversations[delivery.conversation_id]
    audit.note(world, conversation, "delivery.uncertain", ids={"delivery": delivery.id})
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


def settle_question(world: World, policy: Policy, question: Message, text: str) -> None:
    """A question of ours has its answer: say it there, and take the buttons away."""
    messages.revise(world, question, Text(text), world.now)
    question.choices = []
    thread = world.thread(world.conversations[question.conversation_id], Side.DESK)
    if thread is not None:
        deliver(world, policy, thread, Action.EDIT, question, lane=SYSTEM)


def resend(world: World, policy: Policy, group: Sequence[Delivery], *, agent: Agent) -> bool:
    """Send once more what may or may not have arrived (a delivery and those
    merged into it). Returns False where that was already decided, or where the
    customer's answer was taken back meanwhile."""
    if _is_taken_back(world, group[0]):
        return False
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


def _is_taken_back(world: World, delivery: Delivery) -> bool:
    message = world.messages.get(delivery.message_id or 0)
    to_customer = world.threads[delivery.thread_id].side == Side.CUSTOMER
    return to_customer and message is not None and message.deleted_at is not None


def _decide(world: World, delivery: Delivery, agent: Agent, what: str) -> bool:
    if delivery.status != DeliveryStatus.UNCERTAIN or delivery.why == AGAIN:
        return False
    audit.note(
        world,
        world.conversations[delivery.conversation_id],
        what,
        actor=f"agent:{agent.id}",
        ids={"delivery": delivery.id},
    )
    return True


def _again(world: World, policy: Policy, delivery: Delivery) -> None:
    """Send once more, at the tail: the parts that surely arrived are not repeated."""
    delivery.why = AGAIN
    thread = world.threads[delivery.thread_id]
    conversation = world.conversations[delivery.conversation_id]
    living = world.thread(conversation, thread.side) or thread
    message = world.messages[delivery.message_id] if delivery.message_id else None
    repeated = deliver(world, policy, living, Action.POST, message, lane=delivery.lane)
    repeated.resend_of = delivery.id
    repeated.parts_done = delivery.parts_done if living is thread else 0


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
        if delivery.merged_into is None and _shows_words(world, delivery):
            _move(delivery, fresh)
        else:
            delivery.status, delivery.why = DeliveryStatus.CANCELLED, "its topic is gone"
    for question in questions:
        once = f"ask:{question.id}@{fresh.id}"  # by it the question is found the next time
        deliver(world, policy, fresh, Action.POST, question, lane=SYSTEM, once=once)
    audit.note(world, conversation, "topic.gone", ids={"thread": thread.id})


def _shows_words(world: World, delivery: Delivery) -> bool:
    """Whether it is a post; the change of a customer's message is shown as one, too."""
    message = world.messages.get(delivery.message_id or 0)
    incoming = message is not None and message.kind == Kind.INCOMING
    return delivery.action == Action.POST or (delivery.action == Action.EDIT and incoming)


def _move(delivery: Delivery, thread: Thread) -> None:
    delivery.thread_id, delivery.seq = thread.id, thread.next_seq
    delivery.status, delivery.owner, delivery.parts_done = DeliveryStatus.PENDING, None, 0
    thread.next_seq += 1


def _visible(values: Mapping[str, str]) -> dict[str, str]:
    """Values that can be read: a phrase is never refused for a name of blanks."""
    return {name: value if value.strip() else "—" for name, value in values.items()}
