import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

import connectors
from connectors.telegram.options import TelegramOptions

ROOT = Path(connectors.__file__).parents[1]
TOKEN = "123456:AAE-secret"


def loaded_by(code: str, **environment: str) -> set[str]:
    """The modules that a fresh process has after running ``code``."""
    shown = subprocess.run(
        [sys.executable, "-c", f"{code}; import sys; print(*sys.modules)"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        text=True,
    )
    return set(shown.stdout.split())


def test_a_kind_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(ValueError, match=r"no channel of kind 'pigeon': use one of .*telegram"):
        connectors.load("pigeon")


def test_a_module_that_is_no_kind_is_not_loaded() -> None:
    with pytest.raises(ValueError, match="no channel of kind 'base'"):
        connectors.load("base")


def test_a_kind_makes_its_connector() -> None:
    telegram = connectors.load("telegram")
    connector = telegram.create("acme", telegram.Options.model_validate({"token": TOKEN}))
    assert (connector.account, connector.channel) == ("acme", "telegram")


def test_a_channel_costs_nothing_until_it_is_made() -> None:
    modules = loaded_by("import connectors; connectors.load('telegram').Options")
    assert "connectors.telegram.options" in modules
    assert "aiogram" not in modules
    assert "aiohttp" not in modules


def test_a_connector_of_one_channel_imports_nothing_of_the_desk() -> None:
    make = "t.create('tg', t.Options(token='123456:AAE'))"
    modules = loaded_by(f"import connectors; t = connectors.load('telegram'); {make}")
    assert "aiogram" in modules
    ours = {name.partition(".")[0] for name in modules}
    assert ours.isdisjoint({"inbox", "routing", "config", "discord", "aiosmtplib"})


def test_the_options_of_a_section() -> None:
    options = TelegramOptions(token=SecretStr(TOKEN), api_base="http://127.0.0.1:8081/")
    assert options.api_base == "http://127.0.0.1:8081"
    assert (options.poll_seconds, options.group_per_minute) == (50, 20)
    assert TOKEN not in f"{options!r} {options} {options.model_dump()}"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"token": "AAE-secret-without-number"}, "token must be the one BotFather gave"),
        ({"token": "1:with space"}, "token must be the one BotFather gave"),
        ({"api_base": "api.telegram.org"}, "api_base must be an address"),
        ({"poll_seconds": 51}, "less than or equal to 50"),
        ({"poll_seconds": -1}, "greater than or equal to 0"),
        ({"whole_per_second": 0}, "greater than or equal to 1"),
        ({"tokn": "x"}, "Extra inputs are not permitted"),
    ],
)
def test_a_wrong_option_is_explained_without_quoting_the_token(
    wrong: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says) as raised:
        TelegramOptions.model_validate({"token": TOKEN, **wrong})
    assert "secret" not in str(raised.value)
