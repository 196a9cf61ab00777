"""Forgetting the keys of events that no platform hands out any more."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, Table, delete

from inbox.model import Seen

_table: Table = Seen.__table__  # type: ignore[attr-defined]

SHORT = timedelta(days=3)
"""Telegram keeps updates for 24 hours and may number them anew after an idle week."""

LONG = timedelta(days=30)
"""Everything else: tombstones, and events of channels that are read by cursor."""


def prune(connection: Connection, now: datetime) -> int:
    """Forget what is old enough. Returns how many keys that were."""
    updates = _table.c.key.like("u:%") & (_table.c.at < now - SHORT)
    return connection.execute(delete(_table).where(updates | (_table.c.at < now - LONG))).rowcount
