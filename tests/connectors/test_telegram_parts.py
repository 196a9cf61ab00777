from hypothesis import given
from hypothesis import strategies as st

from connectors.base import Address, Choice, File, FileKind, Outbound, Part, Text
from connectors.telegram.parts import split
from connectors.telegram.units import units
from tests.connectors.texts import texts

PLACE = Address("tg", "501")
YES = Choice("Yes", "y")


def files(*kinds: FileKind) -> tuple[File, ...]:
    return tuple(File(kind, {"file_id": str(index)}) for index, kind in enumerate(kinds))


def parts(*kinds: FileKind, text: str = "", choices: tuple[Choice, ...] = ()) -> list[Part]:
    return list(
        split(Outbound(key="k", place=PLACE, text=Text(text), files=files(*kinds), choices=choices))
    )


def shape(several: list[Part]) -> list[tuple[int, int]]:
    """Length of the text and number of files of each part."""
    return [(len(part.text.body), len(part.files)) for part in several]


PHOTO, VIDEO, DOCUMENT = FileKind.PHOTO, FileKind.VIDEO, FileKind.DOCUMENT
STICKER, VOICE = FileKind.STICKER, FileKind.VOICE


def test_a_text_is_one_part() -> None:
    (part,) = parts(text="hello", choices=(YES,))
    assert (part.key, part.place, part.text.body) == ("k.0", PLACE, "hello")
    assert (part.choices, part.cost) == ((YES,), 1)


def test_a_long_text_is_several_parts() -> None:
    several = parts(text="word " * 2000)
    assert shape(several) == [(4095, 0), (4095, 0), (1810, 0)]
    assert [part.key for part in several] == ["k.0", "k.1", "k.2"]


def test_a_short_text_is_the_caption_of_the_first_file() -> None:
    assert shape(parts(PHOTO, VIDEO, text="see")) == [(3, 2)]


def test_a_text_too_long_for_a_caption_goes_first() -> None:
    assert shape(parts(PHOTO, text="x" * 1025)) == [(1025, 0), (0, 1)]
    assert shape(parts(PHOTO, text="x" * 1024)) == [(1024, 1)]


def test_a_file_that_cannot_have_a_caption_comes_after_the_text() -> None:
    assert shape(parts(STICKER, PHOTO, text="hi")) == [(2, 0), (0, 1), (0, 1)]


def test_albums_hold_up_to_ten_files_that_go_together_and_cost_one_each() -> None:
    several = parts(*[PHOTO, VIDEO] * 6, DOCUMENT, DOCUMENT, VOICE, VOICE)
    assert [len(part.files) for part in several] == [10, 2, 2, 1, 1]
    assert [part.cost for part in several] == [10, 2, 2, 1, 1]


def test_the_order_of_files_is_kept() -> None:
    several = parts(PHOTO, DOCUMENT, PHOTO)
    assert [file.source["file_id"] for part in several for file in part.files] == ["0", "1", "2"]


def test_buttons_hang_below_the_last_part_and_forbid_albums() -> None:
    several = parts(PHOTO, PHOTO, text="which?", choices=(YES,))
    assert shape(several) == [(6, 1), (0, 1)]
    assert [part.choices for part in several] == [(), (YES,)]


def test_a_reply_is_the_first_part_alone() -> None:
    message = Outbound(
        key="k",
        place=PLACE,
        text=Text("x" * 5000),
        reply_to="7",
        silent=True,
        protected=True,
    )
    first, second = split(message)
    assert (first.reply_to, second.reply_to) == ("7", None)
    assert all(part.silent and part.protected for part in (first, second))


def test_pieces_of_white_space_alone_are_left_out() -> None:
    assert shape(parts(text="a" + "\n" * 9000 + "b")) == [(4096, 0), (810, 0)]
    assert parts(text=" \n ")[0].text == Text()


def test_nothing_at_all_is_still_one_part() -> None:
    assert shape(parts()) == [(0, 0)]


@given(
    text=texts(30),
    kinds=st.lists(st.sampled_from(list(FileKind)), max_size=14),
    choices=st.sampled_from([(), (YES,)]),
)
def test_every_message_is_split_in_the_same_way_into_parts_that_telegram_takes(
    text: Text, kinds: list[FileKind], choices: tuple[Choice, ...]
) -> None:
    message = Outbound(key="k", place=PLACE, text=text, files=files(*kinds), choices=choices)
    several = split(message)
    assert several == split(message)
    assert several
    assert [part.key for part in several] == [f"k.{index}" for index in range(len(several))]
    assert tuple(file for part in several for file in part.files) == message.files
    words = "".join(part.text.body for part in several)
    assert words == (text.body if text.body.strip() else "")
    assert [bool(part.choices) for part in several[:-1]] == [False] * (len(several) - 1)
    assert several[-1].choices == choices
    for part in several:
        assert part.cost == max(1, len(part.files)) <= 10
        assert len(part.files) < 2 or not part.choices
        assert units(part.text.body) <= (1024 if part.files else 4096)
