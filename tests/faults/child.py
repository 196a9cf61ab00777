"""The real service, put together from parts that can die. Runs in a fork only.

The product holds no failpoint: the store and the wire below the connector are
subclasses that count what passes through them and kill their own process.
"""

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn, TypeVar

from pydantic import SecretStr
from sqlalchemy import Connection

from config.settings import load
from connectors.telegram.link import Telegram
from connectors.telegram.options import TelegramOptions
from connectors.telegram.wire import Wire
from inbox import logs
from inbox.app import App, Parts, build_policy
from inbox.policy import Policy
from inbox.store import Store
from routing.words import Decision, Facts, Signs
from tests.faults.failpoint import Failpoint, Moment, Plan, Poison

T = TypeVar("T")


class Fate:
    """Counts what a process comes by and kills it where it was told to."""

    def __init__(self, failpoint: Failpoint | None, trace: str) -> None:
        self._failpoint = failpoint
        self._trace = os.open(trace, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if trace else None
        self._left = failpoint.nth if failpoint else 0

    def meet(self, name: str) -> Callable[[Moment], None]:
        """Something named so begins. Returns what to call at each of its moments."""
        if self._trace is not None:
            os.write(self._trace, f"{name}\n".encode())
        if self._failpoint is None or self._failpoint.name != name:
            return _live_on
        self._left -= 1
        return _live_on if self._left else self._perhaps_die

    def _perhaps_die(self, moment: Moment) -> None:
        if self._failpoint is not None and moment is self._failpoint.moment:
            die()


def _live_on(_: Moment) -> None:
    """Another one, or another time."""


def die() -> NoReturn:
    """As by ``kill -9``: no handler, no flush, no goodbye."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("unreachable")


def name_of(work: Callable[..., Any]) -> str:
    """How a unit of work is called: where it was made, and what a lambda calls."""
    while isinstance(work, partial):
        work = work.func
    names = ".".join(work.__code__.co_names)
    said = work.__qualname__.replace(".<locals>", "").replace("<lambda>", f"({names})")
    return f"unit {said}"


class DyingStore(Store):
    """A store of which each unit of work may be the last."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate

    async def write(self, work: Callable[[Connection], T]) -> T:
        """As the store does, with three moments to die at."""
        at = self._fate.meet(name_of(work))

        def inside(connection: Connection) -> T:
            result = work(connection)
            at(Moment.INSIDE)
            return result

        at(Moment.BEFORE)
        done = await super().write(inside)
        at(Moment.AFTER)
        return done


class DyingWire(Wire):
    """A wire of which each call may be the last."""

    def __init__(self, token: SecretStr, base: str, fate: Fate) -> None:
        super().__init__(token, base)
        self._fate = fate

    async def ask(self, method: str, parameters: dict[str, Any], *, seconds: float) -> Any:
        """As the wire does, with two moments to die at."""
        at = self._fate.meet(f"call {method}")
        at(Moment.BEFORE)
        result = await super().ask(method, parameters, seconds=seconds)
        at(Moment.AFTER)
        return result


class DyingTelegram(Telegram):
    """The connector over such a wire."""

    def __init__(self, account: str, options: TelegramOptions, fate: Fate) -> None:
        super().__init__(account, options)
        self._wire = DyingWire(options.token, options.api_base, fate)


def poisoned(policy: Policy, poison: Poison) -> Policy:
    """A policy that does not survive a word."""

    def taste(text: str) -> None:
        if poison.word in text:
            if poison.raises:
                raise ValueError("poison")
            die()

    def read(text: str) -> Signs:
        taste(text)
        return policy.read(text)

    def decide(facts: Facts) -> Decision:
        taste(facts.signs.folded)
        return policy.decide(facts)

    return replace(policy, decide=decide) if poison.late else replace(policy, read=read)


def serve(plan: Plan) -> None:
    """Serve until SIGTERM, or until the failpoint is reached."""
    settings = load(None, plan.environ)
    logs.set_up("INFO", "json")
    fate = Fate(plan.failpoint, plan.trace)
    options = TelegramOptions(**settings.connectors["telegram"].options)
    telegram = DyingTelegram("telegram", options, fate)
    policy = build_policy(settings, {"telegram": telegram})
    if plan.poison is not None:
        policy = poisoned(policy, plan.poison)
    store = DyingStore(settings.database.url, fate)
    app = App(settings, Parts(store, {"telegram": telegram}, policy))
    asyncio.run(_until_told(app))


async def _until_told(app: App) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await app.run(stop)
