"""The link to Telegram: one bot, heard by long polling, speaking by single calls."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.base import (
    Address,
    Finding,
    Intake,
    Menu,
    Outbound,
    Outcome,
    Part,
    Rate,
    Rates,
    Reason,
    Refused,
    Sent,
)
from connectors.telegram import addressing, calls, incoming, outcomes, parts, rights
from connectors.telegram.options import TelegramOptions
from connectors.telegram.units import clip
from connectors.telegram.wire import Wire

_log = logging.getLogger(__name__)

# Said on every poll: Telegram keeps the last list it was told, and its default has
# neither chat_member nor message_reaction (Bot API, getUpdates).
_UPDATES = (
    "message",
    "edited_message",
    "callback_query",
    "my_chat_member",
    "chat_member",
    "message_reaction",
)
_BATCH = 100
_POLL_MARGIN = 20.0
_TITLE = 128
_ANSWER = 200
_DELETED_AT_ONCE = 100
_COMMAND_HELP = 256


class Telegram:
    """One bot. Places are ``<chat>`` and ``<chat>/<topic>``; groups have negative ids."""

    channel = "telegram"

    def __init__(self, account: str, options: TelegramOptions) -> None:
        self.account = account
        self._options = options
        self._secret = options.token.get_secret_value()
        self._wire = Wire(options.token, options.api_base)

    async def run(self, intake: Intake) -> None:
        """Poll for updates and hand each batch over as a whole.

        An offset tells Telegram to forget what is below it, so it moves only after the
        batch is committed. The first poll has none: Telegram then begins with the oldest
        update it still keeps (24 hours), and what we already have is known by its key.
        Raises outcomes when a poll fails, and whatever ``intake`` raises.
        """
        offset: int | None = None
        learning = asyncio.create_task(self._ask("getMe", {}))  # beside the first poll
        try:
            while True:
                updates = await self._poll(offset)
                if updates:
                    name = (await learning)["username"]
                    await self._hand_over(intake, updates, name)
                    offset = updates[-1]["update_id"] + 1
        finally:
            learning.cancel()

    async def _hand_over(
        self, intake: Intake, updates: Sequence[dict[str, Any]], name: str
    ) -> None:
        now = datetime.now(UTC)
        events = [incoming.read(update, self.account, now) for update in updates]
        told = [addressing.to_us(event, name) for event in events if event is not None]
        if told:
            await intake.receive(*told)

    async def _poll(self, offset: int | None) -> list[dict[str, Any]]:
        wait = self._options.poll_seconds
        parameters = {"limit": _BATCH, "timeout": wait, "allowed_updates": _UPDATES}
        if offset is not None:
            parameters["offset"] = offset
        updates: list[dict[str, Any]] = await self._ask(
            "getUpdates", parameters, seconds=wait + _POLL_MARGIN
        )
        if not updates and not wait:
            await asyncio.sleep(1)  # nobody else slows down a poll that does not wait
        return updates

    def split(self, message: Outbound) -> Sequence[Part]:
        """The calls ``message`` becomes: see :mod:`connectors.telegram.parts`."""
        return parts.split(message)

    async def send(self, part: Part) -> Sent:
        """Make the one call that ``part`` is."""
        call = calls.sending(part)
        result = await self._ask(call.method, call.parameters)
        messages = result if isinstance(result, list) else [result]
        # A video that Telegram still converts has no number yet: it gets 0.
        return Sent(tuple(str(one["message_id"] or f"key:{part.key}") for one in messages))

    def scope(self, place: Address) -> str:
        """All private chats share a budget; each group has its own."""
        return f"{self.account}/dm" if _is_private(place) else f"desk/{_chat(place)}"

    def rates(self, scope: str) -> Rates:
        """What Telegram's FAQ for bots allows, as configured."""
        options = self._options
        if scope.startswith("desk/"):
            return Rates(whole=(Rate(options.group_per_minute, 60.0),))
        return Rates(
            whole=(Rate(options.whole_per_second, 1.0),),
            place=(Rate(options.chat_per_second, 1.0),),
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._wire.close()

    async def open_topic(self, room: Address, title: str) -> Address:
        """Make a topic (createForumTopic: needs can_manage_topics; 1-128 characters)."""
        chat = calls.chat_of(room)
        made = await self._ask("createForumTopic", {"chat_id": chat, "name": clip(title, _TITLE)})
        return Address(self.account, f"{chat}/{made['message_thread_id']}")

    async def rename_topic(self, place: Address, title: str) -> None:
        """Rename a topic (editForumTopic)."""
        topic = {"chat_id": calls.chat_of(place), "message_thread_id": calls.topic_of(place)}
        parameters = {**topic, "name": clip(title, _TITLE)}
        await self._unless("topic_not_modified", "editForumTopic", parameters)

    async def edit(self, part: Part, id: str, *, had_files: bool) -> None:
        """Change the text or caption, and the buttons, of our message."""
        call = calls.editing(part, id, had_files=had_files)
        await self._unless("message is not modified", call.method, call.parameters)

    async def delete(self, place: Address, ids: Sequence[str]) -> None:
        """Delete messages, a hundred a call (deleteMessages skips what is gone)."""
        chat, numbers = calls.chat_of(place), [calls.message_number(one) for one in ids]
        for start in range(0, len(numbers), _DELETED_AT_ONCE):
            some = numbers[start : start + _DELETED_AT_ONCE]
            parameters = {"chat_id": chat, "message_ids": some}
            await self._unless("message to delete not found", "deleteMessages", parameters)

    async def answer(self, token: str, text: str = "") -> None:
        """Stop the spinning of a pressed button (answerCallbackQuery, 200 characters)."""
        parameters = {"callback_query_id": token, "text": clip(text, _ANSWER)}
        try:
            await self._ask("answerCallbackQuery", parameters)
        except Outcome as outcome:
            _log.debug("a pressed button stays unanswered: %s", outcome.why)

    async def fetch(self, source: Mapping[str, str | int | float]) -> AsyncIterator[bytes]:
        """The bytes of a file (getFile; at most 20 MB at Telegram's own server)."""
        seconds = self._options.call_seconds
        if "file_id" not in source:
            raise Refused("There are no bytes at Telegram to fetch", Reason.INVALID)
        try:
            file = await self._wire.ask("getFile", {"file_id": source["file_id"]}, seconds=seconds)
            async for chunk in self._wire.download(file["file_path"], seconds=seconds):
                yield chunk
        except Exception as error:  # noqa: BLE001 - each becomes an outcome
            raise outcomes.reading(error, secret=self._secret) from None

    async def publish(self, menus: Sequence[Menu]) -> None:
        """Replace the menus of commands (setMyCommands), one call each."""
        for menu in menus:
            commands = [
                {"command": command.name, "description": clip(command.help, _COMMAND_HELP)}
                for command in menu.commands
            ]
            scope = (
                {"type": "all_private_chats"}
                if menu.room is None
                else {"type": "chat", "chat_id": menu.room}
            )
            parameters = {"commands": commands, "scope": scope, "language_code": menu.language}
            await self._ask("setMyCommands", parameters)

    async def check(self, rooms: Sequence[str]) -> Sequence[Finding]:
        """Try the token and look at the bot's rights in each of ``rooms``."""
        return await rights.look(self._ask, rooms)

    async def _ask(
        self, method: str, parameters: dict[str, Any], *, seconds: float | None = None
    ) -> Any:
        """One call. Raises outcomes, without the errors they come from: the address in
        those contains the token, and the content perhaps somebody's message."""
        try:
            return await self._wire.ask(
                method, parameters, seconds=seconds or self._options.call_seconds
            )
        except Exception as error:  # noqa: BLE001 - each becomes an outcome
            private = not str(parameters.get("chat_id", "-")).startswith("-")
            raise outcomes.outcome(error, private=private, secret=self._secret) from None

    async def _unless(self, harmless: str, method: str, parameters: dict[str, Any]) -> None:
        """One call that may be refused for ``harmless``: it is as wanted already."""
        try:
            await self._ask(method, parameters)
        except Refused as refused:
            if harmless not in refused.why.lower():
                raise


def _chat(place: Address) -> str:
    return place.id.partition("/")[0]


def _is_private(place: Address) -> bool:
    return not place.id.startswith("-")
