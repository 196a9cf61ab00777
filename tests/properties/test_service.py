"""Any story at all: intake and outbox against the ledger, over a real SQLite file.

Customers write, change, repeat; agents answer, note, command, take back; calls
end in every way; topics are deleted; buttons are pressed; time passes; the
process dies at any moment and begins again on the same file. Always:

- the database holds what the ledger holds, in its order;
- what customers are sent they are sent once, unless an agent asked for more;
- order holds in every thread;
- no text is ever shown where it does not belong;
- drained, everything has ended, and what ended badly was said to the agents.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from sqlalchemy import Connection, select

from connectors.base import (
    Address,
    Author,
    Edited,
    Event,
    File,
    FileKind,
    Inbound,
    Left,
    Pressed,
    Received,
    Returned,
    Text,
)
from inbox import outbox
from inbox.model import (
    Action,
    Conversation,
    Delivery,
    DeliveryStatus,
    Identity,
    Kind,
    Message,
    Quarantine,
    Side,
    Thread,
    ThreadState,
)
from inbox.store import Store
from tests.properties.ledger import Ledger, Said, Talk, number, tokens
from tests.properties.life import AGENT, Clock, Life, policy
from tests.properties.memory import ACCOUNT, ROOM, Fate, Platform

T = TypeVar("T")

POLICY = policy()
SHARED_MEMORY = Path("/dev/shm")
DIRECTORY = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
"""Real files, with real fsyncs, that cost no disk."""

CUSTOMERS = st.integers(1, 3)
TALKS = st.integers(0, 9)
"""Which of the conversations there are (modulo their number)."""
FATES = st.sampled_from([f for f in Fate if f not in (Fate.HANG_BEFORE, Fate.HANG_AFTER)])
LONG = " and so on" * 60
OUTGOING = (Kind.INCOMING, Kind.OUTGOING, Kind.NOTE)

_c, _m, _d, _t = (
    kind.__table__  # type: ignore[attr-defined]
    for kind in (Conversation, Message, Delivery, Thread)
)
_i, _q = (kind.__table__ for kind in (Identity, Quarantine))  # type: ignore[attr-defined]


@dataclass
class Told:
    """An event that may be told again."""

    event: Inbound


class Service(RuleBasedStateMachine):
    """See the module."""

    template: Path | None = None

    def __init__(self) -> None:
        super().__init__()
        self.poll, outbox.POLL = outbox.POLL, 0.01
        self.runner = asyncio.Runner()
        self.directory = Path(tempfile.mkdtemp(prefix="inbox-", dir=DIRECTORY))
        self.file = self.directory / "inbox.db"
        self.platform = Platform()
        self.clock = Clock()
        self.ledger = Ledger()
        self.events: list[Told] = []
        self.lives = 0
        self.troubled = False
        self.life = self.run(self.born())

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Let the loop run until something is done."""
        return self.runner.run(doing)

    async def born(self) -> Life:
        """A process begins on the file; the first one on empty tables."""
        if not self.file.exists():
            shutil.copy(await _empty_tables(), self.file)
        self.lives += 1
        life = Life(self.file, self.platform, policy=POLICY, clock=self.clock, number=self.lives)
        await life.begin()
        return life

    def teardown(self) -> None:
        """Whatever happened, in the end everything has ended well."""
        try:
            self.drained()
            self.run(self.life.end())
        finally:
            self.runner.close()
            outbox.POLL = self.poll
            shutil.rmtree(self.directory)

    # --- what happens ---------------------------------------------------------------

    def tell(self, *events: Inbound) -> None:
        """Events come, are committed, and may come again."""
        self.run(self.life.intake.receive(*events))
        self.events += [Told(event) for event in events]

    def common(self, place: str, *, room: bool = False) -> dict[str, Any]:
        """What every event has."""
        made = next(self.ledger.numbers)
        return {
            "key": f"u:{made}",
            "at": self.clock.now,
            "place": Address(ACCOUNT, place),
            "room": ROOM if room else None,
        }

    def customer(self, customer: int) -> Author:
        """Who he is to the platform."""
        return Author(str(customer), f"Customer {customer}", language="en")

    def topic(self, talk: Talk) -> str | None:
        """Where agents can write about a conversation now."""
        place = self.run(self.life.store.read(lambda c: _topic(c, talk, self.ledger)))
        return None if place in self.platform.gone else place

    def talk(self, which: int) -> tuple[Talk, str] | None:
        """A conversation that agents can see, and where."""
        talks = [talk for talks in self.ledger.talks.values() for talk in talks]
        if not talks:
            return None
        talk = talks[which % len(talks)]
        place = self.topic(talk)
        return None if place is None else (talk, place)

    def typed(self, which: int, text: str, **more: Any) -> tuple[Talk, Received] | None:
        """An agent types in the topic of a conversation."""
        found = self.talk(which)
        if found is None:
            return None
        talk, place = found
        event = Received(
            **self.common(place, room=True),
            id=str(next(self.ledger.numbers)),
            author=Author(AGENT, "Mia"),
            text=Text(text.format(customer=talk.customer)),
            **more,
        )
        self.tell(event)
        return talk, event

    @initialize(customer=CUSTOMERS)
    def begin(self, customer: int) -> None:
        self.writes(customer, long=False)

    @rule(customer=CUSTOMERS, long=st.booleans())
    def writes(self, customer: int, *, long: bool) -> None:
        talk = self.ledger.heard(customer, self.clock.now)
        token = self.ledger.token(customer, "w")
        body = token + (LONG if long else "")
        event = Received(
            **self.common(str(customer)),
            id=str(number(token)),
            author=self.customer(customer),
            text=Text(body),
        )
        talk.said.append(Said(token, Kind.INCOMING, body, event.id))
        self.tell(event)

    @rule(customer=CUSTOMERS, count=st.integers(2, 4), apart=st.booleans())
    def sends_an_album(self, customer: int, count: int, *, apart: bool) -> None:
        talk = self.ledger.heard(customer, self.clock.now)
        token = self.ledger.token(customer, "w")
        items = [
            Received(
                **self.common(str(customer)),
                id=str(number(token)) if n == 0 else str(next(self.ledger.numbers)),
                author=self.customer(customer),
                text=Text(token if n == 0 else ""),
                files=(File(FileKind.PHOTO, {"n": n}),),
                group=token,
            )
            for n in range(count)
        ]
        talk.said.append(Said(token, Kind.INCOMING, token, items[0].id, album=token))
        for some in [[item] for item in items] if apart else [items]:
            self.tell(*some)

    @rule(which=st.integers(0, 50), letter=st.sampled_from("ab"))
    def changes_what_he_wrote(self, which: int, letter: str) -> None:
        wrote = [s for _, s in self.ledger.every() if s.kind == Kind.INCOMING]
        if not wrote:
            return
        said = wrote[which % len(wrote)]
        said.body = f"{said.token} {letter}"
        self.tell(
            Edited(
                **self.common(said.token[1]),
                id=said.id,
                author=self.customer(int(said.token[1])),
                text=Text(said.body),
            )
        )

    @rule(which=st.integers(0, 1_000))
    def is_told_again(self, which: int) -> None:
        """Platforms re-send what they are not sure was taken."""
        if self.events:
            self.run(self.life.intake.receive(self.events[which % len(self.events)].event))

    @rule(customer=CUSTOMERS, back=st.booleans())
    def blocks_or_returns(self, customer: int, *, back: bool) -> None:
        who = self.customer(customer)
        event: Event = (
            Returned(**self.common(str(customer)), author=who)
            if back
            else Left(**self.common(str(customer)), author=who, why="blocked")
        )
        self.tell(event)  # type: ignore[arg-type]

    @rule(which=TALKS, long=st.booleans())
    def answers(self, which: int, *, long: bool) -> None:
        made = next(self.ledger.numbers)
        found = self.typed(which, f"c{{customer}}.r{made}" + (LONG if long else ""))
        if found is not None:
            talk, event = found
            token = f"c{talk.customer}.r{made}"
            talk.said.append(Said(token, Kind.OUTGOING, event.text.body, event.id))
            self.ledger.reopen(talk)

    @rule(which=TALKS)
    def notes(self, which: int) -> None:
        made = next(self.ledger.numbers)
        found = self.typed(which, f"// c{{customer}}.n{made}")
        if found is not None:
            talk, event = found
            token = f"c{talk.customer}.n{made}"
            talk.said.append(Said(token, Kind.NOTE, token, event.id))

    @rule(
        which=TALKS, command=st.sampled_from(["/close", "/reopen", "/help", "/nosuch", "/canned"])
    )
    def commands(self, which: int, command: str) -> None:
        found = self.typed(which, command)
        if found is None:
            return
        talk, _ = found
        if command == "/close" and talk.closed is None:
            talk.closed = self.clock.now
        elif command == "/reopen":
            self.ledger.reopen(talk)

    @rule(which=TALKS)
    def takes_back(self, which: int) -> None:
        found = self.typed(which, "/undo")
        if found is None:
            return
        mine = [s for s in found[0].said if s.kind == Kind.OUTGOING and not s.deleted]
        if mine:
            mine[-1].deleted = True

    @rule(which=st.integers(0, 50))
    def changes_an_answer(self, which: int) -> None:
        answered = [
            (talk, said)
            for talk, said in self.ledger.every()
            if said.kind == Kind.OUTGOING and said.id in self._places()
        ]
        if not answered:
            return
        talk, said = answered[which % len(answered)]
        said.body = f"{said.token} changed {next(self.ledger.numbers)}"
        self.tell(
            Edited(
                **self.common(self._places()[said.id], room=True),
                id=said.id,
                author=Author(AGENT, "Mia"),
                text=Text(said.body),
            )
        )

    def _places(self) -> dict[str, str]:
        """Where agents typed what, in topics that are still there."""
        events = (told.event for told in self.events)
        return {
            e.id: e.place.id
            for e in events
            if isinstance(e, Received) and e.room and e.place.id not in self.platform.gone
        }

    @rule(
        which=st.integers(0, 20),
        verb=st.sampled_from(["again", "arrived"]),
        author=st.sampled_from([AGENT, "666"]),
    )
    def presses(self, which: int, verb: str, author: str) -> None:
        """A button of a question that stands somewhere, perhaps answered already."""
        asked = [
            (place, post)
            for place, shown in self.platform.shown.items()
            for post in shown.values()
            if post.part.choices
        ]
        if not asked:
            return
        place, post = asked[which % len(asked)]
        choice = next(c.id for c in post.part.choices if c.id.startswith(verb))
        if author == AGENT and verb == "again":
            for token in self.run(self.life.store.read(lambda c: _tokens_of(c, choice))):
                self.ledger.again[token] = self.ledger.again.get(token, 0) + 1
        self.tell(
            Pressed(
                **self.common(place, room=True),
                id=post.id,
                author=Author(author, "x"),
                choice=choice,
                token="t",
            )
        )

    # --- what goes wrong --------------------------------------------------------------

    @rule(desk=st.booleans(), fates=st.lists(FATES, min_size=1, max_size=3))
    def calls_will_end(self, fates: list[Fate], *, desk: bool) -> None:
        self.platform.fates[desk].extend(fates)
        self.troubled = True

    @rule(which=TALKS)
    def loses_its_topic(self, which: int) -> None:
        found = self.talk(which)
        if found is not None:
            self.platform.delete_topic(found[1])
            self.troubled = True

    @rule()
    def dies(self) -> None:
        self.run(self.life.crash())
        self.life = self.run(self.born())
        self.troubled = True

    @rule(desk=st.booleans(), fate=st.sampled_from([Fate.HANG_BEFORE, Fate.HANG_AFTER]))
    def dies_in_a_call(self, fate: Fate, *, desk: bool) -> None:
        """The call is under way, its effect is there or not, and the process is gone."""
        self.platform.hanging.clear()
        self.platform.fates[desk].appendleft(fate)
        self.run(self._until_it_hangs())
        self.platform.fates[desk] = type(self.platform.fates[desk])(
            f for f in self.platform.fates[desk] if f != fate
        )
        self.dies()

    async def _until_it_hangs(self) -> None:
        try:
            await asyncio.wait_for(self.platform.hanging.wait(), 0.03)
        except TimeoutError:
            return  # nothing had to be sent there

    # --- what passes ------------------------------------------------------------------

    @rule(seconds=st.sampled_from([0.1, 2, 60, 3_600, 86_400 * 4, 86_400 * 8]))
    def time_passes(self, seconds: float) -> None:
        self.clock.turn(seconds=seconds)

    @rule()
    def some_is_sent(self) -> None:
        self.run(asyncio.sleep(0.02))

    @rule()
    @precondition(lambda self: not self.platform.fates[True] or not self.platform.fates[False])
    def drained(self) -> None:
        """All has ended; what can be said of that only then."""
        self.run(self.life.drain())
        self.run(self.life.store.read(self._all_has_ended))

    # --- what always holds --------------------------------------------------------------

    @invariant()
    def the_database_holds_what_the_ledger_holds(self) -> None:
        held = self.run(self.life.store.read(_held))
        wanted = {
            customer: [[said.row for said in talk.said] for talk in talks]
            for customer, talks in self.ledger.talks.items()
        }
        assert held == wanted

    @invariant()
    def states_agree(self) -> None:
        found = self.run(self.life.store.read(_open))
        wanted = {
            customer: [talk.closed is None for talk in talks]
            for customer, talks in self.ledger.talks.items()
        }
        assert found == wanted

    @invariant()
    def customers_get_nothing_twice(self) -> None:
        counts: dict[str, int] = {}
        for post in self.platform.accepted:
            if post.part.place.id.startswith(ROOM):
                continue
            for token in tokens(post.body)[:1]:
                counts[token] = counts.get(token, 0) + 1
        for token, times in counts.items():
            assert times <= 1 + self.ledger.again.get(token, 0), token

    @invariant()
    def every_call_to_a_customer_is_accepted_once(self) -> None:
        keys = [p.part.key for p in self.platform.accepted if not p.part.place.id.startswith(ROOM)]
        assert len(keys) == len(set(keys))

    @invariant()
    def no_text_is_where_it_does_not_belong(self) -> None:
        belongs = self.run(self.life.store.read(_customers_of_topics))
        for post in self.platform.accepted:
            place = post.part.place.id
            for token in tokens(post.body):
                if place.startswith(ROOM):
                    assert int(token[1]) == belongs[place], (token, place)
                else:
                    assert token[1] == place, (token, place)
                    assert token[3] == "r", f"{token} was sent to a customer"

    @invariant()
    def answers_arrive_in_order(self) -> None:
        for talks in self.ledger.talks.values():
            for talk in talks:
                mine = {s.token for s in talk.said if s.kind == Kind.OUTGOING}
                arrived = [
                    number(token)
                    for post in self.platform.accepted
                    if not post.part.place.id.startswith(ROOM)
                    for token in tokens(post.body)[:1]
                    if token in mine and token not in self.ledger.again
                ]
                assert arrived == sorted(arrived)

    @invariant()
    def nothing_is_in_quarantine(self) -> None:
        kept = self.run(self.life.store.read(lambda c: c.execute(select(_q.c.error)).all()))
        assert kept == []

    def _all_has_ended(self, connection: Connection) -> None:
        rows = connection.execute(select(_d)).all()
        final = set(DeliveryStatus) - {DeliveryStatus.PENDING, DeliveryStatus.SENDING}
        assert {row.status for row in rows} <= final
        asked = {row.once for row in rows if row.once and row.once.startswith("ask:")}
        kinds = {row.id: row.kind for row in connection.execute(select(_m.c.id, _m.c.kind))}
        for row in rows:
            if row.status == DeliveryStatus.UNCERTAIN and row.merged_into is None:
                assert f"ask:{row.id}" in asked, f"nobody was asked about {row}"
            if row.status == DeliveryStatus.SENT and row.action == Action.POST:
                assert row.message_id in kinds
        self._everything_is_shown(connection)
        if not self.troubled:
            self._exactly_once_and_in_order()

    def _everything_is_shown(self, connection: Connection) -> None:
        """What customers wrote was shown in a topic, unless agents were told otherwise."""
        shown = {
            token
            for post in self.platform.accepted
            if post.part.place.id.startswith(ROOM)
            for token in tokens(post.body)
        }
        excused = {
            token
            for row in connection.execute(
                select(_m.c.body)
                .join(_d, _d.c.message_id == _m.c.id)
                .where(_d.c.status.in_((DeliveryStatus.REFUSED, DeliveryStatus.UNCERTAIN)))
            )
            for token in tokens(row.body)
        }
        confirmed = {
            token
            for row in connection.execute(
                select(_m.c.body)
                .join(_d, _d.c.message_id == _m.c.id)
                .where(_d.c.why == "confirmed by an agent")
            )
            for token in tokens(row.body)
        }
        wrote = {s.token for _, s in self.ledger.every() if s.kind == Kind.INCOMING}
        assert wrote <= shown | excused | confirmed

    def _exactly_once_and_in_order(self) -> None:
        """While nothing went wrong: each answer arrived, and each word is in its topic."""
        for customer, talks in self.ledger.talks.items():
            for talk in talks:
                answers = [s.token for s in talk.said if s.kind == Kind.OUTGOING and not s.deleted]
                got = [
                    token
                    for post in self.platform.place(str(customer)).values()
                    for token in tokens(post.body)
                ]
                mine = {s.token for s in talk.said}
                assert [token for token in got if token in mine] == answers
        note("drained without any trouble")


async def _empty_tables() -> Path:
    """A SQLite file with the tables and nothing in them, made once."""
    if Service.template is None:
        path = Path(tempfile.mkdtemp(prefix="inbox-", dir=DIRECTORY)) / "empty.db"
        store = Store(f"sqlite:///{path}")
        await store.open()
        await store.close()
        Service.template = path
    return Service.template


def _held(connection: Connection) -> dict[int, list[list[tuple[Kind, str, bool]]]]:
    """What people said, by customer and conversation, in the order of the rows."""
    held: dict[int, list[list[tuple[Kind, str, bool]]]] = {}
    for customer, conversation in _conversations(connection):
        query = (
            select(_m.c.kind, _m.c.body, _m.c.deleted_at)
            .where(_m.c.conversation_id == conversation)
            .order_by(_m.c.seq)
        )
        said = [(k, b, d is not None) for k, b, d in connection.execute(query) if tokens(b)[:1]]
        held.setdefault(customer, []).append([row for row in said if row[0] in OUTGOING])
    return held


def _conversations(connection: Connection) -> list[tuple[int, int]]:
    """(customer, conversation), oldest first."""
    query = (
        select(_i.c.external_id, _c.c.id)
        .join(_c, _c.c.contact_id == _i.c.contact_id)
        .order_by(_c.c.id)
    )
    return [(int(who), conversation) for who, conversation in connection.execute(query)]


def _open(connection: Connection) -> dict[int, list[bool]]:
    """Whether each conversation is open, by customer."""
    keys = {row.id: row.open_key for row in connection.execute(select(_c.c.id, _c.c.open_key))}
    found: dict[int, list[bool]] = {}
    for customer, conversation in _conversations(connection):
        found.setdefault(customer, []).append(keys[conversation] is not None)
    return found


def _topic(connection: Connection, talk: Talk, ledger: Ledger) -> str | None:
    """The place of the living topic of a conversation."""
    mine = [c for who, c in _conversations(connection) if who == talk.customer]
    conversation = mine[ledger.talks[talk.customer].index(talk)]
    query = select(_t.c.place).where(
        _t.c.conversation_id == conversation,
        _t.c.side == Side.DESK,
        _t.c.state == ThreadState.OPEN,
    )
    place: str | None = connection.execute(query).scalar_one_or_none()
    return place


def _customers_of_topics(connection: Connection) -> dict[str, int]:
    """Whose conversation each topic shows, living or gone."""
    whose = {conversation: who for who, conversation in _conversations(connection)}
    query = select(_t.c.place, _t.c.conversation_id).where(
        _t.c.side == Side.DESK, _t.c.place.is_not(None)
    )
    return {place: whose[conversation] for place, conversation in connection.execute(query)}


def _tokens_of(connection: Connection, choice: str) -> set[str]:
    """What the question of a button is about: a delivery, and those merged into it."""
    delivery = int(choice.partition(":")[2])
    query = (
        select(_m.c.body)
        .join(_d, _d.c.message_id == _m.c.id)
        .where((_d.c.id == delivery) | (_d.c.merged_into == delivery))
    )
    return {token for (body,) in connection.execute(query) for token in tokens(body)[:1]}


NIGHT = os.environ.get("INBOX_TEST_PROFILE") == "night"
"""``INBOX_TEST_PROFILE=night``: other examples each time, for hours."""

TestService = Service.TestCase
TestService.settings = settings(
    max_examples=20_000 if NIGHT else 30,
    stateful_step_count=80 if NIGHT else 40,
    deadline=None,
    derandomize=not NIGHT,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
