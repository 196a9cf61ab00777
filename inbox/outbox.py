"""How deliveries leave: claimed, called, settled.

One outbox serves one account and sends under the lease ``send:<account>``. A
claim commits ``sending`` before the platform is called; one claim is one call.
What came of it is committed after the call, many results together. A row found
in ``sending`` that nobody is working on may or may not have arrived, and is
judged so: never guessed, never silent.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from connectors.base import (
    Address,
    Connector,
    Deleting,
    Editing,
    Outcome,
    Part,
    Reason,
    Refused,
    Sent,
    Topics,
    TryLater,
    Uncertain,
)
from inbox import posts, settling
from inbox.budget import Budget
from inbox.leases import Lease
from inbox.model import Action
from inbox.policy import Policy
from inbox.settling import Ended
from inbox.store import Store, StoreDownError, claims
from inbox.store.claims import Claimed, Fence, Want
from inbox.store.rows import Delivery
from inbox.store.world import World

log = structlog.get_logger(__name__)

IN_FLIGHT = 64
"""At most so many calls of one account at a time."""

POLL = 1.0
"""Seconds between looks at the database when nobody wakes us."""

DRAIN = 20.0
"""Seconds that calls under way get to end when we are told to stop."""

CALL = 75.0
"""Seconds after which a call of another process, whose lease has expired, has ended."""


@dataclass(frozen=True, slots=True)
class Call:
    """One platform call, composed but not yet made. ``parts`` is how many its
    delivery takes in all (0: nothing is left to do); ``make`` returns what
    :class:`Ended` needs; ``alone`` says that what was to share the post does not fit.
    """

    cost: int
    parts: int
    make: Callable[[], Awaitable[Sent | Address | None]]
    alone: bool = False


class Outbox:
    """The deliveries of one account, on their way."""

    def __init__(
        self,
        store: Store,
        connector: Connector,
        lease: Lease,
        *,
        policy: Policy,
        clock: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._connector = connector
        self._lease = lease
        self._policy = policy
        self._clock = clock
        self._budgets: dict[str, Budget] = {}
        self._ready: set[str] = set()
        self._wake = asyncio.Event()
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._in_hand: set[int] = set()  # claimed by us, and not yet settled
        self._ended: list[Ended] = []
        self._settling: asyncio.Task[None] | None = None
        self._stopping = False
        self.outcomes: dict[str, int] = {}

    # --- being told -------------------------------------------------------------

    def made(self, deliveries: Iterable[Delivery]) -> None:
        """Deliveries were committed: look at their queues, now or when they are due."""
        now = self._clock()
        loop = asyncio.get_running_loop()
        for delivery in deliveries:
            if not self._serves(delivery.queue):
                continue
            if delivery.due_at is not None and delivery.due_at > now:
                wait = (delivery.due_at - now).total_seconds()
                loop.call_later(wait + 0.005, self.wake, delivery.queue)
            else:
                self.wake(delivery.queue)

    def wake(self, queue: str) -> None:
        """Something in this queue may be due."""
        self._ready.add(queue)
        self._wake.set()

    def stop(self) -> None:
        """Claim nothing more; :meth:`run` ends when the calls under way have."""
        self._stopping = True
        self._wake.set()

    @property
    def serving(self) -> bool:
        """Whether this process is the one that sends for the account now."""
        return self._lease.epoch > 0

    def _serves(self, queue: str) -> bool:
        desk = self._policy.desk
        if queue.startswith(f"{self._connector.account}/"):
            return True
        return (
            desk is not None
            and desk.account == self._connector.account
            and queue == self._connector.scope(desk)
        )

    # --- the loop ---------------------------------------------------------------

    async def run(self) -> None:
        """Send until stopped. Raises LeaseLostError out of its task group."""
        async with self._lease.held():
            await self._judge()
            polled = 0.0
            try:
                while not self._stopping:
                    self._wake.clear()
                    if time.monotonic() - polled >= POLL:
                        await self._look()
                        polled = time.monotonic()
                    if not await self._claim():
                        await self._pause()
            finally:
                await self._drain()

    async def _look(self) -> None:
        try:
            found = await self._store.read(claims.queues)
            await self._judge()
        except StoreDownError as error:
            log.warning("outbox.store_down", account=self._connector.account, why=str(error))
            return
        self._ready.update(queue for queue in found if self._serves(queue))

    async def _pause(self) -> None:
        now = time.monotonic()
        free = [budget.free_at(now) - now for budget in self._budgets.values()]
        soonest = min([POLL, *(wait + 0.002 for wait in free if wait > 0)])
        try:
            await asyncio.wait_for(self._wake.wait(), soonest)
        except TimeoutError:
            self._ready.update(self._budgets)

    async def _claim(self) -> bool:
        slots = IN_FLIGHT - len(self._calls)
        asked, self._ready = self._ready, set()  # what is woken from now on is news
        wants = [await self._want(queue, slots) for queue in sorted(asked)]
        able = [want for want in wants if want.limit > 0]
        try:
            claimed = await self._take(able, slots) if able else []
        except StoreDownError as error:
            log.warning("outbox.store_down", account=self._connector.account, why=str(error))
            self._ready |= asked
            await asyncio.sleep(POLL)
            return False
        taken = Counter(one.delivery.queue for one in claimed)
        full = len(claimed) == slots
        self._ready |= {w.queue for w in wants if full or taken[w.queue] >= w.limit}
        for one in claimed:
            self._begin(one)
        return bool(claimed)

    async def _take(self, wants: Sequence[Want], slots: int) -> list[Claimed]:
        fence = Fence(self._lease.resource, self._lease.owner, self._lease.epoch)
        return await self._store.write(
            lambda c: claims.claim(self._world(c), fence, wants, most=slots)
        )

    async def _want(self, queue: str, slots: int) -> Want:
        budget = self._budgets.get(queue) or await self._budget(queue)
        now = time.monotonic()
        cooling = [t for t in budget.cooling(now) if isinstance(t, int)]
        return Want(queue, min(budget.free(now), slots), cooling)

    async def _budget(self, queue: str) -> Budget:
        """A budget as a crash must find it again: with what was spent just before."""
        rates = self._connector.rates(queue)
        budget = self._budgets[queue] = Budget(rates)
        now, wall = time.monotonic(), self._clock()
        window = timedelta(seconds=max((r.window for r in rates.whole), default=0.0))
        spent = partial(claims.spent, queue=queue, now=wall, window=window)
        for at in await self._store.read(spent):
            budget.spend(now - max(0.0, (wall - at).total_seconds()), None)
        until = await self._store.read(partial(claims.ban, queue=queue))
        if until is not None and until > wall:
            budget.not_before = now + (until - wall).total_seconds()
        return budget

    def _world(self, connection: Connection) -> World:
        return World(connection, ids=self._store.ids, now=self._clock())

    # --- one call -----------------------------------------------------------------

    def _begin(self, one: Claimed) -> None:
        self._in_hand.add(one.delivery.id)
        budget = self._budgets[one.delivery.queue]
        now = time.monotonic()
        try:
            call = self._compose(one)
        except Outcome as outcome:
            self._end(Ended(one.delivery.id, outcome))
            return
        except Exception as error:
            log.exception("outbox.compose_failed", delivery=one.delivery.id)
            self._end(Ended(one.delivery.id, Refused(type(error).__name__, Reason.INVALID)))
            return
        if not budget.fits(now, call.cost):  # an album claimed with it took more than one unit
            wait = max(0.05, budget.free_at(now, call.cost) - now)
            self._end(Ended(one.delivery.id, TryLater("waits for its budget", wait, told=True)))
            return
        if call.parts == 0:
            self._end(Ended(one.delivery.id, None))
            return
        budget.spend(now, one.thread.id, call.cost)
        task = asyncio.create_task(self._make(one, call), name=f"deliver {one.delivery.id}")
        self._calls[one.delivery.id] = task

    async def _make(self, one: Claimed, call: Call) -> None:
        try:
            outcome: Sent | Address | Outcome | None = await call.make()
        except Outcome as raised:
            outcome = raised
        except Exception as error:
            log.exception("outbox.call_failed", delivery=one.delivery.id)
            outcome = Uncertain(type(error).__name__)
        finally:
            self._calls.pop(one.delivery.id, None)
        banned = isinstance(outcome, TryLater) and self._obey(one.delivery.queue, outcome)
        self._end(Ended(one.delivery.id, outcome, call.parts, alone=call.alone, banned=banned))

    def _compose(self, one: Claimed) -> Call:
        """What to call for a claimed delivery. Raises outcomes for the impossible."""
        action, connector = one.delivery.action, self._connector
        if action in (Action.TOPIC, Action.TITLE):
            return self._topic_call(one)
        if action == Action.DELETE:
            ids = [key.external_id for key in one.keys]
            if not ids or not isinstance(connector, Deleting):
                raise Refused("there is nothing to take back there", Reason.INVALID)
            return _once(partial(connector.delete, posts.place_of(one), ids))
        parts = connector.split(posts.compose(self._policy, one))
        alone = len(parts) > 1 and bool(one.followers)
        if alone:  # a merged post is one call, or its parts could not be told apart
            one.followers, one.messages = [], one.messages[:1]
            parts = connector.split(posts.compose(self._policy, one))
        number = one.delivery.parts_done
        if posts.is_taken_back(one) and number:
            return Call(0, 0, _nothing, alone)  # what has left is deleted next
        if action == Action.EDIT and posts.is_ours(one.messages[0]):
            return self._edit_call(one, parts, number)
        if number >= len(parts):  # it was made shorter since the last part left
            return Call(0, 0, _nothing, alone)
        part = parts[number]
        return Call(part.cost, len(parts), partial(connector.send, part), alone)

    def _topic_call(self, one: Claimed) -> Call:
        connector, desk = self._connector, self._policy.desk
        if not isinstance(connector, Topics) or desk is None:
            raise Refused("this channel has no topics", Reason.INVALID)
        title = posts.title(one.conversation, one.contact)
        if one.delivery.action == Action.TOPIC:
            return _once(partial(connector.open_topic, desk, title))
        return _once(partial(connector.rename_topic, posts.place_of(one), title))

    def _edit_call(self, one: Claimed, parts: Sequence[Part], number: int) -> Call:
        connector, keys = self._connector, one.keys
        if not isinstance(connector, Editing) or not keys:
            raise Refused("it cannot be changed there", Reason.INVALID)
        if len(parts) != len(keys):
            raise Refused("the new text needs another number of messages", Reason.INVALID)
        had_files = bool(one.attachments.get(one.messages[0].id))
        edit = partial(connector.edit, parts[number], keys[number].external_id, had_files=had_files)
        return Call(1, len(parts), edit)

    def _obey(self, queue: str, outcome: TryLater) -> bool:
        """Where a queue is one chat, what the platform asked for stops the queue.
        Returns whether it does, so that it is kept for after a restart."""
        if not outcome.told or self._connector.rates(queue).place:
            return False
        budget = self._budgets[queue]
        budget.not_before = max(budget.not_before, time.monotonic() + outcome.after)
        return True

    # --- settling -----------------------------------------------------------------

    def _end(self, ended: Ended) -> None:
        outcome = ended.outcome
        self._count(type(outcome).__name__ if isinstance(outcome, Outcome) else "Sent")
        self._ended.append(ended)
        if self._settling is None or self._settling.done():
            self._settling = asyncio.create_task(self._settle(), name="settle")

    def _count(self, outcome: str) -> None:
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

    async def _settle(self) -> None:
        """Commit results, many together; they are kept until the store takes them."""
        while self._ended:
            ended, self._ended = self._ended, []
            try:
                await self._commit(ended)
            except StoreDownError as error:
                log.warning("outbox.store_down", account=self._connector.account, why=str(error))
                self._ended = ended + self._ended
                await asyncio.sleep(POLL / 2)

    async def _commit(self, ended: Sequence[Ended]) -> None:
        try:
            self.made(await self._store.write(lambda c: self._settled(c, ended)))
            self._in_hand.difference_update(one.delivery_id for one in ended)
        except StoreDownError:
            raise
        except Exception:
            if len(ended) == 1:  # it stays `sending`, and is judged at the next start
                log.exception("outbox.not_settled", delivery=ended[0].delivery_id)
                self._count("NotSettled")
                return
            for one in ended:
                await self._commit([one])

    def _settled(self, connection: Connection, ended: Sequence[Ended]) -> list[Delivery]:
        world = self._world(connection)
        settling.settle(world, self._policy, ended, jitter=random.random)
        world.flush()
        return [*world.made, *settling.touched(world)]

    async def _judge(self) -> None:
        """Rows in ``sending`` that nobody works on: of ours those not in hand (a
        claim whose commit was in doubt), of another process those whose owner is
        dead, or whose lease and longest call are over."""
        in_hand = set(self._in_hand)  # before we read: what is settled meanwhile was in hand
        found = await self._store.read(claims.stuck)
        past = self._clock() - timedelta(seconds=CALL)
        judged = [
            number
            for number, queue, owner, started in found
            if self._serves(queue)
            and number not in in_hand
            and (owner == self._lease.owner or self._lease.is_dead(owner) or started < past)
        ]
        if judged:
            log.warning("outbox.judged", account=self._connector.account, deliveries=len(judged))
            why = "the process stopped while it was being sent"
            await self._commit([Ended(number, Uncertain(why)) for number in judged])

    async def _drain(self) -> None:
        """Let calls under way end and commit what came of them."""
        if self._calls:
            await asyncio.wait(list(self._calls.values()), timeout=DRAIN)
        for task in list(self._calls.values()):
            task.cancel()
        if self._settling is not None:
            await self._settling


async def _nothing() -> None:
    """The call that need not be made."""


def _once(make: Callable[[], Awaitable[Address | None]]) -> Call:
    return Call(1, 1, make)
