"""The Markdown pages of the project, and what stands in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKIPPED = frozenset({"build", "dist", "data", "htmlcov", "node_modules"})

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_NO_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Page:
    """A page by its path from the root."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> list[str]:
        return _LINK.findall(self.prose)

    @property
    def anchors(self) -> set[str]:
        """The headings as GitHub names them in addresses."""
        headings = _HEADING.findall(self.prose)
        return {_NO_ANCHOR.sub("", h.lower()).replace(" ", "-") for h in headings}

    @property
    def words(self) -> set[str]:
        """What stands between backticks."""
        return set(_CODE.findall(self.prose))

    def blocks(self, language: str) -> Iterator[str]:
        """The fenced blocks of a language, without the indent of a list."""
        for indent, found, body in _FENCE.findall(self.text):
            if found == language:
                yield "".join(line.removeprefix(indent) for line in body.splitlines(keepends=True))


def page(name: str) -> Page:
    path = ROOT / name
    return Page(path, path.read_text(encoding="utf-8"))


@cache
def pages() -> tuple[Page, ...]:
    """Every Markdown page outside hidden and made folders."""
    found = []
    for path in sorted(ROOT.rglob("*.md")):
        parts = path.relative_to(ROOT).parts
        if not any(part.startswith(".") or part in SKIPPED for part in parts):
            found.append(page(path.relative_to(ROOT).as_posix()))
    return tuple(found)
