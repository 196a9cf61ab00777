"""The program as an operator starts it: a process, its words and its exit code."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from inbox import __version__
from tests.service import TOKEN, Stage, free_port, stage

ROOT = Path(__file__).parents[3]


async def _start(*arguments: str, **environ: object) -> Process:
    """`inbox` with these arguments, and no settings but these."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("INBOX_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inbox", *arguments),
        cwd=ROOT,
        env={**clean, **{key: str(value) for key, value in environ.items()}},
        stdout=PIPE,
        stderr=PIPE,
    )


async def _inbox(*arguments: str, **environ: object) -> tuple[int | None, str, str]:
    """Its exit code, and what it said on both channels."""
    process = await _start(*arguments, **environ)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def set_up(tmp_path: Path) -> AsyncIterator[tuple[Stage, dict[str, object]]]:
    """A stage, and the settings of a service for it."""
    async with stage() as raised:
        yield (
            raised,
            {
                "INBOX_DATABASE__URL": f"sqlite:///{tmp_path}/inbox.db",
                "INBOX_DATA__PATH": tmp_path,
                "INBOX_WEB__PORT": free_port(),
                "INBOX_CONNECTORS__TELEGRAM__TOKEN": TOKEN,
                "INBOX_CONNECTORS__TELEGRAM__API_BASE": raised.sandbox.base,
                "INBOX_DESK__GROUP": raised.group.id,
                "INBOX_AGENTS": f'[{{"name": "Mia", "telegram": {raised.agent.id}}}]',
            },
        )


async def test_it_tells_its_version_and_its_commands() -> None:
    version, shown = await asyncio.gather(_inbox("--version"), _inbox("--help"))
    assert version == (0, f"support-inbox {__version__}\n", "")
    assert shown[0] == 0
    assert all(command in shown[1] for command in ("run", "check", "migrate", "demo"))


@pytest.mark.parametrize(
    ("arguments", "environ", "says"),
    [
        (("run",), {"INBOX_DATABSE__URL": "sqlite:///x"}, "did you mean INBOX_DATABASE__URL"),
        (("run", "--config", "/no/such.toml"), {}, "/no/such.toml"),
        (("run",), {}, "No [connectors.…] section is set"),
    ],
)
async def test_a_wrong_setting_is_one_sentence_and_exit_2(
    arguments: tuple[str, ...], environ: dict[str, str], says: str
) -> None:
    code, out, err = await _inbox(*arguments, **environ)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert line.startswith("inbox: ")
    assert says in line


async def test_migrate_brings_the_database_up_to_date(tmp_path: Path) -> None:
    code, out, err = await _inbox("migrate", INBOX_DATABASE__URL=f"sqlite:///{tmp_path}/inbox.db")
    assert (code, out, err) == (0, "The database is up to date.\n", "")
    assert (tmp_path / "inbox.db").exists()


async def test_a_database_that_is_away_is_one_sentence_and_exit_1() -> None:
    url = "postgresql://inbox:hunter2@127.0.0.1:1/inbox"
    code, out, err = await _inbox("migrate", INBOX_DATABASE__URL=url)
    assert (code, out, len(err.splitlines())) == (1, "", 1)
    assert "the database cannot be used" in err
    assert "hunter2" not in err


async def test_check_finds_nothing_where_all_is_well(
    set_up: tuple[Stage, dict[str, object]],
) -> None:
    code, out, err = await _inbox("check", **set_up[1])
    assert (code, err) == (0, "")
    assert "✗" not in out
    assert len(out.splitlines()) >= 3


async def test_check_says_what_is_missing(set_up: tuple[Stage, dict[str, object]]) -> None:
    raised, environ = set_up
    raised.group.add(raised.bot, admin=True, rights={"can_delete_messages"})
    environ = {**environ, "INBOX_AGENTS": "[]", "INBOX_DATABASE__URL": "sqlite:////dev/null/x.db"}
    code, out, _ = await _inbox("check", **environ)
    wrong = [line for line in out.splitlines() if line.startswith("✗")]
    assert code == 1
    assert any("topics" in line for line in wrong)
    assert any("[[agents]]" in line for line in wrong)
    assert any("database" in line for line in wrong)


async def _until_ready(environ: dict[str, object], process: Process) -> None:
    async with httpx.AsyncClient() as client:
        for _ in range(300):
            assert process.returncode is None, (await process.communicate())[1].decode()
            try:
                url = f"http://127.0.0.1:{environ['INBOX_WEB__PORT']}/readyz"
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError("it was never ready")


@pytest.mark.faults
async def test_run_serves_until_sigterm_and_there_is_only_one(
    set_up: tuple[Stage, dict[str, object]],
) -> None:
    raised, environ = set_up
    process = await _start("run", **environ)
    await _until_ready(environ, process)
    ann = raised.sandbox.user("Ann", language="en")
    ann.write(raised.bot, "hello")
    await raised.sandbox.until(lambda: len(ann.chat(raised.bot).messages) == 2, timeout=10)

    second = await _inbox("run", **environ)
    assert second[0] == 2
    assert "another `inbox run` uses" in second[2]

    process.send_signal(signal.SIGTERM)
    _, err = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == 0, err.decode()
    assert "Traceback" not in err.decode()
    assert "hello" not in err.decode(), "logs hold no words of people"
    assert TOKEN not in err.decode()
