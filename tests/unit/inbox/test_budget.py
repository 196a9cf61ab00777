"""At most so many in ANY window: held against the plainest possible reckoning."""

from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.base import Rate, Rates
from inbox.budget import Budget, Window

RATES = st.lists(
    st.builds(Rate, st.integers(1, 6), st.sampled_from([0.5, 1.0, 3.0, 10.0])),
    min_size=1,
    max_size=3,
)
STEPS = st.lists(st.tuples(st.floats(0, 4), st.integers(1, 3)), max_size=60)
"""How long to wait, and how much to spend then."""

plain = settings(deadline=None, max_examples=200)


class Ledger:
    """All that was ever spent, and the rates: slow and obvious."""

    def __init__(self, rates: list[Rate]) -> None:
        self.rates = rates
        self.spent: list[tuple[float, int]] = []

    def used(self, rate: Rate, now: float) -> int:
        """What lies in the window that ends at ``now``."""
        return sum(cost for at, cost in self.spent if now - rate.window < at <= now)

    def free(self, now: float) -> int:
        return min(rate.count - self.used(rate, now) for rate in self.rates)

    def worst(self) -> list[tuple[Rate, int]]:
        """The most that any window of each rate holds: one that ends at a spending."""
        ends = [at for at, _ in self.spent]
        return [(rate, max((self.used(rate, at) for at in ends), default=0)) for rate in self.rates]


@plain
@given(RATES, STEPS)
def test_no_window_ever_holds_more_than_its_count(
    rates: list[Rate], steps: list[tuple[float, int]]
) -> None:
    window, ledger, now = Window(rates), Ledger(rates), 100.0
    for wait, cost in steps:
        now += wait
        if window.free(now) >= cost:
            window.spend(now, cost)
            ledger.spent.append((now, cost))
    for rate, most in ledger.worst():
        assert most <= rate.count


@plain
@given(RATES, STEPS)
def test_what_is_free_is_what_the_plain_reckoning_says(
    rates: list[Rate], steps: list[tuple[float, int]]
) -> None:
    window, ledger, now = Window(rates), Ledger(rates), 100.0
    for wait, cost in steps:
        now += wait
        assert window.free(now) == ledger.free(now)
        window.spend(now, cost)
        ledger.spent.append((now, cost))


@plain
@given(RATES, STEPS, st.integers(1, 4))
def test_the_moment_it_names_is_the_first_at_which_there_is_room(
    rates: list[Rate], steps: list[tuple[float, int]], cost: int
) -> None:
    window, ledger, now = Window(rates), Ledger(rates), 100.0
    for wait, spent in steps:
        now += wait
        if ledger.free(now) >= spent:
            window.spend(now, spent)
            ledger.spent.append((now, spent))
    at = window.free_at(now, cost)
    wanted = min(cost, *(rate.count for rate in rates))
    fits = all(ledger.used(r, at + 1e-6) + min(cost, r.count) <= r.count for r in rates)
    assert fits
    if at > now:
        assert ledger.free(at - 1e-6) < max(wanted, cost) or cost > wanted


@plain
@given(RATES, RATES, st.lists(st.tuples(st.floats(0, 3), st.sampled_from("ab")), max_size=40))
def test_a_budget_keeps_the_whole_and_every_place(
    whole: list[Rate], place: list[Rate], steps: list[tuple[float, str]]
) -> None:
    budget, now = Budget(Rates(tuple(whole), tuple(place))), 100.0
    books = {"whole": Ledger(whole), "a": Ledger(place), "b": Ledger(place)}
    for wait, where in steps:
        now += wait
        if budget.free(now) and where not in budget.cooling(now):
            budget.spend(now, where)
            books["whole"].spent.append((now, 1))
            books[where].spent.append((now, 1))
    for ledger in books.values():
        for rate, most in ledger.worst():
            assert most <= rate.count


def test_without_rates_there_is_no_limit() -> None:
    budget = Budget(Rates())
    for _ in range(1_000):
        budget.spend(5.0, "a")
    assert budget.free(5.0) > 1_000
    assert budget.cooling(5.0) == []
    assert budget.free_at(5.0) == 5.0


def test_what_a_platform_asked_for_stops_everything_until_then() -> None:
    budget = Budget(Rates((Rate(20, 60.0),)))
    budget.not_before = 110.0
    assert budget.free(109.9) == 0
    assert not budget.fits(109.9, 1)
    assert budget.free_at(100.0) == 110.0
    assert budget.free(110.0) == 20
    assert budget.fits(110.0, 20)


def test_an_album_waits_until_all_of_it_fits() -> None:
    budget = Budget(Rates((Rate(20, 60.0),)))
    for second in range(15):
        budget.spend(float(second), "a")
    assert budget.fits(20.0, 5)
    assert not budget.fits(20.0, 6)
    assert budget.free_at(20.0, 6) == 60.0, "when the first of the fifteen is forgotten"


def test_what_is_larger_than_the_window_goes_when_the_window_is_empty() -> None:
    budget = Budget(Rates((Rate(3, 60.0),)))
    budget.spend(1.0, "a")
    assert not budget.fits(2.0, 10)
    assert budget.fits(61.0, 10)


def test_the_next_moment_is_when_a_place_has_cooled() -> None:
    budget = Budget(Rates((Rate(30, 1.0),), (Rate(1, 1.0),)))
    budget.spend(10.0, "a")
    budget.spend(10.4, "b")
    assert sorted(map(str, budget.cooling(10.5))) == ["a", "b"]
    assert budget.free_at(10.5) == 11.0
    assert budget.cooling(11.0) == ["b"]


def test_a_spending_from_before_a_crash_counts_from_when_it_was() -> None:
    """Rebuilt from the store in any order."""
    budget = Budget(Rates((Rate(2, 60.0),)))
    for at in (50.0, 10.0):
        budget.spend(at, None)
    assert budget.free(60.0) == 0
    assert budget.free(70.0) == 1
