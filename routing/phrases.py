"""What the program itself says, to agents and customers, in their languages."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from routing.template import render, variables

Locales = Mapping[str, Mapping[str, str]]
"""Language to key to template."""

_NONE: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType({})


class Phrases:
    """Texts by language and key, as in ``say("zh", "desk.closed", agent="Li")``."""

    def __init__(self, locales: Locales) -> None:
        self._locales = {language: dict(texts) for language, texts in locales.items()}

    @property
    def locales(self) -> Locales:
        """Every template."""
        return self._locales

    def say(self, language: str, key: str, /, **values: object) -> str:
        """The text of ``key`` in ``language`` with its ``values``.

        Raises KeyError for a language or key that there is not (a mistake of
        ours), :class:`~routing.template.MissingValue` for a value that is
        missing or empty.
        """
        return render(self._locales[language][key], values)


def parse(
    shipped: Mapping[str, Mapping[str, object]],
    own: Mapping[str, Mapping[str, object]] = _NONE,
    files: Mapping[str, Mapping[str, str]] = _NONE,
) -> Phrases:
    """The ``shipped`` texts with the operator's ``own`` in their place.

    ``files`` tells where each text was written, in the same shape. Raises
    ValueError with one sentence that names file and key: for a text that is
    none, for one of the operator's that replaces nothing or that uses a name
    the shipped text has no value for.
    """
    locales: dict[str, dict[str, str]] = {}
    for language, texts in shipped.items():
        places = files.get(language, {})
        replaced = own.get(language, {})
        for key in replaced.keys() - texts.keys():
            raise _wrong(key, "replaces no text of ours", places)
        locales[language] = {
            key: _checked(key, text, replaced.get(key, text), places) for key, text in texts.items()
        }
    return Phrases(locales)


def _checked(key: str, shipped: object, text: object, files: Mapping[str, str]) -> str:
    if not isinstance(text, str) or not isinstance(shipped, str) or not text.strip():
        raise _wrong(key, "must be a text", files)
    try:
        extra = variables(text) - variables(shipped)
    except ValueError as problem:
        raise _wrong(key, str(problem), files) from None
    for name in sorted(extra):
        raise _wrong(key, f"uses {{{{{name}}}}}, which has no value here", files)
    return text


def _wrong(key: str, problem: str, files: Mapping[str, str]) -> ValueError:
    place = f"In {files[key]}, the" if key in files else "The"
    return ValueError(f"{place} text '{key}' {problem}.")
