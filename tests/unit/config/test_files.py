import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from config import files
from config.errors import ConfigError
from config.toml import overlaid

Write = Callable[[str, str], Path]
Reader = Callable[[Path], object]


@pytest.fixture
def own(tmp_path: Path) -> Write:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_without_a_directory_only_ours_are_there() -> None:
    rules = files.routing()
    assert rules.own == {}
    assert rules.entries == rules.shipped
    assert set(rules.files.values()) == {str(Path(files.__file__).parent / "routing.toml")}


def test_an_empty_directory_changes_nothing(tmp_path: Path) -> None:
    assert files.routing(tmp_path) == files.routing()
    assert files.replies(tmp_path) == files.replies()
    assert files.locales(tmp_path) == files.locales()


def test_a_rule_is_changed_key_by_key_and_new_ones_stand_first(own: Write) -> None:
    directory = own("routing.toml", '[vip]\nteam = "vip"\n[scam]\nteam = "trust"')
    rules = files.routing(directory)
    assert next(iter(rules.entries)) == "vip"
    assert rules.entries["scam"]["team"] == "trust"
    assert rules.entries["scam"]["words"] == rules.shipped["scam"]["words"]
    assert rules.shipped["scam"]["team"] == "security"
    assert rules.files["scam"] == rules.files["vip"] == str(directory / "routing.toml")
    assert rules.files["kyc"] != rules.files["vip"]


def test_replies_are_told_apart_by_language_and_file(own: Write) -> None:
    own("replies/en/a.toml", '[flow.greet]\ntext = "Hi"\n["own.one"]\ntext = "One"')
    directory = own("replies/en/b.toml", "[own.two]\n[own.three.more]\ntext = 'x'")
    english, chinese = files.replies(directory)["en"], files.replies(directory)["zh"]
    assert english.own == {
        "flow.greet": {"text": "Hi"},
        "own.one": {"text": "One"},
        "own.two": {},
        "own.three.more": {"text": "x"},
    }
    assert english.entries["flow.greet"]["text"] == "Hi"
    assert english.entries["flow.greet"]["vars"] == ["ref", "brand"]
    assert english.files["own.two"] == str(directory / "replies/en/b.toml")
    assert chinese.own == {}


def test_what_is_no_toml_in_the_directory_is_left_alone(own: Write) -> None:
    assert files.replies(own("replies/en/README.md", "notes"))["en"].own == {}


def test_phrases_have_dotted_keys(own: Write) -> None:
    directory = own("locales/zh.toml", '[desk]\nclosed = "完"\n[command.close]\nname = "x"')
    assert files.locales(directory)["zh"].own == {"desk.closed": "完", "command.close.name": "x"}


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("routing.toml", files.routing),
        ("replies/zh/a.toml", files.replies),
        ("locales/zh.toml", files.locales),
    ],
)
def test_a_file_that_is_no_toml_is_named(name: str, read: Reader, own: Write) -> None:
    directory = own(name, "[broken")
    with pytest.raises(ConfigError) as mistake:
        read(directory)
    assert str(mistake.value).startswith(f"{directory / name} is not valid TOML: ")


def test_a_key_that_is_written_twice_is_an_error(own: Write) -> None:
    own("replies/en/a.toml", "[x.y]\ntext = 'a'")
    directory = own("replies/en/b.toml", "['x.y']\ntext = 'b'")
    with pytest.raises(ConfigError) as mistake:
        files.replies(directory)
    first, second = directory / "replies/en/a.toml", directory / "replies/en/b.toml"
    assert str(mistake.value) == f"{second} holds 'x.y', which is already in {first}."


@pytest.mark.parametrize(
    ("name", "read", "stranger"),
    [
        ("replies/fr/a.toml", files.replies, "replies/fr"),
        ("locales/fr.toml", files.locales, "locales/fr.toml"),
    ],
)
def test_a_language_that_is_not_spoken_is_an_error(
    name: str, read: Reader, stranger: str, own: Write
) -> None:
    directory = own(name, "")
    with pytest.raises(ConfigError) as mistake:
        read(directory)
    assert str(mistake.value) == f"{directory / stranger} belongs to none of the languages en, zh."


@pytest.mark.parametrize("read", [files.routing, files.replies, files.locales])
def test_a_directory_that_is_none_is_named(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="which is no directory"):
        read(tmp_path / "none")


def test_laying_over_replaces_what_is_no_table_on_both_sides() -> None:
    under = {"a": {"x": 1, "y": {"z": 1}}, "b": 1, "c": {"x": 1}, "d": 1}
    over = {"e": 1, "a": {"y": {"w": 2}}, "b": {"x": 2}, "c": 2}
    merged = overlaid(under, over)
    assert merged == {
        "e": 1,
        "a": {"y": {"w": 2, "z": 1}, "x": 1},
        "b": {"x": 2},
        "c": 2,
        "d": 1,
    }
    assert list(merged) == ["e", "a", "b", "c", "d"]
    assert under["a"] == {"x": 1, "y": {"z": 1}}


def test_every_shipped_file_is_read() -> None:
    root = Path(files.__file__).parent
    read = {path for layers in files.replies().values() for path in layers.files.values()}
    assert read == {str(path) for path in root.glob("replies/*/*.toml")}
    keys = [key for layers in files.replies().values() for key in layers.shipped]
    assert len(keys) == sum(
        len(group) for path in read for group in tomllib.loads(Path(path).read_text()).values()
    )
