"""Where the files of one run lie, and the empty database that each begins with."""

import asyncio
import tempfile
from functools import lru_cache
from pathlib import Path

from inbox.store import Store


def fast_folder() -> str | None:
    """Memory, where there is some as files: no test here loses power."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


@lru_cache
def template() -> Path:
    """A file with all tables and nothing in them."""
    file = Path(tempfile.mkdtemp(prefix="properties-", dir=fast_folder())) / "empty.db"
    asyncio.run(_made(file))
    return file


async def _made(file: Path) -> None:
    store = Store(f"sqlite:///{file}")
    await store.open()
    await store.close()
