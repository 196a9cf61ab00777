"""Databases that last as long as a benchmark."""

import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]

SERVER = "INBOX_TEST_POSTGRES"
"""Names a PostgreSQL server where databases may be made, else the local one is tried."""


@contextmanager
def directory() -> Iterator[Path]:
    """A directory on a real disk: on one in memory a commit costs nothing."""
    with tempfile.TemporaryDirectory(prefix="inbox-bench-") as path:
        yield Path(path)


@asynccontextmanager
async def postgres() -> AsyncIterator[str | None]:
    """The address of a new PostgreSQL database, or None where there is no server."""
    server = os.environ.get(SERVER, "postgresql://postgres@127.0.0.1:5432/postgres")
    try:
        admin = await asyncpg.connect(server, timeout=5)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        yield None
        return
    name = f"inbox_bench_{secrets.token_hex(4)}"
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
