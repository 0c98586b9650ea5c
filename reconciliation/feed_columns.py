"""Where a feed's columns are: by a name, by one name of several, or by position.

A name is looked for in the header exactly as written. Of several names exactly one may stand
there: two columns that could both be meant are no reason to choose. A position counts from 1.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from typing import TypeAlias

from .feed_faults import FileCause, FileFault


Column: TypeAlias = str | int | tuple[str, ...]
"""A name in the header, a position from 1, or names of which the header has exactly one."""

POSITION_MAX = 1_000
"""Far beyond any export; spreadsheets end at 16,384."""

# A file that is no feed at all may have a first line of any length; a message may not.
NAMES_SHOWN = 30
NAME_LETTERS_SHOWN = 60


def names_of(column: Column) -> tuple[str, ...]:
    """Return the names that a column may have; none for a position."""
    if isinstance(column, str):
        return (column,)
    return column if isinstance(column, tuple) else ()


def column_faults(columns: Collection[Column]) -> list[str]:
    """Return why these columns cannot be found, each for itself and beside the others."""
    faults = []
    names = [name for column in columns for name in names_of(column)]
    places = [column for column in columns if isinstance(column, int)]
    if any(not name or name != name.strip() for name in names) or () in columns:
        faults.append("a column needs a name, without spaces around it")
    if any(not 1 <= place <= POSITION_MAX for place in places):
        faults.append(f"a column's position is from 1 to {POSITION_MAX}")
    meant = [*names, *(f"column {place}" for place in places)]
    if len(set(meant)) < len(meant):
        faults.append(f"one column cannot be two things: {', '.join(meant)}")
    return faults


def places_of(
    columns: Collection[Column], header: tuple[str, ...], *, remedy: str
) -> tuple[int, ...]:
    """Return where in the header the columns are, from 0. Raises `FileFault`."""
    _refuse_ambiguous(columns, header)
    _refuse_missing(columns, header, remedy)
    places = tuple(_place(column, header) for column in columns)
    if len(set(places)) < len(places):
        raise FileFault(
            FileCause.COLUMN_AMBIGUOUS,
            detail=f"one column is asked for as two things, in the header {listed(header)}",
            remedy="declare each column by its own name or position in the dialect",
        )
    return places


def refuse_repeated(header: tuple[str, ...]) -> None:
    """Refuse a header that names two columns alike. Raises `FileFault`."""
    # Blank names may repeat: spreadsheets pad the header with them.
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    if twice:
        raise FileFault(
            FileCause.COLUMN_REPEATED,
            detail=f"the header names a column twice: {listed(twice)}",
            remedy="leave one of them out, or give it another name",
        )


def _refuse_ambiguous(columns: Iterable[Column], header: tuple[str, ...]) -> None:
    for column in columns:
        found = [name for name in names_of(column) if name in header]
        if len(found) > 1:
            raise FileFault(
                FileCause.COLUMN_AMBIGUOUS,
                detail=f"the header has {listed(found)}, which are names of one column",
                remedy="send one of them, or declare only the one that counts in the dialect",
            )


def _refuse_missing(columns: Collection[Column], header: tuple[str, ...], remedy: str) -> None:
    missing = [column for column in columns if not _is_there(column, header)]
    if missing:
        alone = len(missing) == len(columns)
        raise FileFault(
            FileCause.HEADER_MISSING if alone else FileCause.COLUMN_MISSING,
            detail=f"the header lacks {all_told(missing)}; found {listed(header)}",
            remedy=remedy,
        )


def _is_there(column: Column, header: tuple[str, ...]) -> bool:
    if isinstance(column, int):
        return column <= len(header)
    return any(name in header for name in names_of(column))


def _place(column: Column, header: tuple[str, ...]) -> int:
    if isinstance(column, int):
        return column - 1
    return next(header.index(name) for name in names_of(column) if name in header)


def listed(names: Collection[str]) -> str:
    """Return names for people, as many and as long as a message may have."""
    shown = [repr(name[:NAME_LETTERS_SHOWN]) for name in names][:NAMES_SHOWN]
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")


def told(column: Column) -> str:
    """Return a column for people: its name, its names, or its position."""
    if isinstance(column, int):
        return f"column {column}"
    return " or ".join(repr(name[:NAME_LETTERS_SHOWN]) for name in names_of(column))


def all_told(columns: Iterable[Column]) -> str:
    """Return columns for people."""
    return ", ".join(told(column) for column in columns)
