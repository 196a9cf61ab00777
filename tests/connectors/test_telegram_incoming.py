import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.base import (
    Address,
    Edited,
    Left,
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
    GROUP,
    NOW,
    PRIVATE,
    Json,
    change,
    in_topic,
    message,
    read,
    received,
    update,
)


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
