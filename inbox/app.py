"""The composition root: the only module that knows everything.

Reads top to bottom as the service is put together: settings, connectors, texts
and rules, store, intake, outboxes, web; then what runs, and how it stops.
"""

import asyncio
import fcntl
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import structlog
from pydantic import ValidationError
from sqlalchemy import Connection

import connectors
from config import files
from config.errors import ConfigError
from config.settings import Settings
from connectors.base import (
    Address,
    Answering,
    Command,
    Connector,
    Finding,
    Menu,
    Menus,
    Pressed,
)
from inbox import agents, leases, web
from inbox.conversations import AUTOMATIC_VALUES, CLOSED
from inbox.desk import COMMANDS
from inbox.intake import Intake
from inbox.leases import Lease
from inbox.outbox import Outbox
from inbox.policy import Policy
from inbox.reception import HANDLERS
from inbox.seal import Seal
from inbox.store import Store, claims, quarantine, seen
from inbox.store import leases as lease_rows
from inbox.store.rows import Delivery
from inbox.supervision import Supervisor
from routing import canned, phrases, rules, signs
from routing.router import Router

log = structlog.get_logger(__name__)

STOP = 25.0
"""Seconds within which everything has ended after being told to stop."""


PRUNE = 3600.0
"""Seconds between two looks for what may be forgotten."""


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


def build_connectors(settings: Settings) -> dict[str, Connector]:
    """One connector for each configured section. Raises ConfigError."""
    built: dict[str, Connector] = {}
    for name, account in settings.connectors.items():
        try:
            module = connectors.load(account.kind)
            options = module.Options(**account.options)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            key = ".".join(str(part) for part in first["loc"])
            said = str(first.get("ctx", {}).get("error") or first["msg"])
            raise ConfigError(f"connectors.{name}.{key} is wrong: {said}.") from None
        except ValueError as error:
            raise ConfigError(f"connectors.{name}.kind is wrong: {error}") from None
        built[name] = module.create(name, options)
    return built


def build_policy(settings: Settings, built: dict[str, Connector]) -> Policy:
    """What use cases must know: texts, rules and the desk. Raises ConfigError."""
    directory = settings.files.directory
    desk = settings.desk
    channels = {name: connector.channel for name, connector in built.items()}
    try:
        written, replies = files.routing(directory), files.replies(directory)
        locales = files.locales(directory)
        book = canned.Book(
            canned.parse(
                {lang: layers.entries for lang, layers in replies.items()},
                {lang: layers.files for lang, layers in replies.items()},
            ),
            fallback=settings.service.language_fallback,
        )
        router = Router(
            rules.parse(written.entries, written.files),
            default_language=settings.service.default_language,
        )
        said = phrases.parse(
            {lang: layers.shipped for lang, layers in locales.items()},
            {lang: layers.own for lang, layers in locales.items()},
            {lang: layers.files for lang, layers in locales.items()},
        )
    except ValueError as error:
        raise ConfigError(str(error)) from None
    for key in sorted(router.replies | {CLOSED}):
        _check_automatic(book, key)
    return Policy(
        channels=channels,
        scope=lambda place: built[place.account].scope(place),
        decide=router.decide,
        read=signs.read,
        book=book,
        phrases=said,
        desk=Address(desk.connector, desk.group) if desk else None,
        desk_language=desk.language if desk else "en",
        brand=settings.service.brand,
        reopen=timedelta(days=settings.service.reopen_days),
    )


def _check_automatic(book: canned.Book, key: str) -> None:
    """What the desk sends by itself must exist, and need no value it does not have."""
    reply = book.find(key)
    if reply is None:
        raise ConfigError(f"{key} is sent automatically, but there is no such canned reply.")
    for language in files.LANGUAGES:
        if language not in reply.texts and not book.fallback:
            raise ConfigError(f"{key} is sent automatically, but it has no text in {language!r}.")
    if unknown := sorted(set(reply.vars) - AUTOMATIC_VALUES):
        raise ConfigError(
            f"{key} is sent automatically, so it cannot use {{{{{unknown[0]}}}}}: "
            f"only {', '.join(sorted(AUTOMATIC_VALUES))} are known then."
        )


def menus(policy: Policy) -> list[Menu]:
    """The commands that people see: agents in their room, customers none yet."""
    if policy.desk is None:
        return []
    shown = []
    for language in ("", "zh"):
        spoken = language or "en"
        commands = tuple(
            Command(name, policy.phrases.say(spoken, f"command.{name}.help")) for name in COMMANDS
        )
        shown.append(Menu(policy.desk.id, language, commands))
    return shown


@dataclass(slots=True)
class Parts:
    """What the running service is made of; tests put other parts in."""

    store: Store
    connectors: dict[str, Connector]
    policy: Policy
    clock: Callable[[], datetime] = utc_now
    owner: str = field(default_factory=leases.owner_name)


class App:
    """The service: :meth:`run` until told to stop."""

    def __init__(self, settings: Settings, parts: Parts | None = None) -> None:
        self._settings = settings
        if parts is None:
            built = build_connectors(settings)
            policy = build_policy(settings, built)
            parts = Parts(Store(settings.database.url), built, policy)
        self._parts = parts
        self._supervisor = Supervisor()
        self._outboxes: dict[str, Outbox] = {}
        self._intake: Intake | None = None
        self._answers: set[asyncio.Task[None]] = set()
        self.ready = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until ``stop`` is set, then end in order: first what comes in,
        then calls under way, then the rest. Raises ConfigError or StoreDownError
        where it cannot begin."""
        async with AsyncExitStack() as stack:
            store = self._parts.store
            if store.file is not None:
                stack.enter_context(only_one(store.file))
            await store.open()
            stack.push_async_callback(store.close)
            for connector in self._parts.connectors.values():
                stack.push_async_callback(connector.close)
            await self._prepare()
            await self._serve(stop)

    async def _prepare(self) -> None:
        parts = self._parts
        store = parts.store
        await store.write(
            lambda c: agents.configure(c, store.ids, self._settings.agents, parts.clock())
        )
        left = await store.read(lease_rows.unreleased)
        unclean = any(store.file is not None or leases.is_dead(owner) for owner in left)
        if unclean:
            log.warning("app.unclean_stop", leases=len(left))
        for name, connector in parts.connectors.items():
            self._outboxes[name] = Outbox(
                store,
                connector,
                self._lease(f"send:{name}"),
                policy=parts.policy,
                clock=parts.clock,
            )
        self._intake = Intake(
            store,
            policy=parts.policy,
            handlers=HANDLERS,
            seal=Seal(self._settings.data.path),
            clock=parts.clock,
            committed=self._committed,
            pressed=self._pressed,
            unclean=unclean,
        )

    def _lease(self, resource: str) -> Lease:
        # Whoever holds the lock of a SQLite file is the only one there is.
        alone = self._parts.store.file is not None
        is_dead: Callable[[str], bool] = (lambda _: True) if alone else leases.is_dead
        return Lease(self._parts.store, resource, self._parts.owner, is_dead=is_dead)

    async def _serve(self, stop: asyncio.Event) -> None:
        keep, web_settings = self._supervisor.keep, self._settings.web
        incoming, rest = list[asyncio.Task[None]](), list[asyncio.Task[None]]()
        sending = [
            asyncio.create_task(keep(f"send:{name}", outbox.run))
            for name, outbox in self._outboxes.items()
        ]
        for name, connector in self._parts.connectors.items():
            incoming.append(asyncio.create_task(keep(f"poll:{name}", self._feed(name, connector))))
            if isinstance(connector, Menus):
                publish = self._publish(connector)
                rest.append(asyncio.create_task(keep(f"menus:{name}", publish)))
        rest.append(asyncio.create_task(keep("prune", self._prune)))
        endpoints = web.build(down=lambda: self._supervisor.down, figures=self._figures)
        listen = lambda: web.serve(endpoints, host=web_settings.host, port=web_settings.port)  # noqa: E731
        rest.append(asyncio.create_task(keep("web", listen)))
        self.ready.set()
        log.info("app.started", accounts=sorted(self._parts.connectors))
        try:
            await stop.wait()
        finally:
            log.info("app.stopping")
            self._supervisor.stopping = True
            await _end(incoming)
            for outbox, task in zip(self._outboxes.values(), sending, strict=True):
                outbox.stop()
                if not outbox.serving:  # it stands by, or waits to be started again
                    task.cancel()
            await asyncio.wait(sending, timeout=STOP) if sending else None
            await _end([*sending, *rest, *self._answers])

    def _feed(self, name: str, connector: Connector) -> Callable[[], Any]:
        async def feed() -> None:
            if self._intake is None:
                raise RuntimeError("_prepare() comes first")
            async with self._lease(f"poll:{name}").held():
                await connector.run(self._intake)

        return feed

    def _publish(self, connector: Menus) -> Callable[[], Any]:
        async def publish() -> None:
            await connector.publish(menus(self._parts.policy))

        return publish

    async def _prune(self) -> None:
        while True:
            now = self._parts.clock()
            await self._parts.store.write(lambda c: seen.prune(c, now))  # noqa: B023 - awaited here
            await asyncio.sleep(PRUNE)

    def _committed(self, made: Sequence[Delivery]) -> None:
        for outbox in self._outboxes.values():
            outbox.made(made)

    def _pressed(self, event: Pressed) -> None:
        connector = self._parts.connectors[event.place.account]
        if isinstance(connector, Answering):
            task = asyncio.create_task(connector.answer(event.token))
            self._answers.add(task)
            task.add_done_callback(self._answers.discard)

    async def _figures(self) -> web.Figures:
        def read(connection: Connection) -> tuple[dict[tuple[str, str], int], int]:
            return claims.counts(connection), quarantine.waiting(connection)

        deliveries, waiting = await self._parts.store.read(read)
        return web.Figures(
            events=self._intake.taken if self._intake else 0,
            outcomes={
                (name, outcome): count
                for name, outbox in self._outboxes.items()
                for outcome, count in outbox.outcomes.items()
            },
            deliveries=deliveries,
            quarantine=waiting,
            down=dict(self._supervisor.down),
        )


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class only_one:  # noqa: N801 - reads as what it says: with only_one(file)
    """Hold the lock of a SQLite file: one service for each.

    Raises ConfigError where another one runs. The lock ends with the process,
    however it ends, so it also proves that nobody else is at work.
    """

    def __init__(self, file: Path) -> None:
        self._path = file.with_name(f"{file.name}.lock")
        self._held: TextIO | None = None

    def __enter__(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._held = self._path.open("a")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._held.close()
            raise ConfigError(
                f"another `inbox run` uses {self._path.with_suffix('')}; stop it first."
            ) from None

    def __exit__(self, *_: object) -> None:
        if self._held is not None:
            self._held.close()


async def check(settings: Settings) -> list[Finding]:
    """Look at everything that can be missing before somebody misses it."""
    built = build_connectors(settings)
    policy = build_policy(settings, built)
    findings = [_names(), await _database(settings)]
    for name, connector in built.items():
        rooms = [policy.desk.id] if policy.desk and policy.desk.account == name else []
        if hasattr(connector, "check"):
            findings += await connector.check(rooms)
        with suppress(Exception):
            await connector.close()
    if settings.desk is None:
        findings.append(Finding("desk", "No [desk] is set: nobody will see what customers write."))
    elif not settings.agents:
        findings.append(Finding("agents", "No [[agents]] are set: nobody may answer customers."))
    return findings


def _names() -> Finding:
    """Distributions with the names of our packages exist: theirs must not be imported."""
    import config  # noqa: PLC0415
    import inbox  # noqa: PLC0415
    import routing  # noqa: PLC0415

    home = Path(inbox.__file__).parent.parent
    for package in (config, connectors, routing):
        if Path(package.__file__ or "").parent.parent != home:
            return Finding(
                "packages",
                f"The package {package.__name__} is not ours; install in a fresh environment.",
            )
    return Finding("packages")


async def _database(settings: Settings) -> Finding:
    store = Store(settings.database.url)
    try:
        await store.open()
    except Exception as error:  # noqa: BLE001 - the finding says it
        return Finding("database", f"{error}.")
    await store.close()
    return Finding("database")
