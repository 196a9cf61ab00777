from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.telegram import slim
from tests.flows.story import NO_RATES, Story, telling

slim.postpone()  # no test here shall pay for the plain import of aiogram


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    """A stage without limits, and the service running on it."""
    async with telling(tmp_path, **NO_RATES) as told:
        yield told
