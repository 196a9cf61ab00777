"""A service that may die, the people around it, and what they saw."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from inbox.sandbox.telegram import Person, Topic
from tests.faults.clerk import Clerk
from tests.faults.forks import Service
from tests.faults.ground import Ground
from tests.faults.ledger import Ledger, Memory, ledger
from tests.faults.tokens import Kind, content, shown, text_of, token, tokens
from tests.faults.verdict import Customer, Evidence
from tests.service import TOKEN, Stage, stage

PATIENCE = 30.0
"""Seconds within which anything that shall happen has happened, deaths included."""

_STRANGE = token(0, Kind.OWN, 0)


class Scene:
    """Customers have numbers from 1; every text they and the agent write has a token."""

    def __init__(self, stage: Stage, service: Service, ledger: Ledger) -> None:
        self.stage = stage
        self.service = service
        self.ledger = ledger
        self.clerk = Clerk(stage, ledger)
        self.customers: dict[int, Person] = {}
        self.said: dict[int, list[str]] = {}
        self.typed: dict[int, list[str]] = {}
        self._topics: dict[int, Topic] = {}
        self._count = 0

    def customer(self) -> int:
        """Somebody new; returns his number."""
        number = len(self.customers) + 1
        person = self.stage.sandbox.user(f"Customer {number}", language="en")
        self.customers[number], self.said[number], self.typed[number] = person, [], []
        return number

    def next(self, customer: int, kind: Kind) -> str:
        """A token for a text that the caller is about to write."""
        self._count += 1
        made = token(customer, kind, self._count)
        book = self.said if kind is Kind.SAID else self.typed
        if kind is not Kind.EDIT:
            book[customer].append(made)
        return made

    def say(self, customer: int, what: str = "where is my deposit") -> dict[str, Any]:
        """The customer writes."""
        text = f"{self.next(customer, Kind.SAID)} {what}"
        return self.customers[customer].write(self.stage.bot, text)

    def reply(self, customer: int, kind: Kind = Kind.REPLY) -> dict[str, Any]:
        """The agent answers in the customer's topic, or notes something there."""
        head = "// " if kind is Kind.NOTE else ""
        return self.type(customer, f"{head}{self.next(customer, kind)} we are looking into it")

    def type(self, customer: int, text: str) -> dict[str, Any]:
        """The agent types something in the customer's topic."""
        topic = self.topic(customer)
        if topic is None:
            raise LookupError(f"customer {customer} has no topic yet")
        return self.stage.agent.write(self.stage.group, text, topic=topic.id)

    def topic(self, customer: int) -> Topic | None:
        """Where a customer's texts are shown."""
        known = self._topics.get(customer)
        if known is None:
            mine = set(self.said[customer])
            for topic in self.stage.group.topics.values():
                if any(mine.intersection(shown(text)) for text in self.posts(topic)):
                    self._topics[customer] = known = topic
        return known

    def posts(self, topic: Topic) -> list[str]:
        """What the bot posted there."""
        return [text_of(m) for m in topic.messages if m["from"]["is_bot"]]

    def shown(self, customer: int) -> str:
        """All that the agents see of a customer."""
        topic = self.topic(customer)
        return "\n".join(self.posts(topic)) if topic else ""

    def chat(self, customer: int) -> str:
        """All that a customer sees of the bot."""
        return "\n".join(self.texts(customer))

    def texts(self, customer: int) -> list[str]:
        """What the bot wrote to a customer."""
        messages = self.customers[customer].chat(self.stage.bot).messages
        return [text_of(m) for m in messages if m["from"]["is_bot"]]

    async def until(self, condition: Callable[[], object], timeout: float = PATIENCE) -> None:
        """Wait for something to be seen. Raises TimeoutError, and Broken at once."""

        def met() -> object:
            self.service.look()
            return condition()

        try:
            await self.stage.sandbox.until(met, timeout)
        except TimeoutError:
            said = f"{condition.__qualname__} was not met\n{self.service.log()}"
            raise TimeoutError(said) from None

    async def settle(self, timeout: float = PATIENCE) -> None:
        """Wait until nothing is on its way and no question is open. Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        await self.until(lambda: not self.stage.bot.pending, timeout)
        while not await self.ledger.settled():
            if time.monotonic() > deadline:
                raise TimeoutError(f"it does not settle\n{self.service.log()}")
            await self.until(lambda: True)
            await self.clerk.pause()

    async def evidence(self) -> Evidence:
        """What the sandbox and the database say now."""
        memory = await self.ledger.memory()
        owners = {person.id: number for number, person in self.customers.items()}
        stories = {number: self._story(number, memory) for number in self.customers}
        nobody, orphans = dict[int, list[str]](), 0
        for topic in self.stage.group.topics.values():
            place = f"{self.stage.group.id}/{topic.id}"
            owner = owners.get(memory.places.get(place, 0))
            visible = [one for text in self.posts(topic) for one in shown(text)]
            past = [one for text in self.posts(topic) for one in tokens(text)]
            if owner is not None:
                stories[owner]["topics"][topic.id] = visible
                stories[owner]["past"].update(past)
            elif self.posts(topic):
                nobody[topic.id] = visible or [_STRANGE]
            else:
                orphans += 1
        return Evidence(
            customers=[Customer(**story) for story in stories.values()]
            + [Customer(number=-1, topics=nobody)],
            asked=_all_tokens(memory.asked),
            resent=_all_tokens(memory.resent),
            unfinished=memory.unfinished,
            quarantined=memory.quarantined,
            orphans=orphans,
        )

    def _story(self, number: int, memory: Memory) -> dict[str, Any]:
        person = self.customers[number]
        own = {body: token(number, Kind.OWN, row) for row, body in memory.own[person.id]}
        received = [_received(text, own) for text in self.texts(number)]
        return {
            "number": number,
            "said": self.said[number],
            "stored": [one for body in memory.stored[person.id] for one in content(body)],
            "typed": self.typed[number],
            "own": list(own.values()),
            "received": [one for some in received for one in some],
            "topics": {},
            "past": set(),
        }


def _received(text: str, own: dict[str, str]) -> list[str]:
    """A text of a customer's chat as tokens; what nobody meant for him is strange."""
    return content(text) or [own.get(text, _STRANGE)]


def _all_tokens(bodies: list[str]) -> set[str]:
    return {one for body in bodies for one in tokens(body)}


def environ(stage: Stage, url: str, folder: Path) -> dict[str, str]:
    """Settings of a service for this stage, with budgets that never slow it down."""
    telegram = "INBOX_CONNECTORS__TELEGRAM__"
    return {
        "INBOX_DATABASE__URL": url,
        "INBOX_DATA__PATH": str(folder),
        "INBOX_WEB__PORT": "0",
        "INBOX_DESK__GROUP": str(stage.group.id),
        "INBOX_AGENTS": f'[{{"name": "Mia", "telegram": {stage.agent.id}}}]',
        f"{telegram}TOKEN": TOKEN,
        f"{telegram}API_BASE": stage.sandbox.base,
        f"{telegram}GROUP_PER_MINUTE": "1000000",
        f"{telegram}WHOLE_PER_SECOND": "1000000",
        f"{telegram}CHAT_PER_SECOND": "1000000",
    }


@asynccontextmanager
async def scene(ground: Ground, engine: str) -> AsyncIterator[Scene]:
    """A stage with an empty database and a service that is not started yet."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="inbox-faults-")))
        on = await stack.enter_async_context(stage())
        url = await stack.enter_async_context(ground.databases.empty(engine, folder))
        memory = await stack.enter_async_context(ledger(url))
        service = Service(ground.forks, environ(on, url, folder), folder)
        it = Scene(on, service, memory)
        stack.push_async_callback(service.end)
        await stack.enter_async_context(it.clerk.at_work())
        yield it
