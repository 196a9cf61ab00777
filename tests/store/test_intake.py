"""Events become rows once each, in order, and what is to blame is found."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table

from connectors.base import (
    Address,
    Author,
    Deleted,
    Gap,
    Inbound,
    Membership,
    Moved,
    Reacted,
    Received,
    Text,
    Unreadable,
)
from inbox.intake import STRIKES, Handler, Intake
from inbox.model import (
    AuditEvent,
    Contact,
    Conversation,
    Cursor,
    Kind,
    Message,
    Quarantine,
    QuarantineState,
    Seen,
)
from inbox.reception import HANDLERS
from inbox.seal import Seal
from inbox.store import Store, StoreDownError
from tests.store.seeds import NOW
from tests.unit.inbox.memory import ACCOUNT, ROOM
from tests.unit.inbox.parts import policy

POLICY = policy()
SECRET = "my seed is abandon abandon ability"


def intake(
    store: Store, directory: Path, handlers: Mapping[type, Handler] = HANDLERS, **more: Any
) -> Intake:
    """An intake that nobody listens to."""
    return Intake(
        store,
        policy=POLICY,
        handlers=handlers,
        seal=Seal(directory),
        clock=lambda: NOW,
        committed=lambda _: None,
        **more,
    )


def said(number: int, text: str = "", customer: str = "7", **more: Any) -> Received:
    """What a customer wrote."""
    values: dict[str, Any] = {
        "key": f"u:{number}",
        "at": NOW,
        "place": Address(ACCOUNT, customer),
        "id": str(number),
        "author": Author(customer, "Ann", language="en"),
        "text": Text(text or f"text {number}"),
    }
    return Received(**{**values, **more})


async def rows(store: Store, of: type[Any], /, **where: Any) -> list[Any]:
    """What a table holds."""
    table: Table = of.__table__
    return list(await store.read(lambda c: c.execute(table.select().filter_by(**where)).all()))


async def bodies(store: Store) -> list[str]:
    """What customers said, in order."""
    found = await rows(store, Message, kind=Kind.INCOMING)
    return [row.body for row in sorted(found, key=lambda row: row.seq)]


def _choking(word: str, error: Exception) -> Mapping[type, Handler]:
    """Handlers that cannot stand a word."""

    def received(world: Any, policy: Any, event: Received, signs: Any) -> None:
        if word in event.text.body:
            raise error
        HANDLERS[Received](world, policy, event, signs)

    return {**HANDLERS, Received: received}


async def test_events_are_taken_in_order_and_once(store: Store, tmp_path: Path) -> None:
    taking = intake(store, tmp_path)
    await taking.receive(*(said(n) for n in range(5)))
    await taking.receive(*(said(n) for n in range(3, 8)))
    assert await bodies(store) == [f"text {n}" for n in range(8)]
    assert len(await rows(store, Conversation)) == 1


async def test_calls_that_wait_together_are_answered_together(store: Store, tmp_path: Path) -> None:
    taking = intake(store, tmp_path)
    await asyncio.gather(*(taking.receive(said(n, customer=str(n % 7))) for n in range(300)))
    assert len(await rows(store, Message, kind=Kind.INCOMING)) == 300
    assert len(await rows(store, Contact)) == 7
    assert taking.taken == 300


async def test_a_message_told_under_two_keys_is_one(store: Store, tmp_path: Path) -> None:
    await intake(store, tmp_path).receive(said(1), replace(said(1), key="another"))
    assert await bodies(store) == ["text 1"]


async def test_cursors_are_kept_with_what_was_read(store: Store, tmp_path: Path) -> None:
    taking, scope = intake(store, tmp_path), Address(ACCOUNT, "INBOX")
    assert await taking.cursor(scope) is None
    await taking.receive(said(1), cursors={scope: "10"})
    await taking.receive(cursors={scope: "11", Address(ACCOUNT, "Spam"): "3"})
    assert await taking.cursor(scope) == "11"
    assert len(await rows(store, Cursor)) == 2


async def test_the_one_to_blame_goes_to_quarantine_and_the_others_pass(
    store: Store, tmp_path: Path
) -> None:
    taking = intake(store, tmp_path, _choking("seed", ValueError(SECRET)))
    await taking.receive(said(1), said(2, SECRET), said(3))
    assert await bodies(store) == ["text 1", "text 3"]
    (kept,) = await rows(store, Quarantine)
    assert (kept.key, kept.stage, kept.state) == ("u:2", "store", QuarantineState.WAITING)
    assert "ValueError" in kept.error
    opened = json.loads(Seal(tmp_path).open(kept.raw))
    assert (opened["type"], opened["text"]["body"]) == ("Received", SECRET)
    assert taking.quarantined == 1


async def test_what_is_in_quarantine_is_not_tried_again(store: Store, tmp_path: Path) -> None:
    taking = intake(store, tmp_path, _choking("seed", ValueError(SECRET)))
    for _ in range(2):
        await taking.receive(said(2, SECRET))
    assert len(await rows(store, Quarantine)) == 1
    assert len(await rows(store, Seen, key="u:2")) == 1


@pytest.mark.parametrize("odd", ["x" * 400, "a\x00b", "a\ud800b"], ids=["long", "NUL", "surrogate"])
@pytest.mark.parametrize("what", ["author", "id", "group", "place"])
async def test_an_odd_name_of_anything_blocks_nothing(
    store: Store, tmp_path: Path, what: str, odd: str
) -> None:
    """Stored or in quarantine, but what is behind it passes, and no text leaks."""
    value = {"author": Author(odd, "Ann"), "place": Address(ACCOUNT, odd)}.get(what, odd)
    values: dict[str, Any] = {what: value}
    await intake(store, tmp_path).receive(said(1), said(2, SECRET, **values), said(3))
    assert [body for body in await bodies(store) if body != SECRET] == ["text 1", "text 3"]
    assert len(await bodies(store)) + len(await rows(store, Quarantine)) == 3
    for kept in await rows(store, Quarantine):
        assert "abandon" not in kept.error
        assert b"abandon" not in kept.raw


@pytest.mark.parametrize("odd", ["x" * 400, "a\x00b", "a\ud800b"], ids=["long", "NUL", "surrogate"])
async def test_an_odd_key_blocks_nothing(store: Store, tmp_path: Path, odd: str) -> None:
    taking = intake(store, tmp_path)
    for _ in range(2):
        await taking.receive(said(1), said(2, key=odd), said(3))
    assert [body for body in await bodies(store) if body != "text 2"] == ["text 1", "text 3"]
    assert len(await bodies(store)) + len(await rows(store, Quarantine)) == 3


async def test_an_unreadable_event_is_kept_once(store: Store, tmp_path: Path) -> None:
    taking = intake(store, tmp_path)
    poison = Unreadable(
        key="u:9", at=NOW, place=Address(ACCOUNT, ""), raw=SECRET.encode(), error="KeyError"
    )
    await taking.receive(poison, poison, said(1))
    (kept,) = await rows(store, Quarantine)
    assert (kept.stage, kept.error) == ("parse", "KeyError")
    assert Seal(tmp_path).open(kept.raw) == SECRET.encode()
    assert await bodies(store) == ["text 1"]


async def test_nobody_is_answered_while_the_store_is_down(sqlite: Store, tmp_path: Path) -> None:
    taking = intake(sqlite, tmp_path)

    def only_read(connection: Connection, *, on: bool) -> None:
        raw: Any = connection.connection.driver_connection
        raw.execute(f"pragma query_only={on:d}")

    await sqlite._run(sqlite._write_engine, lambda c: only_read(c, on=True))
    with pytest.raises(StoreDownError):
        await taking.receive(said(1), cursors={Address(ACCOUNT, "INBOX"): "1"})
    await sqlite._run(sqlite._write_engine, lambda c: only_read(c, on=False))
    assert await taking.cursor(Address(ACCOUNT, "INBOX")) is None
    await taking.receive(said(1))
    assert await bodies(sqlite) == ["text 1"]
    assert await rows(sqlite, Quarantine) == []


async def test_after_an_unclean_stop_events_are_taken_one_by_one(
    store: Store, tmp_path: Path
) -> None:
    taking = intake(store, tmp_path, unclean=True)
    await taking.receive(said(1), said(2))
    await taking.receive(said(2), said(3))
    assert await bodies(store) == ["text 1", "text 2", "text 3"]
    assert await rows(store, Quarantine) == [], "no strike is left behind"


class Killed(BaseException):  # the end of a process, as far as a test can show it
    """What no handler of errors catches."""


async def test_an_event_over_which_the_process_dies_is_out_in_the_end(
    store: Store, tmp_path: Path
) -> None:
    """Each time the strike was counted before the attempt."""

    def deadly(world: Any, policy: Any, event: Received, signs: Any) -> None:
        if "seed" in event.text.body:
            raise Killed
        HANDLERS[Received](world, policy, event, signs)

    def strike(connection: Connection) -> None:
        taking._strike(connection, said(2, SECRET))

    for _ in range(STRIKES):
        taking = intake(store, tmp_path, {**HANDLERS, Received: deadly}, unclean=True)
        await store.write(strike)  # and then it died
    taking = intake(store, tmp_path, {**HANDLERS, Received: deadly}, unclean=True)
    await taking.receive(said(1), said(2, SECRET), said(3))
    assert await bodies(store) == ["text 1", "text 3"]
    (kept,) = await rows(store, Quarantine)
    assert (kept.stage, kept.state) == ("decide", QuarantineState.WAITING)


async def test_a_message_that_was_deleted_before_it_came_is_marked(
    store: Store, tmp_path: Path
) -> None:
    taking = intake(store, tmp_path)
    gone = Deleted(key="d:1", at=NOW, place=Address(ACCOUNT, "7"), id="1")
    await taking.receive(gone, replace(gone, key="d:2"))
    await taking.receive(said(1))
    (message,) = await rows(store, Message, kind=Kind.INCOMING)
    assert message.deleted_at == NOW


async def test_a_message_that_is_deleted_later_is_marked_and_kept(
    store: Store, tmp_path: Path
) -> None:
    taking = intake(store, tmp_path)
    await taking.receive(said(1))
    for key in ("d:1", "d:2"):
        await taking.receive(Deleted(key=key, at=NOW, place=Address(ACCOUNT, "7"), id="1"))
    (message,) = await rows(store, Message, kind=Kind.INCOMING)
    assert (message.deleted_at, message.body) == (NOW, "text 1")


async def test_what_has_no_effect_yet_is_in_the_audit(store: Store, tmp_path: Path) -> None:
    who, place = Author("7", "Ann"), Address(ACCOUNT, ROOM)
    common: dict[str, Any] = {"at": NOW, "place": place, "room": ROOM}
    events: list[Inbound] = [
        Reacted(key="1", id="5", author=who, reactions=("👍",), **common),
        Membership(key="2", author=who, by="8", joined=True, **common),
        Moved(key="3", to="room2", **common),
        Gap(key="4", since=NOW, why="24 hours", **common),
    ]
    await intake(store, tmp_path).receive(*events)
    told = sorted(row.what for row in await rows(store, AuditEvent))
    assert told == ["channel.gap", "message.reacted", "room.membership", "room.moved"]


@pytest.mark.postgres
async def test_processes_that_hear_the_same_newcomers_agree(
    postgres_url: str, tmp_path: Path
) -> None:
    """Both take all; each message, contact and conversation is there once."""
    stores = [Store(postgres_url), Store(postgres_url)]
    for store in stores:
        await store.open()
    events = [said(n, customer=str(n % 5)) for n in range(40)]
    taking = [intake(store, tmp_path) for store in stores]
    await asyncio.gather(
        *(one.receive(*events[n : n + 4]) for n in range(0, 40, 4) for one in taking)
    )
    assert len(await rows(stores[0], Contact)) == 5
    assert len(await rows(stores[0], Conversation)) == 5
    assert sorted(await bodies(stores[0])) == sorted(e.text.body for e in events)
    assert await rows(stores[0], Quarantine) == []
    for store in stores:
        await store.close()
