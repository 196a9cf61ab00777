"""The queue of updates of one bot, and what getUpdates does to it.

Source: ``do_get_updates`` in Client.cpp of tdlib/telegram-bot-api and
``TQueue::get`` of tdlib/td. Not emulated: updates older than 24 hours vanish,
and a short poll repeated within 3 seconds is made a long one.
"""

import asyncio
import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice

from inbox.sandbox.telegram.errors import ApiError, Json

LONGEST_POLL = 50
"""Seconds a getUpdates call may wait (LONG_POLL_MAX_TIMEOUT)."""

ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that come only to bots that name them in ``allowed_updates``."""

_FUTURE = 10  # TQueue: an offset further than this behind the tail is an error, hence ignored
_KEPT = 10_000
_CONFLICT = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
_WEBHOOK_SET = "Conflict: terminated by setWebhook request"


class Updates:
    """Updates not yet confirmed, oldest first, each already encoded."""

    def __init__(self, first_id: int, changed: Callable[[], None]) -> None:
        self._next_id = first_id
        self._changed = changed
        self._queue: deque[tuple[int, bytes]] = deque()
        self._confirmed: deque[tuple[int, bytes]] = deque(maxlen=_KEPT)
        self._again: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._quiet_until = 0.0
        self.allowed: frozenset[str] | None = None

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def polling(self) -> bool:
        """Whether a getUpdates call is waiting now."""
        return self._waiter is not None

    def wants(self, kind: str) -> bool:
        """Whether updates of this kind are queued at all."""
        return kind in self.allowed if self.allowed else kind not in ON_REQUEST

    def allow(self, kinds: object) -> None:
        """Remember the list for this and later calls; an empty one restores the default."""
        if isinstance(kinds, list):
            self.allowed = frozenset(str(kind) for kind in kinds) or None

    def add(self, kind: str, encoded: str) -> None:
        """Queue an update whose object is already JSON, unless the bot does not want it."""
        if self.wants(kind):
            self._append(f'{{"update_id":{self._next_id},"{kind}":{encoded}}}')

    def add_raw(self, update: Json) -> int:
        """Queue an update exactly as given; returns the id it was given."""
        update_id = self._next_id
        self._append(json.dumps({**update, "update_id": update_id}, separators=(",", ":")))
        return update_id

    def drop(self) -> None:
        """Forget everything that waits (``drop_pending_updates``)."""
        self._queue.clear()

    def replay(self, count: int) -> None:
        """Hand the last ``count`` confirmed updates out once more, whatever the offset."""
        last = list(self._confirmed)[-count:] if count > 0 else []
        self._again.extend(encoded for _, encoded in last)
        self._wake()

    async def poll(self, offset: int, limit: int, timeout: int) -> bytes:
        """The JSON array that answers getUpdates. ``timeout`` in seconds.

        Raises ApiError 409 when another call takes over the waiting.
        """
        self._confirm(offset)
        found = self._take(limit)
        if found or timeout <= 0:
            return _array(found)
        await self._wait(min(timeout, LONGEST_POLL))
        return _array(self._take(limit))

    def close(self) -> None:
        """Let a waiting call return, empty."""
        self._wake()

    def make_way(self) -> None:
        """End a waiting call because a webhook was set."""
        self._end(_WEBHOOK_SET)

    def _append(self, encoded: str) -> None:
        self._queue.append((self._next_id, encoded.encode()))
        self._next_id += 1
        self._wake()
        self._changed()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _end(self, reason: str) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ApiError(409, reason))

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            while len(self._queue) > -offset:
                self._confirmed.append(self._queue.popleft())
        elif offset <= self._next_id + _FUTURE:
            while self._queue and self._queue[0][0] < offset:
                self._confirmed.append(self._queue.popleft())

    def _take(self, limit: int) -> list[bytes]:
        again = list(islice(self._again, limit))
        for _ in again:
            self._again.popleft()
        return again + [encoded for _, encoded in islice(self._queue, limit - len(again))]

    async def _wait(self, seconds: float) -> None:
        self._end(_CONFLICT)
        loop = asyncio.get_running_loop()
        waiter = self._waiter = loop.create_future()
        self._changed()
        timer = loop.call_later(seconds, _finish, waiter)
        try:
            await waiter
        except ApiError:
            await self._slow_down()
            raise
        finally:
            timer.cancel()
            if self._waiter is waiter:
                self._waiter = None

    async def _slow_down(self) -> None:
        # fail_query_conflict: a second conflict within 3 seconds is answered 3 seconds late
        now = time.monotonic()
        if now < self._quiet_until:
            await asyncio.sleep(3)
        else:
            self._quiet_until = now + 3


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _array(encoded: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(encoded) + b"]"
