import json
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.types import Update
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import (
    Address,
    Edited,
    Event,
    FileKind,
    Left,
    Mark,
    MarkKind,
    Membership,
    Moved,
    Pressed,
    Reacted,
    Received,
    Returned,
    Unreadable,
)
from connectors.telegram import incoming
from tests.connectors.telegram_json import (
    ANN,
    ANONYMOUS,
    BOB,
    BOT,
    DATE,
    FILE,
    GROUP,
    PRIVATE,
    Json,
    change,
    in_topic,
    message,
    update,
)

NOW = datetime(2026, 10, 1, tzinfo=UTC)


def read(kind: str, value: Any) -> Event | None:
    """The event, of an update that aiogram's own models accept."""
    raw = update(kind, value)
    Update.model_validate(raw)
    return incoming.read(raw, "tg", NOW)


def received(**fields: Any) -> Received:
    event = read("message", message(**fields))
    assert type(event) is Received
    return event


def test_a_private_message() -> None:
    event = received(text="Where is my deposit?")
    assert (event.key, event.id, event.at) == ("u:9", "7", datetime.fromtimestamp(DATE, UTC))
    assert (event.place, event.room) == (Address("tg", "501"), None)
    author = event.author
    assert (author.id, author.name, author.language) == ("501", "Ann Lee", "zh")
    assert not author.anonymous
    assert event.text.body == "Where is my deposit?"
    assert event.files == ()


def test_a_message_in_a_topic_is_no_reply_to_the_message_that_made_the_topic() -> None:
    event = read("message", in_topic(44, text="Looking into it"))
    assert isinstance(event, Received)
    assert (event.place.id, event.room, event.reply_to) == ("-1009/44", "-1009", None)


def test_a_reply_inside_a_topic() -> None:
    replied = {"message_id": 50, "date": DATE, "chat": GROUP, "from": BOB, "text": "x"}
    event = read("message", in_topic(44, text="y", reply_to_message=replied))
    assert isinstance(event, Received)
    assert event.reply_to == "50"


def test_a_reply_to_what_the_topic_began_with_is_none_even_without_its_content() -> None:
    first = {"message_id": 44, "date": DATE, "chat": GROUP, "from": BOT}
    event = read("message", in_topic(44, text="y", reply_to_message=first))
    assert isinstance(event, Received)
    assert event.reply_to is None


def test_a_thread_of_replies_in_general_is_no_topic() -> None:
    replied = {"message_id": 30, "date": DATE, "chat": GROUP, "from": BOB, "text": "x"}
    event = received(chat=GROUP, message_thread_id=30, reply_to_message=replied, text="y")
    assert (event.place.id, event.reply_to) == ("-1009", "30")


def test_a_topic_in_a_private_chat_is_a_place_of_its_own() -> None:
    event = received(text="x", message_thread_id=3, is_topic_message=True)
    assert (event.place.id, event.room) == ("501/3", None)


@pytest.mark.parametrize(
    "sender",
    [
        {"from": ANONYMOUS, "sender_chat": GROUP},
        {"from": ANONYMOUS},
        {"from": {"id": 136817688, "is_bot": True, "first_name": "Channel"}},
    ],
)
def test_who_hides_behind_a_group_or_channel_is_anonymous(sender: Json) -> None:
    assert received(chat=GROUP, text="x", **sender).author.anonymous


def test_words_that_may_not_be_the_authors_own() -> None:
    origin = {"type": "user", "date": DATE, "sender_user": BOB}
    event = received(text="x", forward_origin=origin, via_bot=BOT)
    assert (event.forwarded, event.via) == (True, "123456")
    plain = received(text="x")
    assert (plain.forwarded, plain.via, plain.automatic) == (False, None, False)


def test_an_automatic_forward() -> None:
    assert received(text="x", is_automatic_forward=True).automatic


def test_an_edit_carries_the_time_of_the_edit() -> None:
    event = read("edited_message", message(text="now", edit_date=DATE + 60))
    assert isinstance(event, Edited)
    assert (event.id, event.text.body) == ("7", "now")
    assert event.at == datetime.fromtimestamp(DATE + 60, UTC)


def test_a_message_without_a_number_is_named_by_its_key() -> None:
    assert received(message_id=0, text="x").id == "u:9"


def test_the_words_of_an_entity_are_those_aiogram_finds() -> None:
    body = "👋🏽 Hi Ann, 看 https://acme.example and 👉 here"
    raw = update(
        "message",
        message(
            text=body,
            entities=[
                {"type": "bold", "offset": 5, "length": 2},
                {"type": "text_mention", "offset": 8, "length": 3, "user": BOB},
                {"type": "url", "offset": 15, "length": 20},
                {"type": "text_link", "offset": 43, "length": 4, "url": "https://a.example/"},
                {"type": "custom_emoji", "offset": 0, "length": 4, "custom_emoji_id": "5"},
            ],
        ),
    )
    event = incoming.read(raw, "tg", NOW)
    theirs = Update.model_validate(raw).message
    assert isinstance(event, Received)
    assert theirs is not None
    assert theirs.entities is not None
    marks = event.text.marks
    assert [body[mark.start : mark.end] for mark in marks] == [
        entity.extract_from(body) for entity in theirs.entities[:4]
    ]
    values = ["", "502", "https://acme.example", "https://a.example/"]
    assert [mark.value for mark in marks] == values


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ("bold", MarkKind.BOLD),
        ("italic", MarkKind.ITALIC),
        ("underline", MarkKind.UNDERLINE),
        ("strikethrough", MarkKind.STRIKE),
        ("spoiler", MarkKind.SPOILER),
        ("code", MarkKind.CODE),
        ("pre", MarkKind.PRE),
        ("blockquote", MarkKind.QUOTE),
        ("expandable_blockquote", MarkKind.QUOTE),
        ("mention", MarkKind.MENTION),
    ],
)
def test_each_kind_of_entity_is_a_mark(entity: str, kind: MarkKind) -> None:
    event = received(text="hello", entities=[{"type": entity, "offset": 0, "length": 5}])
    assert event.text.marks == (Mark(kind, 0, 5),)


@pytest.mark.parametrize("entity", ["hashtag", "bot_command", "email", "phone_number", "new_kind"])
def test_other_entities_are_plain_words(entity: str) -> None:
    event = received(text="hello", entities=[{"type": entity, "offset": 0, "length": 5}])
    assert event.text.marks == ()


def test_an_entity_beyond_the_text_is_clipped() -> None:
    event = received(
        text="hey",
        entities=[
            {"type": "bold", "offset": 1, "length": 50},
            {"type": "code", "offset": 9, "length": 3},
        ],
    )
    assert event.text.marks == (Mark(MarkKind.BOLD, 1, 3),)


SIZE = {**FILE, "width": 90, "height": 90}
LARGE = {**FILE, "file_id": "large", "width": 900, "height": 900}
VIDEO = {**FILE, "width": 9, "height": 9, "duration": 1}
STICKER = {
    **FILE,
    "type": "regular",
    "width": 9,
    "height": 9,
    "is_animated": False,
    "is_video": False,
    "emoji": "👍",
}
POLL = {
    "id": "1",
    "question": "Which coin?",
    "options": [],
    "total_voter_count": 0,
    "is_closed": False,
    "is_anonymous": True,
    "type": "regular",
    "allows_multiple_answers": False,
    "allows_revoting": False,
    "members_only": False,
}
SPOT = {"latitude": 22.3, "longitude": 114.2}


@pytest.mark.parametrize(
    ("content", "kind", "name", "type"),
    [
        ({"photo": [SIZE, LARGE]}, FileKind.PHOTO, "", "image/jpeg"),
        ({"document": {**FILE, "file_name": "a.pdf"}}, FileKind.DOCUMENT, "a.pdf", ""),
        ({"voice": {**FILE, "duration": 1}}, FileKind.VOICE, "", "audio/ogg"),
        ({"video": {**VIDEO, "mime_type": "video/webm"}}, FileKind.VIDEO, "", "video/webm"),
        ({"animation": VIDEO, "document": FILE}, FileKind.ANIMATION, "", "video/mp4"),
        (
            {"video_note": {**FILE, "length": 9, "duration": 1}},
            FileKind.VIDEO_NOTE,
            "",
            "video/mp4",
        ),
        (
            {"audio": {**FILE, "duration": 1, "performer": "P", "title": "T"}},
            FileKind.AUDIO,
            "P - T",
            "",
        ),
        ({"sticker": STICKER}, FileKind.STICKER, "👍", "image/webp"),
        ({"sticker": {**STICKER, "is_video": True}}, FileKind.STICKER, "👍", "video/webm"),
        ({"location": SPOT}, FileKind.LOCATION, "22.3,114.2", ""),
        (
            {"venue": {"location": SPOT, "title": "Peak", "address": "HK"}, "location": SPOT},
            FileKind.LOCATION,
            "22.3,114.2 Peak",
            "",
        ),
        (
            {"contact": {"phone_number": "+8529", "first_name": "Cy"}},
            FileKind.CONTACT,
            "Cy +8529",
            "",
        ),
        ({"poll": POLL}, FileKind.OTHER, "poll: Which coin?", ""),
        ({"dice": {"emoji": "🎲", "value": 4}}, FileKind.OTHER, "dice: 🎲 4", ""),
        ({"story": {"chat": PRIVATE, "id": 1}}, FileKind.OTHER, "story", ""),
        ({"hologram": {"title": "New"}}, FileKind.OTHER, "hologram: New", ""),
        ({}, FileKind.OTHER, "unsupported", ""),
    ],
)
def test_each_kind_of_content_is_one_file(
    content: Json, kind: FileKind, name: str, type: str
) -> None:
    (file,) = received(**content).files
    assert (file.kind, file.name, file.type) == (kind, name, type)
    assert (file.source["chat"], file.source["message"]) == (501, 7)


def test_the_largest_photo_is_taken_and_can_be_named_again() -> None:
    (file,) = received(photo=[LARGE, SIZE], caption="see").files
    assert (file.source["file_id"], file.source["unique"], file.size) == ("large", "AgAD", 7)


def test_a_caption_is_the_text_of_an_album_item() -> None:
    bold = [{"type": "bold", "offset": 0, "length": 3}]
    event = received(photo=[SIZE], caption="see", caption_entities=bold, media_group_id="77")
    assert (event.text.body, event.text.marks) == ("see", (Mark(MarkKind.BOLD, 0, 3),))
    assert event.group == "77"


@pytest.mark.parametrize(
    "service",
    [
        {"forum_topic_created": {"name": "T", "icon_color": 7322096}},
        {"forum_topic_closed": {}},
        {"new_chat_members": [BOB]},
        {"new_chat_title": "New"},
        {"migrate_from_chat_id": -9},
        {"pinned_message": message(text="x")},
    ],
)
def test_what_only_happened_to_the_chat_is_no_event(service: Json) -> None:
    assert read("message", message(chat=GROUP, **service)) is None


def test_a_group_that_became_a_supergroup_has_moved() -> None:
    old = {"id": -9, "type": "group", "title": "Agents"}
    event = read("message", message(chat=old, migrate_to_chat_id=-1009))
    assert isinstance(event, Moved)
    assert (event.place.id, event.room, event.to) == ("-9", "-9", "-1009")


def test_a_pressed_button() -> None:
    query = {"id": "q1", "from": ANN, "chat_instance": "1", "data": "rate:5"}
    event = read("callback_query", {**query, "message": message(**{"from": BOT}, text="?")})
    assert isinstance(event, Pressed)
    assert (event.id, event.choice, event.token) == ("7", "rate:5", "q1")
    assert (event.author.id, event.place.id, event.at) == ("501", "501", NOW)


def test_a_button_below_a_message_that_telegram_no_longer_shows() -> None:
    gone = {"chat": PRIVATE, "message_id": 7, "date": 0}
    query = {"id": "q1", "from": ANN, "chat_instance": "1", "data": "x", "message": gone}
    event = read("callback_query", query)
    assert isinstance(event, Pressed)
    assert event.id == "7"


@pytest.mark.parametrize(
    "query", [{"data": "x", "inline_message_id": "1"}, {"message": message(text="?")}]
)
def test_a_button_that_is_not_below_a_message_of_ours_is_no_event(query: Json) -> None:
    query = {"id": "q1", "from": ANN, "chat_instance": "1", **query}
    assert read("callback_query", query) is None


def test_reactions_are_those_that_show_now() -> None:
    shown = [
        {"type": "emoji", "emoji": "👍"},
        {"type": "custom_emoji", "custom_emoji_id": "5"},
        {"type": "paid"},
    ]
    reaction = {"chat": PRIVATE, "message_id": 7, "date": DATE, "old_reaction": []}
    event = read("message_reaction", {**reaction, "user": ANN, "new_reaction": shown})
    assert isinstance(event, Reacted)
    assert (event.id, event.author.id) == ("7", "501")
    assert event.reactions == ("👍", "custom:5", "⭐")


def test_a_reaction_of_a_group_is_anonymous() -> None:
    reaction = {"chat": GROUP, "message_id": 7, "date": DATE, "old_reaction": []}
    event = read("message_reaction", {**reaction, "actor_chat": GROUP, "new_reaction": []})
    assert isinstance(event, Reacted)
    assert event.author.anonymous
    assert event.reactions == ()


def test_a_person_who_blocks_the_bot_left_and_may_return() -> None:
    left = read("my_chat_member", change(PRIVATE, "member", "kicked"))
    returned = read("my_chat_member", change(PRIVATE, "kicked", "member"))
    assert isinstance(left, Left)
    assert isinstance(returned, Returned)
    assert (left.author.id, returned.author.id, left.place.id) == ("501", "501", "501")


@pytest.mark.parametrize(
    ("kind", "old", "new", "joined", "ours"),
    [
        ("my_chat_member", "left", "administrator", True, True),
        ("my_chat_member", "administrator", "kicked", False, True),
        ("chat_member", "left", "member", True, False),
        ("chat_member", "member", "left", False, False),
        ("chat_member", "member", "restricted", False, False),
    ],
)
def test_joining_and_leaving_a_group(
    kind: str, old: str, new: str, joined: bool, ours: bool
) -> None:
    event = read(kind, change(GROUP, old, new, user=BOT if ours else BOB))
    assert isinstance(event, Membership)
    assert (event.joined, event.ours, event.by) == (joined, ours, "501")
    assert event.author.id == ("123456" if ours else "502")
    assert event.room == "-1009"


@pytest.mark.parametrize(
    ("old", "new", "extra"),
    [("member", "administrator", {}), ("member", "restricted", {"is_member": True})],
)
def test_another_role_is_neither(old: str, new: str, extra: Json) -> None:
    assert read("chat_member", change(GROUP, old, new, user=BOB, **extra)) is None


@pytest.mark.parametrize(
    "raw",
    [
        update("purchased_moon", {"id": 1}),
        update("message", {"message_id": 7}),
        update("message", message(date="yesterday", text="x")),
        update("message", None),
        {"update_id": 9},
        update("message", message(text="\ud83d", entities=[{"type": "bold"}])),
    ],
)
def test_what_cannot_be_understood_is_kept_as_it_came(raw: Json) -> None:
    event = incoming.read(raw, "tg", NOW)
    assert isinstance(event, Unreadable)
    assert (event.key, event.at, event.place.account) == ("u:9", NOW, "tg")
    assert json.loads(event.raw) == raw
    assert event.error


WORDS = st.text("aé👍\ud800", max_size=4)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=5,
)
FIELDS = ("chat", "from", "date", "text", "entities", "photo", "reply_to_message", "poll", "venue")


@given(
    kind=st.sampled_from(["message", "edited_message", "callback_query", "message_reaction"]),
    damage=st.dictionaries(st.sampled_from(FIELDS), VALUES),
    missing=st.sets(st.sampled_from(["chat", "from", "date", "message_id"])),
)
def test_no_damage_stops_the_reader(kind: str, damage: Json, missing: set[str]) -> None:
    whole = {**message(text="x"), **damage}
    event = incoming.read(
        update(kind, {key: value for key, value in whole.items() if key not in missing}),
        "tg",
        NOW,
    )
    assert event is None or event.key == "u:9"
