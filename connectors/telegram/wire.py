"""Calls over aiogram's session, with plain JSON as their result.

aiogram's own methods make a full model of each result: that costs as much as the call
itself, and one unknown subtype in an answer would make a message that *was* sent look
as if it was not. Here aiogram reads the answers that are errors, and no others.
"""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.methods import TelegramMethod
from aiohttp import ClientTimeout
from pydantic import SecretStr

_CONNECT_SECONDS = 10.0
_CHUNK = 65536
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class _Asked(TelegramMethod[Any]):
    """The method that aiogram's errors speak of."""

    __returning__ = Any
    __api_method__ = ""


class Wire(AiohttpSession):
    """One bot's connections. Their number has no limit, so that the long poll and slow
    calls never keep another call waiting; who calls, limits itself."""

    def __init__(self, token: SecretStr, base: str) -> None:
        super().__init__(limit=0, api=TelegramAPIServer.from_base(base))
        self._bot = Bot(token.get_secret_value(), session=self)
        self.id = self._bot.id

    async def close(self) -> None:
        """Close the connections, without the quarter of a second that aiogram waits
        for TLS to end: aiohttp does so itself since 3.12."""
        if self._session is not None:
            await self._session.close()

    async def ask(self, method: str, parameters: dict[str, Any], *, seconds: float) -> Any:
        """The ``result`` of one call. Raises what aiogram and aiohttp raise."""
        session = await self.create_session()
        url = self.api.api_url(self._bot.token, method)
        form = urlencode(_form(parameters)).encode()
        async with session.post(
            url, data=form, headers=_FORM, timeout=_within(seconds)
        ) as response:
            content = await response.text()
        answer = _answer(content) if response.ok else None
        if answer is not None:
            return answer["result"]
        return self.check_response(self._bot, _Asked(), response.status, content).result

    async def download(self, path: str, *, seconds: float) -> AsyncIterator[bytes]:
        """The bytes of the ``file_path`` of getFile. Raises what aiohttp raises."""
        session = await self.create_session()
        url = self.api.file_url(self._bot.token, path)
        timeout = _within(seconds)
        async with session.get(url, timeout=timeout, raise_for_status=True) as response:
            async for chunk in response.content.iter_chunked(_CHUNK):
                yield chunk


def _form(parameters: dict[str, Any]) -> dict[str, str]:
    """Parameters as aiogram itself sends them: a form, with JSON in its values, and
    without what is empty (Bot API, "Making requests"; every server takes forms)."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in parameters.items()
        if value not in (None, "", [], {})
    }


def _within(seconds: float) -> ClientTimeout:
    """Connecting has its own limit: what fails there was surely not sent."""
    return ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS)


def _answer(content: str) -> dict[str, Any] | None:
    """The envelope of a success; None for whatever aiogram shall judge."""
    try:
        answer = json.loads(content)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and answer.get("ok") is True else None
