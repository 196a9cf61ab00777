"""Files on the server: real bytes under ids that are valid for one bot only."""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from inbox.sandbox.telegram.errors import Json

MEDIA = frozenset(
    {"photo", "document", "voice", "video", "audio", "animation", "video_note", "sticker"}
)
"""Fields of a message that hold files."""

_PREFIX = {
    "photo": "AgAC",
    "document": "BQAC",
    "voice": "AwAC",
    "video": "BAAC",
    "audio": "CQAC",
    "animation": "CgAC",
    "video_note": "DQAC",
    "sticker": "CAAC",
}


def png(width: int, height: int) -> bytes:
    """A picture of one colour."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        check = zlib.crc32(kind + body)
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)

    rows = (b"\x00" + b"\x33\x66\x99" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


_MP4 = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41\x00\x00\x00\x08mdat"
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_WEBP = (
    b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00"
    b"\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00"
)
_OGG = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00\x00"
_MP3 = b"ID3\x03\x00\x00\x00\x00\x00\x00\xff\xfb\x90\x00" + bytes(64)


@dataclass(frozen=True, slots=True)
class Sample:
    """What a file of some kind is when nobody says otherwise."""

    data: bytes
    folder: str
    ending: str
    type: str
    facts: Mapping[str, Any] = field(default_factory=dict)


_FRAME = {"width": 320, "height": 240}
_STICKER = {
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
    "emoji": "👍",
}
_SAMPLES = {
    "photo": Sample(png(320, 240), "photos", "png", "image/png", _FRAME),
    "document": Sample(_PDF, "documents", "pdf", "application/pdf"),
    "voice": Sample(_OGG, "voice", "oga", "audio/ogg", {"duration": 3}),
    "video": Sample(_MP4, "videos", "mp4", "video/mp4", {"duration": 3, **_FRAME}),
    "audio": Sample(_MP3, "music", "mp3", "audio/mpeg", {"duration": 3}),
    "animation": Sample(_MP4, "animations", "mp4", "video/mp4", {"duration": 3, **_FRAME}),
    "video_note": Sample(_MP4, "video_notes", "mp4", "video/mp4", {"duration": 3, "length": 240}),
    "sticker": Sample(_WEBP, "stickers", "webp", "image/webp", _STICKER),
}
_NAMED = frozenset({"document", "video", "audio", "animation"})
_TYPED = _NAMED | {"voice"}


@dataclass(frozen=True, slots=True)
class File:
    """Stored bytes. ``unique`` is the same for every bot; ``path`` is for downloading."""

    unique: str
    kind: str
    data: bytes
    path: str
    name: str
    type: str


class Files:
    """Every file the server has."""

    def __init__(self) -> None:
        self._numbers = count()
        self._by_unique: dict[str, File] = {}
        self._by_path: dict[str, File] = {}

    def add(self, kind: str, *, data: bytes | None = None, name: str = "", type: str = "") -> File:
        """Store bytes (a small valid sample of the kind by default)."""
        sample = _SAMPLES[kind]
        number = next(self._numbers)
        ending = name.rpartition(".")[2] if "." in name else sample.ending
        file = File(
            unique=f"AQAD{number:08x}",
            kind=kind,
            data=sample.data if data is None else data,
            path=f"{sample.folder}/file_{number}.{ending}",
            name=name or f"file_{number}.{ending}",
            type=type or sample.type,
        )
        self._by_unique[file.unique] = self._by_path[file.path] = file
        return file

    def find(self, file_id: str, bot_id: int) -> File | None:
        """The file behind an id, if the id was made for this bot."""
        _, _, rest = file_id.partition("-")
        unique, _, owner = rest.partition("-")
        return self._by_unique.get(unique.rstrip("s")) if owner == str(bot_id) else None

    def at(self, path: str) -> File | None:
        """The file to download from ``path``."""
        return self._by_path.get(path)


def content(file: File, bot_id: int) -> Json:
    """The fields of a message that show ``file``, with ids for that bot."""
    if file.kind == "photo":
        small, large = (
            {**_ids(file, bot_id, mark), "file_size": len(file.data), "width": w, "height": h}
            for mark, w, h in (("s", 90, 67), ("", 320, 240))
        )
        return {"photo": [small, large]}
    facts: Json = {**_SAMPLES[file.kind].facts, **_ids(file, bot_id)}
    if file.kind in _NAMED:
        facts["file_name"] = file.name
    if file.kind in _TYPED:
        facts["mime_type"] = file.type
    facts["file_size"] = len(file.data)
    # "For backward compatibility, when this field is set, the document field will also be set"
    also = {"document": facts} if file.kind == "animation" else {}
    return {file.kind: facts, **also}


def seen_by(message: Json, bot_id: int) -> Json:
    """The same message with file ids that this bot may use."""
    changed: Json = {}
    for key in MEDIA & message.keys():
        changed[key] = _renamed(message[key], bot_id)
    replied = message.get("reply_to_message")
    if replied is not None and not MEDIA.isdisjoint(replied):
        changed["reply_to_message"] = seen_by(replied, bot_id)
    return {**message, **changed} if changed else message


def _ids(file: File, bot_id: int, mark: str = "") -> Json:
    unique = file.unique + mark
    return {"file_id": f"{_PREFIX[file.kind]}-{unique}-{bot_id}", "file_unique_id": unique}


def _renamed(media: Any, bot_id: int) -> Any:
    if isinstance(media, list):
        return [_renamed(size, bot_id) for size in media]
    head, unique, _ = media["file_id"].split("-")
    return {**media, "file_id": f"{head}-{unique}-{bot_id}"}
