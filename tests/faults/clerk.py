"""The agent who answers the questions of the service, always truthfully: he looks
where the text was to be seen, and presses "It arrived" or "Send again"."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from inbox.model import Side
from inbox.store import StoreDownError
from tests.faults.ledger import Ledger, Subject
from tests.faults.tokens import content, shown, text_of, tokens
from tests.service import Stage

LOOK = 0.03
"""Seconds between his looks."""


class Clerk:
    """``answered`` maps each delivery he was asked about to what he pressed."""

    def __init__(self, stage: Stage, ledger: Ledger) -> None:
        self._stage = stage
        self._ledger = ledger
        self._working: asyncio.Task[None] | None = None
        self.answered: dict[int, str] = {}
        self.asked: set[str] = set()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator["Clerk"]:
        """Answering while the block lasts. Raises what he stumbled over."""
        self._working = asyncio.create_task(self._work())
        try:
            yield self
        finally:
            self._working.cancel()
            with suppress(asyncio.CancelledError):
                await self._working

    async def pause(self) -> None:
        """Let him look once more. Raises what he stumbled over."""
        if self._working is not None and self._working.done():
            self._working.result()
        await asyncio.sleep(LOOK)

    async def _work(self) -> None:
        while True:
            for question, number in list(self._questions()):
                if number not in self.answered:
                    await self._answer(question, number)
            await asyncio.sleep(LOOK)

    def _questions(self) -> Iterator[tuple[dict[str, Any], int]]:
        for topic in self._stage.group.topics.values():
            for message in topic.messages:
                for row in message.get("reply_markup", {}).get("inline_keyboard", ()):
                    for button in row:
                        verb, _, number = button.get("callback_data", "").partition(":")
                        if verb == "again":
                            yield message, int(number)

    async def _answer(self, question: dict[str, Any], number: int) -> None:
        try:
            subject = await self._ledger.subject(number)
        except StoreDownError:
            return  # he looks again
        verb = "arrived" if self._arrived(subject, question) else "again"
        self.answered[number] = verb
        self.asked.update(one for body in subject.bodies for one in tokens(body))
        self._stage.agent.press(question, f"{verb}:{number}")

    def _arrived(self, subject: Subject, question: dict[str, Any]) -> bool:
        wanted = subject.bodies[0]
        marks = set(content(wanted))  # what he looks for may have been edited since
        if subject.side == Side.CUSTOMER:
            chat = self._stage.sandbox.people[subject.person].chat(self._stage.bot)
            seen = [text_of(m) for m in chat.messages if m["from"]["is_bot"]]
            return any(marks <= set(tokens(text)) if marks else text == wanted for text in seen)
        topic = self._stage.group.topics[question["message_thread_id"]]
        posts = [text_of(m) for m in topic.messages if m["from"]["is_bot"]]
        return any(marks <= set(shown(p)) if marks else wanted in p for p in posts)
