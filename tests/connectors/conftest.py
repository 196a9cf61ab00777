from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from connectors.telegram import slim
from tests.connectors.telegram_harness import Desk, TelegramHarness

# Tests that import aiogram for its own sake shall not pay for the plain import.
slim.postpone()

# How long an example takes depends on what else the machine does.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture
async def ann() -> AsyncIterator[TelegramHarness]:
    """Ann has written to the bot."""
    async with TelegramHarness.open() as harness:
        harness.write("hello")
        yield harness


@pytest.fixture
def desk(ann: TelegramHarness) -> Desk:
    return Desk(ann)
