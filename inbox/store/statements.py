"""Reading and writing rows: each statement made once, its values converted by column.

SQLAlchemy builds a statement, looks it up in its cache and converts its values at
each execution; for the few and regular statements of a batch that costs several
times what the database needs. Here they are compiled at their first use. A lookup
takes all the values it asks for as one parameter (JSON on SQLite, arrays on
PostgreSQL), so that its text, and what the database plans for it, stays the same.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    String,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from inbox.store.rows import Row

R = TypeVar("R", bound=Row)
Convert = Callable[[Any], Any]

MOMENTS = 4_096
"""So many times are remembered in both forms: a batch is full of the same one."""


@dataclass(frozen=True, slots=True, eq=False)
class Lookup(Generic[R]):
    """Rows of a kind by the values of some columns. ``where`` holds no parameters;
    ``lock`` keeps others from changing them until the commit, where they could."""

    kind: type[R]
    columns: tuple[str, ...]
    where: ColumnElement[bool] | None = None
    order: str | None = None
    lock: bool = False


class Statements:
    """The statements of one database, compiled."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._lookups: dict[Lookup[Any], tuple[str, list[Convert | None]]] = {}
        self._writes: dict[tuple[type[Row], tuple[str, ...] | None], _Write] = {}

    def find(self, connection: Connection, lookup: Lookup[R], values: Collection[Any]) -> list[R]:
        """The rows that have one of ``values`` (tuples, where it asks for several columns)."""
        if lookup not in self._lookups:
            self._lookups[lookup] = self._lookup(lookup)
        sql, converts = self._lookups[lookup]
        found = connection.exec_driver_sql(sql, self._set(lookup, values)).all()
        return rows(lookup.kind, found, converts)

    def insert(self, connection: Connection, kind: type[Row], some: Iterable[Row]) -> None:
        """Write new rows of a kind."""
        self._write(connection, (kind, None), some)

    def update(
        self, connection: Connection, kind: type[Row], names: tuple[str, ...], some: Iterable[Row]
    ) -> None:
        """Write the columns ``names`` of known rows of a kind."""
        self._write(connection, (kind, names), some)

    def _write(
        self,
        connection: Connection,
        what: tuple[type[Row], tuple[str, ...] | None],
        some: Iterable[Row],
    ) -> None:
        if what not in self._writes:
            self._writes[what] = self._writing(*what)
        write = self._writes[what]
        connection.exec_driver_sql(write.sql, [write.parameters(row) for row in some])

    def _writing(self, kind: type[Row], names: tuple[str, ...] | None) -> "_Write":
        table = kind.table
        if names is None:
            compiled = insert(table).compile(dialect=self._dialect, column_keys=kind.columns)
        else:
            keys = [column.name for column in table.primary_key]
            known = (table.c[name] == bindparam(f"key_{name}") for name in keys)
            changed = {name: bindparam(f"new_{name}") for name in names}
            compiled = update(table).where(*known).values(changed).compile(dialect=self._dialect)
        order = [name.removeprefix("key_").removeprefix("new_") for name in compiled.positiontup]
        converts = [_to_database(table.c[name], self._dialect) for name in order]
        return _Write(str(compiled), order, converts)

    def _lookup(self, lookup: Lookup[Any]) -> tuple[str, list[Convert | None]]:
        kind = lookup.kind
        shown = [kind.table.c[name] for name in kind.columns]
        query = select(*shown).where(self._among([kind.table.c[n] for n in lookup.columns]))
        if lookup.where is not None:
            query = query.where(lookup.where)
        if lookup.order is not None:
            query = query.order_by(kind.table.c[lookup.order])
        if lookup.lock:
            query = query.with_for_update()
        return str(query.compile(dialect=self._dialect)), from_database(shown, self._dialect)

    def _among(self, columns: Sequence[Column[Any]]) -> ColumnElement[bool]:
        if self._dialect.name != "sqlite":
            # As plain text: a cast to the column's length would cut a value that is longer.
            kinds = [String() if c.type.python_type is str else c.type for c in columns]
            arrays = [bindparam(f"v{n}", type_=ARRAY(kind)) for n, kind in enumerate(kinds)]
            if len(columns) == 1:
                return columns[0] == any_(arrays[0])
            names = [f"c{n}" for n in range(len(columns))]
            wanted = func.unnest(*arrays).table_valued(*names, name="wanted").render_derived()
            return tuple_(*columns).in_(select(*wanted.c))
        each = func.json_each(bindparam("v", type_=String)).table_valued("value", name="wanted")
        if len(columns) == 1:
            return columns[0].in_(select(each.c.value))
        parts = (
            literal_column(f"json_extract(wanted.value, '$[{n}]')") for n in range(len(columns))
        )
        return tuple_(*columns).in_(select(*parts).select_from(each))

    def _set(self, lookup: Lookup[Any], values: Collection[Any]) -> tuple[Any, ...]:
        if self._dialect.name == "sqlite":
            return (json.dumps(list(values)),)
        if len(lookup.columns) == 1:
            return (list(values),)
        return tuple(list(column) for column in zip(*values, strict=True))


@dataclass(frozen=True, slots=True)
class _Write:
    sql: str
    order: Sequence[str]
    converts: Sequence[Convert | None]

    def parameters(self, row: Row) -> tuple[Any, ...]:
        """The row's values as the statement wants them."""
        values = (getattr(row, name) for name in self.order)
        return tuple(
            [c(v) if c is not None else v for c, v in zip(self.converts, values, strict=True)]
        )


def rows(
    kind: type[R], found: Iterable[Sequence[Any]], converts: Sequence[Convert | None]
) -> list[R]:
    """Rows of a kind out of what the driver returned for all its columns."""
    names = kind.columns
    changing = [(n, c) for n, c in enumerate(converts) if c is not None]
    made = list[R]()
    for values in map(list, found):
        for n, convert in changing:
            values[n] = convert(values[n])
        made.append(kind(**dict(zip(names, values, strict=True))))
    return made


def from_database(columns: Iterable[Column[Any]], dialect: Dialect) -> list[Convert | None]:
    """How the driver's values become ours, column by column; None where they are already."""
    return [
        _remembered(c, c.type.dialect_impl(dialect).result_processor(dialect, None))
        for c in columns
    ]


def _to_database(column: Column[Any], dialect: Dialect) -> Convert | None:
    return _remembered(column, column.type.dialect_impl(dialect).bind_processor(dialect))


def _remembered(column: Column[Any], convert: Convert | None) -> Convert | None:
    moment = column.type.python_type is datetime
    return lru_cache(MOMENTS)(convert) if moment and convert is not None else convert


_known: WeakKeyDictionary[Dialect, Statements] = WeakKeyDictionary()


def of(connection: Connection) -> Statements:
    """The statements of the database that ``connection`` is to."""
    dialect = connection.dialect
    if dialect not in _known:
        _known[dialect] = Statements(dialect)
    return _known[dialect]
