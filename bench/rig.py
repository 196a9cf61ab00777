"""The inside of the service without its platforms: policy, store, intake, customers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count, cycle, islice
from pathlib import Path

from config.settings import load
from connectors.base import Address, Author, Connector, Received, Text
from inbox.app import build_connectors, build_policy, utc_now
from inbox.intake import Intake
from inbox.policy import Policy
from inbox.reception import HANDLERS
from inbox.seal import Seal
from inbox.store import Store

TOKEN = "123456789:BENCH-token-of-the-sandbox-not-a-secret"
GROUP = -1002000000001

TEXTS = (
    "hello, my deposit of 0.25 BTC has not arrived for three hours",
    "你好,我的提现一直在处理中,请帮我看看",
    "Is there somebody? I cannot log in after changing my phone",
    "the transaction has 40 confirmations, still nothing in my account",
    "谢谢",
    "How long does the identity check take? I sent my passport on Monday.",
    "I think my account was hacked, please freeze it",
    "ok",
    "为什么我的订单没有成交?",
    "Which network should I use for USDT withdrawals, TRC20 or ERC20?",
)
"""What customers write: two languages, questions that rules know and words that say nothing."""


def policy(directory: Path) -> tuple[Policy, Connector]:
    """The shipped rules and texts, and a Telegram connector that nobody connects."""
    settings = load(
        None,
        {
            "INBOX_DATA__PATH": str(directory),
            "INBOX_CONNECTORS__TELEGRAM__TOKEN": TOKEN,
            "INBOX_DESK__GROUP": str(GROUP),
        },
    )
    built = build_connectors(settings)
    return build_policy(settings, built), built["telegram"]


class Customers:
    """People who write in turn; every message is another event."""

    def __init__(self, many: int, *, first: int = 1) -> None:
        self._many = many
        self._first = first
        self._numbers = count(first)

    def write(self, many: int) -> list[Received]:
        """The next ``many`` messages, one from each customer in turn."""
        people = islice(cycle(range(self._first, self._first + self._many)), many)
        return [self._message(person, next(self._numbers)) for person in people]

    def _message(self, person: int, number: int) -> Received:
        name = str(7_000_000_000 + person)
        return Received(
            key=f"u:{400_000_000 + number}",
            at=datetime.now(UTC),
            place=Address("telegram", name),
            id=str(number),
            author=Author(name, f"Customer {person}", f"customer{person}", "en"),
            text=Text(TEXTS[number % len(TEXTS)]),
        )


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """A store with its tables."""
    store = Store(url)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def intake(store: Store, policy: Policy, directory: Path) -> Intake:
    """The real intake, with nobody behind it who sends."""
    return Intake(
        store,
        policy=policy,
        handlers=HANDLERS,
        seal=Seal(directory),
        clock=utc_now,
        committed=lambda _: None,
    )


async def hand_over(intake: Intake, events: Sequence[Received], *, callers: int) -> None:
    """Give it all events; so many callers each wait for the commit of their last one."""
    waiting = iter(events)

    async def caller() -> None:
        for event in waiting:
            await intake.receive(event)

    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
