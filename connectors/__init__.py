"""Connectors speak to the world: one folder for each kind of channel.

To add a channel ``pager``:

1.  Make ``connectors/pager/``. Its ``__init__.py`` exposes ``Options`` (a frozen
    pydantic model with ``extra="forbid"``: the keys of its section in the
    configuration, each error one sentence) and ``create(account, options)``, which
    imports the platform's library only when called.
2.  Write a class that has the attributes and methods of
    :class:`connectors.base.Connector`, and of those further protocols in
    ``connectors/base.py`` that the platform can honour. Keep the pure parts
    (platform's value -> event, message -> calls, error -> outcome) in modules of
    their own, without I/O.
3.  Import only ``connectors.base``, the platform's library, pydantic and the
    standard library; neither the desk nor another connector.
4.  Acknowledge nothing to the platform before ``Intake.receive`` has returned, and
    repeat no call by yourself: say ``TryLater``, ``Refused`` or ``Uncertain``.
5.  Write a harness in ``tests/connectors/`` and add it to ``HARNESSES`` there: the
    contract suite then runs against the new channel.

Nothing else knows the list of channels: :func:`load` finds the folder by its name.
"""

import importlib
import pkgutil
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from pydantic import BaseModel

    from connectors.base import Connector


class Kind(Protocol):
    """What the package of each kind of channel exposes."""

    Options: "type[BaseModel]"

    def create(self, account: str, options: Any) -> "Connector":
        """Make the connector of the section ``account``. Opens no socket."""
        ...


def load(kind: str) -> Kind:
    """Import the package of ``kind``, and only that one.

    Raises ValueError, with the kinds there are, when there is none of that name.
    """
    kinds = sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    if kind not in kinds:
        raise ValueError(f"There is no channel of kind {kind!r}: use one of {', '.join(kinds)}.")
    return cast("Kind", importlib.import_module(f"{__name__}.{kind}"))
