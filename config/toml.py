"""TOML files, read into plain dictionaries."""

import tomllib
from collections.abc import Mapping
from importlib.resources.abc import Traversable
from typing import Any

from config.errors import ConfigError


def read(file: Traversable, name: str) -> dict[str, Any]:
    """The tables of ``file``, called ``name`` in errors. Raises ConfigError where
    it cannot be read or is no TOML."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as problem:
        raise ConfigError(f"{name} cannot be read: {problem.strerror}.") from None
    except ValueError as problem:
        raise ConfigError(f"{name} is not valid TOML: {problem}.") from None


def overlaid(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``under`` with the values of ``over`` in their place, table by table, key by key.

    The keys of ``over`` stand first: where order counts, an operator's come before ours.
    """
    merged = {**over, **{key: value for key, value in under.items() if key not in over}}
    for key in over.keys() & under.keys():
        if isinstance(over[key], Mapping) and isinstance(under[key], Mapping):
            merged[key] = overlaid(under[key], over[key])
    return merged
