"""Inserting many rows with the driver's own batch call, where SQLAlchemy need not look at each row."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, Dialect, LargeBinary, Table

from kept.errors import Invalid

Row = tuple[Table, Mapping[str, Any]]
# How many rows one statement takes: well within the 32,766 parameters that SQLite allows.
_TOGETHER = (256, 128, 64, 32, 16)
_MOST_COLUMNS = 100
_Process = Callable[[Any], Any] | None
_Plan = Callable[[Connection, Sequence[Mapping[str, Any]]], None]


class Inserts:
    """Compiles each shape of row once; a shape is a table and the columns that its row names, in order."""

    def __init__(self) -> None:
        self._plans: dict[tuple[Table, tuple[str, ...]], _Plan] = {}

    def insert(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Insert all rows, those of one shape together.

        Raises Invalid for a column that the table lacks, and what SQLAlchemy and the driver raise.
        """
        for table, batch in _tables(rows).items():
            for columns, alike in _shapes(batch).items():
                shape = (table, columns)
                plan = self._plans.get(shape)
                if plan is None:
                    plan = self._plans[shape] = _plan(*shape, dialect=connection.dialect)
                plan(connection, alike)


def _tables(rows: Sequence[Row]) -> dict[Table, Sequence[Mapping[str, Any]]]:
    """The rows by their table."""
    tables, values = zip(*rows, strict=True)
    # Nearly always all are of one table, which is cheap to see.
    if tables.count(tables[0]) == len(tables):
        return {tables[0]: values}
    found: dict[Table, Sequence[Mapping[str, Any]]] = {}
    for table in dict.fromkeys(tables):
        found[table] = [value for one, value in rows if one is table]
    return found


def _shapes(rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, ...], Sequence[Mapping[str, Any]]]:
    """The rows by the columns that they name, in order."""
    first = tuple(rows[0])
    # Nearly always all are alike, which is cheap to see: as many columns, and one set of names.
    if len(set(map(len, rows))) == 1 and len(set(map(tuple, rows))) == 1:
        return {first: rows}
    shapes: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        shapes.setdefault(tuple(row), []).append(row)
    return dict(shapes)


def _plan(table: Table, columns: tuple[str, ...], *, dialect: Dialect) -> _Plan:
    for name in columns:
        if name not in table.columns:
            raise Invalid(f"Table {table.name} has no column {name!r}.", code="store.column")
    statement = table.insert()
    compiled = statement.compile(dialect=dialect, column_keys=columns)
    order: Sequence[str] = getattr(compiled, "positiontup", None) or ()
    # A driver with named parameters, or a default that Python computes, needs SQLAlchemy for each row.
    if _MOST_COLUMNS > len(order) == len(columns) > 1:
        return _driver_plan(str(compiled), order, processors=[_processor(table, name, dialect) for name in order])

    def insert(connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
        connection.execute(statement, batch)

    return insert


def _driver_plan(sql: str, order: Sequence[str], *, processors: Sequence[_Process]) -> _Plan:
    pick = itemgetter(*order)
    one = f"({', '.join('?' * len(order))})"
    # The driver takes and releases Python's lock for every statement, so a statement of many rows is cheaper.
    sizes = _TOGETHER if sql.endswith(f"VALUES {one}") else ()
    statements = [(size, sql + f", {one}" * (size - 1)) for size in sizes]

    def insert(connection: Connection, batch: Sequence[Mapping[str, Any]]) -> None:
        values = list(map(pick, batch))
        if any(processors):
            values = [_processed(value, processors) for value in values]
        start, end = 0, len(values)
        cursor = connection.connection.cursor()
        try:
            for size, together in statements:
                while end - start >= size:
                    cursor.execute(together, tuple(chain.from_iterable(values[start : start + size])))
                    start += size
            cursor.executemany(sql, values[start:])
        finally:
            cursor.close()

    return insert


def _processed(row: tuple[Any, ...], processors: Sequence[_Process]) -> tuple[Any, ...]:
    return tuple(value if process is None else process(value) for value, process in zip(row, processors, strict=True))


def _processor(table: Table, name: str, dialect: Dialect) -> _Process:
    kind = table.columns[name].type
    # Drivers take bytes as they are; SQLAlchemy would wrap each value once more.
    return None if isinstance(kind, LargeBinary) else kind.dialect_impl(dialect).bind_processor(dialect)
