"""How events become rows: once each, in order, committed before anybody is told.

What waits is taken together: loaded as sets, folded event by event (each sees
what the earlier ones made), flushed as sets, committed, and only then are the
callers answered. While one batch is being committed the next one gathers.

Three things can go wrong, and each is answered differently:

- the database is away: nothing is stored and every caller is told so;
- an event cannot be stored for what it holds: the batch is taken again one by
  one and that event goes to quarantine;
- the process died over an event: after an unclean stop the first events are
  taken one by one with a strike counted first, before even their text is read,
  and an event that has three strikes already is out. Before the last attempt we
  wait: a process that is killed from outside seldom lives until then.
"""

import asyncio
import json
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, insert, select, update

from connectors.base import (
    Address,
    Deleted,
    Edited,
    Inbound,
    Pressed,
    Reacted,
    Received,
    Unreadable,
)
from inbox import traces
from inbox.model import Cursor
from inbox.policy import Policy
from inbox.seal import Seal
from inbox.store import Store, StoreDownError, quarantine
from inbox.store.rows import Delivery, Seen
from inbox.store.world import Needs, World
from routing.words import Signs

log = structlog.get_logger(__name__)

COUNT = 256
"""At most so many events in a batch (a single call's events stay together)."""

BYTES = 1_048_576
"""At most so many bytes of text in a batch."""

CAREFUL = 200
"""After an unclean stop, so many events are taken one by one."""

STRIKES = 3
"""An event over which the process died this often goes to quarantine."""

QUIET = 2.0
"""Seconds before the last attempt at an event: whoever dies in them died of something else."""

Handler = Callable[[World, Policy, Any, Signs], None]
"""Takes care of one kind of event."""

_cursors = Cursor.__table__  # type: ignore[attr-defined]
_NO_SIGNS = Signs(language="", folded="", command="")


@dataclass(slots=True)
class _Call:
    events: Sequence[Inbound]
    cursors: Mapping[Address, str]
    done: asyncio.Future[None]
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = sum(_size(event) for event in self.events)


class Intake:
    """Implements :class:`connectors.base.Intake` over a store."""

    def __init__(
        self,
        store: Store,
        *,
        policy: Policy,
        handlers: Mapping[type, Handler],
        seal: Seal,
        clock: Callable[[], datetime],
        committed: Callable[[Sequence[Delivery]], None],
        pressed: Callable[[Pressed], None] = lambda _: None,
        unclean: bool = False,
    ) -> None:
        """``committed`` is told what deliveries a batch made, ``pressed`` of each
        button whose effect is committed; both must return at once."""
        self._store = store
        self._policy = policy
        self._handlers = handlers
        self._seal = seal
        self._clock = clock
        self._committed = committed
        self._pressed = pressed
        self._careful = CAREFUL if unclean else 0
        self._waiting: deque[_Call] = deque()
        self._gathering: asyncio.Task[None] | None = None
        self.taken = 0
        self.quarantined = 0

    async def receive(self, *events: Inbound, cursors: Mapping[Address, str] | None = None) -> None:
        """Commit events and cursors. Raises StoreDownError where nothing was stored."""
        named = [_named(event) for event in events]
        call = _Call(named, cursors or {}, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        if self._gathering is None or self._gathering.done():
            self._gathering = asyncio.create_task(self._gather(), name="intake")
        await call.done
        for event in events:
            if isinstance(event, Pressed):
                self._pressed(event)

    async def cursor(self, scope: Address) -> str | None:
        """What was last committed as the cursor of ``scope``."""
        query = select(_cursors.c.value).where(
            _cursors.c.account == scope.account, _cursors.c.scope == scope.id
        )
        return await self._store.read(lambda c: c.execute(query).scalar_one_or_none())

    def _signs(self, event: Inbound) -> Signs:
        return self._policy.read(event.text.body) if isinstance(event, Received) else _NO_SIGNS

    async def _gather(self) -> None:
        while self._waiting:
            calls = self._next_batch()
            try:
                made = await self._take(calls)
            except Exception as error:  # noqa: BLE001 - the callers are told; they decide
                for call in calls:
                    _answer(call, error)
                continue
            self.taken += sum(len(call.events) for call in calls)
            self._committed(made)
            for call in calls:
                _answer(call)

    def _next_batch(self) -> list[_Call]:
        calls = list[_Call]()
        count = size = 0
        while self._waiting:
            call = self._waiting[0]
            if calls and (count + len(call.events) > COUNT or size + call.size > BYTES):
                break
            calls.append(self._waiting.popleft())
            count, size = count + len(call.events), size + call.size
        return calls

    async def _take(self, calls: Sequence[_Call]) -> list[Delivery]:
        events = [event for call in calls for event in call.events]
        cursors = {scope: value for call in calls for scope, value in call.cursors.items()}
        if self._careful > 0:
            self._careful -= len(events)
            return await self._one_by_one(events, cursors, strikes=True)
        try:
            read = [(event, self._signs(event)) for event in events]
            return await self._store.write(lambda c: self._fold(c, read, cursors))
        except StoreDownError:
            raise
        except Exception as error:  # noqa: BLE001 - one of them is to blame: find it
            log.warning("intake.isolating", events=len(events), error=type(error).__name__)
            return await self._one_by_one(events, cursors, strikes=False)

    async def _one_by_one(
        self,
        events: Sequence[Inbound],
        cursors: Mapping[Address, str],
        *,
        strikes: bool,
    ) -> list[Delivery]:
        made = list[Delivery]()
        struck = await self._store.read(quarantine.strikes) if strikes else {}
        for event in await self._unseen(events):
            if not strikes or await self._dare(
                event, struck.get((event.place.account, event.key), 0)
            ):
                made += await self._isolated(event, spare=strikes)
        await self._store.write(lambda c: self._move(c, cursors))
        return made

    async def _unseen(self, events: Sequence[Inbound]) -> list[Inbound]:
        """Those that have not taken effect: a process that dies again and again must
        not spend its short life on what the last one stored. All that they need is
        read once here: a first reading takes longest, and a kill from outside shall
        seldom fall between strike and commit."""

        try:
            known = await self._seen(_needs(self._policy, events))
        except StoreDownError:
            raise
        except Exception:  # noqa: BLE001 - one of them cannot even be looked up: keys always can
            keys = {(event.place.account, event.key) for event in events}
            known = await self._seen(Needs(seen=keys))
        return [event for event in events if (event.place.account, event.key) not in known]

    async def _seen(self, needs: Needs) -> set[tuple[str, str]]:
        def seen(connection: Connection) -> set[tuple[str, str]]:
            world = self._world(connection)
            world.load(needs)
            return world.seen

        return await self._store.read(seen)

    async def _dare(self, event: Inbound, strikes: int) -> bool:
        """Count a strike before an attempt at an event that has some; False if it is out."""
        if strikes >= STRIKES:
            await self._set_aside(event, "decide", "the process died over it")
            return False
        if strikes == STRIKES - 1:
            await asyncio.sleep(QUIET)
        await self._store.write(lambda c: self._strike(c, event))
        return True

    async def _isolated(self, event: Inbound, *, spare: bool) -> list[Delivery]:
        try:
            read = [(event, self._signs(event))]
            return await self._store.write(lambda c: self._fold(c, read, {}, spare=spare))
        except StoreDownError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it was, it must not block the next
            await self._set_aside(event, "store", _why(error))
            return []

    async def _set_aside(self, event: Inbound, stage: str, error: str) -> None:
        raw = self._seal.seal(_raw(event))
        log.error("intake.quarantined", account=event.place.account, key=event.key, stage=stage)
        self.quarantined += 1

        def keep(connection: Connection) -> None:
            world = self._world(connection)
            world.load(Needs(seen={(event.place.account, event.key)}))
            if (event.place.account, event.key) not in world.seen:
                self._quarantine(world, event, stage, error, raw)
                _see(world, event)
                world.flush()

        await self._store.write(keep)

    def _strike(self, connection: Connection, event: Inbound) -> None:
        world = self._world(connection)
        quarantine.strike(
            connection,
            id=world.new_id(),
            account=event.place.account,
            key=event.key,
            now=world.now,
        )

    def _world(self, connection: Connection) -> World:
        return World(connection, ids=self._store.ids, now=self._clock())

    def _fold(
        self,
        connection: Connection,
        events: Sequence[tuple[Inbound, Signs]],
        cursors: Mapping[Address, str],
        *,
        spare: bool = False,
    ) -> list[Delivery]:
        world = self._world(connection)
        world.load(_needs(self._policy, [event for event, _ in events]))
        for event, signs in events:
            if spare:  # what had taken effect before the stop was struck, too
                quarantine.spare(connection, account=event.place.account, key=event.key)
            if (event.place.account, event.key) in world.seen:
                continue
            _see(world, event)
            if isinstance(event, Unreadable):
                raw = self._seal.seal(event.raw)
                self._quarantine(world, event, "parse", event.error, raw)
            else:
                self._handlers[type(event)](world, self._policy, event, signs)
        world.flush()
        self._move(connection, cursors)
        return world.made

    def _quarantine(self, world: World, event: Inbound, stage: str, error: str, raw: bytes) -> None:
        quarantine.keep(
            world.connection,
            id=world.new_id(),
            account=event.place.account,
            key=event.key,
            stage=stage,
            error=error,
            raw=raw,
            now=world.now,
        )

    def _move(self, connection: Connection, cursors: Mapping[Address, str]) -> None:
        now = self._clock()
        for scope, value in cursors.items():
            here = (_cursors.c.account == scope.account) & (_cursors.c.scope == scope.id)
            values = {"value": value, "updated_at": now}
            if connection.execute(update(_cursors).where(here).values(**values)).rowcount == 0:
                connection.execute(
                    insert(_cursors).values(account=scope.account, scope=scope.id, **values)
                )


def _named(event: Inbound) -> Inbound:
    key = traces.event(event.key)
    return event if key == event.key else replace(event, key=key)


def _see(world: World, event: Inbound) -> None:
    world.seen.add((event.place.account, event.key))
    world.add(Seen(account=event.place.account, key=event.key, at=world.now))


def _answer(call: _Call, error: Exception | None = None) -> None:
    if call.done.cancelled():
        return
    if error is None:
        call.done.set_result(None)
    else:
        call.done.set_exception(error)


def _why(error: Exception) -> str:
    """What went wrong and where, without its words: those may quote what somebody wrote."""
    kind = type(getattr(error, "orig", None) or error).__name__
    ours = [f for f in traceback.extract_tb(error.__traceback__) if "/inbox/" in f.filename]
    place = f" in {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return f"{kind}{place}"


def _size(event: Inbound) -> int:
    if isinstance(event, Unreadable):
        return len(event.raw)
    return len(event.text.body) * 3 if isinstance(event, Received) else 100


def _raw(event: Inbound) -> bytes:
    told = {"type": type(event).__name__, **asdict(event)}
    return json.dumps(told, default=str).encode()


def _needs(policy: Policy, events: Iterable[Inbound]) -> Needs:
    """What a batch will ask for, collected so that it is loaded as sets."""
    needs = Needs()
    for event in events:
        account, place = event.place.account, event.place.id
        needs.seen.add((account, event.key))
        author = getattr(event, "author", None)
        in_desk = policy.desk is not None and event.room == policy.desk.id
        if author is not None and in_desk:
            needs.agents.add((policy.channels[account], author.id))
            needs.places.add((account, place))
            needs.seen.add((account, traces.stranger(author.id)))
        elif author is not None and event.room is None:
            needs.people.add((account, policy.channels[account], author.id))
        if isinstance(event, Received):
            _needs_of_message(needs, event, whole=in_desk or isinstance(event, Edited))
        elif isinstance(event, Deleted | Pressed | Reacted):
            needs.messages.add((account, place, event.id))
    return needs


def _needs_of_message(needs: Needs, event: Received, *, whole: bool) -> None:
    account, place = event.place.account, event.place.id
    wanted = needs.messages if whole else needs.names
    wanted.add((account, place, event.id))
    needs.seen.add((account, traces.gone(event.place, event.id)))
    if event.reply_to is not None:
        wanted.add((account, place, event.reply_to))
    if event.group is not None:
        needs.groups.add(event.group)
