"""What the database says, read beside the service with the standard library alone."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Row = sqlite3.Row

_HEADS = """
select d.*, t.side, c.inbox || '/' || i.external_id as who
from delivery d join thread t on t.id = d.thread_id
join conversation c on c.id = d.conversation_id
join identity i on i.contact_id = c.contact_id
where d.status = 'pending' and not exists (
    select 1 from delivery e where e.thread_id = d.thread_id and e.seq < d.seq
    and e.status in ('pending', 'sending'))
"""

_SENDING = "select count(*) from delivery where status = 'sending' and merged_into is null"


@dataclass(frozen=True, slots=True)
class Head:
    """The first thing that waits in a thread, and the target of its call."""

    queue: str
    due: datetime
    target: str


class Rows:
    """A reader of one file."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        self._connection.row_factory = sqlite3.Row

    def close(self) -> None:
        self._connection.close()

    def all(self, query: str, *values: Any) -> list[Row]:
        return self._connection.execute(query, values).fetchall()

    def one(self, query: str, *values: Any) -> Any:
        """The first column of the only row, None where there is none."""
        found = self.all(query, *values)
        return found[0][0] if found else None

    def heads(self) -> list[Head]:
        return [
            Head(
                queue=row["queue"],
                due=datetime.fromisoformat(row["due_at"]).replace(tzinfo=UTC),
                target=f"{row['side']} {row['who']}",
            )
            for row in self.all(_HEADS)
        ]

    def sending(self) -> int:
        """How many calls are under way."""
        return int(self.one(_SENDING))

    def whose(self, reference: str) -> str:
        """The customer (``account/id``) of a conversation."""
        return str(
            self.one(
                "select c.inbox || '/' || i.external_id from conversation c"
                " join identity i on i.contact_id = c.contact_id where c.reference = ?",
                reference,
            )
        )

    def conversation_at(self, topic: str) -> str | None:
        """The reference of the conversation whose open topic this is."""
        found: str | None = self.one(
            "select c.reference from thread t join conversation c on c.id = t.conversation_id"
            " where t.side = 'desk' and t.state = 'open' and t.place = ?",
            topic,
        )
        return found

    def references(self, account: str, customer: str) -> list[str]:
        """The conversations of a customer in an inbox, oldest first."""
        found = self.all(
            "select c.reference from conversation c join identity i"
            " on i.contact_id = c.contact_id where c.inbox = ? and i.external_id = ?"
            " order by c.created_at, c.id",
            account,
            customer,
        )
        return [row[0] for row in found]


@contextmanager
def reading(file: Path) -> Iterator[Rows]:
    rows = Rows(file)
    try:
        yield rows
    finally:
        rows.close()
