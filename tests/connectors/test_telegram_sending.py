"""The Telegram connector at the sandbox: files, texts, edits, deletions."""

from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.base import (
    Address,
    Choice,
    File,
    FileKind,
    Mark,
    MarkKind,
    Outbound,
    Part,
    Reason,
    Refused,
    Sent,
    Text,
    TryLater,
    Uncertain,
)
from inbox.sandbox.telegram import Fault
from tests.connectors.forms import meant
from tests.connectors.telegram_harness import (
    Desk,
    TelegramHarness,
    received_files,
    refused,
    telegram,
    text_part,
)


def sent_parameters(harness: TelegramHarness, method: str) -> dict[str, Any]:
    return meant(next(c for c in reversed(harness.sandbox.calls) if c.method == method))


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
    assert [len(meant(call)["message_ids"]) for call in calls] == [100, 1]


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
