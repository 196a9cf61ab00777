"""What is claimed when there is not room for all: over all queues, the most urgent."""

from sqlalchemy import Connection

from inbox.model import Side
from inbox.store import Store
from inbox.store.claims import Want, claim
from tests.store.seeds import DESK, DM, Case, case, fence, world_of


async def _waiting(store: Store, *lanes_and_sides: tuple[int, Side]) -> None:
    def fill(connection: Connection) -> None:
        world = world_of(store, connection)
        for number, (lane, side) in enumerate(lanes_and_sides, 1):
            one: Case = case(world, number)
            one.post(f"{side.value} {lane}", side=side, lane=lane)
        world.flush()

    await store.write(fill)


async def _bodies(store: Store, *, most: int) -> list[str]:
    wants = [Want(DESK, 10), Want(DM, 10)]
    found = await store.write(lambda c: claim(world_of(store, c), fence(c), wants, most=most))
    return [one.messages[0].body for one in found]


async def test_room_is_counted_over_all_queues(store: Store) -> None:
    await _waiting(store, *[(0, Side.DESK)] * 3, *[(0, Side.CUSTOMER)] * 3)
    assert len(await _bodies(store, most=4)) == 4
    assert len(await _bodies(store, most=4)) == 2, "the others stayed pending"


async def test_what_is_live_goes_before_receipts_of_another_queue(store: Store) -> None:
    await _waiting(store, (1, Side.CUSTOMER), (2, Side.CUSTOMER), (0, Side.DESK), (0, Side.DESK))
    assert await _bodies(store, most=2) == ["desk 0", "desk 0"]
    assert await _bodies(store, most=2) == ["customer 1", "customer 2"]
