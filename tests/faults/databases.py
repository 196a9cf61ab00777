"""A fresh database of one engine, and its end."""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import create_async_engine

SERVER = os.environ.get("INBOX_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
"""A PostgreSQL server on which this user may make databases."""


@asynccontextmanager
async def database(engine: str, folder: Path) -> AsyncIterator[str]:
    """The URL of an empty database: ``sqlite`` or ``postgres``."""
    if engine == "sqlite":
        yield f"sqlite:///{folder}/inbox.db"
        return
    name = f"inbox_test_{secrets.token_hex(6)}"
    await _tell(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(SERVER)._replace(path=f"/{name}").geturl()
    finally:
        await _tell(f"DROP DATABASE {name} WITH (FORCE)")


async def _tell(statement: str) -> None:
    url = make_url(SERVER).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.exec_driver_sql(statement)
    await engine.dispose()
