"""On which line of a TOML file a setting stands: a cheap search, right for usual files."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping

from .faults import Loc


_HEADER = re.compile(r"\s*\[")
_KEY = re.compile(r"\s*([^#=\[{]+?)\s*=")


def lines_of(text: str) -> dict[Loc, int]:
    """Return the line of each table and key, from 1. Keys within inline tables have none."""
    lines: dict[Loc, int] = {}
    table: Loc = ()
    counts: Counter[Loc] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if _HEADER.match(line):
            table = _table(line, counts) or table
            _note(lines, table, number)
        elif matched := _KEY.match(line):
            _note(lines, (*table, *_path(f"{matched[1]} = 0")), number)
    return lines


def line_at(lines: Mapping[Loc, int], loc: Loc) -> int | None:
    """Return the line of a setting, or of the nearest table around it."""
    ways = (loc[:length] for length in range(len(loc), 0, -1))
    return next((lines[way] for way in ways if way in lines), None)


def _note(lines: dict[Loc, int], path: Loc, number: int) -> None:
    """Keep the first line of a setting, and of every table that its path opens on the way."""
    for length in range(1, len(path) + 1):
        lines.setdefault(path[:length], number)


def _table(line: str, counts: Counter[Loc]) -> Loc:
    path = _path(line)
    if not path or not line.lstrip().startswith("[["):
        return path
    counts[path] += 1
    return (*path, counts[path] - 1)


def _path(toml: str) -> Loc:
    """Return the keys that one line of TOML opens; none if it is a piece of something else."""
    try:
        value: object = tomllib.loads(toml)
    except tomllib.TOMLDecodeError:
        return ()
    path: list[str] = []
    while isinstance(value, dict) and value:
        key, value = next(iter(value.items()))
        path.append(key)
    return tuple(path)
