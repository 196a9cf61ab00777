"""The files that decide and speak: rules, canned replies and phrases.

Ours are shipped in this package::

    routing.toml    replies/<language>/*.toml    locales/<language>.toml

and an operator's directory may hold the same names. Its entries replace ours by
key: to change one sentence, write that sentence only, and upgrades keep it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from config.errors import ConfigError
from config.toml import overlaid, read

LANGUAGES: Final = ("en", "zh")

_Found = Callable[[Traversable], Iterable[Traversable]]
_Entries = Callable[[Mapping[str, Any]], Iterable[tuple[str, Any]]]


@dataclass(frozen=True, slots=True)
class Layers:
    """Entries by key: the ``shipped`` ones, the operator's ``own``, and in ``files``
    where each was last written, for errors."""

    shipped: Mapping[str, Any]
    own: Mapping[str, Any]
    files: Mapping[str, str]

    @property
    def entries(self) -> dict[str, Any]:
        """Both, the operator's in the place of ours, key by key within a table too."""
        return overlaid(self.shipped, self.own)


def routing(directory: Path | None = None) -> Layers:
    """The rules by name. ``directory`` is the operator's, if there is one.

    Raises ConfigError, as the other two do: for a file that cannot be read, a key
    that is written twice, a directory that is none, a language we do not speak.
    """
    return _layers(directory, lambda root: [root / "routing.toml"], lambda table: table.items())


def replies(directory: Path | None = None) -> dict[str, Layers]:
    """The canned replies by language and key; see :func:`routing`."""
    _refuse_strangers(directory, "replies")
    return {language: _layers(directory, _folder(language), _tables) for language in LANGUAGES}


def locales(directory: Path | None = None) -> dict[str, Layers]:
    """The phrases by language and dotted key; see :func:`routing`."""
    _refuse_strangers(directory, "locales")
    return {language: _layers(directory, _locale(language), _leaves) for language in LANGUAGES}


def _locale(language: str) -> _Found:
    return lambda root: [root / "locales" / f"{language}.toml"]


def _folder(language: str) -> _Found:
    def found(root: Traversable) -> Iterable[Traversable]:
        folder = root / "replies" / language
        files = folder.iterdir() if folder.is_dir() else ()
        return sorted((f for f in files if f.name.endswith(".toml")), key=lambda f: f.name)

    return found


def _layers(directory: Path | None, found: _Found, entries: _Entries) -> Layers:
    if directory is not None and not directory.is_dir():
        raise ConfigError(f"files.path names {directory}, which is no directory.")
    shipped, places = _layer(found(resources.files("config")), entries)
    own, own_places = _layer(found(directory) if directory else (), entries)
    return Layers(shipped, own, {**places, **own_places})


def _layer(
    found: Iterable[Traversable], entries: _Entries
) -> tuple[dict[str, Any], dict[str, str]]:
    """The entries of the files that there are, and the file of each."""
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    for file in found:
        for key, value in entries(read(file, str(file)) if file.is_file() else {}):
            if key in values:
                raise ConfigError(f"{file} holds {key!r}, which is already in {places[key]}.")
            values[key], places[key] = value, str(file)
    return values, places


def _tables(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The innermost tables: ``[flow.greet]`` and ``["flow.greet"]`` are the same key."""
    for key, value in table.items():
        inner = isinstance(value, Mapping) and [isinstance(v, Mapping) for v in value.values()]
        if inner and all(inner):
            yield from _tables(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _refuse_strangers(directory: Path | None, folder: str) -> None:
    """A text in a language that nobody asks for would never be found out."""
    place = directory / folder if directory else None
    for item in place.iterdir() if place and place.is_dir() else ():
        if item.name.removesuffix(".toml") not in LANGUAGES:
            raise ConfigError(f"{item} belongs to none of the languages {', '.join(LANGUAGES)}.")
