"""What the end of a platform call means for the rows: a table of outcomes.

=================  ==============================================================
Sent               the ids are kept; the next part, or ``sent``
TryLater           ``pending`` again: after what was asked, or a growing pause
Refused gone       a topic is made anew and what waits moves there
Refused invalid    of a merged post: each goes alone, so that one is to blame
Refused (desk)     our own rights or the group are at fault: tried again later
Refused            ``refused``; the agents are told why
Uncertain          what can be repeated without harm is; else the agents are asked
=================  ==============================================================
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from connectors.base import Address, Outcome, Reason, Refused, Sent, TryLater
from inbox import deliveries
from inbox.model import Action, DeliveryStatus, Direction, Kind, Side
from inbox.policy import Policy
from inbox.store import claims
from inbox.store.rows import Delivery, Identity, MessageKey
from inbox.store.world import World

log = structlog.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0
"""Seconds between attempts where the platform named none: doubled each time, with jitter."""

MENDABLE_PAUSE = 30.0
"""Seconds until a desk that refused us (rights, group) is tried again."""

_REPEATABLE = (Action.TITLE, Action.EDIT, Action.DELETE, Action.TOPIC)
"""Done twice they end the same way; of a topic made twice an empty one may be left."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How the call for a delivery ended: what it returned, or the outcome raised.
    ``parts`` is how many calls the delivery takes in all; ``alone`` that those
    merged into it were not in the post; ``banned`` that its whole queue must wait."""

    delivery_id: int
    outcome: Sent | Address | Outcome | None
    parts: int = 1
    alone: bool = False
    banned: bool = False


def settle(
    world: World, policy: Policy, ended: Sequence[Ended], *, jitter: Callable[[], float]
) -> None:
    """Write down what became of some calls, and leave the deliveries that follow."""
    found = claims.with_followers(world, [e.delivery_id for e in ended])
    groups: dict[int, list[Delivery]] = {}
    for delivery in found:
        groups.setdefault(delivery.merged_into or delivery.id, []).append(delivery)
    world.load_around(
        [d for one in ended for d in groups.get(one.delivery_id, ()) if _is_odd(d, one)]
    )
    for one in ended:
        group = sorted(groups.get(one.delivery_id, ()), key=lambda d: d.seq)
        if group and group[0].status in (DeliveryStatus.SENDING, DeliveryStatus.UNCERTAIN):
            _settle(world, policy, group, one, jitter)


def _is_odd(delivery: Delivery, ended: Ended) -> bool:
    """Whether more than its own rows must be known: agents will hear of it."""
    return isinstance(ended.outcome, Outcome) or delivery.status == DeliveryStatus.UNCERTAIN


def touched(world: World) -> list[Delivery]:
    """Deliveries that wait again, or behind which the next one may go."""
    return list(world.deliveries.values())


def _settle(
    world: World,
    policy: Policy,
    group: Sequence[Delivery],
    ended: Ended,
    jitter: Callable[[], float],
) -> None:
    head, outcome = group[0], ended.outcome
    if ended.alone:
        _wait(world, group[1:], 0.0, None)
        group = group[:1]
    if isinstance(outcome, Refused):
        _refused(world, policy, group, outcome, jitter)
    elif isinstance(outcome, TryLater):
        _later(world, group, outcome, jitter, banned=ended.banned)
    elif isinstance(outcome, Outcome):
        _uncertain(world, policy, group, outcome, jitter)
    else:
        late = head.status == DeliveryStatus.UNCERTAIN
        _sent(world, group, ended)
        if late:
            _withdraw(world, policy, head)


def _sent(world: World, group: Sequence[Delivery], ended: Ended) -> None:
    head, outcome = group[0], ended.outcome
    thread = world.threads[head.thread_id]
    if isinstance(outcome, Address):
        world.placed(thread, outcome.id)
    elif isinstance(outcome, Sent):
        _keep_ids(world, group, outcome)
    elif head.action == Action.DELETE and head.message_id is not None:
        for key in world.load_keys_of([head.message_id], thread.account):
            key.gone_at = world.now if key.place == thread.place else key.gone_at
    head.parts_done += 1
    if head.parts_done < ended.parts:
        _wait(world, group, 0.0, None)
        return
    for delivery in group:
        delivery.status, delivery.finished_at = DeliveryStatus.SENT, world.now
    if head.action == Action.POST and thread.side == Side.DESK and "card" not in thread.context:
        # Only now: the parts of one post must all be composed alike.
        thread.context = {**thread.context, "card": head.message_id}


def _keep_ids(world: World, group: Sequence[Delivery], sent: Sent) -> None:
    thread = world.threads[group[0].thread_id]
    for delivery in group:
        for number, external_id in enumerate(sent.ids):
            if delivery.message_id is not None:
                world.add(
                    MessageKey(
                        account=thread.account,
                        place=thread.place or "",
                        external_id=external_id,
                        message_id=delivery.message_id,
                        part=delivery.parts_done + number,
                        direction=Direction.OUT,
                    )
                )


def _wait(world: World, group: Sequence[Delivery], seconds: float, why: str | None) -> None:
    for delivery in group:
        delivery.status, delivery.owner, delivery.merged_into = DeliveryStatus.PENDING, None, None
        delivery.due_at = world.now + timedelta(seconds=seconds)
        delivery.why = why and why[:300]


def _later(
    world: World,
    group: Sequence[Delivery],
    outcome: TryLater,
    jitter: Callable[[], float],
    *,
    banned: bool,
) -> None:
    head = group[0]
    if _is_taken_back(world, head):
        _drop(world, head)
        return
    if outcome.told:
        seconds = outcome.after
        if banned:
            until = world.now + timedelta(seconds=seconds)
            claims.remember_ban(world.connection, head.queue, until, world.now)
    else:
        seconds = max(outcome.after, _pause(head.attempts, jitter))
    _wait(world, group, seconds, outcome.why)


def _is_taken_back(world: World, head: Delivery) -> bool:
    """Whether its author took it back before anything of it has left."""
    message = world.messages.get(head.message_id or 0)
    at_desk = world.threads[head.thread_id].side == Side.DESK
    if at_desk or head.action != Action.POST or head.parts_done or message is None:
        return False
    return message.deleted_at is not None


def _drop(world: World, head: Delivery) -> None:
    """Nothing has left, so nothing need be sent, changed or deleted."""
    behind = claims.waiting_behind(world, world.threads[head.thread_id])
    for delivery in (head, *(d for d in behind if d.message_id == head.message_id)):
        delivery.status, delivery.why = DeliveryStatus.CANCELLED, deliveries.TAKEN_BACK


def _pause(attempts: int, jitter: Callable[[], float]) -> float:
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(attempts, 10))
    return longest * (0.5 + 0.5 * jitter())


def _refused(
    world: World,
    policy: Policy,
    group: Sequence[Delivery],
    outcome: Refused,
    jitter: Callable[[], float],
) -> None:
    head = group[0]
    thread = world.threads[head.thread_id]
    at_desk = thread.side == Side.DESK
    if at_desk and outcome.reason == Reason.GONE and _is_current(world, head):
        behind = claims.waiting_behind(world, thread)
        world.load_around(behind)
        for delivery in group:
            delivery.merged_into = None
        waiting, questions = [*group, *behind], claims.open_questions(world, thread)
        deliveries.topic_gone(world, policy, thread, waiting=waiting, questions=questions)
        return
    if len(group) > 1 and outcome.reason == Reason.INVALID:
        _wait(world, group, 0.0, claims.APART)
        return
    mendable = outcome.reason in (Reason.FORBIDDEN, Reason.UNREACHABLE, Reason.MOVED)
    if at_desk and (mendable or head.action == Action.TOPIC):
        log.error("desk.refuses", account=thread.account, why=outcome.why)
        _wait(world, group, MENDABLE_PAUSE * (0.5 + jitter()), outcome.why)
        return
    if outcome.reason == Reason.UNREACHABLE and thread.identity_id is not None:
        for identity in world.load_identities([thread.identity_id]):
            _unreachable(identity, outcome.why)
    for delivery in group:
        delivery.status, delivery.finished_at = DeliveryStatus.REFUSED, world.now
        delivery.why = outcome.why[:300]
        log.warning("delivery.refused", delivery=delivery.id, reason=outcome.reason)
        if not _is_small_talk(world, delivery):
            deliveries.refused(world, policy, delivery, outcome.why)


def _is_current(world: World, head: Delivery) -> bool:
    """Whether "gone" speaks of the topic, not of one message in it."""
    return head.action != Action.EDIT or head.message_id is None or _is_incoming(world, head)


def _is_incoming(world: World, head: Delivery) -> bool:
    message = world.messages.get(head.message_id or 0)
    return message is not None and message.kind == Kind.INCOMING


def _unreachable(identity: Identity, why: str) -> None:
    identity.reachable, identity.unreachable_why = False, why[:200]


def _is_small_talk(world: World, delivery: Delivery) -> bool:
    """What only the desk itself says: it may be shown twice (and says so), and a
    refusal of it is logged, not told again."""
    message = world.messages.get(delivery.message_id or 0)
    return message is None or message.kind == Kind.EVENT


def _uncertain(
    world: World,
    policy: Policy,
    group: Sequence[Delivery],
    outcome: Outcome,
    jitter: Callable[[], float],
) -> None:
    head = group[0]
    if head.status == DeliveryStatus.UNCERTAIN:
        return
    if head.action in _REPEATABLE or all(_is_small_talk(world, d) for d in group):
        head.resend_of = head.id if head.action == Action.POST else None  # shown as a repetition
        _wait(world, group, _pause(head.attempts, jitter), outcome.why)
        return
    for delivery in group:
        delivery.status, delivery.why = DeliveryStatus.UNCERTAIN, outcome.why[:300]
        delivery.finished_at = world.now
    deliveries.uncertain(world, policy, head)


def _withdraw(world: World, policy: Policy, head: Delivery) -> None:
    """It did arrive: the question is answered."""
    asked = world.delivery_once(f"ask:{head.id}")
    question = world.messages.get(asked.message_id or 0) if asked else None
    if question is not None and question.choices:
        text = policy.phrases.say(policy.desk_language, "desk.uncertain_was_sent")
        deliveries.settle_question(world, policy, question, text)
