"""The HTTP side: requests in, answers, faults and cut connections out."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import StreamReader, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_parser import RawRequestMessage

from inbox.sandbox.telegram.arguments import Arguments, read, whole
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Group
from inbox.sandbox.telegram.errors import ApiError, Json
from inbox.sandbox.telegram.faults import Ending, Fault, Faults, Order
from inbox.sandbox.telegram.limits import Budgets, Limits
from inbox.sandbox.telegram.methods import METHODS, get_updates
from inbox.sandbox.telegram.people import Person
from inbox.sandbox.telegram.world import Call, World, encode

_LARGEST_BODY = 52 * 1024 * 1024  # uploads of 50 MB, and what is around them


class TelegramSandbox(World):
    """A Bot API server on 127.0.0.1 while its ``async with`` lasts.

    ``port`` 0 takes a free one; ``clock`` (seconds) drives the limits only.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.base = ""
        self._port = port
        self._clock = clock
        self._budgets = Budgets(limits or Limits())
        self._faults = Faults()
        self._closing = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    async def __aenter__(self) -> Self:
        server = web.Server(self._handle, request_factory=_request, access_log=None)
        self._runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.base = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closing.set()
        for bot in self.bots.values():
            bot.updates.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def fail(
        self,
        method: str,
        fault: Fault,
        *,
        times: int = 1,
        chat: Person | Group | int | None = None,
    ) -> None:
        """Let the next calls of ``method`` ("*": any, getUpdates too) into ``chat`` suffer a fault.

        ``times`` -1: all of them, until ``heal``.
        """
        chat_id = chat if isinstance(chat, int) else 0 if chat is None else chat.id
        self._faults.add(Order(method.lower(), fault, times, chat_id))

    def heal(self) -> None:
        """Forget all faults not yet suffered."""
        self._faults.clear()

    def replay(self, update_count: int) -> None:
        """Hand the last confirmed updates of each bot out once more."""
        for bot in self.bots.values():
            bot.updates.replay(update_count)

    def poison(self, bot: Bot, update: Json) -> int:
        """Queue a raw update; its ``update_id`` is filled in and returned."""
        return bot.updates.add_raw(update)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.path_qs.partition("?")
        if path.startswith("/file/bot"):
            return self._download(path.removeprefix("/file/bot"))
        token, slash, method = path.removeprefix("/bot").partition("/")
        if not path.startswith("/bot") or not slash:
            return _answer(ApiError(404, "Not Found"))
        try:
            bot = self._bot_of(token.replace("%3A", ":"))
            args = await read(request, query)
        except ApiError as error:
            return _answer(error)
        return await self._perform(request, bot, method, args)

    def _bot_of(self, token: str) -> Bot:
        head, colon, _ = token.partition(":")
        if not colon or not head.isdecimal() or head.startswith("0"):
            raise ApiError(401, "Unauthorized: invalid token specified")
        bot = self.bots.get(int(head))
        if bot is None or bot.token != token:
            raise ApiError(401, "Unauthorized")
        return bot

    async def _perform(
        self, request: web.BaseRequest, bot: Bot, method: str, args: Arguments
    ) -> web.StreamResponse:
        fault = self._faults.next(method.lower(), whole(args.values.get("chat_id")))
        at = time.time()
        if fault is None:
            outcome = await self._outcome(bot, method.lower(), args)
            self._record(at, bot, method, args, _word(outcome))
            return _answer(outcome)
        await asyncio.sleep(fault.seconds)
        result: bytes | ApiError = b""
        if fault.accepted:
            taken = args if fault.items is None else args.first(fault.items)
            result = await self._outcome(bot, method.lower(), taken)
        self._record(at, bot, method, args, fault.name)
        return await self._suffer(request, fault, result)

    async def _suffer(
        self, request: web.BaseRequest, fault: Fault, result: bytes | ApiError
    ) -> web.StreamResponse:
        if fault.ending is Ending.HANG:
            await self._closing.wait()
        if fault.ending is not Ending.ANSWER and request.transport is not None:
            request.transport.abort()
        if fault.page:
            return web.Response(status=502, text=fault.page, content_type="text/html")
        return _answer(fault.refusal or result)

    async def _outcome(self, bot: Bot, method: str, args: Arguments) -> bytes | ApiError:
        """The JSON of the result, or why not."""
        try:
            if method == "getupdates":
                return await get_updates(bot, args)
            return self._result(bot, method, args)
        except ApiError as error:
            return error

    def _result(self, bot: Bot, method: str, args: Arguments) -> bytes:
        known = METHODS.get(method)
        if known is None:
            raise ApiError(404, "Not Found: method not found")
        cost = known.cost(args)
        if not cost:
            return encode(known.run(self, bot, args)).encode()
        chat_id, now = whole(args.values.get("chat_id")), self._clock()
        self._budgets.check(bot.id, chat_id, cost, now)
        result = encode(known.run(self, bot, args)).encode()
        self._budgets.spend(bot.id, chat_id, cost, now)
        return result

    def _record(
        self, at: float, bot: Bot, method: str, args: Arguments, outcome: str | int
    ) -> None:
        params = args.values
        if args.uploads:
            params = params | {name: upload.name for name, upload in args.uploads.items()}
        self.calls.append(Call(at, bot, method, params, outcome))
        self.changed()

    def _download(self, rest: str) -> web.StreamResponse:
        token, _, path = rest.partition("/")
        try:
            self._bot_of(token.replace("%3A", ":"))
        except ApiError as error:
            return _answer(error)
        file = self.files.at(path)
        if file is None:
            return _answer(ApiError(404, "Not Found"))
        return web.Response(body=file.data, content_type="application/octet-stream")


def _word(outcome: bytes | ApiError) -> str | int:
    return outcome.code if isinstance(outcome, ApiError) else "ok"


def _answer(outcome: bytes | ApiError) -> web.Response:
    if isinstance(outcome, bytes):
        body = b'{"ok":true,"result":' + outcome + b"}"
        return web.Response(body=body, content_type="application/json")
    wait = outcome.parameters.get("retry_after")
    return web.Response(
        body=encode(outcome.as_json()).encode(),
        status=outcome.code,
        content_type="application/json",
        headers={"Retry-After": str(wait)} if wait else None,
    )


def _request(
    message: RawRequestMessage,
    payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> web.BaseRequest:
    loop = task.get_loop()
    return web.BaseRequest(
        message, payload, protocol, writer, task, loop, client_max_size=_LARGEST_BODY
    )
