"""The audit: who did what, when and why. Ids and reasons, never anybody's text."""

from collections.abc import Sequence

from inbox.store.rows import (
    AuditEvent,
    Conversation,
)
from inbox.store.world import World


def note(
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
