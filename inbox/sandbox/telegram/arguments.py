"""What a client sends with a method: query string, form, JSON or multipart.

"We support GET and POST HTTP requests. We support four ways of passing
parameters" (Bot API, "Making requests").
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from inbox.sandbox.telegram.errors import bad_request


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request."""

    name: str
    type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Arguments:
    """Named values as sent (text, unless the body was JSON) and uploaded files."""

    values: dict[str, Any] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The value as text; "" when it was not sent."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        """The value as a whole number; ``default`` for what is none, as the server does."""
        return whole(self.values.get(name), default)

    def first(self, count: int) -> "Arguments":
        """The same call with only the first items of its list (media or message_ids)."""
        lists = {name: self.json(name) for name in ("media", "message_ids") if name in self.values}
        cut = {name: items[:count] for name, items in lists.items()}
        return Arguments(self.values | cut, self.uploads)

    def flag(self, name: str) -> bool:
        """Whether the value says yes ("true", "yes" or "1")."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def number(self, name: str) -> float | None:
        """The value as a decimal number, or None."""
        try:
            return float(self.text(name))
        except ValueError:
            return None

    def json(self, name: str) -> Any:
        """The value decoded, or None when it was not sent. Raises 400 when it is no JSON."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None


def whole(value: object, default: int = 0) -> int:
    """``value`` as a whole number, or ``default``."""
    try:
        return int(value)  # type: ignore[call-overload, no-any-return]
    except (TypeError, ValueError):
        return default


async def read(request: web.BaseRequest, query: str) -> Arguments:
    """Everything the client sent, whichever of the four ways it chose."""
    values: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
    if request.method != "POST":
        return Arguments(values)
    kind = request.content_type
    if kind == "multipart/form-data":
        return await _multipart(request, values)
    body = await request.read()
    if kind == "application/json":
        values.update(_decoded(body))
    elif kind == "application/x-www-form-urlencoded":
        values.update(parse_qsl(body.decode(), keep_blank_values=True))
    return Arguments(values)


def _decoded(body: bytes) -> dict[str, Any]:
    try:
        decoded = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse JSON encoded request") from None
    if not isinstance(decoded, dict):
        raise bad_request("object expected as JSON encoded request")
    return decoded


async def _multipart(request: web.BaseRequest, values: dict[str, Any]) -> Arguments:
    uploads: dict[str, Upload] = {}
    for name, part in (await request.post()).items():
        if isinstance(part, web.FileField):
            uploads[name] = Upload(part.filename, part.content_type, part.file.read())
        else:
            values[name] = part if isinstance(part, str) else bytes(part).decode()
    return Arguments(values, uploads)
