"""Reports as a person or a program reads them: rich tables, or one JSON document.

Names come from shops and partners and are hostile: no cell is read as markup.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text


WIDTH_PIPED = 500
"""Letters per line where no terminal says its own: each row on one line, for grep to find."""

INDENT = 2
"""Letters by which facts stand in under their title."""

_STYLES = {
    "open": "green",
    "throttled": "yellow",
    "paused": "red",
    "held": "magenta",
    "stranded": "red",
    "short": "bold red",
}


def as_json(report: object) -> str:
    """Return a report as one JSON document."""
    return json.dumps(report, default=_plain, ensure_ascii=False, indent=2, allow_nan=False)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"a report holds plain values, not {type(value).__name__}")


def show(*parts: RenderableType) -> None:
    """Print tables and lines to standard output."""
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = WIDTH_PIPED
    for part in parts:
        console.print(part)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """Return a table; numbers stand to the right, what is not known is a dash."""
    made = Table(title=Text(title), title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        made.add_column(Text(column), overflow="fold")
    for row in rows:
        made.add_row(*(cell(value) for value in row))
    return made


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> Group:
    """Return names and values under a title, without lines."""
    made = Table(show_header=False, box=None)
    made.add_column(style="dim")
    made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(Text(name), cell(value, right=False))
    return Group(Text(title, style="bold"), Padding(made, (0, 0, 0, INDENT), expand=False))


def cell(value: object, *, right: bool = True) -> Text:
    """Return a value as the text of a cell."""
    if value is None:
        return Text("-", style="dim")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, int | float):
        number = f"{value:g}" if isinstance(value, float) else str(value)
        return Text(number, justify="right" if right else "default")
    text = ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
    return Text(text, style=_STYLES.get(text, ""))
