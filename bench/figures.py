"""What a benchmark says: named numbers, each beside its target."""

import argparse
import asyncio
import json
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """A number. ``target`` is None where it is only told; ``at_least`` says that
    more is better, else less is."""

    bench: str
    what: str
    value: float
    unit: str = ""
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that ``share`` (0 to 1) of ``values`` do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """One line for each figure, with its target beside it."""
    wide = max((len(f.what) for f in figures), default=0)
    lines = []
    for f in figures:
        sign = "≥" if f.at_least else "≤"
        goal = "" if f.target is None else f"{sign} {f.target:g}"
        mark = {True: "met", False: "MISSED", None: ""}[f.met]
        line = f"{f.bench:8} {f.what:{wide}} {f.value:>10.4g} {f.unit:6} {goal:>8}  {mark}"
        lines.append(line.rstrip())
    return "\n".join(lines)


def tell(figures: Sequence[Figure], *, as_json: bool) -> None:
    """Print them: a table for people, JSON for programs."""
    if as_json:
        print(json.dumps([asdict(f) | {"met": f.met} for f in figures], indent=1))
    else:
        print(table(figures))


def options(about: str | None) -> argparse.Namespace:
    """What was asked for: ``quick`` and ``json``."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a short run: shows that it works")
    parser.add_argument("--json", action="store_true", help="print a list of figures")
    return parser.parse_args()


def run(measure: Callable[[bool], Awaitable[list[Figure]]], about: str | None) -> None:
    """The command line of one benchmark."""
    asked = options(about)

    async def measured() -> list[Figure]:
        return await measure(asked.quick)

    tell(asyncio.run(measured()), as_json=asked.json)
