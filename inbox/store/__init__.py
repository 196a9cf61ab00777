"""What remembers: the engines, the one writer, and the only SQL of the project."""

from inbox.store.engine import Refusal, Store, StoreDownError

__all__ = ["Refusal", "Store", "StoreDownError"]
