"""Who may do what only one may do at a time: rows, and the database's clock."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)

from inbox.model import Lease

_table: Table = Lease.__table__  # type: ignore[attr-defined]
_clocks: dict[str, ColumnElement[Any]] = {
    "sqlite": literal_column("strftime('%Y-%m-%d %H:%M:%f', 'now')"),
    "postgresql": literal_column("clock_timestamp()"),
}
_now = {name: select(clock) for name, clock in _clocks.items()}
# Locked against a takeover: what is claimed under it is committed before another can claim.
_expiry = {
    name: select(_table.c.expires_at, clock)
    .where(*(_table.c[key] == bindparam(key) for key in ("resource", "owner", "epoch")))
    .with_for_update(read=True)
    for name, clock in _clocks.items()
}


def database_now(connection: Connection) -> datetime:
    """The only clock that processes on several machines share."""
    return _moment(connection.execute(_now[connection.dialect.name]).scalar_one())


def _moment(said: Any) -> datetime:
    if isinstance(said, datetime):
        return said
    return datetime.fromisoformat(said).replace(tzinfo=UTC)


def take(
    connection: Connection,
    resource: str,
    owner: str,
    *,
    seconds: float,
    is_dead: Callable[[str], bool],
) -> int | None:
    """Take or renew a lease. Returns its epoch, or None while another holds it.

    The epoch grows with each new owner, so that a claim can be fenced by it.
    ``is_dead`` says of an owner that he provably runs no more.
    """
    now = database_now(connection)
    query = select(_table).where(_table.c.resource == resource)
    if connection.dialect.name != "sqlite":
        query = query.with_for_update()
    held = connection.execute(query).one_or_none()
    until = now + timedelta(seconds=seconds)
    if held is None:
        values = {"resource": resource, "owner": owner, "epoch": 1, "expires_at": until}
        connection.execute(insert(_table).values(**values))
        return 1
    if held.owner != owner and held.expires_at > now and not is_dead(held.owner):
        return None
    epoch: int = held.epoch + (held.owner != owner)
    connection.execute(
        update(_table)
        .where(_table.c.resource == resource)
        .values(owner=owner, epoch=epoch, expires_at=until)
    )
    return epoch


def holds(connection: Connection, resource: str, owner: str, epoch: int) -> bool:
    """Whether a lease is still what its owner thinks: asked inside each claim."""
    who = {"resource": resource, "owner": owner, "epoch": epoch}
    held = connection.execute(_expiry[connection.dialect.name], who).one_or_none()
    return held is not None and held[0] > _moment(held[1])


def release(connection: Connection, resource: str, owner: str) -> None:
    """Give a lease back, keeping its epoch."""
    connection.execute(
        update(_table)
        .where(_table.c.resource == resource, _table.c.owner == owner)
        .values(expires_at=database_now(connection), owner="")
    )


def unreleased(connection: Connection) -> list[str]:
    """The owners of leases that nobody gave back: they stopped uncleanly, or run."""
    owners = connection.execute(select(_table.c.owner).where(_table.c.owner != ""))
    return list(owners.scalars())
