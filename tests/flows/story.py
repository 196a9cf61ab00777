"""A stage with the whole service on it, and what a test needs to tell a story."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Table

from config.settings import Settings
from inbox.app import App, Parts, build_connectors, build_policy
from inbox.policy import Policy
from inbox.sandbox.telegram import Bot, Group, Limits, Person, TelegramSandbox, Topic
from inbox.store import Store, claims
from tests.service import Stage, stage

Json = dict[str, Any]

NO_RATES: dict[str, Any] = {
    "INBOX_CONNECTORS__TELEGRAM__WHOLE_PER_SECOND": 1_000,
    "INBOX_CONNECTORS__TELEGRAM__CHAT_PER_SECOND": 1_000,
    "INBOX_CONNECTORS__TELEGRAM__GROUP_PER_MINUTE": 1_000,
}
"""For stories that are not about rates, on a stage without limits."""


@dataclass
class Clock:
    """The wall clock, and how far a test has turned it."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Story:
    """The people, the places, and the service that can be stopped and started."""

    stage: Stage
    directory: Path
    database: str
    more: dict[str, Any] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    running: AsyncExitStack = field(default_factory=AsyncExitStack)

    # --- the service ------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        return self.stage.settings(self.database, self.directory, **self.more)

    async def start(self) -> None:
        """Run the service, with albums that wait less long."""
        settings = self.settings
        built = build_connectors(settings)
        self.policy: Policy = replace(
            build_policy(settings, built),
            album_wait=timedelta(seconds=0.3),
            album_limit=timedelta(seconds=1),
        )
        self.store = Store(settings.database.url)
        app = App(settings, Parts(self.store, built, self.policy, clock=self.clock))
        await self.running.enter_async_context(_serving(app))

    async def stop(self) -> None:
        """Stop it in order."""
        await self.running.aclose()

    async def restart(self) -> None:
        """Stop it in order, and start it on the same database."""
        await self.stop()
        await self.start()

    async def quiet(self, timeout: float = 20.0) -> None:
        """Wait until everything that was written is committed, and everything that
        must be delivered has ended."""
        deadline = time.monotonic() + timeout
        while not (self._all_taken() and await self.store.read(claims.is_idle)):
            if time.monotonic() > deadline:
                waits = await self.store.read(claims.counts)
                raise TimeoutError(f"not quiet after {timeout} s: {waits}")
            await asyncio.sleep(0.01)

    def _all_taken(self) -> bool:
        """An update is confirmed by the poll after the one that brought it."""
        updates = [bot.updates for bot in self.sandbox.bots.values()]
        return all(len(queue) == 0 and queue.polling for queue in updates)

    async def rows(self, table: type[Any], **where: Any) -> list[Any]:
        """What the database holds, as a last resort of an assertion."""
        found: Table = table.__table__
        query = found.select().filter_by(**where)
        return list(await self.store.read(lambda c: c.execute(query).all()))

    # --- the people --------------------------------------------------------------

    @property
    def sandbox(self) -> TelegramSandbox:
        return self.stage.sandbox

    @property
    def bot(self) -> Bot:
        return self.stage.bot

    @property
    def group(self) -> Group:
        return self.stage.group

    @property
    def agent(self) -> Person:
        return self.stage.agent

    def customer(self, name: str = "Ann", language: str = "en") -> Person:
        """Somebody who has not written yet."""
        return self.sandbox.user(name, language=language)

    async def newcomer(
        self, text: str = "hello there", name: str = "Ann", language: str = "en"
    ) -> tuple[Person, Topic]:
        """Somebody who has written, and the topic that came of it."""
        known = set(self.group.topics)
        person = self.customer(name, language)
        person.write(self.bot, text)
        await self.quiet()
        (made,) = set(self.group.topics) - known
        return person, self.group.topics[made]

    async def say(self, topic: Topic, text: str, **more: Any) -> Json:
        """The agent writes in a topic, and all that follows from it has happened."""
        message = self.agent.write(self.group, text, topic=topic.id, **more)
        await self.quiet()
        return message

    # --- what they see -------------------------------------------------------------

    def answers(self, person: Person, bot: Bot | None = None) -> list[Json]:
        """What a person has got from a bot."""
        bot = bot or self.bot
        return [m for m in person.chat(bot).messages if m["from"]["id"] == bot.id]

    def posts(self, topic: Topic) -> list[Json]:
        """What the bot has posted in a topic."""
        return [m for m in topic.messages if m["from"]["id"] == self.bot.id]

    def told(self, topic: Topic) -> str:
        """All words of the bot in a topic."""
        return "\n".join(words(self.posts(topic)))

    def phrase(self, key: str, /, **values: str) -> str:
        """What the desk says."""
        return self.policy.phrases.say("en", key, **values)


def words(messages: Iterable[Json]) -> list[str]:
    """The texts and captions of messages."""
    return [message.get("text") or message.get("caption", "") for message in messages]


def button(message: Json, verb: str) -> str:
    """What the button of a question answers."""
    rows = message["reply_markup"]["inline_keyboard"]
    (data,) = (
        b["callback_data"] for row in rows for b in row if b["callback_data"].startswith(verb)
    )
    return str(data)


@asynccontextmanager
async def telling(
    directory: Path, *, limits: Limits | None = None, **more: Any
) -> AsyncIterator[Story]:
    """Raise the curtain and start the service; ``more`` are settings of its environment."""
    async with stage(limits) as raised:
        story = Story(raised, directory, f"sqlite:///{directory}/inbox.db", more)
        await story.start()
        try:
            yield story
        finally:
            await story.stop()


@asynccontextmanager
async def _serving(app: App) -> AsyncIterator[App]:
    """The service, running; stopped in order at the end."""
    stop = asyncio.Event()
    running = asyncio.create_task(app.run(stop))
    ready = asyncio.create_task(app.ready.wait())
    try:
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running
        yield app
    finally:
        ready.cancel()
        stop.set()
        await running
