"""The commands an operator types. Errors are one sentence; a wrong setting exits with 2."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from config import settings as configuration
from config.errors import ConfigError
from config.settings import Settings
from inbox import __version__, logs
from inbox.store import Store, StoreDownError

WRONG_SETTING = 2
FAILED = 1

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Support desk for Telegram, Discord and e-mail. Agents work in one Telegram group.",
)
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", "-c", help="The TOML file. INBOX_CONFIG names it too.", metavar="FILE"
    ),
]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"support-inbox {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Options that stand before a command."""


@app.command()
def run(config: Config = None) -> None:
    """Serve until SIGTERM or Ctrl-C."""
    gc.disable()  # what loads now stays, and need not be walked again and again
    from inbox.app import App  # noqa: PLC0415 - the other commands need not load it

    settings = _load(config)
    if not settings.connectors:
        raise ConfigError("No [connectors.…] section is set: there is nothing to serve.")
    logs.set_up(settings.log.level, settings.log.format)
    service = App(settings)
    gc.freeze()
    gc.enable()
    _until_signal(service.run)


@app.command()
def check(config: Config = None) -> None:
    """Test every credential and right against the real services, and say what to mend."""
    from inbox.app import check as look  # noqa: PLC0415

    findings = asyncio.run(look(_load(config)))
    for finding in findings:
        typer.echo(f"{'✗' if finding.problem else '✓'} {finding.what}  {finding.problem}".rstrip())
    if any(finding.problem for finding in findings):
        raise typer.Exit(FAILED)


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database up to date. `inbox run` does it by itself."""
    settings = _load(config)

    async def upgrade() -> None:
        store = Store(settings.database.url)
        await store.open()
        await store.close()

    asyncio.run(upgrade())
    typer.echo("The database is up to date.")


@app.command()
def demo() -> None:
    """Play the main job against the sandbox: no account, no network."""
    from inbox import demo as play  # noqa: PLC0415

    raise typer.Exit(asyncio.run(play.main()))


def _load(path: Path | None) -> Settings:
    return configuration.load(path, os.environ)


def _until_signal(serve: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """The one owner of the signals. A second one ends at once."""

    async def until() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _told, number, stop)
        await serve(stop)

    def _told(number: int, stop: asyncio.Event) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    asyncio.run(until())


def main() -> None:
    """Run a command; turn what an operator can mend into one sentence."""
    try:
        app()
    except ConfigError as error:
        typer.echo(f"inbox: {logs.redact(str(error))}", err=True)
        sys.exit(WRONG_SETTING)
    except StoreDownError as error:
        typer.echo(f"inbox: {logs.redact(str(error))}", err=True)
        sys.exit(FAILED)
