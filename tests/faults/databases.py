"""Empty databases of both engines.

Those of PostgreSQL are used again after they were emptied: to make and to drop one
costs a checkpoint, which takes longer than a whole run.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, NullPool, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from inbox.model import metadata

SERVER = os.environ.get("INBOX_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A PostgreSQL server on which this user may make databases."""

_OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and pid <> pg_backend_pid()"
)


class Databases:
    """What was made on the server, and which of it nobody uses."""

    def __init__(self) -> None:
        self._made: list[URL] = []
        self._free: list[URL] = []

    @asynccontextmanager
    async def empty(self, engine: str, folder: Path) -> AsyncIterator[str]:
        """The URL of a database without rows: ``sqlite`` (in ``folder``) or ``postgres``."""
        if engine == "sqlite":
            yield f"sqlite:///{folder}/inbox.db"
            return
        url = self._free.pop() if self._free else await self._make()
        yield url.render_as_string(hide_password=False)
        await _clear(url)
        self._free.append(url)

    async def drop(self) -> None:
        """Drop all that was made."""
        async with _connected(make_url(SERVER)) as connection:
            while self._made:
                name = self._made.pop().database
                await connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")

    async def _make(self) -> URL:
        name = f"inbox_test_{secrets.token_hex(6)}"
        async with _connected(make_url(SERVER)) as connection:
            await connection.exec_driver_sql(f"CREATE DATABASE {name}")
        url = make_url(SERVER).set(database=name)
        self._made.append(url)
        return url


async def _clear(url: URL) -> None:
    """Delete all rows; the sessions of killed services may still be at work."""
    async with _connected(url) as connection:
        await connection.exec_driver_sql(_OTHERS)
        for table in reversed(metadata.sorted_tables):
            await connection.execute(table.delete())


@asynccontextmanager
async def _connected(url: URL) -> AsyncIterator[AsyncConnection]:
    engine = create_async_engine(
        url.set(drivername="postgresql+asyncpg"),
        isolation_level="AUTOCOMMIT",
        poolclass=NullPool,
    )
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()
