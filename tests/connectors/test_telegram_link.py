"""The Telegram connector at the sandbox: what only Telegram has."""

import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.base import (
    Address,
    Choice,
    Command,
    File,
    FileKind,
    Mark,
    MarkKind,
    Membership,
    Menu,
    Moved,
    Outbound,
    Outcome,
    Part,
    Rate,
    Rates,
    Reacted,
    Reason,
    Received,
    Refused,
    Sent,
    Text,
    TryLater,
    Uncertain,
)
from connectors.telegram.link import Telegram
from inbox.sandbox.telegram import Fault, Group, Person
from tests.connectors.harness import Ledger, listening
from tests.connectors.telegram_harness import TelegramHarness, telegram

RIGHTS = {"can_manage_topics", "can_delete_messages"}


@pytest.fixture
async def ann() -> AsyncIterator[TelegramHarness]:
    """Ann has written to the bot."""
    async with TelegramHarness.open() as harness:
        harness.write("hello")
        yield harness


class Desk:
    """The agents' forum, where the bot is an administrator."""

    def __init__(self, harness: TelegramHarness) -> None:
        self.group: Group = harness.sandbox.group("Agents", forum=True)
        self.group.add(harness.bot, admin=True, rights=RIGHTS)
        self.bob: Person = harness.sandbox.user("Bob", username="bob")
        self.group.add(self.bob)
        self.room = Address("tg", str(self.group.id))


@pytest.fixture
def desk(ann: TelegramHarness) -> Desk:
    return Desk(ann)


def text_part(place: Address, text: str = "hi", **fields: Any) -> Part:
    return Part(key="m1.0", place=place, text=Text(text), **fields)


def sent_parameters(harness: TelegramHarness, method: str) -> dict[str, Any]:
    return next(call for call in reversed(harness.sandbox.calls) if call.method == method).params


async def refused(connector: Telegram, part: Part) -> Refused:
    with pytest.raises(Refused) as raised:
        await connector.send(part)
    return raised.value


# --- listening ---------------------------------------------------------------


async def test_the_first_poll_has_no_offset_and_every_poll_says_what_it_wants(
    ann: TelegramHarness,
) -> None:
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(1)
        await ann.until(lambda: ann.held() == 0)
        ann.write("more")
        await ledger.holds(2)
    polls = [call.params for call in ann.sandbox.calls if call.method == "getUpdates"]
    assert "offset" not in polls[0]
    assert polls[1]["offset"] > 1
    wanted = {"message", "edited_message", "callback_query", "my_chat_member"}
    for poll in polls:
        assert {*wanted, "chat_member", "message_reaction"} == set(poll["allowed_updates"])
        assert poll["timeout"] == 50


async def test_a_batch_is_committed_as_a_whole(ann: TelegramHarness) -> None:
    for number in range(5):
        ann.write(str(number))
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(6)
    assert [len(batch) for batch in ledger.offered] == [6]


async def test_updates_told_twice_have_the_same_keys(ann: TelegramHarness) -> None:
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ledger.holds(1)
        await ann.until(lambda: ann.held() == 0)
        ann.sandbox.replay(1)
        first, again = await ledger.holds(2)
    assert first == again


async def test_updates_that_tell_nothing_are_passed(ann: TelegramHarness, desk: Desk) -> None:
    topic = desk.bob.create_topic(desk.group, "By hand")
    desk.bob.rename_topic(desk.group, topic.id, "Renamed")
    ledger = Ledger()
    async with listening(ann.connector, ledger):
        await ann.until(lambda: ann.held() == 0)
        ann.write("next")
        await ledger.holds(3)
    kinds = [type(event) for event in ledger.events]
    assert kinds == [Received, Membership, Received]


async def test_a_short_poll_does_not_spin(ann: TelegramHarness) -> None:
    connector = telegram(ann.sandbox.base, poll_seconds=0)
    async with listening(connector, Ledger()):
        await ann.until(lambda: sum(c.method == "getUpdates" for c in ann.sandbox.calls) >= 3)
    polls = [call.at for call in ann.sandbox.calls if call.method == "getUpdates"]
    assert polls[2] - polls[1] >= 0.9
    await connector.close()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.retry_after(3), TryLater),
        (Fault.error(409, "Conflict: terminated by other getUpdates request"), TryLater),
        (Fault.error(401, "Unauthorized"), TryLater),
        (Fault.html(), Uncertain),
        (Fault.reset_before(), Uncertain),
    ],
    ids=lambda value: getattr(value, "name", getattr(value, "__name__", "")),
)
async def test_a_poll_that_fails_ends_the_run(
    ann: TelegramHarness, fault: Fault, outcome: type[Outcome]
) -> None:
    ann.sandbox.fail("getUpdates", fault)
    with pytest.raises(Outcome) as raised:
        await ann.connector.run(Ledger())
    assert type(raised.value) is outcome
    assert ann.held() == 1


async def test_where_nobody_listens_nothing_was_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        connector = telegram(f"http://127.0.0.1:{closed.getsockname()[1]}")
        with pytest.raises(TryLater, match="No connection") as raised:
            await connector.send(text_part(Address("tg", "5")))
        assert not raised.value.told
        await connector.close()


async def test_a_token_nobody_knows_can_be_mended(ann: TelegramHarness) -> None:
    connector = telegram(ann.sandbox.base, token="999:unknown")
    with pytest.raises(TryLater, match="rejected the token") as raised:
        await connector.run(Ledger())
    assert raised.value.after == 60.0
    await connector.close()


# --- the desk ----------------------------------------------------------------


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


def said(ledger: Ledger) -> list[Received]:
    return [event for event in ledger.events if type(event) is Received]


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


# --- files -------------------------------------------------------------------


async def received_files(harness: TelegramHarness, count: int) -> list[File]:
    ledger = Ledger()
    async with listening(harness.connector, ledger):
        await ledger.until(lambda: len(said(ledger)) == count + 1)
    return [file for event in said(ledger) for file in event.files]


async def test_every_kind_of_file_goes_on_to_the_desk(ann: TelegramHarness, desk: Desk) -> None:
    customer = ann.ann
    customer.photo(ann.bot)
    customer.video(ann.bot)
    customer.document(ann.bot)
    customer.audio(ann.bot)
    customer.voice(ann.bot)
    customer.animation(ann.bot)
    customer.video_note(ann.bot)
    customer.sticker(ann.bot)
    customer.contact(ann.bot)
    customer.location(ann.bot, 22.3, 114.2)
    files = await received_files(ann, 10)
    place = await ann.connector.open_topic(desk.room, "Files")
    message = Outbound(key="m1", place=place, text=Text("From Ann"), files=tuple(files))
    for part in ann.connector.split(message):
        assert len((await ann.connector.send(part)).ids) == part.cost
    (topic,) = desk.group.topics.values()
    kinds = "photo video document audio voice animation video_note sticker contact location"
    for kind, shown in zip(kinds.split(), topic.messages, strict=True):
        assert kind in shown
    assert topic.messages[0]["caption"] == "From Ann"


async def test_what_has_no_bytes_is_copied(ann: TelegramHarness, desk: Desk) -> None:
    said = ann.ann.write(ann.bot, "a game, say")
    source = {"chat": said["chat"]["id"], "message": said["message_id"]}
    game = File(FileKind.OTHER, source, name="game: Chess")
    sent = await ann.connector.send(Part(key="m1.0", place=desk.room, files=(game,)))
    assert [str(one["message_id"]) for one in desk.group.general] == list(sent.ids)


async def test_an_album_goes_on_as_an_album(ann: TelegramHarness, desk: Desk) -> None:
    ann.album(3)
    files = await received_files(ann, 3)
    place = await ann.connector.open_topic(desk.room, "Album")
    message = Outbound(key="m1", place=place, text=Text("three"), files=tuple(files))
    (part,) = ann.connector.split(message)
    sent = await ann.connector.send(part)
    (topic,) = desk.group.topics.values()
    assert sent == Sent(tuple(str(one["message_id"]) for one in topic.messages))
    assert len({one["media_group_id"] for one in topic.messages}) == 1


async def test_a_caption_is_edited_as_one(ann: TelegramHarness) -> None:
    ann.attach(b"x")
    (file,) = await received_files(ann, 1)
    sent = await ann.connector.send(text_part(ann.place, "old", files=(file,)))
    for text in ("new", "new"):
        await ann.connector.edit(text_part(ann.place, text), sent.ids[0], had_files=True)
    assert ann.shown() == ["new"]


async def test_an_album_of_which_a_part_arrived_is_uncertain(ann: TelegramHarness) -> None:
    ann.album(2)
    files = await received_files(ann, 2)
    error = 'Bad Request: Failed to send message #2 with the error message "WEBPAGE_CURL_FAILED"'
    ann.sandbox.fail("sendMediaGroup", Fault.error(400, error))
    with pytest.raises(Uncertain, match="only a part"):
        await ann.connector.send(text_part(ann.place, "two", files=tuple(files)))


async def test_a_file_id_of_another_bot_is_refused(ann: TelegramHarness) -> None:
    foreign = File(FileKind.PHOTO, {"file_id": "AgACAgUAAxkBAAI"})
    refusal = await refused(ann.connector, text_part(ann.place, files=(foreign,)))
    assert refusal.reason is Reason.INVALID


async def test_a_file_that_is_gone_cannot_be_fetched(ann: TelegramHarness) -> None:
    with pytest.raises(Refused):
        await anext(aiter(ann.connector.fetch({"file_id": "unknown"})))


async def test_a_download_that_breaks_may_be_tried_again(ann: TelegramHarness) -> None:
    ann.attach(b"x")
    (file,) = await received_files(ann, 1)
    ann.sandbox.fail("getFile", Fault.reset_before())
    with pytest.raises(TryLater):
        await anext(aiter(ann.connector.fetch(file.source)))


# --- what is sent ------------------------------------------------------------


async def test_marks_and_options_arrive(ann: TelegramHarness) -> None:
    text = Text("👍 see this", (Mark(MarkKind.LINK, 2, 5, "https://acme.example/"),))
    part = Part(
        key="m1.0",
        place=ann.place,
        text=text,
        choices=(Choice("Yes", "y"), Choice("No", "n")),
        reply_to="1",
        silent=True,
        protected=True,
    )
    await ann.connector.send(part)
    message = ann.ann.chat(ann.bot).messages[-1]
    link = {"type": "text_link", "offset": 3, "length": 3, "url": "https://acme.example/"}
    assert message["entities"] == [link]
    assert message["reply_to_message"]["message_id"] == 1
    assert message["has_protected_content"]
    assert [len(row) for row in message["reply_markup"]["inline_keyboard"]] == [2]
    parameters = sent_parameters(ann, "sendMessage")
    assert parameters["disable_notification"]
    assert parameters["link_preview_options"] == {"is_disabled": True}
    assert "parse_mode" not in parameters


async def test_a_reply_to_a_message_that_is_gone_is_sent_all_the_same(
    ann: TelegramHarness,
) -> None:
    await ann.connector.send(text_part(ann.place, "hi", reply_to="99999"))
    assert ann.shown() == ["hi"]


async def test_a_long_text_arrives_whole(ann: TelegramHarness) -> None:
    text = "".join(f"{number} 👍🏽 word.\n" for number in range(900))
    for part in ann.connector.split(Outbound(key="m", place=ann.place, text=Text(text))):
        await ann.connector.send(part)
    assert len(ann.shown()) == 4
    assert "".join("".join(ann.shown()).split()) == "".join(text.split())


async def test_buttons_go_away_with_an_edit_that_has_none(ann: TelegramHarness) -> None:
    choices = (Choice("Yes", "y"),)
    sent = await ann.connector.send(text_part(ann.place, "Solved?", choices=choices))
    await ann.connector.edit(text_part(ann.place, "Solved."), sent.ids[0], had_files=False)
    assert not ann.ann.chat(ann.bot).messages[-1].get("reply_markup")


async def test_an_edit_of_what_is_gone_says_so(ann: TelegramHarness) -> None:
    with pytest.raises(Refused) as raised:
        await ann.connector.edit(text_part(ann.place), "99999", had_files=False)
    assert raised.value.reason is Reason.GONE


async def test_many_messages_are_deleted_a_hundred_a_call(ann: TelegramHarness) -> None:
    sent = [await ann.connector.send(text_part(ann.place, str(number))) for number in range(101)]
    await ann.connector.delete(ann.place, [one for ids in sent for one in ids.ids])
    assert ann.shown() == []
    calls = [call for call in ann.sandbox.calls if call.method == "deleteMessages"]
    assert [len(call.params["message_ids"]) for call in calls] == [100, 1]


async def test_what_telegram_will_not_delete_is_refused(ann: TelegramHarness) -> None:
    error = "Bad Request: message can't be deleted for everyone"
    ann.sandbox.fail("deleteMessages", Fault.error(400, error))
    with pytest.raises(Refused) as raised:
        await ann.connector.delete(ann.place, ["1"])
    assert raised.value.reason is Reason.FORBIDDEN


async def test_a_message_without_a_number_yet_has_an_id_nobody_else_has() -> None:
    async def converting(request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": {"message_id": 0}})

    app = web.Application()
    app.router.add_post("/{bot}/{method}", converting)
    async with TestServer(app) as server:
        connector = telegram(f"http://127.0.0.1:{server.port}")
        assert await connector.send(text_part(Address("tg", "5"))) == Sent(("key:m1.0",))
        await connector.close()


# --- the rest ----------------------------------------------------------------


async def test_menus_for_everybody_and_for_the_desk(ann: TelegramHarness, desk: Desk) -> None:
    help_zh = (Command("help", "帮助"),)
    desk_menu = (Command("close", "Close the conversation " + "x" * 300),)
    await ann.connector.publish(
        [Menu(None, "zh", help_zh), Menu(desk.room.id, "", desk_menu), Menu(None, "", ())]
    )
    shown = {
        (json.loads(scope)["type"], language): [command["command"] for command in commands]
        for (scope, language), commands in ann.bot.commands.items()
        if commands
    }
    assert shown == {("all_private_chats", "zh"): ["help"], ("chat", ""): ["close"]}


def test_budgets_are_those_of_the_options() -> None:
    connector = telegram(whole_per_second=25, chat_per_second=2, group_per_minute=18)
    assert connector.scope(Address("tg", "5")) == "tg/dm"
    assert connector.scope(Address("tg", "5/3")) == "tg/dm"
    assert connector.scope(Address("tg", "-1009/44")) == "desk/-1009"
    assert connector.rates("tg/dm") == Rates(whole=(Rate(25, 1.0),), place=(Rate(2, 1.0),))
    assert connector.rates("desk/-1009") == Rates(whole=(Rate(18, 60.0),))


async def problems(harness: TelegramHarness, *rooms: str) -> list[str]:
    findings = await harness.connector.check(rooms)
    return [finding.problem for finding in findings if finding.problem]


async def test_a_bot_with_all_rights_has_no_problems(ann: TelegramHarness, desk: Desk) -> None:
    findings = await ann.connector.check([desk.room.id])
    assert [finding.problem for finding in findings] == [""] * 5
    assert findings[0].what == "token of @acme_support_bot"


async def test_each_missing_right_is_one_sentence(ann: TelegramHarness, desk: Desk) -> None:
    desk.group.add(ann.bot, admin=True, rights={"can_manage_topics"})
    assert await problems(ann, desk.room.id) == [
        'Give @acme_support_bot the right "Delete messages" in the group Agents.'
    ]


async def test_a_plain_member_lacks_all_of_them(ann: TelegramHarness) -> None:
    group = ann.sandbox.group("Plain")
    group.add(ann.bot)
    found = await problems(ann, str(group.id))
    assert [problem.split()[0] for problem in found] == ["Switch", "Make", "Give", "Give"]


async def test_a_group_without_the_bot(ann: TelegramHarness) -> None:
    (problem,) = await problems(ann, "-1001")
    assert problem.startswith("Add @acme_support_bot to the group -1001")


async def test_a_wrong_token_is_the_only_problem(ann: TelegramHarness) -> None:
    connector = telegram(ann.sandbox.base, token="999:unknown")
    (finding,) = await connector.check(["-1001"])
    assert "rejected the token" in finding.problem
    await connector.close()
