"""What a bot sends, edits, copies and deletes, and every refusal on the way."""

import json
from typing import Any

import aiohttp
import pytest

from inbox.sandbox.telegram import Bot, Group, Person, TelegramSandbox
from tests.sandbox.client import Client

BOLD = {"type": "bold", "offset": 0, "length": 3}
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)


def keyboard(*data: str) -> dict[str, list[list[dict[str, str]]]]:
    return {"inline_keyboard": [[{"text": "x", "callback_data": item} for item in data]]}


async def test_a_message_arrives(ann: Person, bot: Bot, client: Client) -> None:
    sent = await client.result("sendMessage", chat_id=ann.id, text="  Hi 😀 there ", entities=[])
    assert sent["text"] == "Hi 😀 there"
    assert sent["from"] == {
        "id": 123456,
        "is_bot": True,
        "first_name": "Acme Support",
        "username": "acme_support_bot",
    }
    assert ann.chat(bot).messages[-1] == sent


@pytest.mark.parametrize("way", ["query", "json", "multipart", "form"])
async def test_arguments_come_four_ways(way: str, ann: Person, client: Client) -> None:
    url = f"{client.base}/bot{client.token}/SENDMESSAGE"
    args = {"chat_id": str(ann.id), "text": "héllo & <b>", "entities": json.dumps([BOLD])}
    form = aiohttp.FormData(args, default_to_multipart=way == "multipart")
    match way:
        case "query":
            request = client.session.get(url, params=args)
        case "json":
            request = client.session.post(url, json={**args, "chat_id": ann.id, "entities": [BOLD]})
        case _:
            request = client.session.post(url, data=form)
    async with request as response:
        body = await response.json()
    assert (body["result"]["text"], body["result"]["entities"]) == ("héllo & <b>", [BOLD])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "can't parse JSON encoded request"),
        (b"[]", "object expected as JSON encoded request"),
        (b"", "message text is empty"),
    ],
)
async def test_broken_json_is_refused(body: bytes, reason: str, client: Client) -> None:
    url = f"{client.base}/bot{client.token}/sendMessage"
    headers = {"Content-Type": "application/json"}
    async with client.session.post(url, data=body, headers=headers) as response:
        assert (await response.json())["description"] == f"Bad Request: {reason}"


TEXTS: list[tuple[dict[str, Any], str]] = [
    ({}, "message text is empty"),
    ({"text": " \n "}, "text must be non-empty"),
    ({"text": "😀" * 2049}, "message is too long"),
    ({"text": "x", "parse_mode": "Runes"}, "unsupported parse_mode"),
    ({"text": "x", "entities": "["}, "can't parse entities JSON object"),
    (
        {"text": "😀", "entities": [BOLD]},
        "entity beginning at UTF-16 offset 0 ends after the end of the text at UTF-16 offset 3",
    ),
    (
        {"text": "a😀b", "entities": [{**BOLD, "offset": 2, "length": 1}]},
        "entity begins in a middle of a UTF-16 symbol at byte offset 2",
    ),
    (
        {"text": "abc", "entities": [{**BOLD, "type": "loud"}]},
        "can't parse MessageEntity: Unsupported type specified",
    ),
    ({"text": "x", "chat_id": ""}, "chat_id is empty"),
    ({"text": "x", "chat_id": "404"}, "chat not found"),
    ({"text": "x", "chat_id": "@nobody"}, "chat not found"),
    ({"text": "x", "message_thread_id": 5}, "message thread not found"),
    ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ({"text": "x", "reply_markup": keyboard("x" * 65)}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": keyboard("é" * 33)}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "reply_markup": keyboard(*"x" * 101)}, "reply markup is too long"),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x"}]]}},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"callback_data": "x"}]]}},
        "can't parse inline keyboard button: Can't find field \"text\"",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": "not-a-url"}]]}},
        "inline keyboard button URL 'not-a-url' is invalid: Wrong HTTP URL",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": "ftp://a.b"}]]}},
        "inline keyboard button URL 'ftp://a.b' is invalid: Unsupported URL protocol",
    ),
    (
        {"text": "x", "reply_markup": {"inline_keyboard": "bad"}},
        'field "inline_keyboard" must be of type Array',
    ),
    ({"text": "x", "reply_parameters": {"quote": "x"}}, 'can\'t find field "message_id"'),
    (
        {"text": "hello", "entities": [{**BOLD, "offset": 100}]},
        "entity begins after the end of the text at UTF-16 offset 100",
    ),
    (
        {"text": "hello", "entities": [{**BOLD, "offset": -1}]},
        "receive an entity with incorrect offset -1",
    ),
    (
        {"text": "hello", "entities": [{**BOLD, "type": "text_link", "url": "not-a-url"}]},
        "entity URL 'not-a-url' is invalid: Wrong HTTP URL",
    ),
    (
        {"text": "hello", "entities": [{**BOLD, "type": "text_link", "url": ""}]},
        "entity URL '' is invalid: URL host is empty",
    ),
    (
        {"text": "hello", "entities": [{**BOLD, "type": "text_link"}]},
        "can't parse MessageEntity: Can't find field \"url\"",
    ),
]


@pytest.mark.parametrize(("params", "reason"), TEXTS)
async def test_wrong_messages_are_refused(
    params: dict[str, Any], reason: str, ann: Person, bot: Bot, client: Client
) -> None:
    said = await client.refusal("sendMessage", **{"chat_id": ann.id, **params})
    assert said == f"Bad Request: {reason}"
    assert len(ann.chat(bot).messages) == 1


async def test_the_longest_text_passes(ann: Person, client: Client) -> None:
    sent = await client.result("sendMessage", chat_id=ann.id, text="😀" * 2048)
    assert len(sent["text"]) == 2048


HTML: list[tuple[str, str]] = [
    ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
    ("é<3", "Unclosed start tag at byte offset 2"),
    ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
    ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b>x</i>", 'Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<a href=x", "Unclosed start tag at byte offset 0"),
]


@pytest.mark.parametrize(("source", "complaint"), HTML)
async def test_broken_html_is_refused(
    source: str, complaint: str, ann: Person, client: Client
) -> None:
    said = await client.refusal("sendMessage", chat_id=ann.id, text=source, parse_mode="HTML")
    assert said == f"Bad Request: can't parse entities: {complaint}"


async def test_html_becomes_entities(ann: Person, client: Client) -> None:
    source = (
        '😀<b>bo<i>ld</i></b> <a href="https://x.example/?a=1&amp;b">go</a> &lt;3 '
        '<pre><code class="language-py">1</code></pre> <tg-spoiler>s</tg-spoiler>'
    )
    sent = await client.result("sendMessage", chat_id=ann.id, text=source, parse_mode="HTML")
    assert sent["text"] == "😀bold go <3 1 s"
    assert sent["entities"] == [
        {"offset": 2, "length": 4, "type": "bold"},
        {"offset": 4, "length": 2, "type": "italic"},
        {"offset": 7, "length": 2, "type": "text_link", "url": "https://x.example/?a=1&b"},
        {"offset": 13, "length": 1, "type": "pre", "language": "py"},
        {"offset": 15, "length": 1, "type": "spoiler"},
    ]


async def test_the_server_finds_commands_and_links(ann: Person, bot: Bot) -> None:
    said = ann.write(bot, "😀 /start https://x.example/a. mail a@b.example @acme_bot #btc")
    assert [(e["type"], e["offset"], e["length"]) for e in said["entities"]] == [
        ("bot_command", 3, 6),
        ("url", 10, 19),
        ("email", 36, 11),
        ("mention", 48, 9),
        ("hashtag", 58, 4),
    ]


async def test_people_who_can_not_be_reached(
    sandbox: TelegramSandbox, ann: Person, bot: Bot, client: Client
) -> None:
    stranger = sandbox.user("Stranger")
    other = sandbox.bot("99:x", username="other_bot")
    assert await client.refusal("sendMessage", chat_id=stranger.id, text="x") == (
        "Forbidden: bot can't initiate conversation with a user"
    )
    assert await client.refusal("sendMessage", chat_id=other.id, text="x") == (
        "Forbidden: bots can't send messages to bots"
    )
    ann.block(bot)
    assert await client.refusal("sendMessage", chat_id=ann.id, text="x") == (
        "Forbidden: bot was blocked by the user"
    )
    with pytest.raises(ValueError, match="has blocked @acme_support_bot"):
        ann.write(bot, "x")
    ann.unblock(bot)
    assert await client.result("sendMessage", chat_id=ann.id, text="x")
    ann.deactivate()
    assert await client.refusal("sendMessage", chat_id=ann.id, text="x") == (
        "Forbidden: user is deactivated"
    )
    states = [
        update["my_chat_member"]["new_chat_member"]["status"]
        for update in await client.updates()
        if "my_chat_member" in update
    ]
    assert states == ["kicked", "member"]


async def test_groups_the_bot_is_not_in(
    sandbox: TelegramSandbox, group: Group, bot: Bot, client: Client
) -> None:
    closed = sandbox.group("Others")
    assert await client.refusal("sendMessage", chat_id=closed.id, text="x") == (
        "Forbidden: bot is not a member of the supergroup chat"
    )
    group.remove(bot)
    assert await client.refusal("sendMessage", chat_id=group.id, text="x") == (
        "Forbidden: bot was kicked from the supergroup chat"
    )


async def test_a_group_that_moved_says_where(
    sandbox: TelegramSandbox, bot: Bot, client: Client
) -> None:
    old = sandbox.group("Agents", basic=True)
    old.add(bot, admin=True)
    new = old.migrate()
    assert await client.answer("sendMessage", chat_id=old.id, text="x") == (
        400,
        {
            "ok": False,
            "error_code": 400,
            "description": "Bad Request: group chat was upgraded to a supergroup chat",
            "parameters": {"migrate_to_chat_id": new.id},
        },
    )
    assert (await client.result("sendMessage", chat_id=new.id, text="x"))["chat"]["id"] == new.id


async def test_edits(ann: Person, bot: Bot, client: Client) -> None:
    sent = await client.result("sendMessage", chat_id=ann.id, text="x", reply_markup=keyboard("1"))
    where = {"chat_id": ann.id, "message_id": sent["message_id"]}
    same = {"text": "x", "reply_markup": keyboard("1")}
    assert await client.refusal("editMessageText", **where, **same) == NOT_MODIFIED
    edited = await client.result("editMessageText", **where, text="y")
    assert (edited["text"], "reply_markup" in edited, edited["edit_date"] > 0) == ("y", False, True)
    assert ann.chat(bot).messages[-1] == edited
    assert sent["text"] == "x"
    marked = await client.result("editMessageReplyMarkup", **where, reply_markup=keyboard("2"))
    assert (marked["text"], marked["reply_markup"]) == ("y", keyboard("2"))
    assert await client.refusal("editMessageReplyMarkup", **where, reply_markup=keyboard("2")) == (
        NOT_MODIFIED
    )
    assert await client.refusal("editMessageCaption", **where, caption="c") == (
        "Bad Request: there is no caption in the message to edit"
    )


async def test_edits_that_are_refused(ann: Person, bot: Bot, client: Client) -> None:
    hello = ann.chat(bot).messages[0]["message_id"]
    for message_id, reason in [
        (0, "message identifier is not specified"),
        (404, "message to edit not found"),
        (hello, "message can't be edited"),
    ]:
        said = await client.refusal(
            "editMessageText", chat_id=ann.id, message_id=message_id, text="x"
        )
        assert said == f"Bad Request: {reason}"


async def test_another_bots_message_is_not_mine(
    sandbox: TelegramSandbox, group: Group, client: Client, topic: int
) -> None:
    poster = sandbox.bot("99:poster", username="poster_bot")
    group.add(poster, admin=True, rights={"can_manage_topics"})
    other = Client(client.session, client.base, poster.token)
    sent = await other.result("sendMessage", chat_id=group.id, message_thread_id=topic, text="x")
    where = {"chat_id": group.id, "message_id": sent["message_id"]}
    assert await client.refusal("editMessageText", **where, text="y") == (
        "Bad Request: message can't be edited"
    )
    mine = await client.result("sendMessage", chat_id=group.id, text="mine")
    assert await other.refusal(
        "deleteMessage", chat_id=group.id, message_id=mine["message_id"]
    ) == ("Bad Request: message can't be deleted")
    assert await client.result("deleteMessage", **where)
    assert group.topics[topic].messages == []
    assert await client.updates() == []


async def test_deleting(ann: Person, bot: Bot, client: Client) -> None:
    sent = [await client.result("sendMessage", chat_id=ann.id, text=text) for text in "abc"]
    ids = [message["message_id"] for message in sent]
    assert await client.result("deleteMessage", chat_id=ann.id, message_id=ids[0])
    assert await client.refusal("deleteMessage", chat_id=ann.id, message_id=ids[0]) == (
        "Bad Request: message to delete not found"
    )
    assert await client.result("deleteMessages", chat_id=ann.id, message_ids=[*ids, 404])
    assert [message["text"] for message in ann.chat(bot).messages] == ["hello"]
    assert await client.refusal("deleteMessages", chat_id=ann.id, message_ids=[]) == (
        "Bad Request: message identifiers are not specified"
    )


async def test_replies_quote_one_level(ann: Person, bot: Bot, client: Client) -> None:
    hello = ann.chat(bot).messages[0]
    reply = {"message_id": hello["message_id"]}
    first = await client.result("sendMessage", chat_id=ann.id, text="1", reply_parameters=reply)
    assert first["reply_to_message"] == hello
    second = ann.write(bot, "2", reply_to=first)
    assert second["reply_to_message"]["text"] == "1"
    assert "reply_to_message" not in second["reply_to_message"]
    lenient = {"message_id": 404, "allow_sending_without_reply": True}
    assert await client.result("sendMessage", chat_id=ann.id, text="3", reply_parameters=lenient)


async def test_copies(ann: Person, group: Group, bot: Bot, client: Client, topic: int) -> None:
    photo = ann.photo(bot, caption="look")
    place = {"chat_id": group.id, "from_chat_id": ann.id, "message_thread_id": topic}
    await client.result("copyMessage", **place, message_id=photo["message_id"])
    await client.result("copyMessage", **place, message_id=photo["message_id"], caption="Ann:")
    first, second = group.topics[topic].messages
    assert first["photo"] == second["photo"] == photo["photo"]
    assert [first["caption"], second["caption"]] == ["look", "Ann:"]
    assert "forward_origin" not in first
    assert await client.refusal("copyMessage", **place, message_id=404) == (
        "Bad Request: message to copy not found"
    )
    notice = {"chat_id": ann.id, "from_chat_id": group.id, "message_id": topic}
    assert await client.refusal("copyMessage", **notice) == "Bad Request: message can't be copied"


async def test_several_copies_keep_albums_and_skip_what_is_gone(
    ann: Person, group: Group, bot: Bot, client: Client
) -> None:
    ids = [message["message_id"] for message in ann.album(bot, count=3, caption="all")]
    place = {"chat_id": group.id, "from_chat_id": ann.id}
    made = await client.result("copyMessages", **place, message_ids=[*ids, 404])
    assert [message["message_id"] for message in group.general] == [c["message_id"] for c in made]
    albums = {message["media_group_id"] for message in group.general}
    assert len(albums) == 1
    assert albums.isdisjoint({ann.chat(bot).messages[-1]["media_group_id"]})
    assert await client.refusal("copyMessages", **place, message_ids=ids[::-1]) == (
        "Bad Request: message identifiers must be in a strictly increasing order"
    )
    assert await client.refusal("copyMessages", **place, message_ids=list(range(1, 102))) == (
        "Bad Request: too many message identifiers specified"
    )


async def test_forwards_name_their_origin(
    ann: Person, bot: Bot, group: Group, client: Client
) -> None:
    hello = ann.chat(bot).messages[0]
    sent = await client.result(
        "forwardMessage", chat_id=group.id, from_chat_id=ann.id, message_id=hello["message_id"]
    )
    origin = {"type": "user", "sender_user": hello["from"], "date": hello["date"]}
    assert (sent["text"], sent["forward_origin"]) == ("hello", origin)
    again = ann.forward(bot, sent)
    assert again["forward_origin"] == origin


async def test_protected_content_stays(ann: Person, group: Group, client: Client) -> None:
    sent = await client.result("sendMessage", chat_id=group.id, text="x", protect_content=True)
    assert sent["has_protected_content"] is True
    back = {"chat_id": ann.id, "from_chat_id": group.id, "message_id": sent["message_id"]}
    assert await client.refusal("forwardMessage", **back) == (
        "Bad Request: message can't be forwarded"
    )


async def test_buttons(ann: Person, bot: Bot, client: Client, sandbox: TelegramSandbox) -> None:
    sent = await client.result(
        "sendMessage", chat_id=ann.id, text="?", reply_markup=keyboard("yes")
    )
    with pytest.raises(ValueError, match="shows no button 'no'"):
        ann.press(sent, "no")
    query_id = ann.press(sent, "yes")
    query = (await client.updates())[-1]["callback_query"]
    assert (query["id"], query["data"], query["message"]) == (query_id, "yes", sent)
    assert query["from"]["id"] == ann.id
    assert await client.result("answerCallbackQuery", callback_query_id=query_id, text="Thanks")
    assert sandbox.answers == {query_id: "Thanks"}
    assert await client.refusal("answerCallbackQuery", callback_query_id="1") == (
        "Bad Request: query is too old and response timeout expired or query ID is invalid"
    )


async def test_reactions(ann: Person, bot: Bot, client: Client) -> None:
    message_id = ann.chat(bot).messages[0]["message_id"]
    where = {"chat_id": ann.id, "message_id": message_id}
    liked = [{"type": "emoji", "emoji": "👀"}]
    assert await client.result("setMessageReaction", **where, reaction=liked)
    assert ann.chat(bot).reactions == {message_id: {bot.id: liked}}
    assert await client.result("setMessageReaction", **where, reaction=[])
    assert await client.refusal("setMessageReaction", **where, reaction=[]) == (
        "Bad Request: REACTION_EMPTY"
    )
    strange = [{"type": "emoji", "emoji": "🪙"}]
    assert await client.refusal("setMessageReaction", **where, reaction=strange) == (
        "Bad Request: REACTION_INVALID"
    )


async def test_locations_contacts_and_typing(ann: Person, bot: Bot, client: Client) -> None:
    await client.result("sendLocation", chat_id=ann.id, latitude=22.3, longitude=114.2)
    await client.result("sendContact", chat_id=ann.id, phone_number="+1", first_name="Desk")
    location, contact = ann.chat(bot).messages[-2:]
    assert location["location"] == {"latitude": 22.3, "longitude": 114.2}
    assert contact["contact"] == {"phone_number": "+1", "first_name": "Desk"}
    assert await client.result("sendChatAction", chat_id=ann.id, action="typing")
    assert await client.refusal("sendChatAction", chat_id=ann.id, action="dancing") == (
        "Bad Request: wrong parameter action in request"
    )


async def test_people_edit_and_delete(ann: Person, bot: Bot, client: Client) -> None:
    hello = ann.chat(bot).messages[0]
    edited = ann.edit(hello, "hello!")
    assert hello["text"] == "hello"
    update = (await client.updates())[-1]
    assert update["edited_message"] == edited
    assert edited["edit_date"] >= hello["date"]
    ann.delete(hello)
    assert ann.chat(bot).messages == []
    assert (await client.updates())[-1] == update
    with pytest.raises(ValueError, match="sees no message"):
        ann.edit(hello, "too late")
