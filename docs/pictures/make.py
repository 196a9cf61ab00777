"""Draw demo.svg: what ``inbox demo`` really says, as a terminal shows it.

``make docs`` plays the demo, keeps its words in ``demo.txt`` and draws them. The
drawing refers to nothing outside itself: GitHub shows it, and so does a printer.
"""

import asyncio
import html
import io
import re
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE: Final = Path(__file__).parent
COLUMNS: Final = 104

_STYLES: Final = (
    (re.compile(r"^\d+\. .*|^support-inbox demo.*"), "bold cyan"),
    (re.compile(r"^✗.*"), "bold red"),
    (re.compile(r"^✓ All.*"), "bold green"),
    (re.compile(r"^✓"), "green"),
    (re.compile(r"^•[^:]*:?"), "yellow"),
    (re.compile(r"^[^:]* reads:"), "magenta"),
)
"""What a line is painted in; the first pattern that hits decides."""

# Rich's own frame without its web fonts: a picture must not fetch anything.
_FRAME: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: "Fira Code", "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def draw(transcript: str) -> str:
    """The picture of ``transcript``: SVG, the same for the same words."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False)
    for line in transcript.strip("\n").splitlines():
        words = line.lstrip()
        console.print(Padding(_painted(words), (0, 0, 0, len(line) - len(words))))
    drawn = console.export_svg(
        title="make demo", theme=MONOKAI, code_format=_FRAME, unique_id="demo"
    )
    return _TEXT.sub(_at_full_width, drawn)


_TEXT: Final = re.compile(r'textLength="([\d.]+)"([^>]*)>([^<]+)<')


def _at_full_width(text: re.Match[str]) -> str:
    """Rich gives Chinese the width of Latin letters and so writes it on top of itself."""
    letters = html.unescape(text[3])
    width = float(text[1]) / len(letters) * cell_len(letters)
    return f'textLength="{width:.1f}"{text[2]}>{text[3]}<'


def _painted(words: str) -> Text:
    text = Text(words)
    for pattern, style in _STYLES:
        if (found := pattern.match(words)) is not None:
            text.stylize(style, *found.span())
            break
    return text


def play() -> str:
    """What the demo says. Raises SystemExit where it does not end well."""
    from inbox import demo  # noqa: PLC0415 - drawing alone needs no service

    said = io.StringIO()
    with redirect_stdout(said):
        failed = asyncio.run(demo.main())
    if failed:
        sys.exit(said.getvalue())
    return said.getvalue()


def main() -> None:
    """Play the demo, keep what it said, and draw it."""
    transcript = play()
    (HERE / "demo.txt").write_text(transcript, encoding="utf-8")
    (HERE / "demo.svg").write_text(draw(transcript), encoding="utf-8")


if __name__ == "__main__":
    main()
