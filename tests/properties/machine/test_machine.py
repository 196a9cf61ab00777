"""Intake and outbox against a model: anything may happen, in any order, and die in between."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.properties.machine import verdict
from tests.properties.machine.customers import Customers
from tests.properties.machine.files import fast_folder, template
from tests.properties.machine.line import How, Topic
from tests.properties.machine.process import AGENTS
from tests.properties.machine.room import Guise, Room, Way
from tests.properties.machine.scene import Scene

ACCOUNT = st.sampled_from(("alpha", "alpha", "beta"))
CUSTOMER = st.sampled_from(("c1", "c2", "c3"))
AGENT = st.sampled_from(tuple(AGENTS))
WHICH = st.integers(0, 40)
SIDE = st.sampled_from(("desk", "customer"))
WORD = st.sampled_from(("hello", "hacked", "投诉", ""))
PAUSE = st.sampled_from((0.5, 2.0, 6.0, 61.0, 8 * 86_400.0))


T = TypeVar("T")


class Desk(RuleBasedStateMachine):
    """Customers, agents, the platform, the clock, and the death of the process."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="properties-", dir=fast_folder()))
        self.scene = Scene(self.folder, template())
        self.customers = Customers(self.scene)
        self.room = Room(self.scene)
        self.before = 0

    @initialize(sending=st.booleans())
    def begin(self, *, sending: bool) -> None:
        if sending:
            self.scene.start()

    def teardown(self) -> None:
        """At the end everything is let go, and nothing may be left over."""
        try:
            self.scene.platform.stuck.clear()
            self.scene.rest()
            verdict.always(self.scene)
            verdict.at_rest(self.scene)
        finally:
            self.scene.end()
            shutil.rmtree(self.folder)

    @invariant()
    def always(self) -> None:
        verdict.always(self.scene)

    # --- customers --------------------------------------------------------------------

    @rule(account=ACCOUNT, customer=CUSTOMER, files=st.integers(0, 2), word=WORD)
    def writes(self, account: str, customer: str, files: int, word: str) -> None:
        self.customers.write(account, customer, files=files, word=word)

    @rule(who=st.lists(st.tuples(ACCOUNT, CUSTOMER), min_size=2, max_size=5))
    def write_at_once(self, who: list[tuple[str, str]]) -> None:
        self.customers.write_at_once(who)

    @precondition(lambda self: self.customers.said)
    @rule(which=WHICH)
    def edits(self, which: int) -> None:
        self.customers.edit(_pick(self.customers.said, which))

    @rule(account=ACCOUNT, customer=CUSTOMER, late=st.booleans())
    def edits_what_never_came(self, account: str, customer: str, *, late: bool) -> None:
        said = self.customers.edit_unseen(account, customer)
        if late:
            self.customers.original(said)

    @rule(account=ACCOUNT, customer=CUSTOMER, group=st.integers(1, 2), caption=st.booleans())
    def sends_an_item_of_an_album(
        self, account: str, customer: str, group: int, *, caption: bool
    ) -> None:
        self.customers.item(account, customer, f"{account}-{customer}-{group}", caption=caption)

    @precondition(lambda self: self.customers.said)
    @rule(which=WHICH)
    def deletes(self, which: int) -> None:
        self.customers.delete(_pick(self.customers.said, which))

    @rule(account=ACCOUNT, customer=CUSTOMER)
    def deletes_what_never_came(self, account: str, customer: str) -> None:
        self.customers.delete_unseen(account, customer)

    @precondition(lambda self: self.customers.graves)
    @rule(which=WHICH)
    def what_was_deleted_comes(self, which: int) -> None:
        self.customers.arrive(_pick(self.customers.graves, which))

    @rule(account=ACCOUNT, customer=CUSTOMER, back=st.booleans())
    def leaves_or_returns(self, account: str, customer: str, *, back: bool) -> None:
        (self.customers.come_back if back else self.customers.leave)(account, customer)

    @rule(account=ACCOUNT, customer=CUSTOMER)
    def babbles(self, account: str, customer: str) -> None:
        self.customers.babble(account, customer)

    @precondition(lambda self: self.scene.handed)
    @rule(which=WHICH, key=st.booleans())
    def is_told_again(self, which: int, *, key: bool) -> None:
        self.scene.tell_again(_pick(self.scene.handed, -1 - which), new_key=key)

    # --- agents -----------------------------------------------------------------------

    def _topic(self, which: int) -> Topic:
        return _pick(self.room.topics, -1 - which)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, agent=AGENT, files=st.integers(0, 2))
    def replies(self, which: int, agent: str, files: int) -> None:
        self.room.type(self._topic(which), agent, files=files)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, agent=AGENT, way=st.sampled_from(Way))
    def types(self, which: int, agent: str, way: Way) -> None:
        self.room.type(self._topic(which), agent, way)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, guise=st.sampled_from(Guise))
    def pretends(self, which: int, guise: Guise) -> None:
        self.room.pretend(self._topic(which), guise)

    @precondition(lambda self: self.room.said)
    @rule(
        which=WHICH, way=st.sampled_from((Way.REPLY, Way.REPLY, Way.NOTE)), stranger=st.booleans()
    )
    def changes(self, which: int, way: Way, *, stranger: bool) -> None:
        self.room.edit(_pick(self.room.said, -1 - which), way, stranger=stranger)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, agent=AGENT, group=st.integers(1, 2), inside=st.booleans())
    def sends_an_item(self, which: int, agent: str, group: int, *, inside: bool) -> None:
        topic = self._topic(which)
        self.room.item(topic, agent, f"{topic.id}-{agent}-{group}", inside=inside)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, agent=AGENT, word=st.sampled_from(("/close", "／关闭")))
    def closes(self, which: int, agent: str, word: str) -> None:
        self.room.close(self._topic(which), agent, word)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, agent=AGENT)
    def reopens(self, which: int, agent: str) -> None:
        self.room.reopen(self._topic(which), agent)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, agent=AGENT)
    def undoes(self, which: int, agent: str) -> None:
        self.room.undo(self._topic(which), agent)

    @precondition(lambda self: self.room.said)
    @rule(which=WHICH, agent=AGENT)
    def undoes_one(self, which: int, agent: str) -> None:
        said = _pick(self.room.said, -1 - which)
        self.room.undo(self.scene.platform.topics[said.place], agent, said)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH, agent=AGENT, what=st.sampled_from(("", "", "nope", "dep.no_memo", "help")))
    def takes_a_canned_reply(self, which: int, agent: str, what: str) -> None:
        if not what:
            self.room.canned(self._topic(which), agent)
        elif what == "help":
            self.room.help(self._topic(which), agent)
        else:
            self.room.canned_wrongly(self._topic(which), agent, what)

    @precondition(lambda self: self.room.questions)
    @rule(
        which=WHICH,
        verb=st.sampled_from(("again", "arrived")),
        who=st.sampled_from((*AGENTS, "stranger")),
        elsewhere=st.one_of(st.none(), WHICH),
    )
    def presses(self, which: int, verb: str, who: str, elsewhere: int | None) -> None:
        topic = None if elsewhere is None else self._topic(elsewhere)
        self.room.press(_pick(self.room.questions, which), verb, who=who, topic=topic)

    @precondition(lambda self: self.room.topics)
    @rule(which=WHICH)
    def deletes_a_topic(self, which: int) -> None:
        self.room.remove(self._topic(which))

    # --- the platform, the clock, the process -----------------------------------------

    @rule(
        side=SIDE,
        account=ACCOUNT,
        customer=CUSTOMER,
        hows=st.lists(st.sampled_from(How), max_size=3),
    )
    def will_end(self, side: str, account: str, customer: str, hows: list[How]) -> None:
        self.scene.script(f"{side} {account}/{customer}", hows)

    @rule(side=SIDE, account=ACCOUNT, customer=CUSTOMER)
    def gets_stuck(self, side: str, account: str, customer: str) -> None:
        self.scene.platform.stuck.add(f"{side} {account}/{customer}")

    @precondition(lambda self: self.scene.platform.stuck)
    @rule()
    def gets_unstuck(self) -> None:
        self.scene.platform.stuck.clear()

    @rule(side=SIDE, account=ACCOUNT, customer=CUSTOMER)
    def hangs(self, side: str, account: str, customer: str) -> None:
        self.scene.hold(f"{side} {account}/{customer}")

    @precondition(lambda self: self.scene.platform.held)
    @rule(which=WHICH)
    def hangs_no_more(self, which: int) -> None:
        self.scene.release(_pick(sorted(self.scene.platform.held), which))

    @rule(seconds=PAUSE)
    def time_passes(self, seconds: float) -> None:
        self.scene.turn(seconds)

    @precondition(lambda self: not self.scene.process.sending)
    @rule()
    def sending_starts(self) -> None:
        self.scene.start()

    @precondition(lambda self: self.scene.process.sending and not self.scene.platform.in_hold)
    @rule()
    def sending_stops(self) -> None:
        self.scene.stop()

    @precondition(lambda self: self._is_new() and not self.scene.platform.in_hold)
    @rule()
    def begins_again(self) -> None:
        self._is_old()
        self.scene.restart()

    @precondition(lambda self: self._is_new())
    @rule()
    def comes_to_rest(self) -> None:
        self._is_old()
        self.scene.rest()
        verdict.at_rest(self.scene)

    @precondition(lambda self: self._is_new())
    @rule()
    def dies(self) -> None:
        self._is_old()
        self.scene.crash()

    def _is_new(self) -> bool:
        """Whether anything has happened since the last of these: else steps are wasted."""
        return len(self.scene.handed) > self.before

    def _is_old(self) -> None:
        self.before = len(self.scene.handed)

    @rule(commits=st.integers(1, 6))
    def will_die(self, commits: int) -> None:
        self.scene.crash_after(commits)


def _pick(some: Sequence[T], which: int) -> T:
    return some[which % len(some)]


TestDesk = Desk.TestCase
TestDesk.pytestmark = [pytest.mark.timeout(0)]  # type: ignore[attr-defined]
