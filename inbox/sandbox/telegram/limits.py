"""How much a bot may say, and what happens to one that says more.

Sources: the Bot FAQ ("My bot is hitting limits": 30 a second in all, one a
second in a chat, 20 a minute in a group); tdlib/td issues 2592 and 3034 (edits,
and topics made or closed, share the budget of sends). Observed by others: a
call made before ``retry_after`` has passed makes the ban longer.
"""

import math
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from inbox.sandbox.telegram.errors import too_many_requests


@dataclass(frozen=True, slots=True)
class Limits:
    """The numbers; times in seconds.

    ``private_burst`` messages more than one a ``private_interval`` are let
    through when a chat was quiet. Refusals within ``forgiven`` of the first one
    were on their way already and do not lengthen the ban.
    """

    bot_calls: int = 30
    bot_window: float = 1.0
    private_interval: float = 1.0
    private_burst: int = 1
    group_calls: int = 20
    group_window: float = 60.0
    forgiven: float = 1.0
    enabled: bool = True

    @classmethod
    def off(cls) -> "Limits":
        """No limits at all."""
        return cls(enabled=False)


class Gauge(Protocol):
    """Something that fills up and drains with time."""

    def wait(self, now: float, cost: int) -> float:
        """Seconds until ``cost`` more fits; 0 or less when it does now."""

    def spend(self, now: float, cost: int) -> None:
        """Count what was done."""


class Window:
    """At most ``count`` in any ``seconds``: a sliding log."""

    def __init__(self, count: int, seconds: float) -> None:
        self._count = count
        self._seconds = seconds
        self._log: deque[float] = deque()

    def wait(self, now: float, cost: int) -> float:
        """See Gauge. What costs more than the whole window fits into an empty one."""
        log = self._log
        while log and log[0] <= now - self._seconds:
            log.popleft()
        surplus = len(log) + min(cost, self._count) - self._count
        return log[surplus - 1] + self._seconds - now if surplus > 0 else 0.0

    def spend(self, now: float, cost: int) -> None:
        """See Gauge."""
        self._log.extend([now] * cost)


class Pace:
    """One in each ``interval`` seconds, and ``burst`` more after a silence.

    A call counts once here, whatever it carries: an album is one message to a person.
    """

    __slots__ = ("_interval", "_slack", "_until")

    def __init__(self, interval: float, burst: int) -> None:
        self._interval = interval
        self._slack = interval * burst
        self._until = -math.inf

    def wait(self, now: float, cost: int) -> float:
        """See Gauge."""
        return self._until - self._slack - now

    def spend(self, now: float, cost: int) -> None:
        """See Gauge."""
        self._until = max(self._until, now) + self._interval


@dataclass(slots=True)
class Ban:
    """Silence asked of a bot until ``until``; each early retry adds ``step`` seconds."""

    since: float
    until: float
    step: float


Scope = tuple[int, int]
"""A bot and a chat; chat 0 means all of them."""


class Budgets:
    """What every bot has said lately, by chat."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._gauges: dict[Scope, Gauge] = {}
        self._bans: dict[Scope, Ban] = {}

    def check(self, bot_id: int, chat_id: int, cost: int, now: float) -> None:
        """Raise ApiError 429 unless ``cost`` more calls are allowed at ``now``."""
        if not self.limits.enabled:
            return
        scopes = ((bot_id, 0), (bot_id, chat_id))
        for scope in scopes:
            self._respect_ban(scope, now)
        for scope in scopes:
            wait = self._gauge(scope).wait(now, cost)
            if wait > 0:
                seconds = math.ceil(wait)
                self._bans[scope] = Ban(now, now + seconds, seconds)
                raise too_many_requests(seconds)

    def spend(self, bot_id: int, chat_id: int, cost: int, now: float) -> None:
        """Count a call that went through."""
        if self.limits.enabled:
            self._gauge((bot_id, 0)).spend(now, cost)
            self._gauge((bot_id, chat_id)).spend(now, cost)

    def _respect_ban(self, scope: Scope, now: float) -> None:
        ban = self._bans.get(scope)
        if ban is None:
            return
        if now >= ban.until:
            del self._bans[scope]
            return
        if now - ban.since > self.limits.forgiven:
            ban.until += ban.step
        raise too_many_requests(math.ceil(ban.until - now))

    def _gauge(self, scope: Scope) -> Gauge:
        gauge = self._gauges.get(scope)
        if gauge is None:
            gauge = self._gauges[scope] = self._new_gauge(scope[1])
        return gauge

    def _new_gauge(self, chat_id: int) -> Gauge:
        limits = self.limits
        if chat_id == 0:
            return Window(limits.bot_calls, limits.bot_window)
        if chat_id < 0:
            return Window(limits.group_calls, limits.group_window)
        return Pace(limits.private_interval, limits.private_burst)
