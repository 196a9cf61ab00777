import pytest
from aiogram.types import Update

from connectors.base import (
    FileKind,
    Mark,
    MarkKind,
    Received,
)
from connectors.telegram import incoming
from tests.connectors.telegram_json import BOB, FILE, NOW, PRIVATE, Json, message, received, update


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
