"""Intake and outbox against a model: anything may happen, in any order, and die in between.

No rule has a precondition, so that what is drawn depends on nothing but itself: where
something is missing that a rule is about, the rule makes it first.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.properties import verdict
from tests.properties.customers import Customers
from tests.properties.files import fast_folder, template
from tests.properties.ledger import Said
from tests.properties.line import How, Shown, Topic
from tests.properties.process import AGENTS
from tests.properties.room import Guise, Room, Way
from tests.properties.scene import Scene

settings.register_profile(
    "ci",
    max_examples=40,
    stateful_step_count=40,
    deadline=None,
    derandomize=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("night", settings.get_profile("ci"), max_examples=1_000)

T = TypeVar("T")

Who = tuple[str, str]
"""(account, customer)."""

FIRST = ("alpha", "c1")
WHO = st.sampled_from((FIRST, ("alpha", "c2"), ("beta", "c1")))
AGENT = st.sampled_from(tuple(AGENTS))
WHICH = st.integers(0, 40)
SIDE = st.sampled_from(("desk", "customer"))
WORD = st.sampled_from(("hello", "hacked", "投诉", ""))
PAUSE = st.sampled_from((0.5, 2.0, 6.0, 61.0, 8 * 86_400.0))


class Desk(RuleBasedStateMachine):
    """Customers, agents, the platform, the clock, and the death of the process."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="properties-", dir=fast_folder()))
        self.scene = Scene(self.folder, template())
        self.customers = Customers(self.scene)
        self.room = Room(self.scene)

    @initialize(sending=st.booleans(), first=st.lists(WHO, max_size=3))
    def begin(self, first: list[Who], *, sending: bool) -> None:
        if sending:
            self.scene.start()
        if first:
            self.customers.write_at_once(first)

    def teardown(self) -> None:
        """At the end everything is let go, and nothing may be left over."""
        try:
            self.scene.platform.stuck.clear()
            self._rest()
        finally:
            self.scene.end()
            shutil.rmtree(self.folder)

    @invariant()
    def always(self) -> None:
        verdict.always(self.scene)

    # --- customers --------------------------------------------------------------------

    @rule(who=WHO, files=st.integers(0, 2), word=WORD)
    def writes(self, who: Who, files: int, word: str) -> None:
        self.customers.write(*who, files=files, word=word)

    @rule(who=st.lists(WHO, min_size=2, max_size=5))
    def write_at_once(self, who: list[Who]) -> None:
        self.customers.write_at_once(who)

    @rule(which=WHICH)
    def edits(self, which: int) -> None:
        self.customers.edit(self._message(which))

    @rule(who=WHO, late=st.booleans())
    def edits_what_never_came(self, who: Who, *, late: bool) -> None:
        said = self.customers.edit_unseen(*who)
        if late:
            self.customers.original(said)

    @rule(who=WHO, group=st.integers(1, 2), caption=st.booleans())
    def sends_an_item_of_an_album(self, who: Who, group: int, *, caption: bool) -> None:
        self.customers.item(*who, f"{who}-{group}", caption=caption)

    @rule(which=WHICH)
    def deletes(self, which: int) -> None:
        self.customers.delete(self._message(which))

    @rule(who=WHO)
    def deletes_what_never_came(self, who: Who) -> None:
        self.customers.delete_unseen(*who)

    @rule(which=WHICH)
    def what_was_deleted_comes(self, which: int) -> None:
        if not self.customers.graves:
            self.customers.delete_unseen(*FIRST)
        self.customers.arrive(_pick(self.customers.graves, which))

    @rule(who=WHO, back=st.booleans())
    def leaves_or_returns(self, who: Who, *, back: bool) -> None:
        (self.customers.come_back if back else self.customers.leave)(*who)

    @rule(who=WHO)
    def babbles(self, who: Who) -> None:
        self.customers.babble(*who)

    @rule(which=WHICH, key=st.booleans())
    def is_told_again(self, which: int, *, key: bool) -> None:
        self._message(which)
        self.scene.tell_again(_pick(self.scene.handed, -1 - which), new_key=key)

    # --- agents -----------------------------------------------------------------------

    @rule(which=WHICH, agent=AGENT, files=st.integers(0, 2))
    def replies(self, which: int, agent: str, files: int) -> None:
        self.room.type(self._topic(which), agent, files=files)

    @rule(which=WHICH, agent=AGENT, way=st.sampled_from(Way))
    def types(self, which: int, agent: str, way: Way) -> None:
        self.room.type(self._topic(which), agent, way)

    @rule(which=WHICH, guise=st.sampled_from(Guise))
    def pretends(self, which: int, guise: Guise) -> None:
        self.room.pretend(self._topic(which), guise)

    @rule(which=WHICH, way=st.sampled_from((Way.REPLY, Way.REPLY, Way.NOTE)), strange=st.booleans())
    def changes(self, which: int, way: Way, *, strange: bool) -> None:
        self.room.edit(self._typed(which), way, stranger=strange)

    @rule(which=WHICH, agent=AGENT, group=st.integers(1, 2), inside=st.booleans())
    def sends_an_item(self, which: int, agent: str, group: int, *, inside: bool) -> None:
        topic = self._topic(which)
        self.room.item(topic, agent, f"{topic.id}-{agent}-{group}", inside=inside)

    @rule(which=WHICH, agent=AGENT, word=st.sampled_from(("/close", "／关闭")))
    def closes(self, which: int, agent: str, word: str) -> None:
        self.room.close(self._topic(which), agent, word)

    @rule(which=WHICH, agent=AGENT)
    def reopens(self, which: int, agent: str) -> None:
        self.room.reopen(self._topic(which), agent)

    @rule(which=WHICH, agent=AGENT)
    def undoes(self, which: int, agent: str) -> None:
        self.room.undo(self._topic(which), agent)

    @rule(which=WHICH)
    def undoes_one(self, which: int) -> None:
        said = self._typed(which)
        self.room.undo(self.scene.platform.topics[said.place], said.agent, said)

    @rule(which=WHICH, agent=AGENT, what=st.sampled_from(("", "", "nope", "dep.no_memo", "help")))
    def takes_a_canned_reply(self, which: int, agent: str, what: str) -> None:
        if not what:
            self.room.canned(self._topic(which), agent)
        elif what == "help":
            self.room.help(self._topic(which), agent)
        else:
            self.room.canned_wrongly(self._topic(which), agent, what)

    @rule(
        which=WHICH,
        verb=st.sampled_from(("again", "arrived")),
        who=st.sampled_from((*AGENTS, "stranger")),
        elsewhere=st.one_of(st.none(), st.none(), WHICH),
    )
    def presses(self, which: int, verb: str, who: str, elsewhere: int | None) -> None:
        topic = None if elsewhere is None else self._topic(elsewhere)
        self.room.press(self._question(which), verb, who=who, topic=topic)

    @rule(which=WHICH)
    def deletes_a_topic(self, which: int) -> None:
        self.room.remove(self._topic(which))

    # --- the platform, the clock, the process -----------------------------------------

    @rule(side=SIDE, who=WHO, hows=st.lists(st.sampled_from(How), min_size=1, max_size=3))
    def will_end(self, side: str, who: Who, hows: list[How]) -> None:
        self.scene.script(_target(side, who), hows)

    @rule(side=SIDE, who=WHO)
    def is_stuck_or_not(self, side: str, who: Who) -> None:
        self.scene.platform.stuck ^= {_target(side, who)}

    @rule(side=SIDE, who=WHO)
    def hangs_or_not(self, side: str, who: Who) -> None:
        target = _target(side, who)
        if target in self.scene.platform.held:
            self.scene.release(target)
        else:
            self.scene.hold(target)

    @rule(seconds=PAUSE)
    def time_passes(self, seconds: float) -> None:
        self.scene.turn(seconds)

    @rule()
    def sending_starts_or_stops(self) -> None:
        if not self.scene.process.sending:
            self.scene.start()
        elif not self.scene.platform.in_hold:
            self.scene.stop()

    @rule()
    def comes_to_rest(self) -> None:
        self._rest()

    @rule(clean=st.booleans())
    def begins_again(self, *, clean: bool) -> None:
        if clean and not self.scene.platform.in_hold:
            self.scene.restart()
        else:
            self.scene.crash()

    @rule(commits=st.integers(1, 6))
    def will_die(self, commits: int) -> None:
        self.scene.crash_after(commits)

    # --- what rules are about ---------------------------------------------------------

    def _rest(self) -> None:
        self.scene.rest()
        verdict.always(self.scene)
        verdict.at_rest(self.scene)

    def _message(self, which: int) -> Said:
        if not self.customers.said:
            self.customers.write(*FIRST)
        return _pick(self.customers.said, which)

    def _topic(self, which: int) -> Topic:
        if not self.room.topics:
            self.scene.platform.stuck.clear()
            self.customers.write(*FIRST)
            self._rest()
        return _pick(self.room.topics, -1 - which)

    def _typed(self, which: int) -> Said:
        if not self.room.said:
            self.room.type(self._topic(which), "Mia")
        return _pick(self.room.said, -1 - which)

    def _question(self, which: int) -> Shown:
        while not self.room.questions:
            self.scene.platform.stuck.clear()
            talk = self.customers.write(*FIRST).talk
            self.scene.script(f"desk {talk.who}", [How.HEARD])
            self._rest()
        return _pick(self.room.questions, which)


def _target(side: str, who: Who) -> str:
    return f"{side} {'/'.join(who)}"


def _pick(some: Sequence[T], which: int) -> T:
    return some[which % len(some)]


class TestDesk(Desk.TestCase):  # type: ignore[misc,valid-type]
    """``HYPOTHESIS_PROFILE=night`` looks longer."""

    settings = settings.get_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
    pytestmark = pytest.mark.timeout(0)
