"""A plain HTTP client of the Bot API: it knows JSON and nothing else."""

import json
from typing import Any

from aiohttp import ClientSession

TOKEN = "123456:TEST-token"


class Client:
    """Calls methods of one bot with urlencoded forms, as the usual libraries do."""

    def __init__(self, session: ClientSession, base: str, token: str = TOKEN) -> None:
        self.session = session
        self.base = base
        self.token = token

    async def answer(self, method: str, **params: Any) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer."""
        form = {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in params.items()
        }
        url = f"{self.base}/bot{self.token}/{method}"
        async with self.session.post(url, data=form) as response:
            return response.status, await response.json()

    async def result(self, method: str, **params: Any) -> Any:
        """The result of a call that must succeed."""
        status, body = await self.answer(method, **params)
        assert (status, body["ok"]) == (200, True), body
        return body["result"]

    async def refusal(self, method: str, **params: Any) -> str:
        """The description of a call that must fail, its status checked against its code."""
        status, body = await self.answer(method, **params)
        assert not body["ok"], body
        assert status == body["error_code"]
        assert body["description"]
        return str(body["description"])

    async def updates(self, **params: Any) -> list[Any]:
        """What getUpdates hands out."""
        updates = await self.result("getUpdates", **params)
        assert isinstance(updates, list)
        return updates
