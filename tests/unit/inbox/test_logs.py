"""No token, password or address leaves in a log, at any level, ours or a library's."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from inbox import logs

TOKEN = "123456789:AAEhBOweik6ad9r_abcdefghijklmnop"
SECRETS = {
    "a Telegram token": f"bot {TOKEN} failed",
    "a token in an address": f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
    "a Discord token": "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
    "a password in an address": "postgresql://inbox:hunter2secret@db.example/inbox",
    "a bearer token": "Authorization: Bearer abc.def-ghi~123",
    "an address": "mail from ann.lee+x@example.co.uk bounced",
}
HIDDEN = (TOKEN, "ZnCjm1XVW7", "hunter2secret", "abc.def-ghi", "ann.lee", "example.co.uk")


@pytest.fixture(params=["json", "console"])
def shape(request: pytest.FixtureRequest) -> Iterator[str]:
    """Logs as they are set up, and afterwards as they were."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield request.param
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def _told(capsys: pytest.CaptureFixture[str]) -> str:
    told = capsys.readouterr()
    assert told.out == ""
    return told.err


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_secrets_are_blotted_out(text: str) -> None:
    redacted = logs.redact(text)
    assert "[redacted]" in redacted
    assert not any(hidden in redacted for hidden in HIDDEN)


@pytest.mark.parametrize(
    "text", ["desk/-1002000000003", "7QK2-MX4C", "2026-01-05T12:00:00Z", "123456:7 parts", ""]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert logs.redact(text) == text


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_our_own_logs_hide_them_at_every_level(
    shape: str, capsys: pytest.CaptureFixture[str], level: str, text: str
) -> None:
    logs.set_up("DEBUG", shape)
    log = structlog.get_logger("inbox.test")
    getattr(log, level)(f"it said {text}", why=text, more={"deep": [text]}, error=ValueError(text))
    told = _told(capsys)
    assert "it said" in told
    assert not any(hidden in told for hidden in HIDDEN)


@pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS.keys())
def test_libraries_logs_and_exceptions_hide_them(
    shape: str, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    logs.set_up("DEBUG", shape)

    def fail() -> None:
        raise RuntimeError(text)

    try:
        fail()
    except RuntimeError:
        logging.getLogger("some.library").exception("failed for %s", text)
        structlog.get_logger("inbox.test").exception("failed", why=text)
    told = _told(capsys)
    assert told.count("RuntimeError") >= 2
    assert not any(hidden in told for hidden in HIDDEN)


def test_what_a_failing_function_held_is_not_shown(
    shape: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Tracebacks that show variables show what people wrote."""
    logs.set_up("DEBUG", shape)

    def fail(words: str) -> float:
        return len(words) / 0

    try:
        fail("my seed " + "is abandon")
    except ZeroDivisionError:
        structlog.get_logger("inbox.test").exception("failed")
    told = _told(capsys)
    assert "ZeroDivisionError" in told
    assert "seed is abandon" not in told


def test_a_json_line_is_one_object(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        logs.set_up("INFO", "json")
        structlog.get_logger("inbox.test").info("delivery.sent", delivery=7, text="多谢\n")
        (line,) = _told(capsys).splitlines()
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers.clear()
    told = json.loads(line)
    assert (told["event"], told["delivery"], told["level"]) == ("delivery.sent", 7, "info")
    assert "多谢" in line


def test_below_its_level_nothing_is_said(shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("WARNING", shape)
    structlog.get_logger("inbox.test").info("quiet")
    assert _told(capsys) == ""
