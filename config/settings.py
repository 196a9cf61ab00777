"""The settings of one installation.

One TOML file, named by ``--config`` or ``INBOX_CONFIG``, and over it the environment:
each key is also a variable, ``INBOX_`` and the path joined by two underscores, as in
``INBOX_CONNECTORS__TELEGRAM__TOKEN``. Beside a secret, ``<key>_file`` names a file that
holds it. ``inbox.example.toml`` shows every key.
"""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config import environment, secret_files, toml
from config.errors import ConfigError

Language = Literal["en", "zh"]

_NAME: Final = re.compile(r"[a-z][a-z0-9-]*(?:_[a-z0-9-]+)*")


def _number(value: object) -> object:
    """TOML's true is no number, though it is one to Python."""
    if isinstance(value, bool):
        raise ValueError("it must be a number")  # noqa: TRY004 - pydantic wants ValueError
    return value


def _id(value: object) -> object:
    """Ids are texts to everybody but their platform, and people write them as numbers."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Number = Annotated[int, BeforeValidator(_number)]
Id = Annotated[str, BeforeValidator(_id), Field(min_length=1)]


class Section(BaseModel):
    """A table of the file. Frozen; an unknown key is an error; errors show no values."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Database(Section):
    """``url``: ``sqlite:///<path>`` or ``postgresql://user:password@host/name``."""

    url: str = Field(default="sqlite:///data/inbox.db", repr=False)

    @field_validator("url")
    @classmethod
    def _is_one_of_ours(cls, url: str) -> str:
        if not re.match(r"sqlite:///.|postgresql://.", url):
            raise ValueError("it must begin with sqlite:/// or postgresql://")
        return url


class Data(Section):
    """``path``: the directory of what is stored beside the database."""

    path: Path = Path("data")


class Web(Section):
    """Where the web server listens, and the address people reach it at (``""``: none)."""

    host: str = Field(default="127.0.0.1", min_length=1)
    port: Number = Field(default=8080, ge=0, le=65_535)
    public_url: str = ""

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        if url and not re.fullmatch(r"https?://\S+", url):
            raise ValueError("it must begin with https:// or http://")
        return url.rstrip("/")


class Service(Section):
    """How the desk speaks to customers.

    ``reopen_days``: an answer within so many days after closing reopens the
    conversation. ``language_fallback``: a canned reply that is missing in the
    customer's language may be sent in the other.
    """

    brand: str = Field(default="Support", min_length=1)
    default_language: Language = "en"
    language_fallback: bool = False
    reopen_days: Number = Field(default=7, ge=0)


class Files(Section):
    """``path``: the operator's directory with ``routing.toml``, ``replies/`` and ``locales/``."""

    path: str = ""

    @property
    def directory(self) -> Path | None:
        """``path``, or None where there is none."""
        return Path(self.path) if self.path else None


class Log(Section):
    """What is written to standard error."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    format: Literal["json", "console"] = "json"


class Account(Section):
    """One ``[connectors.<name>]``: the ``kind`` of connector that serves it, and its
    own ``options``, which the connector's module checks."""

    kind: str = Field(min_length=1)
    options: Mapping[str, Any] = Field(repr=False)


class Desk(Section):
    """Where agents work: the ``group`` (an id, as a text) of the account ``connector``."""

    connector: str = "telegram"
    group: Id
    language: Language = "en"


class Role(StrEnum):
    """What an agent may do: each role may do what the one before it may."""

    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


class Agent(Section):
    """A person who answers, and their Telegram user id."""

    name: str = Field(min_length=1)
    telegram: Number = Field(gt=0)
    role: Role = Role.AGENT


class Settings(BaseSettings):
    """Everything an operator sets. Made by :func:`load`, passed on by constructors."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database: Database = Database()
    data: Data = Data()
    web: Web = Web()
    service: Service = Service()
    files: Files = Files()
    log: Log = Log()
    connectors: Mapping[str, Account] = Field(default_factory=dict)
    desk: Desk | None = None
    agents: tuple[Agent, ...] = ()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what :func:`load` hands over: it has read the environment more strictly."""
        return (init_settings,)

    @field_validator("connectors", mode="before")
    @classmethod
    def _sort_options(cls, connectors: object) -> object:
        """The kind apart from the options; it is the section's name unless given."""
        if not isinstance(connectors, Mapping):
            return connectors
        return {
            name: {
                "kind": table.get("kind", name),
                "options": {key: value for key, value in table.items() if key != "kind"},
            }
            if isinstance(table, Mapping)
            else table
            for name, table in connectors.items()
        }

    @model_validator(mode="after")
    def _fits_together(self) -> "Settings":
        for name in self.connectors:
            if not _NAME.fullmatch(name):
                raise ValueError(f"connectors.{name} must be named in lower case letters")
        if self.desk and self.desk.connector not in self.connectors:
            raise ValueError("desk.connector must name one of the [connectors] sections")
        ids = [agent.telegram for agent in self.agents]
        if len(set(ids)) < len(ids):
            raise ValueError("agents holds the same telegram id twice")
        return self


def keys() -> tuple[str, ...]:
    """Every dotted key that a variable may set; those of connectors are not known here."""
    return ("agents", "database.url_file", *_keys())


def _keys() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        for kind in (field.annotation, *get_args(field.annotation)):
            if (
                isinstance(kind, type)
                and issubclass(kind, Section)
                and kind not in (Account, Agent)
            ):
                yield from (f"{name}.{key}" for key in kind.model_fields)


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings in the file at ``path`` (or at ``INBOX_CONFIG``) and in ``environ``.

    Raises ConfigError, one sentence, for the first thing that is wrong.
    """
    file = path or (Path(environ["INBOX_CONFIG"]) if environ.get("INBOX_CONFIG") else None)
    written = toml.read(file, str(file)) if file else {}
    values = toml.overlaid(written, environment.read(environ, keys()))
    for key in sorted(values.keys() - Settings.model_fields.keys()):
        raise ConfigError(_unknown(key))
    try:
        return Settings(**secret_files.opened(values))
    except ValidationError as problem:
        # Not chained: the validation error holds the values, secrets among them.
        raise ConfigError(_sentence(problem.errors(include_url=False)[0])) from None


def _sentence(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return _unknown(key)
    if error["type"] == "missing":
        return f"{key} is missing."
    own = error.get("ctx", {}).get("error")
    message = str(own) if own else f"{error['msg'][0].lower()}{error['msg'][1:]}"
    return f"{key} is wrong: {message}." if key else f"{message}."


def _unknown(key: str) -> str:
    names = (*keys(), *Settings.model_fields, *(f"agents.{name}" for name in Agent.model_fields))
    close = get_close_matches(re.sub(r"\.\d+\.", ".", key), names, n=1)
    return f"{key} is no setting{f'; did you mean {close[0]}' if close else ''}."
