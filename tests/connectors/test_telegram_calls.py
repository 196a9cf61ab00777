from typing import Any

import pytest
from aiogram import methods
from hypothesis import given
from hypothesis import strategies as st

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
    Text,
)
from connectors.telegram import calls, parts
from tests.connectors.texts import texts

TOPIC = Address("tg", "-1009/44")


def stored(kind: FileKind, id: str = "BQAC") -> File:
    return File(kind, {"file_id": id, "unique": "u", "chat": 5, "message": 6})


def part(**fields: Any) -> Part:
    return Part(**{"key": "k.0", "place": TOPIC, **fields})


def test_a_text_in_a_topic() -> None:
    text = Text("hi all", (Mark(MarkKind.BOLD, 0, 2),))
    call = calls.sending(part(text=text, reply_to="9", silent=True, protected=True))
    assert call.method == "sendMessage"
    assert call.parameters == {
        "chat_id": -1009,
        "message_thread_id": 44,
        "text": "hi all",
        "entities": [{"type": "bold", "offset": 0, "length": 2}],
        "link_preview_options": {"is_disabled": True},
        "disable_notification": True,
        "protect_content": True,
        "reply_parameters": {"message_id": 9, "allow_sending_without_reply": True},
    }


def test_a_plain_text_in_a_private_chat() -> None:
    call = calls.sending(part(place=Address("tg", "501"), text=Text("hi")))
    assert call.parameters == {
        "chat_id": 501,
        "text": "hi",
        "link_preview_options": {"is_disabled": True},
    }


def test_a_reply_to_what_has_no_number_is_a_message_of_its_own() -> None:
    assert "reply_parameters" not in calls.sending(part(text=Text("x"), reply_to="u:5")).parameters


@pytest.mark.parametrize(
    ("kind", "method", "field"),
    [
        (FileKind.PHOTO, "sendPhoto", "photo"),
        (FileKind.VIDEO, "sendVideo", "video"),
        (FileKind.ANIMATION, "sendAnimation", "animation"),
        (FileKind.AUDIO, "sendAudio", "audio"),
        (FileKind.VOICE, "sendVoice", "voice"),
        (FileKind.VIDEO_NOTE, "sendVideoNote", "video_note"),
        (FileKind.DOCUMENT, "sendDocument", "document"),
        (FileKind.STICKER, "sendSticker", "sticker"),
    ],
)
def test_a_stored_file_is_sent_by_its_id(kind: FileKind, method: str, field: str) -> None:
    call = calls.sending(part(files=(stored(kind),)))
    assert call == (method, {"chat_id": -1009, "message_thread_id": 44, field: "BQAC"})


@pytest.mark.parametrize(
    ("kind", "source", "method", "content"),
    [
        (
            FileKind.LOCATION,
            {"latitude": 1.5, "longitude": 2.5},
            "sendLocation",
            {"latitude": 1.5, "longitude": 2.5},
        ),
        (
            FileKind.LOCATION,
            {"latitude": 1.5, "longitude": 2.5, "title": "Peak", "address": "HK"},
            "sendVenue",
            {"latitude": 1.5, "longitude": 2.5, "title": "Peak", "address": "HK"},
        ),
        (
            FileKind.CONTACT,
            {"phone": "+8529", "first": "Cy", "last": ""},
            "sendContact",
            {"phone_number": "+8529", "first_name": "Cy", "last_name": ""},
        ),
        (
            FileKind.OTHER,
            {"chat": 5, "message": 6},
            "copyMessage",
            {"from_chat_id": 5, "message_id": 6},
        ),
    ],
)
def test_what_has_no_bytes_is_sent_by_its_content(
    kind: FileKind, source: dict[str, Any], method: str, content: dict[str, Any]
) -> None:
    call = calls.sending(part(files=(File(kind, source),)))
    assert call == (method, {"chat_id": -1009, "message_thread_id": 44, **content})


def test_an_album_has_its_text_at_the_first_item() -> None:
    text = Text("see", (Mark(MarkKind.BOLD, 0, 3),))
    files = (stored(FileKind.PHOTO, "a"), stored(FileKind.VIDEO, "b"))
    call = calls.sending(part(text=text, files=files))
    bold = [{"type": "bold", "offset": 0, "length": 3}]
    assert call.method == "sendMediaGroup"
    assert call.parameters["media"] == [
        {"type": "photo", "media": "a", "caption": "see", "caption_entities": bold},
        {"type": "video", "media": "b"},
    ]


def rows(*labels: str) -> list[list[str]]:
    choices = tuple(Choice(label, f"c:{label}") for label in labels)
    call = calls.sending(part(text=Text("?"), choices=choices))
    keyboard = call.parameters["reply_markup"]["inline_keyboard"]
    assert [key["callback_data"] for row in keyboard for key in row] == [one.id for one in choices]
    return [[key["text"] for key in row] for row in keyboard]


def test_short_buttons_stand_side_by_side_and_long_ones_alone() -> None:
    assert rows("1", "2", "3", "4", "5") == [["1", "2", "3", "4", "5"]]
    assert rows("Yes", "No") == [["Yes", "No"]]
    assert rows("Yes, it is solved", "No, I need help") == [
        ["Yes, it is solved"],
        ["No, I need help"],
    ]
    assert rows("已经解决了", "还没有解决") == [["已经解决了", "还没有解决"]]
    assert rows("x" * 60) == [["x" * 60]]


def test_an_edit_without_buttons_takes_them_away() -> None:
    call = calls.editing(part(text=Text("now")), "7", had_files=False)
    assert call.method == "editMessageText"
    assert call.parameters == {
        "chat_id": -1009,
        "message_id": 7,
        "text": "now",
        "link_preview_options": {"is_disabled": True},
    }


def test_an_edit_of_a_caption() -> None:
    call = calls.editing(part(text=Text("now")), "7", had_files=True)
    expected = {"chat_id": -1009, "message_id": 7, "caption": "now"}
    assert call == ("editMessageCaption", expected)


@pytest.mark.parametrize(
    "impossible",
    [
        part(),
        part(text=Text(" \n")),
        part(place=Address("tg", "#general"), text=Text("x")),
        part(place=Address("tg", "5/general"), text=Text("x")),
        part(files=(File(FileKind.PHOTO, {"attachment": 3}),)),
        part(files=(stored(FileKind.PHOTO), File(FileKind.PHOTO))),
        part(files=(File(FileKind.OTHER, {"message": 6}),)),
    ],
)
def test_what_is_impossible_is_refused_before_any_call(impossible: Part) -> None:
    with pytest.raises(Refused) as refused:
        calls.sending(impossible)
    assert refused.value.reason is Reason.INVALID


@pytest.mark.parametrize("id", ["u:5", "key:k.0", "", "-1"])
def test_a_message_without_a_number_cannot_be_found_again(id: str) -> None:
    with pytest.raises(Refused):
        calls.message_number(id)


def test_a_whole_group_is_not_a_topic() -> None:
    with pytest.raises(Refused):
        calls.topic_of(Address("tg", "-1009"))


RICH: dict[str, str | int | float] = {
    "file_id": "BQAC",
    "unique": "u",
    "chat": 5,
    "message": 6,
    "latitude": 1.5,
    "longitude": 2.5,
    "title": "Peak",
    "address": "HK",
}


@given(
    text=texts(60),
    kinds=st.lists(st.sampled_from(list(FileKind)), max_size=12),
    choices=st.lists(st.builds(Choice, st.text("ab", min_size=1), st.just("c")), max_size=4),
    reply_to=st.sampled_from([None, "7"]),
    flags=st.tuples(st.booleans(), st.booleans()),
)
def test_aiogram_knows_every_method_and_parameter(
    text: Text,
    kinds: list[FileKind],
    choices: list[Choice],
    reply_to: str | None,
    flags: tuple[bool, bool],
) -> None:
    message = Outbound(
        key="m",
        place=TOPIC,
        text=text if text.body.strip() else Text("x"),
        files=tuple(File(kind, RICH) for kind in kinds),
        choices=tuple(choices),
        reply_to=reply_to,
        silent=flags[0],
        protected=flags[1],
    )
    for one in parts.split(message):
        call = calls.sending(one)
        theirs = getattr(methods, call.method[0].upper() + call.method[1:])(**call.parameters)
        assert not theirs.model_extra
        assert theirs.__api_method__ == call.method
