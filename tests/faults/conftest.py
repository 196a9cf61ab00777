from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.faults.forks import Forks, forks

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]


@pytest_asyncio.fixture(scope="session", loop_scope="session", name="forks")
async def _forks() -> AsyncIterator[Forks]:
    """One zygote for all tests: it takes seconds to wake up."""
    async with forks() as running:
        yield running


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)
