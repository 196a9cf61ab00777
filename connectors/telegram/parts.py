"""One message -> the calls it becomes.

Text that fits a caption goes with the first file; a longer one goes before the files.
Two to ten photos and videos, documents or audio files in a row are one album (Bot API,
sendMediaGroup). Buttons hang below the last call; an album cannot carry any, so a
message with buttons sends its files one by one.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from connectors.base import File, FileKind, Outbound, Part, Text
from connectors.telegram import render
from connectors.telegram.units import units

_ALBUM = 10
_FAMILIES = {
    FileKind.PHOTO: "visual",
    FileKind.VIDEO: "visual",
    FileKind.DOCUMENT: "document",
    FileKind.AUDIO: "audio",
}
_CAPTIONED = frozenset({*_FAMILIES, FileKind.ANIMATION, FileKind.VOICE})


def split(message: Outbound) -> tuple[Part, ...]:
    """The calls, in order; never empty, the same for the same message.

    Telegram trims white space and refuses messages of nothing else, so pieces of a long
    text that hold only white space are left out.
    """
    contents = list(_contents(message))
    last = len(contents) - 1
    return tuple(
        Part(
            key=f"{message.key}.{index}",
            place=message.place,
            text=text,
            files=tuple(files),
            choices=message.choices if index == last else (),
            reply_to=message.reply_to if index == 0 else None,
            silent=message.silent,
            protected=message.protected,
            cost=max(1, len(files)),
        )
        for index, (text, files) in enumerate(contents)
    )


def _contents(message: Outbound) -> Iterator[tuple[Text, Sequence[File]]]:
    albums = list(_albums(message.files, together=not message.choices))
    text = message.text if message.text.body.strip() else Text()
    if albums and _fits_caption(text, albums[0][0]):
        yield text, albums.pop(0)
    elif text.body:
        pieces = render.split(text, render.TEXT_LIMIT)
        yield from ((piece, ()) for piece in pieces if piece.body.strip())
    elif not albums:
        yield text, ()
    yield from ((Text(), album) for album in albums)


def _fits_caption(text: Text, file: File) -> bool:
    return not text.body or (file.kind in _CAPTIONED and units(text.body) <= render.CAPTION_LIMIT)


def _albums(files: Sequence[File], *, together: bool) -> Iterator[list[File]]:
    """Files that go out in one call, in order."""
    for family, run in groupby(files, key=lambda file: _FAMILIES.get(file.kind)):
        row = list(run)
        size = _ALBUM if together and family else 1
        yield from (row[start : start + size] for start in range(0, len(row), size))
