"""The Telegram connector at the sandbox: the agents' forum."""

import pytest

from connectors.base import (
    Address,
    Membership,
    Moved,
    Reacted,
    Reason,
    Refused,
)
from tests.connectors.harness import Ledger, listening
from tests.connectors.telegram_harness import Desk, TelegramHarness, refused, said, text_part


async def test_a_conversation_in_a_topic(ann: TelegramHarness, desk: Desk) -> None:
    place = await ann.connector.open_topic(desk.room, "Ann · deposit")
    sent = await ann.connector.send(text_part(place, "Where is it?"))
    (topic,) = desk.group.topics.values()
    assert (topic.name, place.id) == ("Ann · deposit", f"{desk.group.id}/{topic.id}")
    assert [message["text"] for message in topic.messages] == ["Where is it?"]

    desk.bob.write(desk.group, "Looking", topic=topic.id)
    desk.bob.write(desk.group, "This one", topic=topic.id, reply_to=topic.messages[0])
    desk.bob.write(desk.group, "As nobody", topic=topic.id, anonymous=True)
    desk.bob.write(desk.group, "In General")
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.until(lambda: len(said(ledger)) == 5)
    _, looking, this_one, as_nobody, general = said(ledger)
    assert (looking.place, looking.room) == (place, str(desk.group.id))
    assert (looking.reply_to, looking.author.username) == (None, "bob")
    assert (this_one.reply_to,) == sent.ids
    assert [one.author.anonymous for one in (looking, as_nobody)] == [False, True]
    assert general.place == desk.room


async def test_a_title_is_clipped_and_may_stay_the_same(ann: TelegramHarness, desk: Desk) -> None:
    place = await ann.connector.open_topic(desk.room, "👍" * 100)
    (topic,) = desk.group.topics.values()
    assert topic.name == "👍" * 64
    for _ in range(2):
        await ann.connector.rename_topic(place, "solved " * 30)
    assert topic.name == ("solved " * 30)[:128].strip()


async def test_a_topic_that_was_deleted_is_gone(ann: TelegramHarness, desk: Desk) -> None:
    place = await ann.connector.open_topic(desk.room, "T")
    desk.group.delete_topic(next(iter(desk.group.topics)))
    assert (await refused(ann.connector, text_part(place))).reason is Reason.GONE
    with pytest.raises(Refused) as raised:
        await ann.connector.rename_topic(place, "U")
    assert raised.value.reason is Reason.GONE


async def test_a_group_that_threw_the_bot_out_is_forbidden(
    ann: TelegramHarness, desk: Desk
) -> None:
    desk.group.remove(ann.bot)
    assert (await refused(ann.connector, text_part(desk.room))).reason is Reason.FORBIDDEN
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        gone = (await ledger.holds(3))[-1]
    assert isinstance(gone, Membership)
    assert (gone.ours, gone.joined, gone.room) == (True, False, str(desk.group.id))


async def test_without_the_right_no_topic_is_opened(ann: TelegramHarness, desk: Desk) -> None:
    desk.group.add(ann.bot, admin=True, rights={"can_delete_messages"})
    with pytest.raises(Refused) as raised:
        await ann.connector.open_topic(desk.room, "T")
    assert raised.value.reason is Reason.FORBIDDEN


async def test_a_group_that_moved_says_where(ann: TelegramHarness) -> None:
    old = ann.sandbox.group("Old", basic=True)
    old.add(ann.bot, admin=True)
    new = old.migrate()
    refusal = await refused(ann.connector, text_part(Address("tg", str(old.id))))
    assert (refusal.reason, refusal.place) == (Reason.MOVED, str(new.id))
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.until(lambda: any(isinstance(event, Moved) for event in ledger.events))
    moved = next(event for event in ledger.events if isinstance(event, Moved))
    assert (moved.place.id, moved.to) == (str(old.id), str(new.id))


async def test_who_never_wrote_cannot_be_written_to(ann: TelegramHarness) -> None:
    stranger = ann.sandbox.user("Stranger")
    refusal = await refused(ann.connector, text_part(Address("tg", str(stranger.id))))
    assert refusal.reason is Reason.UNREACHABLE


async def test_a_reaction(ann: TelegramHarness) -> None:
    sent = await ann.connector.send(text_part(ann.place, "Solved?"))
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(1)  # only who has polled once is told of reactions
        ann.ann.react(ann.ann.chat(ann.bot).messages[-1], "👍")
        reacted = (await ledger.holds(2))[-1]
    assert isinstance(reacted, Reacted)
    assert ((reacted.id,), reacted.reactions) == (sent.ids, ("👍",))


async def test_agents_who_join_and_leave(ann: TelegramHarness, desk: Desk) -> None:
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(2)
        desk.group.add(ann.ann)
        desk.group.remove(desk.bob)
        events = (await ledger.holds(4))[2:]
    changes = [event for event in events if isinstance(event, Membership)]
    assert [change.author.id for change in changes] == [str(ann.ann.id), str(desk.bob.id)]
    assert [(change.joined, change.ours) for change in changes] == [(True, False), (False, False)]


async def test_a_forward_says_so(ann: TelegramHarness) -> None:
    other = ann.sandbox.user("Mallory")
    ann.ann.forward(ann.bot, other.write(ann.bot, "send me your codes"))
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(3)
    assert [event.forwarded for event in said(ledger)] == [False, False, True]
