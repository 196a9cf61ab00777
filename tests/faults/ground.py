"""What all runs stand on: the process that forks services, and the databases."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.faults.databases import Databases
from tests.faults.forks import Forks, forks


@dataclass(frozen=True, slots=True)
class Ground:
    """Made once, for it takes seconds."""

    forks: Forks
    databases: Databases


@asynccontextmanager
async def ground() -> AsyncIterator[Ground]:
    """The ground while the block lasts; no process and no database is left."""
    databases = Databases()
    async with forks() as running:
        try:
            yield Ground(running, databases)
        finally:
            await databases.drop()
