"""What may leave next: heads of threads, in the order of lanes, priorities and times."""

import pytest
from sqlalchemy import Connection, event, text

from inbox.model import Action, DeliveryStatus, Kind, Side
from inbox.store import Store, claims
from inbox.store.claims import RUN, Claimed, Fence, FencedError, Want, claim
from inbox.store.rows import Attachment, Delivery
from inbox.store.world import World
from tests.store.seeds import DESK, DM, OWNER, Case, case, claimed, end, fence, world_of


async def _with(store: Store, *customers: int) -> list[Case]:
    """Conversations to add deliveries to; :func:`_kept` writes them."""
    return await store.write(
        lambda c: [case(world_of(store, c), number) for number in customers or (1,)]
    )


async def _kept(store: Store, *cases: Case) -> None:
    def flush(connection: Connection) -> None:
        for one in cases:
            one.world.connection = connection
            one.world.flush()

    await store.write(flush)


def _bodies(found: list[Claimed]) -> list[list[str]]:
    return [[message.body for message in one.messages] for one in found]


async def test_only_the_head_of_a_thread_is_taken(store: Store) -> None:
    (ann,) = await _with(store)
    for body in ("one", "two"):
        ann.post(body, side=Side.CUSTOMER)
    await _kept(store, ann)
    (first,) = await claimed(store)
    assert _bodies([first]) == [["one"]]
    assert await claimed(store) == [], "the head is under way"
    await end(store, first.delivery.id)
    assert _bodies(await claimed(store)) == [["two"]]


@pytest.mark.parametrize(
    "status", [s for s in DeliveryStatus if s not in (DeliveryStatus.PENDING, "sending")]
)
async def test_whatever_is_final_lets_the_next_one_go(store: Store, status: DeliveryStatus) -> None:
    (ann,) = await _with(store)
    head, _ = ann.post(side=Side.CUSTOMER), ann.post("next", side=Side.CUSTOMER)
    head.status = status
    await _kept(store, ann)
    assert _bodies(await claimed(store)) == [["next"]]


async def test_a_thread_holds_back_no_other(store: Store) -> None:
    ann, bob = await _with(store, 1, 2)
    ann.post("waits", after=60)
    ann.post("behind")
    ann.post("to the customer", side=Side.CUSTOMER)
    bob.post("of another")
    await _kept(store, ann, bob)
    assert sorted(_bodies(await claimed(store))) == [["of another"], ["to the customer"]]


async def test_lanes_then_priorities_then_times(store: Store) -> None:
    cases = await _with(store, 1, 2, 3, 4, 5)
    wanted = [("urgent", 0, 1, -1), ("early", 0, 3, -9), ("live", 0, 3, -1), ("system", 1, 1, -9)]
    for one, (body, lane, priority, after) in zip(cases, wanted, strict=False):
        one.post(body, lane=lane, priority=priority, after=after, side=Side.CUSTOMER)
    cases[4].post("bulk", lane=2, priority=1, after=-99, side=Side.CUSTOMER)
    await _kept(store, *reversed(cases))
    order = [body for (body,) in _bodies(await claimed(store))]
    assert order == ["urgent", "early", "live", "system", "bulk"]


async def test_bulk_waits_while_there_is_no_room_for_it(store: Store) -> None:
    ann, bob = await _with(store, 1, 2)
    ann.post("bulk", lane=2, after=-99, side=Side.CUSTOMER)
    bob.post("live", side=Side.CUSTOMER)
    await _kept(store, ann, bob)
    assert _bodies(await claimed(store, Want(DM, 1))) == [["live"]]


async def test_what_is_due_later_waits(store: Store) -> None:
    (ann,) = await _with(store)
    ann.post(after=5)
    await _kept(store, ann)
    assert await claimed(store, after=4.9) == []
    assert len(await claimed(store, after=5)) == 1


async def test_a_queue_that_is_not_asked_for_waits(store: Store) -> None:
    (ann,) = await _with(store)
    ann.post()
    await _kept(store, ann)
    assert await claimed(store, Want(DM, 10)) == []
    assert await claimed(store, Want(DESK, 0)) == []


async def test_a_place_that_cools_waits(store: Store) -> None:
    ann, bob = await _with(store, 1, 2)
    for one in (ann, bob):
        one.post(f"for {one.customer.place}", side=Side.CUSTOMER)
    await _kept(store, ann, bob)
    assert _bodies(await claimed(store, Want(DM, 10, [ann.customer.id]))) == [["for 2"]]


async def test_a_claim_writes_down_who_when_and_how_often(store: Store) -> None:
    (ann,) = await _with(store)
    ann.post()
    await _kept(store, ann)
    (one,) = await claimed(store, after=1)

    def stored(connection: Connection) -> Delivery:
        world = world_of(store, connection)
        (row,) = world.load_deliveries(Delivery.table.select())
        return row

    row = await store.read(stored)
    assert (row.status, row.owner, row.attempts) == (DeliveryStatus.SENDING, OWNER, 1)
    assert row.epoch == 1
    assert row.started_at is not None
    assert await store.read(claims.stuck) == [(one.delivery.id, DESK, OWNER, row.started_at)]


async def test_without_the_lease_nothing_is_taken(store: Store) -> None:
    (ann,) = await _with(store)
    ann.post()
    await _kept(store, ann)

    def as_another(connection: Connection) -> None:
        held = fence(connection)
        stale = Fence(held.resource, held.owner, held.epoch - 1)
        claim(world_of(store, connection), stale, [Want(DESK, 10)])

    with pytest.raises(FencedError):
        await store.write(as_another)
    assert len(await claimed(store)) == 1


async def test_the_texts_that_wait_in_a_topic_become_one_post(store: Store) -> None:
    (ann,) = await _with(store)
    posts = [ann.post(f"line {n}") for n in range(4)]
    await _kept(store, ann)
    (one,) = await claimed(store)
    assert _bodies([one]) == [[f"line {n}" for n in range(4)]]
    assert [d.id for d in one.followers] == [post.id for post in posts[1:]]
    assert {d.merged_into for d in one.followers} == {one.delivery.id}
    assert await claimed(store) == []


async def test_what_goes_to_customers_is_never_merged(store: Store) -> None:
    (ann,) = await _with(store)
    for body in ("one", "two"):
        ann.post(body, side=Side.CUSTOMER)
    await _kept(store, ann)
    assert _bodies(await claimed(store)) == [["one"]]


@pytest.mark.parametrize("what", ["file", "choices", "edit", "later", "long"])
async def test_a_run_ends_before_what_cannot_share_a_post(store: Store, what: str) -> None:
    (ann,) = await _with(store)
    ann.post("one")
    ann.post("two")
    if what == "file":
        third = ann.post("three")
        assert third.message_id is not None
        ann.world.add(
            Attachment(
                id=ann.world.new_id(),
                message_id=third.message_id,
                part=0,
                kind="photo",
                name="",
                type="",
                source={},
            )
        )
    elif what == "choices":
        ann.post("three", kind=Kind.EVENT, choices=[["Yes", "y"]])
    elif what == "edit":
        ann.post("three", action=Action.EDIT)
    elif what == "later":
        ann.post("three", after=9)
    else:
        ann.post("三" * 3_600)
    ann.post("four")
    await _kept(store, ann)
    assert _bodies(await claimed(store)) == [["one", "two"]]


async def test_a_run_has_an_end(store: Store) -> None:
    (ann,) = await _with(store)
    for number in range(RUN + 5):
        ann.post(str(number))
    await _kept(store, ann)
    (one,) = await claimed(store)
    assert len(one.messages) == RUN


async def test_a_run_fits_into_one_post(store: Store) -> None:
    (ann,) = await _with(store)
    for _ in range(5):
        ann.post("😀" * 700)  # 1,400 UTF-16 units
    await _kept(store, ann)
    (one,) = await claimed(store)
    units = sum(len(message.body.encode("utf-16-le")) // 2 for message in one.messages)
    assert len(one.messages) == 2
    assert units <= 4096


async def test_queues_are_those_in_which_something_waits(store: Store) -> None:
    ann, bob = await _with(store, 1, 2)
    ann.post(side=Side.CUSTOMER)
    bob.post(queue="desk/-200")
    ann.post(queue="done/1").status = DeliveryStatus.SENT
    await _kept(store, ann, bob)
    assert await store.read(claims.queues) == ["desk/-200", DM]


async def test_what_is_not_final_is_counted(store: Store) -> None:
    (ann,) = await _with(store)
    assert await store.read(claims.is_idle)
    for status in (DeliveryStatus.PENDING, DeliveryStatus.UNCERTAIN, DeliveryStatus.SENT):
        ann.post().status = status
    await _kept(store, ann)
    assert await store.read(claims.counts) == {(DESK, "pending"): 1, (DESK, "uncertain"): 1}
    assert not await store.read(claims.is_idle)


@pytest.mark.parametrize("analyzed", [False, True], ids=["as it is", "analyzed"])
async def test_the_claim_reads_the_index_of_what_is_due(store: Store, *, analyzed: bool) -> None:
    """Among many that are done: measured, a claim ordered otherwise never finished."""
    await _many_done(store)
    if analyzed:
        await store.write(lambda c: c.exec_driver_sql("analyze").close())
    plan = await store.write(lambda c: _plan_of_claim(world_of(store, c)))
    assert "ix_delivery_due" in plan
    assert "ix_delivery_head" in plan


async def _many_done(store: Store) -> None:
    cases = await _with(store, *range(40))
    for one in cases:
        for _ in range(100):
            one.deliver(None, side=Side.CUSTOMER, action=Action.TITLE).status = DeliveryStatus.SENT
        one.deliver(None, side=Side.CUSTOMER, action=Action.TITLE)
    await _kept(store, *cases)


def _plan_of_claim(world: World) -> str:
    """How the database goes about the statement that the claim really makes."""
    connection = world.connection
    made: list[tuple[str, object]] = []

    @event.listens_for(connection, "before_cursor_execute")
    def _note(_c: object, _cu: object, sql: str, values: object, *_: object) -> None:
        made.append((sql, values))

    claims._heads(world, Want(DM, 10))
    event.remove(connection, "before_cursor_execute", _note)
    ((sql, values),) = made
    explain = "explain query plan" if connection.dialect.name == "sqlite" else "explain"
    if connection.dialect.name == "postgresql":
        connection.execute(text("set local enable_seqscan = off"))
    rows = connection.exec_driver_sql(f"{explain} {sql}", values)  # type: ignore[arg-type]
    return "\n".join(str(row) for row in rows)
