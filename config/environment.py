"""Settings from environment variables.

pydantic-settings ignores a variable that matches no setting, so a misspelt one
would be a setting that is silently not made, and it reads values inside a free
mapping as JSON, which turns a password of digits into a number. So the names are
compared here, and the values of connectors stay texts.
"""

import json
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any, Final

from config.errors import ConfigError

PREFIX: Final = "INBOX_"
OTHER: Final = frozenset({"INBOX_CONFIG", "INBOX_SLIM_IMPORT", "INBOX_TEST_POSTGRES"})
"""Variables that are ours without being settings."""

_CONNECTOR_DEPTH: Final = 3  # connectors, name, key


def read(environ: Mapping[str, str], keys: Collection[str]) -> dict[str, Any]:
    """The settings in ``environ`` as nested tables.

    ``keys`` are the dotted keys that may be set. Beside them every key of a
    connector may be, since its own module checks it. Raises ConfigError for a
    name that is no setting and for a list that is not JSON.
    """
    values: dict[str, Any] = {}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in OTHER:
            path = name.removeprefix(PREFIX).lower().split("__")
            if not _known(path, keys):
                raise ConfigError(f"{name} in the environment is no setting{_hint(path, keys)}.")
            table = values
            for part in path[:-1]:
                table = table.setdefault(part, {})
            table[path[-1]] = _list(name, environ[name]) if len(path) == 1 else environ[name]
    return values


def variable(key: str) -> str:
    """The variable that sets the dotted ``key``."""
    return PREFIX + key.upper().replace(".", "__")


def _known(path: list[str], keys: Collection[str]) -> bool:
    connector = path[0] == "connectors" and len(path) == _CONNECTOR_DEPTH and all(path)
    return connector or ".".join(path) in keys


def _hint(path: list[str], keys: Collection[str]) -> str:
    close = get_close_matches(".".join(path), keys, n=1)
    return f"; did you mean {variable(close[0])}" if close else ""


def _list(name: str, text: str) -> Any:
    """Only a whole list stands outside a table, and it is written as JSON."""
    try:
        return json.loads(text)
    except ValueError:
        raise ConfigError(f"{name} in the environment must be a JSON list.") from None
