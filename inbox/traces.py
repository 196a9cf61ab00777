"""Keys under which something is remembered: events, and what stands beside them."""

from hashlib import sha256

from connectors.base import Address
from inbox.texts import storable

LONGEST = 200
"""Characters that a column of keys takes."""


def event(key: str) -> str:
    """An event's key as every database takes it: an odd one gives way to its digest."""
    if len(key) <= LONGEST and storable(key) == key:
        return key
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def gone(place: Address, id: str) -> str:
    """A message that was deleted before we saw it."""
    return event(f"gone:{place.id}/{id}")


def stranger(author_id: str) -> str:
    """Somebody in the agents' room who was told that he may not answer."""
    return event(f"stranger:{author_id}")
