"""How long a live answer waits for its claim while a million announcements are queued.

Timed from asking the store for one head to having the composed call in hand: the
fence, the head, what is needed to show it, and the commit of ``sending``. Both
engines, with the statistics of an empty database and with fresh ones.
"""

import sqlite3
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy import Connection

from bench import databases, figures, rig
from bench.figures import Figure, percentile
from connectors.base import Connector
from inbox import posts
from inbox.app import utc_now
from inbox.policy import Policy
from inbox.store import Store, claims, leases
from inbox.store.claims import Claimed, Fence, Want
from inbox.store.world import World

TARGET = 5.0
"""Milliseconds, p99."""

QUEUE = "telegram/dm"
FENCE = Fence("send:telegram", "bench", 1)

_FILL = """
INSERT INTO delivery (id, queue, lane, priority, action, conversation_id, thread_id, seq,
    status, due_at, attempts, parts_done, created_at)
SELECT 1000000000 + n, 'telegram/dm', 2, 3, 'post', 1000000000 + n, 1000000000 + n, 0,
    'pending', {now}, 0, 0, {now}
FROM {numbers}
"""


async def measure(quick: bool) -> list[Figure]:
    """Milliseconds for each live head claimed, both engines."""
    bulk, live = (1_000, 20) if quick else (1_000_000, 300)
    with databases.directory() as directory:
        file = directory / "inbox.db"
        fill, analyze = partial(_fill_sqlite, file, bulk), partial(_sqlite, file, "ANALYZE")
        told = await _engine(
            "sqlite", f"sqlite:///{file}", directory, live, fill=fill, analyze=analyze
        )
        async with databases.postgres() as url:
            if url is not None:
                fill = partial(_fill_postgres, url, bulk)
                analyze = partial(_postgres, url, "ANALYZE")
                told += await _engine("postgres", url, directory, live, fill=fill, analyze=analyze)
    return told


async def _engine(
    name: str,
    url: str,
    directory: Path,
    live: int,
    *,
    fill: Callable[[], Awaitable[None]],
    analyze: Callable[[], Awaitable[None]],
) -> list[Figure]:
    policy, connector = rig.policy(directory)
    told = list[Figure]()
    async with rig.opened(url) as store:
        await fill()
        for when, prepare in (("before ANALYZE", None), ("after ANALYZE", analyze)):
            if prepare is not None:
                await prepare()
            took = await _live(store, policy, connector, directory, live)
            what = f"{name}, {when}: claim to call"
            told += [
                Figure("claim", f"{what}, p50", percentile(took, 0.5), "ms"),
                Figure("claim", f"{what}, p99", percentile(took, 0.99), "ms", TARGET),
            ]
    return told


async def _live(
    store: Store, policy: Policy, connector: Connector, directory: Path, many: int
) -> list[float]:
    """New customers write; claim the receipts they get, one by one."""
    newcomers = rig.Customers(many, first=await store.write(lambda _: store.ids()))
    await rig.hand_over(rig.intake(store, policy, directory), newcomers.write(many), callers=64)
    await store.write(_lease)
    took = list[float]()
    for _ in range(many):
        began = time.perf_counter()
        claimed = await store.write(partial(_claim, store))
        calls = [connector.split(posts.compose(policy, one)) for one in claimed]
        took.append(1000 * (time.perf_counter() - began))
        if len(calls) != 1 or claimed[0].delivery.lane == 2:
            raise RuntimeError("bulk went before what is live")
    return took


def _lease(connection: Connection) -> None:
    leases.take(connection, FENCE.resource, FENCE.owner, seconds=3600, is_dead=lambda _: False)


def _claim(store: Store, connection: Connection) -> list[Claimed]:
    world = World(connection, ids=store.ids, now=utc_now())
    return claims.claim(world, FENCE, [Want(QUEUE, 1)])


async def _sqlite(file: Path, sql: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute(sql)
    connection.commit()
    connection.close()


async def _fill_sqlite(file: Path, many: int) -> None:
    numbers = (
        "(WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL"
        f" SELECT n + 1 FROM up WHERE n < {many}) SELECT n FROM up)"
    )
    now = "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    await _sqlite(file, _FILL.format(numbers=numbers, now=now))


async def _postgres(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for sql in statements:
        await connection.execute(sql)
    await connection.close()


async def _fill_postgres(url: str, many: int) -> None:
    # As a replica, so that the million needs no million conversations behind it.
    fill = _FILL.format(numbers=f"generate_series(1, {many}) AS n", now="now()")
    await _postgres(url, "SET session_replication_role = replica", fill)


if __name__ == "__main__":
    figures.run(measure, __doc__)
