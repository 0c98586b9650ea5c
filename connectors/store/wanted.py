"""Asks for many rows by their keys at once: one parameter, however many keys there are.

A list of keys spelled out as parameters makes a text of its own for every length of the list, and
SQLite reads a whole table rather than look up keys of several columns in it. As one JSON array
they are a table like any other, to which both databases join by their indexes.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Dialect, String, and_, bindparam, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator


def among(*columns: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition that columns are together among the tuples of the parameter `wanted`.

    The columns hold text. A statement with it is made once and used again: making one takes
    longer than running it.
    """
    keys = _Keys(bindparam("wanted", type_=_KeyList())).table_valued("value")
    return and_(
        *(
            column == _Part(keys.c.value, literal_column(str(place)))
            for place, column in enumerate(columns)
        )
    )


class _KeyList(TypeDecorator[Iterable[tuple[str, ...]]]):
    """Keys as the text of a JSON array of arrays, each once: a row is found once."""

    impl = String
    cache_ok = True

    def process_bind_param(
        self, value: Iterable[tuple[str, ...]] | None, _dialect: Dialect
    ) -> str:
        """Return the keys as text."""
        return json.dumps(list(dict.fromkeys(value or ())))


class _Keys(FunctionElement[Any]):
    """The keys of a `_KeyList` as a table with one column, `value`."""

    name = "keys"
    inherit_cache = True


class _Part(FunctionElement[str]):
    """The text at a place, counted from 0, of a key."""

    name = "part"
    type = String()
    inherit_cache = True


@compiles(_Keys, "sqlite")
def _keys_on_sqlite(keys: _Keys, compiler: SQLCompiler, **options: object) -> str:
    return f"json_each({compiler.process(keys.clauses, **options)})"


@compiles(_Keys, "postgresql")
def _keys_on_postgres(keys: _Keys, compiler: SQLCompiler, **options: object) -> str:
    return f"json_array_elements(CAST({compiler.process(keys.clauses, **options)} AS json))"


@compiles(_Part, "sqlite")
def _part_on_sqlite(part: _Part, compiler: SQLCompiler, **options: object) -> str:
    key, place = (compiler.process(each, **options) for each in part.clauses)
    return f"json_extract({key}, '$[{place}]')"


@compiles(_Part, "postgresql")
def _part_on_postgres(part: _Part, compiler: SQLCompiler, **options: object) -> str:
    key, place = (compiler.process(each, **options) for each in part.clauses)
    return f"({key} ->> {place})"
