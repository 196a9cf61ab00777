from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from inbox.store import Store
from tests.store.databases import database, postgres_database

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """An empty database of each engine."""
    async with database(request.param, tmp_path) as address:
        yield address


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An open store on each engine."""
    opened = Store(url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def sqlite(tmp_path: Path) -> AsyncIterator[Store]:
    """An open store on a SQLite file."""
    opened = Store(f"sqlite:///{tmp_path}/inbox.db")
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_url() -> AsyncIterator[str]:
    """An empty PostgreSQL database."""
    async with postgres_database() as address:
        yield address
