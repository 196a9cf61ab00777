"""The contract of ``connectors/base.py``, held against every channel in ``HARNESSES``."""

import asyncio
import traceback
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import base
from connectors.base import (
    Address,
    Answering,
    Choice,
    Deleting,
    Edited,
    Editing,
    Fetching,
    File,
    FileKind,
    Left,
    Outbound,
    Outcome,
    Part,
    Pressed,
    Reason,
    Received,
    Refused,
    Returned,
    Sent,
    Text,
    TryLater,
    Uncertain,
    Unreadable,
)
from tests.connectors.harness import Harness, Ledger, Trouble, listening
from tests.connectors.telegram_harness import TelegramHarness
from tests.connectors.texts import texts

HARNESSES: list[type[Harness]] = [TelegramHarness]

CAPABILITIES: set[type] = {
    *(base.Topics, base.Editing, base.Deleting, base.Answering),
    *(base.Fetching, base.Menus, base.Checking),
}


def name(kind: type[Harness]) -> str:
    return kind.__name__


@pytest.fixture(params=HARNESSES, ids=name)
async def harness(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    kind: type[Harness] = request.param
    async with kind.open() as opened:
        yield opened


def said(events: list[base.Inbound]) -> list[str]:
    return [event.text.body for event in events if isinstance(event, Received)]


# --- what comes in -----------------------------------------------------------


async def test_messages_come_in_the_order_they_were_written(harness: Harness) -> None:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        for text in ("one", "two", "three"):
            harness.write(text)
        events = await ledger.holds(3)
        harness.write("four")
        events = await ledger.holds(4)
    assert said(events) == ["one", "two", "three", "four"]
    assert {event.place for event in events} == {harness.place}
    assert len({event.key for event in events}) == 4
    assert len({event.id for event in events if isinstance(event, Received)}) == 4
    assert all(event.room is None and event.at.tzinfo is not None for event in events)


async def test_nothing_is_acknowledged_before_it_is_committed(harness: Harness) -> None:
    ledger = Ledger()
    ledger.open.clear()
    harness.write("keep this")
    async with listening(harness.connector, ledger):
        await ledger.until(lambda: bool(ledger.offered))
        harness.write("and this")
        await asyncio.sleep(0.2)  # long enough for a hasty acknowledgement
        assert harness.held() == 2
        ledger.open.set()
        await ledger.holds(2)
        await harness.until(lambda: harness.held() == 0)


async def test_what_could_not_be_committed_comes_again(harness: Harness) -> None:
    ledger = Ledger(refuse=1)
    harness.write("one")
    harness.write("two")
    with pytest.raises(OSError, match="No space left"):
        await harness.connector.run(ledger)
    assert harness.held() == 2
    async with listening(harness.connector, ledger):
        events = await ledger.holds(2)
    assert said(events) == ["one", "two"]
    assert [event.key for event in ledger.offered[0]] == [event.key for event in events]


async def test_what_was_acknowledged_does_not_come_again(harness: Harness) -> None:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        harness.write("one")
        await ledger.holds(1)
        await harness.until(lambda: harness.held() == 0)
    async with listening(harness.connector, ledger):
        harness.write("two")
        events = await ledger.holds(2)
    assert said(events) == ["one", "two"]


async def test_poison_is_reported_once_and_holds_nothing_back(harness: Harness) -> None:
    ledger = Ledger()
    piece = harness.poison()
    harness.write("behind it")
    async with listening(harness.connector, ledger):
        events = await ledger.holds(2)
        await harness.until(lambda: harness.held() == 0)
    async with listening(harness.connector, ledger):
        harness.write("later")
        events = await ledger.holds(3)
    poison = events[0]
    assert isinstance(poison, Unreadable)
    assert piece in poison.raw
    assert poison.error
    assert said(events) == ["behind it", "later"]
    assert len(ledger.events) == 3


async def test_an_edit_names_the_message_it_changes(harness: Harness) -> None:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        harness.write("helo")
        harness.correct("hello")
        first, second = await ledger.holds(2)
    assert isinstance(first, Received)
    assert isinstance(second, Edited)
    assert (first.id, second.text.body) == (second.id, "hello")
    assert first.key != second.key


async def test_the_items_of_an_album_belong_together(harness: Harness) -> None:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        harness.album(3)
        events = await ledger.holds(3)
    items = [event for event in events if isinstance(event, Received)]
    assert len({item.group for item in items}) == 1
    assert items[0].group is not None
    assert len({item.id for item in items}) == 3
    assert [item.files[0].kind for item in items] == [FileKind.PHOTO] * 3
    assert [item.text.body for item in items] == ["look", "", ""]


async def test_who_leaves_and_comes_back_is_told(harness: Harness) -> None:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        harness.write("hello")
        harness.leave()
        harness.come_back()
        hello, left, returned = await ledger.holds(3)
    assert isinstance(hello, Received)
    assert isinstance(left, Left)
    assert isinstance(returned, Returned)
    assert left.author.id == returned.author.id == hello.author.id
    assert left.place == returned.place == hello.place


async def test_listening_stops_when_asked(harness: Harness) -> None:
    async with listening(harness.connector, Ledger()) as task:
        await asyncio.sleep(0.1)
        task.cancel()
        async with asyncio.timeout(2):
            with pytest.raises(asyncio.CancelledError):
                await task


# --- what goes out -----------------------------------------------------------


def part(harness: Harness, text: str = "answer", choices: tuple[Choice, ...] = ()) -> Part:
    return Part(key="m1.0", place=harness.place, text=Text(text), choices=choices)


async def greeted(harness: Harness) -> Ledger:
    """The customer has written, so that he may be answered."""
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        harness.write("hello")
        await ledger.holds(1)
        await harness.until(lambda: harness.held() == 0)
    return ledger


async def test_an_answer_arrives_under_the_id_that_sent_tells(harness: Harness) -> None:
    await greeted(harness)
    first = await harness.connector.send(part(harness, "one"))
    second = await harness.connector.send(part(harness, "two"))
    assert harness.shown() == ["one", "two"]
    assert isinstance(first, Sent)
    assert len({*first.ids, *second.ids}) == 2


async def test_answers_go_out_while_the_connector_listens(harness: Harness) -> None:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        harness.write("hello")
        await ledger.holds(1)
        async with asyncio.timeout(5):
            sent = [harness.connector.send(part(harness, str(number))) for number in range(20)]
            await asyncio.gather(*sent)
    assert sorted(harness.shown(), key=int) == [str(number) for number in range(20)]


@pytest.mark.parametrize(
    ("trouble", "outcome", "arrived"),
    [
        (Trouble.BUSY, TryLater, False),
        (Trouble.PAGE, Uncertain, False),
        (Trouble.SILENCE, Uncertain, True),
        (Trouble.CUT_BEFORE, Uncertain, False),
        (Trouble.CUT_AFTER, Uncertain, True),
        (Trouble.TOO_LARGE, Refused, False),
        (Trouble.LEFT, Refused, False),
    ],
)
async def test_each_trouble_has_its_outcome_and_is_not_repeated(
    harness: Harness, trouble: Trouble, outcome: type[Outcome], arrived: bool
) -> None:
    await greeted(harness)
    harness.trouble(trouble)
    with pytest.raises(Outcome) as raised:
        await harness.connector.send(part(harness))
    assert type(raised.value) is outcome
    assert raised.value.why
    assert harness.sends() == 1
    assert ("answer" in harness.shown()) is arrived


async def test_a_wait_that_was_asked_for_is_told(harness: Harness) -> None:
    await greeted(harness)
    harness.trouble(Trouble.BUSY)
    with pytest.raises(TryLater) as raised:
        await harness.connector.send(part(harness))
    assert (raised.value.after, raised.value.told) == (7.0, True)


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [(Trouble.LEFT, Reason.UNREACHABLE), (Trouble.TOO_LARGE, Reason.INVALID)],
)
async def test_a_refusal_says_why(harness: Harness, trouble: Trouble, reason: Reason) -> None:
    await greeted(harness)
    harness.trouble(trouble)
    with pytest.raises(Refused) as raised:
        await harness.connector.send(part(harness))
    assert raised.value.reason is reason


async def test_a_file_of_another_channel_is_refused(harness: Harness) -> None:
    await greeted(harness)
    alien = File(FileKind.DOCUMENT, {"elsewhere": 1}, name="a.pdf")
    with pytest.raises(Refused) as raised:
        await harness.connector.send(Part(key="m.0", place=harness.place, files=(alien,)))
    assert raised.value.reason is Reason.INVALID


@pytest.mark.parametrize("trouble", list(Trouble))
async def test_no_trouble_shows_the_secret(harness: Harness, trouble: Trouble) -> None:
    await greeted(harness)
    harness.trouble(trouble)
    with pytest.raises(Outcome) as raised:
        await harness.connector.send(part(harness))
    shown = "".join(traceback.format_exception(raised.value))
    assert harness.secret not in f"{shown}{raised.value!r}{harness.connector!r}"


async def test_closing_twice_is_no_error(harness: Harness) -> None:
    await greeted(harness)
    await harness.connector.close()
    await harness.connector.close()


# --- what needs no platform --------------------------------------------------


@pytest.mark.parametrize("kind", HARNESSES, ids=name)
@settings(max_examples=40)
@given(
    text=texts(30),
    repeat=st.sampled_from([1, 150]),
    files=st.lists(st.sampled_from(list(FileKind)), max_size=12),
    choices=st.booleans(),
)
def test_every_split_is_the_same_and_loses_nothing(
    kind: type[Harness], text: Text, repeat: int, files: list[FileKind], choices: bool
) -> None:
    message = Outbound(
        key="m1",
        place=Address("tg", "5"),
        text=Text(text.body * repeat),
        files=tuple(File(one, {"file_id": str(index)}) for index, one in enumerate(files)),
        choices=(Choice("Yes", "y"),) if choices else (),
    )
    connector = kind.offline()
    parts = connector.split(message)
    assert list(parts) == list(connector.split(message))
    assert len({one.key for one in parts}) == len(parts) > 0
    assert [one.place for one in parts] == [message.place] * len(parts)
    assert tuple(file for one in parts for file in one.files) == message.files
    words = "".join("".join(one.text.body for one in parts).split())
    assert words == "".join(message.text.body.split())
    assert all(one.cost >= 1 for one in parts)


@pytest.mark.parametrize("kind", HARNESSES, ids=name)
def test_every_place_has_a_budget(kind: type[Harness]) -> None:
    connector = kind.offline()
    for place in ("5", "-1009", "-1009/44"):
        scope = connector.scope(Address(connector.account, place))
        assert 0 < len(scope) <= 160
        rates = connector.rates(scope)
        assert rates.whole or rates.place
        assert all(rate.count > 0 < rate.window for rate in (*rates.whole, *rates.place))


@pytest.mark.parametrize("kind", HARNESSES, ids=name)
def test_a_connector_can_do_what_it_is_said_to_do_and_no_more(kind: type[Harness]) -> None:
    connector = kind.offline()
    assert {one for one in CAPABILITIES if isinstance(connector, one)} == kind.capabilities


# --- what only some channels can do ------------------------------------------


async def test_an_answer_can_be_changed(harness: Harness) -> None:
    if not isinstance(harness.connector, Editing):
        pytest.skip("cannot edit")
    await greeted(harness)
    sent = await harness.connector.send(part(harness, "wrong"))
    for text in ("right", "right"):
        await harness.connector.edit(part(harness, text), sent.ids[0], had_files=False)
    assert harness.shown() == ["right"]


async def test_an_answer_can_be_taken_back(harness: Harness) -> None:
    if not isinstance(harness.connector, Deleting):
        pytest.skip("cannot delete")
    await greeted(harness)
    sent = await harness.connector.send(part(harness))
    for _ in range(2):
        await harness.connector.delete(harness.place, sent.ids)
    assert harness.shown() == []


async def test_a_button_tells_who_pressed_what_below_which_message(harness: Harness) -> None:
    if not isinstance(harness.connector, Answering):
        pytest.skip("has no buttons")
    ledger = await greeted(harness)
    choices = (Choice("Yes", "solved:yes"), Choice("No", "solved:no"))
    sent = await harness.connector.send(part(harness, "Solved?", choices))
    async with listening(harness.connector, ledger):
        harness.press("solved:yes")
        hello, pressed = await ledger.holds(2)
    assert isinstance(hello, Received)
    assert isinstance(pressed, Pressed)
    assert (pressed.id,) == sent.ids
    assert (pressed.choice, pressed.place) == ("solved:yes", harness.place)
    assert pressed.author.id == hello.author.id
    await harness.connector.answer(pressed.token, "Thank you")
    assert harness.told() == ["Thank you"]
    await harness.connector.answer("no such token")


async def test_the_bytes_of_a_file_can_be_had(harness: Harness) -> None:
    if not isinstance(harness.connector, Fetching):
        pytest.skip("cannot fetch")
    data = bytes(range(256)) * 1000
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        harness.attach(data)
        (event,) = await ledger.holds(1)
    assert isinstance(event, Received)
    (file,) = event.files
    assert (file.name, file.size) == ("proof.txt", len(data))
    assert b"".join([chunk async for chunk in harness.connector.fetch(file.source)]) == data
    with pytest.raises(Refused):
        await anext(aiter(harness.connector.fetch({"elsewhere": 1})))
