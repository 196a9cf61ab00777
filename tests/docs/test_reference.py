"""The reference names all there is: keys, variables, metrics, commands, outcomes, modules."""

import ast
import pkgutil
import re
from typing import Any

import pytest
import typer.main
from pydantic import BaseModel
from typer.core import TyperGroup

import connectors
from config import settings
from config.environment import OTHER
from connectors import base
from inbox import cli, desk, web
from routing.typed import SLASHES
from tests.docs.pages import ROOT, page

SETTINGS = page("docs/reference/settings.md")
EXAMPLE = (ROOT / "config/inbox.example.toml").read_text(encoding="utf-8")
KINDS = sorted(one.name for one in pkgutil.iter_modules(connectors.__path__) if one.ispkg)
ROWS = re.MULTILINE
PACKAGES = ("inbox", "connectors", "routing", "config", "bench")


def options(kind: str) -> dict[str, Any]:
    model: type[BaseModel] = connectors.load(kind).Options
    return dict(model.model_fields)


def agents() -> set[str]:
    return {f"agents.{name}" for name in settings.Agent.model_fields}


def in_example(section: str, key: str) -> bool:
    """Whether the example shows the key, commented out, in that section."""
    found = re.search(rf"^#\[+{section}\]+$(.*?)(?=^#\[|\Z)", EXAMPLE, ROWS | re.DOTALL)
    return found is not None and bool(re.search(rf"^#{key} = ", found[1], ROWS))


def written(default: object) -> str:
    """A default as the reference writes it."""
    return str(default).lower() if isinstance(default, bool) else str(default)


# --- settings --------------------------------------------------------------------


@pytest.mark.parametrize("key", sorted({*settings.keys(), *agents()} - {"agents"}))
def test_every_setting_stands_in_the_reference_and_in_the_example(key: str) -> None:
    assert f"| `{key}` |" in SETTINGS.text
    section, _, name = key.partition(".")
    if name.endswith("_file"):
        assert name in EXAMPLE
        return
    assert in_example(section, name)


@pytest.mark.parametrize(("kind", "key"), [(k, key) for k in KINDS for key in options(k)])
def test_every_option_of_a_connector_stands_in_both(kind: str, key: str) -> None:
    assert f"| `{key}` |" in SETTINGS.text
    found = re.search(rf"^#\[connectors\.{kind}\]$(.*?)(?=^#\[|\Z)", EXAMPLE, ROWS | re.DOTALL)
    assert found is not None
    assert re.search(rf"^#{key} = ", found[1], ROWS)


def test_the_reference_names_no_setting_that_there_is_not() -> None:
    known = {*settings.keys(), *agents(), "kind"}.union(*(options(kind) for kind in KINDS))
    named = set(re.findall(r"^\| `([a-z_.]+)` \|", SETTINGS.text, ROWS))
    assert named - known == set()


def test_the_defaults_in_the_reference_are_the_real_ones() -> None:
    told = re.findall(r"^\| `(\w+)\.(\w+)` \| `([^`]*)` \|", SETTINGS.text, ROWS)
    assert len(told) > 10
    for section, name, text in told:
        kinds: dict[str, type[BaseModel]] = {"desk": settings.Desk, "agents": settings.Agent}
        model = kinds.get(section) or type(getattr(settings.Settings(), section))
        assert text.strip('"') == written(model.model_fields[name].default), name


@pytest.mark.parametrize("kind", KINDS)
def test_the_defaults_of_options_in_the_reference_are_the_real_ones(kind: str) -> None:
    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]*)` \|", SETTINGS.text, ROWS))
    for name, field in options(kind).items():
        assert name not in told or told[name] == written(field.default), name


@pytest.mark.parametrize("name", sorted(OTHER))
def test_every_variable_that_is_no_setting_is_explained(name: str) -> None:
    assert f"| `{name}` |" in SETTINGS.text


# --- metrics, commands, outcomes -----------------------------------------------------


@pytest.mark.parametrize("name", sorted(web.METRICS))
def test_every_metric_is_explained(name: str) -> None:
    assert f"| `{name}` |" in page("docs/reference/metrics.md").text


def test_no_metric_is_explained_that_there_is_not() -> None:
    named = set(re.findall(r"^\| `(inbox_\w+)` \|", page("docs/reference/metrics.md").text, ROWS))
    assert named == set(web.METRICS)


def program() -> TyperGroup:
    group = typer.main.get_command(cli.app)
    assert isinstance(group, TyperGroup)
    return group


def test_every_command_of_the_program_is_explained_and_no_other() -> None:
    named = re.findall(r"^\| `inbox (\w+)` \|", page("docs/reference/cli.md").text, ROWS)
    assert sorted(named) == sorted(program().commands)


def test_every_option_of_the_program_is_explained() -> None:
    group = program()
    found = {o for c in (group, *group.commands.values()) for p in c.params for o in p.opts}
    text = page("docs/reference/cli.md").text
    assert {option for option in found if option not in text} == set()


@pytest.mark.parametrize("word", sorted({*desk.NAMES, *desk.COMMANDS}))
def test_every_desk_command_is_explained_to_developers_and_agents(word: str) -> None:
    for name in ("docs/reference/commands.md", "docs/handbook/en.md", "docs/handbook/zh.md"):
        assert re.search(rf"/{word}(?!\w)", page(name).text), name


def test_no_desk_command_is_explained_that_there_is_not() -> None:
    for name in ("docs/reference/commands.md", "docs/handbook/en.md", "docs/handbook/zh.md"):
        rows = re.findall(r"^\| (`/[^|]*)\| ([^|]*)\|", page(name).text, ROWS)
        named = {w for row in rows for w in re.findall(r"`/(\w+)", " ".join(row))}
        assert named - set(desk.NAMES) == set(), name


def test_every_shape_of_the_slash_is_named() -> None:
    named = page("docs/reference/commands.md").words
    assert {slash for slash in SLASHES if slash not in named} == set()


def test_every_outcome_and_reason_is_explained() -> None:
    words = page("docs/reference/outcomes.md").words
    outcomes = {"Sent", *(kind.__name__ for kind in base.Outcome.__subclasses__())}
    assert outcomes | {reason.value for reason in base.Reason} <= words


# --- the house -----------------------------------------------------------------------


def test_every_module_of_the_desk_stands_in_the_picture_of_the_house() -> None:
    modules = {f"inbox/{path.name}" for path in (ROOT / "inbox").glob("[!_]*.py")}
    assert modules - page("ARCHITECTURE.md").words == set()


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), ROWS))
    for name in ("README.md", "CONTRIBUTING.md", "docs/tutorial.md", "ARCHITECTURE.md"):
        named = re.findall(r"(?:^|`)make ([a-z-]+)", page(name).text, ROWS)
        assert set(named) <= targets, name


def _undocumented() -> list[str]:
    missing = []
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            made = "migrations/versions" in path.as_posix() or not path.stat().st_size
            if not made and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) is None:
                missing.append(path.relative_to(ROOT).as_posix())
    return missing


def test_every_module_says_what_it_is() -> None:
    assert _undocumented() == []
