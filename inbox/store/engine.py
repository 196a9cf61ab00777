"""The engines, and the one writer through which every change goes.

A *unit of work* is a function of a connection. Units that wait together share
one transaction, a savepoint each, and one fsync; each caller is answered only
after the commit. Nobody waits for a timer: while one batch is being committed
the next one gathers by itself.

On SQLite the writer has a thread of its own and begins IMMEDIATE; on PostgreSQL
the same function runs through ``run_sync``. A unit may run more than once
before it is committed (a race was lost, a batch is repeated), so it must do
nothing but read and write through its connection.
"""

import asyncio
import contextlib
import random
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import (
    DBAPIError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

from inbox.store.ids import Ids

T = TypeVar("T")
Work = Callable[[Connection], T]

BATCH = 256
"""At most this many units share a transaction."""

RACES = 8
"""How often a batch is repeated after losing a race before it counts as down."""

SERIALIZATION_FAILURE = "40001"
DEADLOCK_DETECTED = "40P01"
DATA_CLASSES = ("22", "23")
"""SQLSTATE classes that speak of the data, not of the database (PostgreSQL, appendix A)."""


class StoreDownError(Exception):
    """Nothing was stored: disk full, read-only file, database away."""


class Refusal(Exception):  # noqa: N818 - an answer, not a failure of ours
    """A unit of work declined, on purpose; its savepoint was rolled back."""


@dataclass(slots=True)
class _Unit(Generic[T]):
    work: Work[T]
    done: asyncio.Future[T]
    tries: int = 0


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


def _sqlite(path: str, *, immediate: bool) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(
            path, timeout=30.0, isolation_level=None, check_same_thread=False
        ),
        poolclass=QueuePool,  # the file is not named in the URL, so SQLAlchemy takes it for memory
        pool_size=1 if immediate else 2,
        max_overflow=0,
        hide_parameters=True,  # errors are logged, and these are people's words
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        # FULL: what a platform was told we have must survive a power cut.
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            "temp_store=MEMORY",
            "cache_size=-16384",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")

    return engine


def _for_asyncpg(url: URL) -> URL:
    """libpq's ``sslmode``, which everybody writes, is ``ssl`` to asyncpg."""
    mode = url.query.get("sslmode")
    if mode is not None:
        url = url.difference_update_query(["sslmode"]).update_query_dict({"ssl": mode})
    return url.set(drivername="postgresql+asyncpg")


def is_race(error: Exception) -> bool:
    """Whether the batch lost against another process and may simply be repeated."""
    sqlstate = getattr(getattr(error, "orig", None), "sqlstate", None)
    return sqlstate in (SERIALIZATION_FAILURE, DEADLOCK_DETECTED)


def is_down(error: Exception) -> bool:
    """Whether the database, rather than the data, is the reason."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError)
    if isinstance(error, IntegrityError):
        return False
    sqlstate = getattr(error.orig, "sqlstate", None)
    if isinstance(sqlstate, str):
        return not sqlstate.startswith(DATA_CLASSES)
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


class Store:
    """A database: :meth:`write` and :meth:`read` are the two ways in."""

    def __init__(self, url: str) -> None:
        """``url`` is ``sqlite:///path`` or ``postgresql://…``."""
        self.url = url
        parsed = make_url(url)
        self.ids = Ids()
        self.file: Path | None = None
        self._queue: asyncio.Queue[_Unit[Any]] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self._sync: tuple[Engine, Engine] | None = None
        self._async: AsyncEngine | None = None
        if parsed.get_backend_name() == "sqlite":
            self.file = Path(parsed.database or "inbox.db").absolute()
        else:
            self._url = _for_asyncpg(parsed)

    @property
    def postgres(self) -> bool:
        """Whether several processes may share this database."""
        return self.file is None

    async def open(self) -> None:
        """Connect, bring the tables up to date, start the writer.

        Raises StoreDownError with one sentence where that cannot be done.
        """
        if self.file is not None:
            self._open_file(self.file)
        else:
            self._async = create_async_engine(
                self._url,
                pool_size=4,
                max_overflow=0,
                hide_parameters=True,
                connect_args={"timeout": 10, "server_settings": {"timezone": "UTC"}},
            )
        try:
            await self._run(self._write_engine, _upgraded)
        except (DBAPIError, OSError, TypeError, ValueError) as error:  # a driver's bad option too
            raise StoreDownError(f"the database cannot be used: {_plain(error)}") from error
        self._writer = asyncio.create_task(self._drain(), name="writer")

    def _open_file(self, file: Path) -> None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreDownError(f"the database's folder cannot be made: {error}") from error
        self._sync = (_sqlite(str(file), immediate=True), _sqlite(str(file), immediate=False))
        self._threads = (
            ThreadPoolExecutor(1, thread_name_prefix="writer"),
            ThreadPoolExecutor(2, thread_name_prefix="reader"),
        )

    _write_engine, _read_engine = 0, 1

    async def _run(self, which: int, work: Work[T]) -> T:
        """Run ``work`` on a connection, outside any transaction."""
        if self._async is not None:
            async with self._async.connect() as connection:
                result: T = await connection.run_sync(work)
                return result
        if self._sync is None:
            raise RuntimeError("open() comes first")
        engine = self._sync[which]

        def on_thread() -> T:
            with engine.connect() as connection:
                return work(connection)

        loop = asyncio.get_running_loop()
        done: T = await loop.run_in_executor(self._threads[which], on_thread)
        return done

    async def write(self, work: Work[T]) -> T:
        """Commit ``work`` and return what it returned.

        Raises what ``work`` raised (its changes are rolled back alone), or
        StoreDownError when nothing could be stored.
        """
        unit = _Unit(work, asyncio.get_running_loop().create_future())
        self._queue.put_nowait(unit)
        done: T = await unit.done
        return done

    async def read(self, work: Work[T]) -> T:
        """Run ``work`` on a snapshot beside the writer. It must change nothing.
        Raises StoreDownError where the database does not answer."""

        def in_transaction(connection: Connection) -> T:
            with connection.begin():
                return work(connection)

        try:
            return await self._run(self._read_engine, in_transaction)
        except (DBAPIError, OSError) as error:
            if not is_down(error):
                raise
            raise StoreDownError(_plain(error)) from error

    async def close(self) -> None:
        """Commit what waits, then let go of the database."""
        if self._writer is not None:
            with contextlib.suppress(StoreDownError):
                await self.write(lambda _: None)  # answered after all that came before it
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
            self._writer = None
        if self._async is not None:
            await self._async.dispose()
        elif self._sync is not None:
            for pool in self._threads:
                pool.shutdown()
            for engine in self._sync:
                engine.dispose()

    async def _drain(self) -> None:
        while True:
            units = [await self._queue.get()]
            while len(units) < BATCH and not self._queue.empty():
                units.append(self._queue.get_nowait())
            await self._commit(units)

    async def _commit(self, units: list[_Unit[Any]]) -> None:
        try:
            results = await self._repeatedly(units)
        except Exception as error:  # noqa: BLE001 - whatever it was, every caller must hear of it
            down = StoreDownError(f"nothing was stored: {_plain(error)}")
            down.__cause__ = error
            results = [_Failed(down)] * len(units)
        for unit, result in zip(units, results, strict=True):
            self._answer(unit, result)

    async def _repeatedly(self, units: list[_Unit[Any]]) -> Sequence[Any]:
        for attempt in range(RACES):
            try:
                return await self._run(self._write_engine, lambda c: self._transaction(c, units))
            except Exception as error:
                if not is_race(error) or attempt == RACES - 1:
                    raise
                await asyncio.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - jitter
        raise AssertionError("unreachable")

    def _transaction(self, connection: Connection, units: list[_Unit[Any]]) -> Sequence[Any]:
        self.ids.reserve(connection)
        if len(units) == 1:
            return [_alone(connection, units[0])]
        with connection.begin():
            return [_in_savepoint(connection, unit) for unit in units]

    def _answer(self, unit: _Unit[Any], result: Any) -> None:
        if unit.done.cancelled():
            return
        if not isinstance(result, _Failed):
            unit.done.set_result(result)
        elif isinstance(result.error, IntegrityError) and unit.tries == 0:
            # Somebody else wrote the same row between our reading and our writing: look again.
            unit.tries += 1
            self._queue.put_nowait(unit)
        else:
            unit.done.set_exception(result.error)


def _alone(connection: Connection, unit: _Unit[Any]) -> Any:
    try:
        with connection.begin():
            return unit.work(connection)
    except Exception as error:
        if is_race(error) or is_down(error):
            raise
        return _Failed(error)


def _in_savepoint(connection: Connection, unit: _Unit[Any]) -> Any:
    try:
        with connection.begin_nested():
            return unit.work(connection)
    except Exception as error:
        if is_race(error) or is_down(error):
            raise
        return _Failed(error)


def _plain(error: Exception) -> str:
    """The driver's own words, without statement and parameters: those hold people's text."""
    return str(getattr(error, "orig", None) or error).splitlines()[0][:200]


def _upgraded(connection: Connection) -> None:
    from inbox import migrations  # noqa: PLC0415 - alembic is slow to load and seldom needed

    try:
        try:
            migrations.upgrade(connection)
        except (IntegrityError, ProgrammingError):  # another process makes the same tables now
            migrations.upgrade(connection)
    except migrations.UnknownRevisionError as error:
        raise StoreDownError(f"the database cannot be used: {error}") from error
