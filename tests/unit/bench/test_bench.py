"""The benchmarks work. What they measure here means nothing: no time is asserted."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench.figures import Figure, percentile, table

ROOT = Path(__file__).parents[3]
EXPECTED = {
    "intake": "sqlite, known, 64 callers: ratio",
    "claim": "sqlite, after ANALYZE: claim to call, p99",
    "relay": "50 new customers: ratio",
    "latency": "at 20/s: p99",
    "start": "memory idle",
}
"""A figure that each benchmark tells."""


async def _quick(name: str) -> list[dict[str, Any]]:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"bench.{name}", "--quick", "--json"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    said, complained = await child.communicate()
    assert child.returncode == 0, complained.decode()[-2000:]
    figures: list[dict[str, Any]] = json.loads(said)
    return figures


@pytest.mark.parametrize("name", EXPECTED)
async def test_a_benchmark_runs_and_tells_its_figures(name: str) -> None:
    figures = await _quick(name)
    assert {figure["bench"] for figure in figures} == {name}
    assert EXPECTED[name] in {figure["what"] for figure in figures}
    assert all(figure["value"] > 0 for figure in figures if "growth" not in figure["what"])


def test_every_benchmark_is_run_by_the_whole() -> None:
    from bench.__main__ import NAMES  # noqa: PLC0415 - the module is a command

    assert set(NAMES) == set(EXPECTED)


def test_a_figure_is_met_on_the_right_side_of_its_target() -> None:
    assert Figure("b", "rate", 0.3, target=0.25, at_least=True).met is True
    assert Figure("b", "rate", 0.2, target=0.25, at_least=True).met is False
    assert Figure("b", "time", 5.1, "ms", target=5.0).met is False
    assert Figure("b", "time", 5.0, "ms", target=5.0).met is True
    assert Figure("b", "told", 1.0).met is None


def test_the_table_shows_the_target_beside_the_figure() -> None:
    shown = table([Figure("start", "memory idle", 120.0, "MB", 110.0), Figure("start", "x", 1)])
    first, second = shown.splitlines()
    assert first.split() == ["start", "memory", "idle", "120", "MB", "≤", "110", "MISSED"]
    assert second.split() == ["start", "x", "1"]


@pytest.mark.parametrize(
    ("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1), (0.001, 1)]
)
def test_a_percentile_is_a_value_that_occurred(share: float, expected: int) -> None:
    assert percentile(range(1, 101), share) == expected
