"""Run every benchmark, each in a process of its own, and print one table."""

import asyncio
import json
import sys
from pathlib import Path

from bench import figures
from bench.figures import Figure

NAMES = ("intake", "claim", "relay", "latency", "start")


async def _run(name: str, *, quick: bool) -> list[Figure]:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", f"bench.{name}", "--json", *(["--quick"] if quick else [])),
        cwd=Path(__file__).parent.parent,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await child.communicate()
    if child.returncode:
        raise SystemExit(f"bench.{name} failed")
    return [Figure(**{k: v for k, v in one.items() if k != "met"}) for one in json.loads(said)]


async def main() -> None:
    """All of them, one after another: they would disturb each other."""
    asked = figures.options(__doc__)
    found = [figure for name in NAMES for figure in await _run(name, quick=asked.quick)]
    figures.tell(found, as_json=asked.json)


if __name__ == "__main__":
    asyncio.run(main())
