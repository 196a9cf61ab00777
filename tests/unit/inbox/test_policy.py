"""What use cases know of the configuration, and what is wrong with it, in one sentence."""

from pathlib import Path

import pytest

from config.errors import ConfigError
from config.settings import load
from inbox.app import build_connectors, menus
from inbox.desk import COMMANDS
from routing.words import Facts
from tests.unit.inbox.memory import ROOM
from tests.unit.inbox.parts import policy

REPLY = """
[own.hello]
kind = "reply"
purpose = "x"
vars = []
text = "{text}"
"""


def _write(directory: Path, name: str, text: str) -> Path:
    file = directory / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return directory


def test_the_shipped_files_are_whole() -> None:
    made = policy()
    assert made.desk is not None
    assert made.desk.id == ROOM
    assert made.book.find("flow.ack") is not None
    assert "{{" not in made.phrases.say("zh", "desk.stranger", id="7")


def test_an_operators_own_reply_is_in_the_book(tmp_path: Path) -> None:
    for language, text in (("en", "Hello!"), ("zh", "你好!")):
        _write(tmp_path, f"replies/{language}/own.toml", REPLY.format(text=text))
    made = policy(tmp_path)
    assert made.book.text("own.hello", "zh") == "你好!"


def test_an_operators_own_rule_decides(tmp_path: Path) -> None:
    rule = '[vip]\nwords = ["vip"]\nteam = "gold"\npriority = "high"\n'
    made = policy(_write(tmp_path, "routing.toml", rule))
    facts = Facts(account="a", channel="telegram", signs=made.read("I am a VIP"), new=True)
    decision = made.decide(facts)
    assert (decision.team, int(decision.priority)) == ("gold", 2)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("replies/en/own.toml", '[own.x]\ntext = "{{hole}}"\nvars = []', "hole"),
        ("routing.toml", '[x]\nacknowledge = "no.such"', "no.such"),
        ("routing.toml", "[x]\npriority = 7", "priority"),
        ("locales/en.toml", "[desk]\nnosuch = 'x'", "nosuch"),
        ("replies/en/own.toml", "not toml at all [", "own.toml"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, name: str, text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as told:
        policy(_write(tmp_path, name, text))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"INBOX_CONNECTORS__TELEGRAM__TOKEN": "no token"}, "connectors.telegram.token is wrong"),
        ({"INBOX_CONNECTORS__TELEGRAM__API_BASE": "x"}, "connectors.telegram"),
        ({"INBOX_CONNECTORS__CARRIER__KIND": "pigeon"}, "connectors.carrier.kind is wrong"),
        (
            {"INBOX_CONNECTORS__TELEGRAM__TOKEN": "1:x", "INBOX_CONNECTORS__TELEGRAM__COLOUR": "b"},
            "connectors.telegram.colour is wrong",
        ),
    ],
)
def test_a_wrong_connector_names_its_key(environ: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError, match=says) as told:
        build_connectors(load(None, environ))
    assert "no token" not in str(told.value), "it may be a secret"


def test_menus_show_every_command_in_both_languages() -> None:
    shown = menus(policy())
    assert {menu.language for menu in shown} == {"", "zh"}
    for menu in shown:
        assert menu.room == ROOM
        assert [command.name for command in menu.commands] == list(COMMANDS)
        assert all(command.help for command in menu.commands)


def test_without_a_desk_there_is_no_menu() -> None:
    from dataclasses import replace  # noqa: PLC0415

    assert menus(replace(policy(), desk=None)) == []
