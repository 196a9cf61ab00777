"""Rows of what could not be taken in, and of what was tried when a process died."""

from datetime import datetime

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from inbox.model import Quarantine, QuarantineState

_table: Table = Quarantine.__table__  # type: ignore[attr-defined]


def strikes(connection: Connection) -> dict[tuple[str, str], int]:
    """How often attempts at events have begun and not ended, by (account, key)."""
    query = select(_table.c.account, _table.c.key, _table.c.strikes).where(
        _table.c.state == QuarantineState.TRYING
    )
    return {(account, key): count for account, key, count in connection.execute(query)}


def strike(connection: Connection, *, id: int, account: str, key: str, now: datetime) -> None:
    """Count one more attempt at an event, before it is made."""
    here = (_table.c.account == account) & (_table.c.key == key)
    again = update(_table).where(here).values(strikes=_table.c.strikes + 1, last_at=now)
    if connection.execute(again).rowcount == 0:
        connection.execute(
            insert(_table).values(
                id=id,
                account=account,
                key=key,
                stage="decide",
                error="",
                raw=b"",
                strikes=1,
                state=QuarantineState.TRYING,
                first_at=now,
                last_at=now,
            )
        )


def spare(connection: Connection, *, account: str, key: str) -> None:
    """The attempt went well: forget the strikes."""
    connection.execute(
        delete(_table).where(
            _table.c.account == account,
            _table.c.key == key,
            _table.c.state == QuarantineState.TRYING,
        )
    )


def keep(
    connection: Connection,
    *,
    id: int,
    account: str,
    key: str,
    stage: str,
    error: str,
    raw: bytes,
    now: datetime,
) -> None:
    """Put an event into quarantine; ``raw`` is sealed already."""
    values = {
        "stage": stage,
        "error": error[:500],
        "raw": raw,
        "state": QuarantineState.WAITING,
        "last_at": now,
    }
    here = (_table.c.account == account) & (_table.c.key == key)
    if connection.execute(update(_table).where(here).values(**values)).rowcount == 0:
        first = {"id": id, "account": account, "key": key, "strikes": 0, "first_at": now}
        connection.execute(insert(_table).values(**first, **values))


def waiting(connection: Connection) -> int:
    """How many events wait for an operator."""
    query = select(func.count()).where(_table.c.state == QuarantineState.WAITING)
    return int(connection.execute(query).scalar_one())
