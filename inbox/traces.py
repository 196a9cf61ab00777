"""Keys under which something is remembered beside the events themselves."""

from connectors.base import Address


def gone(place: Address, id: str) -> str:
    """A message that was deleted before we saw it."""
    return f"gone:{place.id}/{id}"[:200]


def stranger(author_id: str) -> str:
    """Somebody in the agents' room who was told that he may not answer."""
    return f"stranger:{author_id}"[:200]
