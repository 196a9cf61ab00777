"""Who may act at the desk: the roster of the file, as rows."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import Connection, Table, insert, select, update

from config.settings import Agent as Configured
from inbox.model import Agent, Role

_table: Table = Agent.__table__  # type: ignore[attr-defined]

CHANNEL = "telegram"
"""Agents are named by their Telegram ids."""


def configure(
    connection: Connection,
    new_id: Callable[[], int],
    configured: Sequence[Configured],
    now: datetime,
) -> None:
    """Make the roster what the file says: who is no longer in it may do nothing more."""
    known = {
        row.external_id: row.id
        for row in connection.execute(
            select(_table.c.external_id, _table.c.id).where(_table.c.channel == CHANNEL)
        )
    }
    for agent in configured:
        values = {"name": agent.name, "role": Role(agent.role.value), "active": True}
        id = known.pop(str(agent.telegram), None)  # noqa: A001 - the column's word
        if id is not None:
            connection.execute(update(_table).where(_table.c.id == id).values(**values))
            continue
        named = {"channel": CHANNEL, "external_id": str(agent.telegram), "created_at": now}
        connection.execute(insert(_table).values(id=new_id(), **named, **values))
    if known:
        gone = update(_table).where(_table.c.id.in_(known.values()))
        connection.execute(gone.values(active=False))
