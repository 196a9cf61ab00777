"""Files: ids for one bot only, real bytes, uploads, albums."""

import json
from typing import Any

import aiohttp
import pytest

from inbox.sandbox.telegram import Bot, Group, Person, TelegramSandbox
from tests.sandbox.client import Client

KINDS = ["photo", "document", "voice", "video", "audio", "animation", "video_note", "sticker"]
METHODS = {
    "video_note": "sendVideoNote",
    **{kind: f"send{kind.title()}" for kind in KINDS if kind != "video_note"},
}


def file_of(message: dict[str, Any], kind: str) -> dict[str, Any]:
    shown = message[kind]
    return dict(shown[-1] if isinstance(shown, list) else shown)


async def download(client: Client, path: str) -> tuple[int, bytes]:
    async with client.session.get(f"{client.base}/file/bot{client.token}/{path}") as response:
        return response.status, await response.read()


async def upload(client: Client, method: str, files: dict[str, bytes], **params: Any) -> Any:
    form = aiohttp.FormData()
    for name, value in params.items():
        form.add_field(name, value if isinstance(value, str) else json.dumps(value))
    for name, data in files.items():
        form.add_field(name, data, filename=f"{name}.png")
    async with client.session.post(f"{client.base}/bot{client.token}/{method}", data=form) as got:
        return await got.json()


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_is_sent_on_by_its_id(
    kind: str, ann: Person, bot: Bot, client: Client
) -> None:
    got = file_of(getattr(ann, kind)(bot), kind)
    sent = await client.result(METHODS[kind], chat_id=ann.id, **{kind: got["file_id"]})
    assert file_of(sent, kind) == got
    found = await client.result("getFile", file_id=got["file_id"])
    status, data = await download(client, found["file_path"])
    assert (status, len(data)) == (200, found["file_size"])
    assert found["file_size"] == got["file_size"] > 0


async def test_a_photo_is_a_picture(ann: Person, bot: Bot, client: Client) -> None:
    sizes = ann.photo(bot)["photo"]
    found = await client.result("getFile", file_id=sizes[0]["file_id"])
    _, data = await download(client, found["file_path"])
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.endswith(b"IEND\xae\x42\x60\x82")
    assert sizes[0]["width"] < sizes[1]["width"]


async def test_uploads_keep_their_bytes(ann: Person, bot: Bot, client: Client) -> None:
    answer = await upload(
        client, "sendDocument", {"document": b"\x00raw\xff"}, chat_id=ann.id, caption="c"
    )
    document = answer["result"]["document"]
    assert (document["file_name"], document["file_size"]) == ("document.png", 5)
    assert answer["result"]["caption"] == "c"
    path = (await client.result("getFile", file_id=document["file_id"]))["file_path"]
    assert await download(client, path) == (200, b"\x00raw\xff")


async def test_albums(ann: Person, group: Group, topic: int, bot: Bot, client: Client) -> None:
    known = file_of(ann.photo(bot), "photo")["file_id"]
    media = [
        {"type": "photo", "media": known, "caption": "<b>all</b>", "parse_mode": "HTML"},
        {"type": "video", "media": "attach://clip"},
    ]
    answer = await upload(
        client,
        "sendMediaGroup",
        {"clip": b"\x00\x00\x00\x18ftyp"},
        chat_id=group.id,
        message_thread_id=topic,
        media=media,
    )
    first, second = answer["result"]
    assert first["media_group_id"] == second["media_group_id"]
    assert first["caption_entities"] == [{"offset": 0, "length": 3, "type": "bold"}]
    assert group.topics[topic].messages == [first, second]


async def test_a_persons_album_is_several_updates(ann: Person, bot: Bot, client: Client) -> None:
    ann.album(bot, count=3, caption="all")
    messages = [update["message"] for update in (await client.updates())[1:]]
    assert len({message["media_group_id"] for message in messages}) == 1
    assert [message.get("caption") for message in messages] == ["all", None, None]


ALBUMS: list[tuple[Any, str]] = [
    ([], "there are no messages to send"),
    ([{"type": "photo", "media": "x"}] * 11, "too many messages to send as an album"),
    (
        [{"type": "photo", "media": "x"}, {"type": "document", "media": "x"}],
        "document can't be mixed with other media types",
    ),
    (
        [{"type": "voice", "media": "x"}] * 2,
        "can't parse InputMedia: type \"voice\" can't be in an album",
    ),
    ([{"type": "photo", "media": "x"}] * 2, "wrong file identifier/HTTP URL specified"),
    (
        [{"type": "photo", "media": "x", "caption": "c" * 1025}] * 2,
        "message caption is too long",
    ),
]


@pytest.mark.parametrize(("media", "reason"), ALBUMS)
async def test_wrong_albums_are_refused(
    media: Any, reason: str, ann: Person, client: Client
) -> None:
    said = await client.refusal("sendMediaGroup", chat_id=ann.id, media=media)
    assert said == f"Bad Request: {reason}"


async def test_file_ids_belong_to_one_bot(
    sandbox: TelegramSandbox, agent: Person, group: Group, client: Client
) -> None:
    poster = sandbox.bot("99:poster", username="poster_bot")
    group.add(poster, admin=True)
    poster.updates.drop()
    agent.photo(group, caption="x")
    other = Client(client.session, client.base, poster.token)
    mine = file_of((await client.updates())[-1]["message"], "photo")
    theirs = file_of((await other.updates())[-1]["message"], "photo")
    assert mine["file_unique_id"] == theirs["file_unique_id"]
    assert mine["file_id"] != theirs["file_id"]
    place = {"chat_id": group.id}
    assert await client.result("sendPhoto", **place, photo=mine["file_id"])
    assert await client.refusal("sendPhoto", **place, photo=theirs["file_id"]) == (
        "Bad Request: wrong file identifier/HTTP URL specified"
    )
    assert await client.refusal("getFile", file_id=theirs["file_id"]) == (
        "Bad Request: invalid file_id"
    )


async def test_wrong_files_are_refused(ann: Person, bot: Bot, client: Client) -> None:
    document = ann.document(bot)["document"]["file_id"]
    for value, reason in [
        ("", "there is no photo in the request"),
        ("nonsense", "wrong file identifier/HTTP URL specified"),
        ("https://example.com/a.png", "failed to get HTTP URL content"),
        (document, "can't use file of type Document as Photo"),
    ]:
        said = await client.refusal("sendPhoto", chat_id=ann.id, photo=value)
        assert said == f"Bad Request: {reason}"
    said = await client.refusal(
        "sendDocument", chat_id=ann.id, document=document, caption="é" * 1025
    )
    assert said == "Bad Request: message caption is too long"
    answer = await upload(client, "sendPhoto", {"photo": b""}, chat_id=ann.id)
    assert answer["description"] == "Bad Request: file must be non-empty"
    assert (await download(client, "photos/none.png"))[0] == 404


async def test_what_is_too_big_to_download(ann: Person, bot: Bot, client: Client) -> None:
    big = ann.document(bot, name="big.bin", data=bytes(20 * 1024 * 1024 + 1))["document"]
    assert await client.refusal("getFile", file_id=big["file_id"]) == (
        "Bad Request: file is too big"
    )
    assert await client.result("sendDocument", chat_id=ann.id, document=big["file_id"])


async def test_captions_are_edited(ann: Person, bot: Bot, client: Client) -> None:
    photo = file_of(ann.photo(bot), "photo")["file_id"]
    sent = await client.result("sendPhoto", chat_id=ann.id, photo=photo, caption="a")
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    edited = await client.result("editMessageCaption", **where, caption="b")
    assert (edited["caption"], edited["photo"]) == ("b", sent["photo"])
    assert await client.refusal("editMessageText", **where, text="x") == (
        "Bad Request: there is no text in the message to edit"
    )
