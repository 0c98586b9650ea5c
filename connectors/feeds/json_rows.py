"""JSON objects as lines of cells: one object on each line, or all of them in one array.

An object's keys are the names of columns, and a key that is missing, or null, is an empty cell.
Python's reader takes more than JSON has, and changes what it takes: the last of two equal keys
wins, NaN is a number, a fraction is rounded. So keys are counted, and fractions stay as written.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reconciliation.feed import (
    CellKind,
    Dialect,
    FileCause,
    FileFault,
    JsonForm,
    JsonLayout,
    Line,
    RowCause,
    decoded,
    names_of,
    refuse_rows,
)


DEPTH_MAX = 32
"""How deep objects and arrays may lie in each other; a row of stock needs one or two."""
DIGITS_MAX = 30
"""Longer numbers stay text: making a number of them takes time that grows with its square."""
OTHER_KEYS_SHOWN = 30
"""How many of the keys that are not read a header lists."""


class _Object(dict[str, object]):
    """A JSON object that remembers whether it was given a key twice."""

    repeated = False


class _Odd(str):
    """A number as written, which is no whole one or a very long one."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One row: the object, or None and the cause."""

    row: int
    text: str
    found: _Object | None = None
    cause: RowCause | None = None


def json_lines(content: bytes, dialect: Dialect, form: JsonForm) -> Iterator[Line]:
    """Yield a header of keys, and a line for each object. Raises `FileFault`."""
    text = decoded(content, form.encoding)
    items = list(_items_of_lines(text) if form.layout is JsonLayout.LINES else _items(text, form))
    refuse_rows(len(items), dialect)
    if not items and form.layout is JsonLayout.LINES:
        return  # an empty file, as in any other form
    read, others = _keys(items, dialect)
    yield Line(row=1, text="", cells=(*read, *others, ""))
    for item in items:
        yield _line(item, read, len(others))


def _items_of_lines(text: str) -> Iterator[_Item]:
    # At LF alone: a string may hold every other sign that Python takes for the end of a line.
    for row, line in enumerate(text.split("\n"), start=1):
        if line.strip(" \t\r"):
            yield _item_of_line(row, line.removesuffix("\r"))


def _item_of_line(row: int, line: str) -> _Item:
    try:
        return _item(row, line, _loaded(line))
    except (ValueError, RecursionError):
        return _Item(row=row, text=line, cause=RowCause.JSON_UNREADABLE)


def _items(text: str, form: JsonForm) -> Iterator[_Item]:
    try:
        whole = _loaded(text)
    except ValueError as fault:
        raise _unreadable(str(fault)) from fault
    except RecursionError as fault:
        raise FileFault(
            FileCause.JSON_TOO_DEEP,
            detail="the file has objects or arrays in each other beyond any stock file",
            remedy=f"write rows as objects in one array, at most {DEPTH_MAX} deep",
        ) from fault
    for row, value in enumerate(_array(whole, form), start=1):
        shown = json.dumps(value, ensure_ascii=False) if _shallow(value) else ""
        yield _item(row, shown, value)


def _item(row: int, text: str, value: object) -> _Item:
    if not isinstance(value, _Object) or not _shallow(value):
        return _Item(row=row, text=text, cause=RowCause.JSON_UNREADABLE)
    cause = RowCause.KEY_REPEATED if value.repeated else None
    return _Item(row=row, text=text, found=value, cause=cause)


def _array(whole: object, form: JsonForm) -> list[object]:
    value = whole
    for key in form.rows_at.split(".") if form.rows_at else ():
        if isinstance(value, _Object) and value.repeated:
            raise _unreadable(f"an object on the way to {form.rows_at!r} has a key twice")
        value = value.get(key) if isinstance(value, _Object) else None
    if isinstance(value, list):
        return value
    raise FileFault(
        FileCause.ROWS_NOT_FOUND,
        detail=f"there is no array at {form.rows_at!r}" if form.rows_at else "it is no array",
        remedy="write the rows as objects in one array, or declare where it is (rows_at)",
    )


def _unreadable(why: str) -> FileFault:
    return FileFault(
        FileCause.JSON_UNREADABLE,
        detail=f"the file cannot be read as JSON ({why})",
        remedy="write one JSON document, or declare that each line is one",
    )


# --- values ----------------------------------------------------------------------------------


def _loaded(text: str) -> object:
    loaded: object = json.loads(
        text,
        object_pairs_hook=_object,
        parse_int=_whole,
        parse_float=_Odd,
    )
    return loaded


def _object(pairs: list[tuple[str, object]]) -> _Object:
    found = _Object(pairs)
    found.repeated = len(found) < len(pairs)
    return found


def _whole(digits: str) -> int | _Odd:
    return int(digits) if len(digits) <= DIGITS_MAX else _Odd(digits)


def _shallow(value: object, left: int = DEPTH_MAX) -> bool:
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return left > 0 and all(_shallow(each, left - 1) for each in inside)


# --- cells -----------------------------------------------------------------------------------


def _keys(items: Iterable[_Item], dialect: Dialect) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the keys that are read, and some of those that are not, for people to see."""
    asked = [name for column in dialect.columns for name in names_of(column)]
    objects = [item.found for item in items if item.found is not None]
    if not objects:
        return tuple(names_of(column)[0] for column in dialect.columns), ()
    seen = dict.fromkeys(key for found in objects for key in found)
    read = tuple(name for name in asked if name in seen)
    others = (key for key in seen if key not in asked and key and key == key.strip())
    return read, tuple(key for key, _ in zip(others, range(OTHER_KEYS_SHOWN), strict=False))


def _line(item: _Item, read: tuple[str, ...], blanks: int) -> Line:
    if item.found is None or item.cause is not None:
        return Line(row=item.row, text=item.text, cause=item.cause)
    cells = [_cell(item.found.get(key)) for key in read]
    # One cell tells what else the object says: rows that differ there do not repeat each other.
    rest = {key: value for key, value in item.found.items() if key not in read}
    beside = json.dumps(rest, ensure_ascii=False, sort_keys=True)
    return Line(
        row=item.row,
        text=item.text,
        cells=(*(text for text, _ in cells), *[""] * blanks, beside),
        kinds=(*(kind for _, kind in cells), *[CellKind.TEXT] * blanks, CellKind.TEXT),
    )


def _cell(value: object) -> tuple[str, CellKind]:
    if value is None:
        return "", CellKind.TEXT
    if isinstance(value, _Odd):
        return str(value), CellKind.OTHER
    if isinstance(value, str):
        return value, CellKind.TEXT
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value), CellKind.NUMBER
    return json.dumps(value, ensure_ascii=False), CellKind.OTHER
