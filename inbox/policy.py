"""What use cases must know of the configuration: one frozen value, handed down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from connectors.base import Address
from routing.canned import Book
from routing.phrases import Phrases
from routing.words import Decision, Facts, Signs


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """``desk`` is the agents' room, None where none is configured; ``scope``
    names the budget that calls to a place draw on."""

    channels: Mapping[str, str]
    scope: Callable[[Address], str]
    decide: Callable[[Facts], Decision]
    read: Callable[[str], Signs]
    book: Book
    phrases: Phrases
    desk: Address | None = None
    desk_language: str = "en"
    brand: str = "Support"
    reopen: timedelta = timedelta(days=7)
    album_wait: timedelta = timedelta(seconds=1.5)
    album_limit: timedelta = timedelta(seconds=5)
