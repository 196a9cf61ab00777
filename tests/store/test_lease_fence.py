"""A claim that is being made under a lease ends before another one can take the lease."""

import asyncio

import pytest
from sqlalchemy import Connection, text

from inbox.store import Store, leases


def _take(connection: Connection, owner: str) -> int | None:
    return leases.take(connection, "send:x", owner, seconds=60, is_dead=lambda _: True)


@pytest.mark.postgres
async def test_a_takeover_waits_for_the_claim_under_way(postgres_url: str) -> None:
    old, new = Store(postgres_url), Store(postgres_url)
    await old.open()
    await new.open()
    happened = list[str]()
    checked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def claim(connection: Connection) -> bool:
        held = leases.holds(connection, "send:x", "old", 1)
        loop.call_soon(checked.set)
        connection.execute(text("select pg_sleep(0.5)"))  # the claim itself
        happened.append("claimed")
        return held

    def take_over(connection: Connection) -> int | None:
        epoch = _take(connection, "new")
        happened.append("taken over")
        return epoch

    try:
        await old.write(lambda c: _take(c, "old"))
        claiming = asyncio.create_task(old.write(claim))
        await checked.wait()
        assert await new.write(take_over) == 2
        assert await claiming, "it was ours when we began"
        assert happened == ["claimed", "taken over"]
        assert not await old.read(lambda c: leases.holds(c, "send:x", "old", 1))
    finally:
        await old.close()
        await new.close()
