"""Who takes care of an event: the customer's side, the desk, or nobody.

One function for each kind of event, and the table that :mod:`inbox.app` hands
to intake. A place in the configured room is the desk's; a place of one person
is a customer's; any other room is none of our business, and is never answered.
"""

from collections.abc import Mapping

import structlog

from connectors.base import (
    Deleted,
    Edited,
    Event,
    Gap,
    Inbound,
    Left,
    Membership,
    Moved,
    Pressed,
    Reacted,
    Received,
    Returned,
)
from inbox import audit, conversations, desk, traces
from inbox.intake import Handler
from inbox.policy import Policy
from inbox.store.rows import Seen
from inbox.store.world import World
from routing.words import Signs

log = structlog.get_logger(__name__)


def received(world: World, policy: Policy, event: Received, signs: Signs) -> None:
    """A message, at the desk or from a customer."""
    if _is_desk(policy, event):
        desk.hear(world, policy, event)
    elif event.room is None and not event.author.bot:
        known = world.id_at((event.place.account, event.place.id, event.id))
        if known is None:  # else told twice under two keys
            message = conversations.receive(world, policy, event=event, signs=signs)
            if (event.place.account, traces.gone(event.place, event.id)) in world.seen:
                message.deleted_at = world.now


def edited(world: World, policy: Policy, event: Edited, signs: Signs) -> None:
    """A message as it reads now."""
    if _is_desk(policy, event):
        desk.hear(world, policy, event)
    elif event.room is None and not event.author.bot:
        conversations.customer_edited(world, policy, event=event, signs=signs)


def deleted(world: World, policy: Policy, event: Deleted, _signs: Signs) -> None:
    """A message is gone; one that we have not seen leaves a tombstone."""
    if event.room is not None:
        return
    if world.id_at((event.place.account, event.place.id, event.id)) is None:
        tomb = (event.place.account, traces.gone(event.place, event.id))
        if tomb not in world.seen:
            world.seen.add(tomb)
            world.add(Seen(account=tomb[0], key=tomb[1], at=world.now))
        return
    conversations.customer_deleted(world, policy, place=event.place, id=event.id)


def pressed(world: World, policy: Policy, event: Pressed, _signs: Signs) -> None:
    """A button of ours. Customers have none yet."""
    if _is_desk(policy, event):
        desk.press(world, policy, event)


def left(world: World, policy: Policy, event: Left, _signs: Signs) -> None:
    """A customer can no longer be reached."""
    _reach(world, policy, event, event.why or "blocked")


def returned(world: World, policy: Policy, event: Returned, _signs: Signs) -> None:
    """A customer can be reached again."""
    _reach(world, policy, event, None)


def _reach(world: World, policy: Policy, event: Left | Returned, why: str | None) -> None:
    channel = policy.channels[event.place.account]
    identity = world.identities.get((channel, event.author.id))
    if identity is not None and event.room is None:
        conversations.reachable(
            world, policy, identity=identity, account=event.place.account, why=why
        )


def audited(world: World, _policy: Policy, event: Inbound, _signs: Signs) -> None:
    """Something to know of, with no effect of its own yet."""
    what = {Membership: "room.membership", Moved: "room.moved", Gap: "channel.gap"}
    name = what.get(type(event), "message.reacted")
    if not isinstance(event, Reacted):
        log.warning(name, account=event.place.account, place=event.place.id)
    audit.note(world, None, name)


def _is_desk(policy: Policy, event: Event) -> bool:
    return (
        policy.desk is not None
        and event.room == policy.desk.id
        and event.place.account == policy.desk.account
    )


HANDLERS: Mapping[type, Handler] = {
    Received: received,
    Edited: edited,
    Deleted: deleted,
    Pressed: pressed,
    Left: left,
    Returned: returned,
    Reacted: audited,
    Membership: audited,
    Moved: audited,
    Gap: audited,
}
"""What intake calls for each kind of event."""
