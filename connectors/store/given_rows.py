"""Many rows, each with values of its own, for one statement.

SQLite is in our process, and runs a statement for each row as fast as it can be run. PostgreSQL's
driver would send a message for each row: there the rows are one parameter, a JSON array, and a
table of the statement. A statement is written once for both: what is `given` stands for a row's
values in either.
"""

import json
from collections.abc import Mapping, Sequence
from math import isfinite
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
        connection.execute(statement, rows)


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
