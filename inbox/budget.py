"""How much may be sent where, right now.

A platform's limit is "at most so many in *any* window", so the budget is a log
of the last window: a token bucket of 20 a minute lets 39 through in the worst
minute. Held in memory by the one who may send for an account, rebuilt from the
store after a crash. Times are monotonic seconds.
"""

from collections import deque
from collections.abc import Hashable, Sequence

from connectors.base import Rate, Rates


class Window:
    """What was spent under some rates that all hold at once."""

    def __init__(self, rates: Sequence[Rate]) -> None:
        self._rates = tuple(rates)
        self._longest = max((rate.window for rate in rates), default=0.0)
        self._spent: deque[tuple[float, int]] = deque()

    def spend(self, now: float, cost: int = 1) -> None:
        """Note that ``cost`` units left at ``now``."""
        if self._rates:
            self._spent.append((now, cost))

    def free(self, now: float) -> int:
        """How many units may leave now."""
        self._forget(now)
        return min((rate.count - self._used(rate, now) for rate in self._rates), default=1_000_000)

    def free_at(self, now: float, cost: int = 1) -> float:
        """When ``cost`` units may leave, if nothing else does; more than a
        whole window holds counts as the whole."""
        self._forget(now)
        return max((self._rate_free_at(rate, now, cost) for rate in self._rates), default=now)

    def is_empty(self, now: float) -> bool:
        """Whether nothing was spent that any rate still counts."""
        self._forget(now)
        return not self._spent

    def _used(self, rate: Rate, now: float) -> int:
        return sum(cost for at, cost in self._spent if at > now - rate.window)

    def _rate_free_at(self, rate: Rate, now: float, cost: int) -> float:
        over = self._used(rate, now) + min(cost, rate.count) - rate.count
        if over <= 0:
            return now
        for at, spent in self._spent:
            over -= spent if at > now - rate.window else 0
            if over <= 0:
                return at + rate.window
        return now + rate.window

    def _forget(self, now: float) -> None:
        while self._spent and self._spent[0][0] <= now - self._longest:
            self._spent.popleft()


class Budget:
    """One scope: its whole, each of its places, and what the platform asked for."""

    def __init__(self, rates: Rates) -> None:
        self._whole = Window(rates.whole)
        self._place_rates = rates.place
        self._places: dict[Hashable, Window] = {}
        self.not_before = 0.0

    def free(self, now: float) -> int:
        """How many units may leave now, over all places."""
        return 0 if now < self.not_before else max(0, self._whole.free(now))

    def spend(self, now: float, place: Hashable, cost: int = 1) -> None:
        """Note that ``cost`` units left for ``place``."""
        self._whole.spend(now, cost)
        if self._place_rates:
            self._places.setdefault(place, Window(self._place_rates)).spend(now, cost)

    def fits(self, now: float, cost: int) -> bool:
        """Whether a call of ``cost`` units may leave now."""
        return now >= self.not_before and self._whole.free_at(now, cost) <= now

    def cooling(self, now: float) -> list[Hashable]:
        """The places that must not be written to just now."""
        self._places = {p: w for p, w in self._places.items() if not w.is_empty(now)}
        return [p for p, w in self._places.items() if w.free(now) <= 0]

    def free_at(self, now: float, cost: int = 1) -> float:
        """The earliest moment at which something may leave that may not now."""
        soonest = max(self.not_before, self._whole.free_at(now, cost))
        places = [at for w in self._places.values() if (at := w.free_at(now)) > now]
        return min([soonest, *places]) if soonest > now else min(places, default=now)
