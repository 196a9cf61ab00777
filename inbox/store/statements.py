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
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    String,
    TypeDecorator,
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
Converts = Sequence[tuple[int, Convert]]
"""By the position of their column; other values are the same on both sides."""

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
        self._lookups: dict[Lookup[Any], tuple[str, Converts]] = {}
        self._writes: dict[tuple[type[Row], tuple[str, ...] | None], _Write] = {}

    def find(self, connection: Connection, lookup: Lookup[R], values: Collection[Any]) -> list[R]:
        """The rows that have one of ``values`` (tuples, where it asks for several columns)."""
        if lookup not in self._lookups:
            self._lookups[lookup] = self._lookup(lookup)
        sql, converts = self._lookups[lookup]
        found = connection.exec_driver_sql(sql, self._set(lookup, values)).all()
        return _rows(lookup.kind, found, converts)

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
            changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
            compiled = update(table).where(*known).values(changed).compile(dialect=self._dialect)
        parameters = compiled.positiontup or ()
        order = [name.removeprefix("key_").removeprefix("new_") for name in parameters]
        converts = [_to_database(table.c[name], self._dialect) for name in order]
        return _Write(str(compiled), attrgetter(*order), _changing(converts))

    def _lookup(self, lookup: Lookup[Any]) -> tuple[str, Converts]:
        kind = lookup.kind
        shown = [kind.table.c[name] for name in kind.columns]
        query = select(*shown).where(self._among([kind.table.c[n] for n in lookup.columns]))
        if lookup.where is not None:
            query = query.where(lookup.where)
        if lookup.order is not None:
            query = query.order_by(kind.table.c[lookup.order])
        if lookup.lock:
            query = query.with_for_update()
        converts = _changing(_from_database(column, self._dialect) for column in shown)
        return str(query.compile(dialect=self._dialect)), converts

    def _among(self, columns: Sequence[Column[Any]]) -> ColumnElement[bool]:
        if self._dialect.name != "sqlite":
            # As plain text: a cast to the column's length would cut a value that is longer.
            kinds = [String() if _python(c) is str else c.type for c in columns]
            arrays = [bindparam(f"v{n}", type_=ARRAY(kind)) for n, kind in enumerate(kinds)]
            if len(columns) == 1:
                return columns[0] == any_(arrays[0])
            names = [f"c{n}" for n in range(len(columns))]
            wanted = func.unnest(*arrays).table_valued(*names, name="wanted").render_derived()
            return tuple_(*columns).in_(select(*wanted.c))
        each = func.json_each(bindparam("v", type_=String)).table_valued("value", name="wanted")
        if len(columns) == 1:
            return columns[0].in_(select(each.c.value))
        parts: list[ColumnElement[Any]] = [
            literal_column(f"json_extract(wanted.value, '$[{n}]')") for n in range(len(columns))
        ]
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
    values: Callable[[Row], tuple[Any, ...]]
    converts: Converts

    def parameters(self, row: Row) -> tuple[Any, ...]:
        """The row's values as the statement wants them."""
        values = list(self.values(row))
        for n, convert in self.converts:
            values[n] = convert(values[n])
        return tuple(values)


def _rows(kind: type[R], found: Iterable[Sequence[Any]], converts: Converts) -> list[R]:
    made = list[R]()
    for values in map(list, found):
        for n, convert in converts:
            values[n] = convert(values[n])
        made.append(kind(**dict(zip(kind.columns, values, strict=True))))
    return made


def _changing(converts: Iterable[Convert | None]) -> Converts:
    return [(n, convert) for n, convert in enumerate(converts) if convert is not None]


def _from_database(column: Column[Any], dialect: Dialect) -> Convert | None:
    convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
    if isinstance(column.type, JSON) and convert is not None:
        return partial(_read_document, convert)
    return _remembered(column, convert)


# Most documents are empty. Each row gets its own: nothing that can be changed is shared.
def _read_document(read: Convert, text: Any) -> Any:
    return [] if text == "[]" else {} if text == "{}" else read(text)


def _write_document(write: Convert, value: Any) -> Any:
    return "[]" if value == [] else "{}" if value == {} else write(value)


def _to_database(column: Column[Any], dialect: Dialect) -> Convert | None:
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    if isinstance(column.type, JSON) and convert is not None:
        return partial(_write_document, convert)
    return _remembered(column, convert)


def _remembered(column: Column[Any], convert: Convert | None) -> Convert | None:
    moment = _python(column) is datetime
    return lru_cache(MOMENTS)(convert) if moment and convert is not None else convert


def _python(column: Column[Any]) -> Any:
    kind = column.type
    return kind.impl.python_type if isinstance(kind, TypeDecorator) else kind.python_type


_known: WeakKeyDictionary[Dialect, Statements] = WeakKeyDictionary()


def of(connection: Connection) -> Statements:
    """The statements of the database that ``connection`` is to."""
    dialect = connection.dialect
    if dialect not in _known:
        _known[dialect] = Statements(dialect)
    return _known[dialect]
