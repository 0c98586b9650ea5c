"""Many rows, each with values of its own, for one statement.

SQLite is in our process, and runs a statement for each row as fast as it can be run. PostgreSQL's
driver would send a message for each row: there the rows are one parameter, a JSON array, and a
table of the statement. A statement is written once for both: what is `given` stands for a row's
values in either.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from math import isfinite
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Dialect,
    String,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
)
from sqlalchemy.types import TypeDecorator, TypeEngine


SPELLED_KEPT = 256
"""How many statements are kept as the driver takes them: the program has some thirty, once for
each record that a process has open."""

Given = Mapping[str, ColumnElement[Any]]
"""The values of a row, by name."""


def given(dialect: str, types: Mapping[str, TypeEngine[Any]]) -> Given:
    """Return what stands for each row's values in a statement that `execute_for_rows` takes."""
    if dialect != "postgresql":
        return {name: bindparam(name, type_=type_) for name, type_ in types.items()}
    rows = func.json_to_recordset(cast(bindparam("rows", type_=_Rows()), JSON))
    columns = [column(name, type_) for name, type_ in types.items()]
    table = rows.table_valued(*columns, name="given").render_derived(with_types=True)
    return {name: table.c[name] for name in types}


def inserting(dialect: str, insert: Any, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - two dialects' inserts
    """Return an insert of values that are given, or the same for all rows."""
    if dialect != "postgresql":
        return insert.values(values)
    columns = [
        value if isinstance(value, ColumnElement) else literal(value) for value in values.values()
    ]
    return insert.from_select(list(values), select(*columns))


def execute_for_rows(connection: Connection, statement: Any, rows: Sequence[Any]) -> None:  # noqa: ANN401 - any of ours
    """Execute a statement for each of some rows, in their order if it inserts.

    None may be named twice: PostgreSQL does to each row of a table one thing in a statement.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(statement, {"rows": rows})
    else:
        spelled = _spelled(statement, connection.dialect)
        connection.exec_driver_sql(spelled.text, list(spelled.bound(rows)))


class _Spelled:
    """A statement as the driver takes it: its text, and what goes to each place of it.

    The library would look all of that up for each row, which takes thrice as long as the row.
    """

    def __init__(self, statement: Any, dialect: Dialect) -> None:  # noqa: ANN401 - any of ours
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._places: Sequence[str] = compiled.positiontup
        self._fixed = compiled.params
        self._made = {
            name: make
            for name, bind in compiled.binds.items()
            if (make := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }

    def bound(self, rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
        """Yield what goes to the places, by row."""
        columns = [self._column(name, rows) for name in self._places]
        return zip(*columns, strict=True)

    def _column(self, name: str, rows: Sequence[Mapping[str, Any]]) -> Iterable[Any]:
        make: Callable[[Any], Any] | None = self._made.get(name)
        given = name in rows[0]
        values = map(itemgetter(name), rows) if given else repeat(self._fixed[name], len(rows))
        return values if make is None else map(make, values)


@lru_cache(maxsize=SPELLED_KEPT)
def _spelled(statement: Any, dialect: Dialect) -> _Spelled:  # noqa: ANN401 - as above
    return _Spelled(statement, dialect)


class _Rows(TypeDecorator[Sequence[Mapping[str, Any]]]):
    """Rows as the text of a JSON array of objects."""

    impl = String
    cache_ok = True

    def process_bind_param(
        self, value: Sequence[Mapping[str, Any]] | None, _dialect: Dialect
    ) -> str:
        """Return the rows as text; infinity is a word there, as JSON has no number for it."""
        try:
            return json.dumps(value or (), allow_nan=False)
        except ValueError:
            return json.dumps([_spelled_out(row) for row in value or ()])


def _spelled_out(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, float) and not isfinite(value) else value
        for name, value in row.items()
    }
