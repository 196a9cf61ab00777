"""What a run wrote, statement by statement, to be written again without the service."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

Write = tuple[str, list[Any]]
"""SQL, and the rows it was executed with."""

_WRITES = ("INSERT", "UPDATE", "DELETE")


class Recorder:
    """Every transaction that changed something: its writes, in order."""

    def __init__(self) -> None:
        self.transactions: list[list[Write]] = []
        self._open: list[Write] = []

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Record while this lasts, whatever engine it is."""
        event.listen(Engine, "before_cursor_execute", self._write)
        event.listen(Engine, "commit", self._commit)
        try:
            yield
        finally:
            event.remove(Engine, "before_cursor_execute", self._write)
            event.remove(Engine, "commit", self._commit)

    def _write(
        self, _c: object, _cur: object, sql: str, values: Any, _ctx: object, many: bool
    ) -> None:
        if sql.startswith(_WRITES):
            self._open.append((sql, list(values) if many else [values]))

    def _commit(self, _connection: object) -> None:
        if self._open:
            self.transactions.append(self._open)
            self._open = []


def replay(file: Path, transactions: list[list[Write]]) -> None:
    """Write it all again by hand: bare sqlite3, as durable, in the same batches."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}").close()
    for writes in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for sql, rows in writes:
            connection.executemany(sql, rows)
        connection.execute("COMMIT")
    connection.close()
