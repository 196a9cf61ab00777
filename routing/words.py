"""The vocabulary of routing: what is known about a message, and what is decided.

Frozen values without behaviour. Everybody may use them; deciding is in
:mod:`routing.router`.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

Language = Literal["zh", "en"]
"""A language that the desk speaks with customers."""

BARE: Final = frozenset({"start", "help"})
"""Commands that ask for the greeting and for nothing else."""


class Priority(IntEnum):
    """How soon a person should look. A lower number is more urgent."""

    URGENT = 1
    HIGH = 2
    NORMAL = 3
    LOW = 4

    @property
    def shown(self) -> str:
        """What agents see: ``P1`` to ``P4``."""
        return f"P{self.value}"


@dataclass(frozen=True, slots=True)
class Signs:
    """What a text shows by itself.

    ``language`` is ``""`` where the text tells none. ``folded`` is the text for
    matching: NFKC, case folded, without invisible characters. ``command`` is
    the name of a slash command, without slash and bot suffix, where the text
    is nothing else (``start`` for ``/start@a_bot``), or ``""``.
    """

    language: Language | Literal[""]
    folded: str
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that a decision about one incoming message may depend on.

    ``channel`` is the kind of the connector, ``account`` the name of its
    section. ``language``, ``priority``, ``team`` and ``tags`` are those of the
    conversation so far (``language`` is ``""`` and ``team`` None where nobody
    set one); ``hint`` is the customer's language as the platform tells it
    (BCP 47) or ``""``; ``new`` says that this message opens the conversation;
    ``files`` counts the attachments.
    """

    account: str
    channel: str
    signs: Signs
    language: str = ""
    hint: str = ""
    new: bool = False
    files: int = 0
    priority: Priority = Priority.NORMAL
    team: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of the message and its conversation.

    ``acknowledge`` is the key of the canned reply that the customer gets at
    once, or None. ``show`` is False only for a bare ``/start`` or ``/help``,
    which the acknowledgement answers and no agent needs to see. ``because``
    names the rules that hit, in order, for agents to read.
    """

    language: Language
    priority: Priority
    team: str | None = None
    tags: tuple[str, ...] = ()
    acknowledge: str | None = None
    show: bool = True
    because: tuple[str, ...] = ()
