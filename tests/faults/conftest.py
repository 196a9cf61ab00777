from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.ground import Ground, ground

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="ground")
async def _ground() -> AsyncIterator[Ground]:
    """One for all tests."""
    async with ground() as ready:
        yield ready


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)
