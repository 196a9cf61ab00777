"""Secrets in files of their own.

Beside a secret ``token``, the key ``token_file`` names a file that holds it, as
container platforms hand secrets over. So no connector may have an option of its own
that ends in ``_file``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from config.errors import ConfigError


def opened(values: Mapping[str, Any]) -> dict[str, Any]:
    """``values`` with what the ``*_file`` keys of the database and the connectors name.

    Raises ConfigError where a secret is given twice or its file gives none.
    """
    known = dict(values)
    if "database" in known:
        known["database"] = _section("database", known["database"])
    if isinstance(known.get("connectors"), Mapping):
        known["connectors"] = {
            name: _section(f"connectors.{name}", table)
            for name, table in known["connectors"].items()
        }
    return known


def _section(name: str, table: Any) -> Any:
    if not isinstance(table, Mapping):
        return table  # not ours to complain about
    known = {key: value for key, value in table.items() if not key.endswith("_file")}
    for key in sorted(table.keys() - known.keys()):
        plain = key.removesuffix("_file")
        if plain in known:
            raise ConfigError(f"{name}.{plain} and {name}.{key} are both set; keep one.")
        known[plain] = _held(f"{name}.{key}", table[key])
    return known


def _held(key: str, file: object) -> str:
    """The text of the file that ``key`` names, without white space around it."""
    if not isinstance(file, str):
        raise ConfigError(f"{key} must be the path of a file.")
    try:
        text = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is not text"
        raise ConfigError(f"The file that {key} names cannot be read: {reason}.") from None
    if not text:
        raise ConfigError(f"The file that {key} names is empty.")
    return text
