import re
import tomllib
from pathlib import Path
from typing import Protocol

import pytest
from pydantic import ValidationError

from config.environment import variable
from config.errors import ConfigError
from config.settings import Agent, Role, Settings, keys, load

SECRET = "123456789:AAE-canary"
DESK = '[connectors.telegram]\ntoken = "x"\n[desk]\n'


class Write(Protocol):
    def __call__(self, text: str, name: str = ...) -> Path: ...


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str, name: str = "inbox.toml") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problem(path: Path | None, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(ConfigError) as mistake:
        load(path, environ or {})
    sentence = str(mistake.value)
    assert re.fullmatch(r"[^\n]+\.", sentence)
    assert SECRET not in sentence
    assert mistake.value.__cause__ is None
    return sentence


# --- what is read ------------------------------------------------------------


def test_without_file_and_environment_the_defaults_hold() -> None:
    settings = load(None, {})
    assert settings.database.url == "sqlite:///data/inbox.db"
    assert settings.data.path == Path("data")
    assert (settings.web.host, settings.web.port) == ("127.0.0.1", 8080)
    assert settings.web.public_url == ""
    assert settings.service.brand == "Support"
    assert settings.service.default_language == "en"
    assert not settings.service.language_fallback
    assert settings.service.reopen_days == 7
    assert settings.files.directory is None
    assert (settings.log.level, settings.log.format) == ("INFO", "json")
    assert settings.connectors == {}
    assert settings.desk is None
    assert settings.agents == ()


def test_a_whole_file_is_read(write: Write) -> None:
    settings = load(
        write(
            """
            database.url = "postgresql://inbox@db/inbox"
            data.path = "/srv/inbox"
            web = { host = "::", port = 0, public_url = "https://desk.example/" }
            service.brand = "币所"
            service.default_language = "zh"
            service.language_fallback = true
            service.reopen_days = 0
            files.path = "own"
            log = { level = "DEBUG", format = "console" }
            desk = { connector = "vip", group = -100123, language = "zh" }

            [connectors.telegram]
            token = "1:a"
            [connectors.vip]
            kind = "telegram"
            token = "2:b"
            poll_seconds = 20

            [[agents]]
            name = "Li"
            telegram = 5
            [[agents]]
            name = "Ann"
            telegram = 6
            role = "lead"
            """
        ),
        {},
    )
    assert settings.database.url == "postgresql://inbox@db/inbox"
    assert settings.data.path == Path("/srv/inbox")
    assert (settings.web.host, settings.web.port) == ("::", 0)
    assert settings.web.public_url == "https://desk.example"
    assert (settings.service.brand, settings.service.reopen_days) == ("币所", 0)
    assert settings.service.language_fallback
    assert settings.files.directory == Path("own")
    assert settings.log.format == "console"
    assert settings.desk
    assert (settings.desk.connector, settings.desk.group) == ("vip", "-100123")
    assert settings.connectors["telegram"].kind == "telegram"
    assert settings.connectors["telegram"].options == {"token": "1:a"}
    assert settings.connectors["vip"].kind == "telegram"
    assert settings.connectors["vip"].options == {"token": "2:b", "poll_seconds": 20}
    assert settings.agents == (
        Agent(name="Li", telegram=5),
        Agent(name="Ann", telegram=6, role=Role.LEAD),
    )


def test_the_environment_may_name_the_file_but_the_argument_wins(write: Write) -> None:
    named = write('[service]\nbrand = "Named"', "named.toml")
    given = write('[service]\nbrand = "Given"', "given.toml")
    environ = {"INBOX_CONFIG": str(named)}
    assert load(None, environ).service.brand == "Named"
    assert load(given, environ).service.brand == "Given"
    assert load(None, {"INBOX_CONFIG": ""}).service.brand == "Support"


def test_a_file_may_begin_with_a_byte_order_mark(write: Write) -> None:
    assert load(write("\ufeff[log]\nlevel = 'ERROR'"), {}).log.level == "ERROR"


def test_the_environment_wins_over_the_file_key_by_key(write: Write) -> None:
    path = write('[web]\nhost = "::"\nport = 1\n[connectors.telegram]\ntoken = "1:a"\nx = 1')
    settings = load(
        path, {"INBOX_WEB__PORT": "9000", "INBOX_CONNECTORS__TELEGRAM__TOKEN": "2:b", "HOME": "/"}
    )
    assert (settings.web.host, settings.web.port) == ("::", 9000)
    assert settings.connectors["telegram"].options == {"token": "2:b", "x": 1}


def test_values_of_the_environment_have_the_types_of_their_keys() -> None:
    settings = load(
        None,
        {
            "INBOX_WEB__PORT": "9000",
            "INBOX_SERVICE__LANGUAGE_FALLBACK": "true",
            "INBOX_SERVICE__REOPEN_DAYS": "3",
            "INBOX_DATA__PATH": "/srv",
            "INBOX_DESK__GROUP": "-100123",
            "INBOX_CONNECTORS__TELEGRAM__TOKEN": "1:a",
            "INBOX_AGENTS": '[{"name": "Li", "telegram": 5, "role": "admin"}]',
        },
    )
    assert settings.web.port == 9000
    assert settings.service.language_fallback is True
    assert settings.service.reopen_days == 3
    assert settings.data.path == Path("/srv")
    assert settings.desk
    assert settings.desk.group == "-100123"
    assert settings.agents == (Agent(name="Li", telegram=5, role=Role.ADMIN),)


def test_the_environment_alone_may_make_a_connector_and_its_values_stay_texts() -> None:
    settings = load(
        None,
        {
            "INBOX_CONNECTORS__VIP__KIND": "telegram",
            "INBOX_CONNECTORS__VIP__IMAP_PASSWORD": "0123",
            "INBOX_CONNECTORS__VIP__TLS": "true",
        },
    )
    assert settings.connectors["vip"].kind == "telegram"
    assert settings.connectors["vip"].options == {"imap_password": "0123", "tls": "true"}


@pytest.mark.parametrize("key", keys())
def test_every_key_can_be_set_by_its_variable(key: str, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("sqlite:///other.db\n")
    values = {
        "agents": '[{"name": "Li", "telegram": 5}]',
        "database.url": "postgresql://other",
        "database.url_file": str(tmp_path / "url"),
        "data.path": "other",
        "web.port": "1",
        "web.public_url": "http://other",
        "service.default_language": "zh",
        "service.language_fallback": "1",
        "service.reopen_days": "1",
        "log.level": "ERROR",
        "log.format": "console",
        "desk.group": "other",
        "desk.language": "zh",
    }
    base = {"INBOX_CONNECTORS__TELEGRAM__X": "", "INBOX_CONNECTORS__OTHER__X": ""}
    if key.startswith("desk."):
        base["INBOX_DESK__GROUP"] = "1"
    changed = load(None, base | {variable(key): values.get(key, "other")})
    assert changed != load(None, base)


@pytest.mark.parametrize("name", ["INBOX_CONFIG", "INBOX_SLIM_IMPORT", "INBOX_TEST_POSTGRES"])
def test_names_that_are_ours_without_being_settings_are_left_alone(name: str, write: Write) -> None:
    assert load(write(""), {name: "x"}) == load(None, {})


# --- secrets -----------------------------------------------------------------


def test_a_secret_may_stand_in_a_file_of_its_own(write: Write) -> None:
    token = write(f"\n{SECRET}\n", "token")
    url = write("postgresql://inbox:pw@db/inbox\n", "url")
    path = write(
        f'[database]\nurl_file = "{url}"\n[connectors.telegram]\ntoken_file = "{token}"\nx = 1'
    )
    settings = load(path, {"INBOX_CONNECTORS__MAIL__IMAP_PASSWORD_FILE": str(token)})
    assert settings.database.url == "postgresql://inbox:pw@db/inbox"
    assert settings.connectors["telegram"].options == {"token": SECRET, "x": 1}
    assert settings.connectors["mail"].options == {"imap_password": SECRET}


def test_secrets_are_not_shown(write: Write) -> None:
    settings = load(
        write(f'[connectors.telegram]\ntoken = "{SECRET}"'),
        {"INBOX_DATABASE__URL": f"postgresql://inbox:{SECRET}@db/inbox"},
    )
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings)


def test_a_secret_given_twice_is_an_error(write: Write) -> None:
    path = write(f'[connectors.telegram]\ntoken = "{SECRET}"\ntoken_file = "t"')
    assert problem(path) == (
        "connectors.telegram.token and connectors.telegram.token_file are both set; keep one."
    )
    assert problem(
        write('[database]\nurl_file = "t"'), {"INBOX_DATABASE__URL": f"sqlite:///{SECRET}"}
    ) == ("database.url and database.url_file are both set; keep one.")


def test_a_secret_whose_file_does_not_give_it_is_an_error(write: Write, tmp_path: Path) -> None:
    key = "INBOX_CONNECTORS__TELEGRAM__TOKEN_FILE"
    start = "The file that connectors.telegram.token_file names"
    assert problem(None, {key: str(tmp_path / "none")}) == (
        f"{start} cannot be read: No such file or directory."
    )
    assert problem(None, {key: str(tmp_path)}) == f"{start} cannot be read: Is a directory."
    assert problem(None, {key: str(write(" \n", "empty"))}) == f"{start} is empty."
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert problem(None, {key: str(tmp_path / "bytes")}) == (
        f"{start} cannot be read: it is not text."
    )
    assert problem(write("[connectors.telegram]\ntoken_file = 5")) == (
        "connectors.telegram.token_file must be the path of a file."
    )


# --- mistakes ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[wbe]\nport = 1", "wbe is no setting; did you mean web."),
        ("zzzzzz = 1", "zzzzzz is no setting."),
        ("_env_file = 'x'", "_env_file is no setting."),
        ("[web]\nprot = 1", "web.prot is no setting; did you mean web.port."),
        ("[web]\nport = 'many'", "web.port is wrong: input should be a valid integer"),
        ("[web]\nport = true", "web.port is wrong: it must be a number."),
        ("[web]\nport = 70000", "web.port is wrong: input should be less than or equal to 65535."),
        ("[web]\nport = -1", "web.port is wrong: input should be greater than or equal to 0."),
        ("[web]\nhost = ''", "web.host is wrong"),
        ("[web]\nhost = 5", "web.host is wrong: input should be a valid string."),
        ("[web]\npublic_url = 'desk'", "web.public_url is wrong: it must begin with https://"),
        ("web = 5", "web is wrong: input should be a valid dictionary"),
        ("database = 5", "database is wrong: input should be a valid dictionary"),
        ("[log]\nlevel = 'LOUD'", "log.level is wrong: input should be 'DEBUG', 'INFO',"),
        ("[log]\nformat = 'xml'", "log.format is wrong: input should be 'json' or 'console'."),
        ("[service]\ndefault_language = 'fr'", "service.default_language is wrong"),
        ("[service]\nreopen_days = -1", "service.reopen_days is wrong"),
        ("[service]\nlanguage_fallback = 'so'", "service.language_fallback is wrong"),
        ("[desk]\nlanguage = 'en'", "desk.group is missing."),
        (DESK + "group = true", "desk.group is wrong: input should be a valid string."),
        (DESK + "group = ''", "desk.group is wrong"),
        ("[desk]\ngroup = 1", "desk.connector must name one of the [connectors] sections."),
        ("connectors = 5", "connectors is wrong: input should be a valid"),
        ("[connectors]\ntelegram = 5", "connectors.telegram is wrong: input should be a valid"),
        ("[connectors.telegram]\nkind = 5", "connectors.telegram.kind is wrong"),
        ("[connectors.Bot]", "connectors.Bot must be named in lower case letters."),
        ("[connectors.a__b]", "connectors.a__b must be named in lower case letters."),
        ("[agents]\nname = 'Li'", "agents is wrong"),
        ("[[agents]]\nname = 'Li'", "agents.0.telegram is missing."),
        ("[[agents]]\ntelegram = 5", "agents.0.name is missing."),
        ("[[agents]]\nname = 'Li'\ntelegram = 0", "agents.0.telegram is wrong"),
        ("[[agents]]\nname = 'Li'\ntelegram = 5\nrole = 'boss'", "agents.0.role is wrong"),
        (
            "[[agents]]\nname = 'Li'\ntelegramm = 5\ntelegram = 5",
            "agents.0.telegramm is no setting; did you mean agents.telegram.",
        ),
        (
            "[[agents]]\nname = 'A'\ntelegram = 5\n[[agents]]\nname = 'B'\ntelegram = 5",
            "agents holds the same telegram id twice.",
        ),
        ("[web", "inbox.toml is not valid TOML: "),
    ],
)
def test_a_mistake_in_the_file_is_one_sentence_that_names_the_key(
    text: str, sentence: str, write: Write
) -> None:
    assert sentence in problem(write(text))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("INBOX_WEB__PROT", "INBOX_WEB__PROT in the environment is no setting; did you mean "),
        ("INBOX_WEB_PORT", "did you mean INBOX_WEB__PORT."),
        ("INBOX_ZZZZZZ", "INBOX_ZZZZZZ in the environment is no setting."),
        ("INBOX_", "INBOX_ in the environment is no setting."),
        ("INBOX_WEB", "INBOX_WEB in the environment is no setting"),
        ("INBOX_CONNECTORS", "INBOX_CONNECTORS in the environment is no setting"),
        ("INBOX_CONNECTORS__TELEGRAM", "INBOX_CONNECTORS__TELEGRAM in the environment is no"),
        ("INBOX_CONNECTORS__TELEGRAM__", "INBOX_CONNECTORS__TELEGRAM__ in the environment is no"),
        ("INBOX_CONNECTORS__A__B__C", "INBOX_CONNECTORS__A__B__C in the environment is no setting"),
        ("INBOX_AGENTS__NAME", "INBOX_AGENTS__NAME in the environment is no setting"),
        ("INBOX_AGENTS", "INBOX_AGENTS in the environment must be a JSON list."),
        ("INBOX_DATABASE__URL", "database.url is wrong: it must begin with sqlite:/// or"),
    ],
)
def test_a_mistake_in_the_environment_is_one_sentence_that_names_the_variable(
    name: str, sentence: str
) -> None:
    assert sentence in problem(None, {name: SECRET})


@pytest.mark.parametrize("agents", ["5", "{}", '"Li"', "[5]"])
def test_agents_in_the_environment_are_a_list_of_tables(agents: str) -> None:
    assert problem(None, {"INBOX_AGENTS": agents}).startswith("agents")


@pytest.mark.parametrize("url", ["mysql://db/x", "sqlite://x", "sqlite:///", "postgres://x", ""])
def test_only_the_engines_there_are_may_be_named(url: str) -> None:
    assert "database.url is wrong" in problem(None, {"INBOX_DATABASE__URL": url})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert problem(tmp_path / "no.toml") == (
        f"{tmp_path / 'no.toml'} cannot be read: No such file or directory."
    )
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    assert "bytes.toml is not valid TOML: " in problem(tmp_path / "bytes.toml")


def test_settings_cannot_be_changed() -> None:
    settings = load(None, {})
    with pytest.raises(ValidationError, match="frozen"):
        settings.web = settings.web  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        settings.web.port = 1  # type: ignore[misc]


def test_nothing_is_read_from_the_environment_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("INBOX_WEB__PORT", "1")
    monkeypatch.setenv("WEB", '{"port": 1}')
    assert load(None, {}).web.port == 8080


# --- the reference -----------------------------------------------------------

EXAMPLE = Path(__file__).parents[3] / "config" / "inbox.example.toml"
LINE = re.compile(r"#(?=\[|[a-z_]+ = )")


def uncommented() -> str:
    return "\n".join(LINE.sub("", line, count=1) for line in EXAMPLE.read_text().splitlines())


def test_the_example_sets_nothing_as_it_is() -> None:
    assert load(EXAMPLE, {}) == load(None, {})


def test_the_example_loads_with_every_key_set(write: Write) -> None:
    settings = load(write(uncommented()), {})
    assert settings.desk
    assert settings.desk.group == "-1001234567890"
    assert settings.agents[0].name == "Li Na"
    changed: dict[str, object] = {"connectors": {}, "desk": None, "agents": ()}
    assert settings.model_copy(update=changed) == load(None, {})


def test_the_example_holds_every_key_on_a_line_of_its_own_with_a_comment() -> None:
    example = tomllib.loads(uncommented())
    shown = {f"{section}.{key}" for section, table in example.items() for key in table}
    assert set(keys()) - {"agents", "database.url_file"} <= shown
    assert set(Agent.model_fields) == set(example["agents"][0])
    lines = [line for line in EXAMPLE.read_text().splitlines() if re.match(r"#[a-z_]+ = ", line)]
    assert len(lines) == sum(
        len(table[0] if section == "agents" else table)
        for section, table in {**example, **example["connectors"]}.items()
        if section != "connectors"
    )
    assert all(re.search(r"\S +# \S", line) for line in lines)


def test_every_section_of_the_model_is_in_the_example() -> None:
    assert set(Settings.model_fields) == set(tomllib.loads(uncommented()))
