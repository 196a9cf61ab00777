"""Databases of a test's own, on both engines."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]
import pytest

SERVER = os.environ.get("INBOX_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A PostgreSQL server on which databases may be made: a URL of any of its databases."""


async def connected(url: str = SERVER) -> Any:
    """A connection beside the store's. Skips the test where no server answers,
    but never in CI: there a missing server is a failure."""
    try:
        return await asyncio.wait_for(asyncpg.connect(url), timeout=5)
    except OSError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL answers at {url}: {error}")


@asynccontextmanager
async def postgres_database() -> AsyncIterator[str]:
    """The URL of an empty database, dropped at the end."""
    name = f"inbox_test_{secrets.token_hex(6)}"
    admin = await connected()
    try:
        await admin.execute(f"create database {name}")
        try:
            yield f"{SERVER.rpartition('/')[0]}/{name}"
        finally:
            await admin.execute(f"drop database {name} with (force)")
    finally:
        await admin.close()


@asynccontextmanager
async def database(engine: str, directory: Path) -> AsyncIterator[str]:
    """The URL of an empty database of ``engine``: sqlite or postgres."""
    if engine == "sqlite":
        yield f"sqlite:///{directory}/inbox.db"
        return
    async with postgres_database() as url:
        yield url
