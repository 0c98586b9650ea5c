"""Opens a new partner's file without a declared form, to propose one; intake never does this."""

import json
from collections.abc import Iterator, Mapping, Sequence

from reconciliation.feed import (
    CellKind,
    Compression,
    Dialect,
    Encoding,
    FileCause,
    FileFault,
    Line,
    SheetForm,
    decoded,
    refuse_large,
)
from reconciliation.feed_suggested_columns import has_known_columns, suggest_from
from reconciliation.feed_suggested_text import encoding_choices, text_grid
from reconciliation.feed_suggestion import Choice, Grid, Suggestion, Sureness

from .spreadsheet import sheet_lines
from .unpacking import unpacked
from .workbook import parts_of, sheets_of


_GZIP_MAGIC = b"\x1f\x8b"
_ZIP_MAGIC = b"PK\x03\x04"
_DEPTH_MAX = 6
"""How deep an array of rows is looked for."""

_ANYWHERE = Dialect(sku_column=1, quantity_column=2, header_lines=0)


def suggest(content: bytes, *, file_name: str) -> Suggestion:
    """Return how a file seems to be written. Raises `FileFault` for what is no stock file."""
    refuse_large(content, _ANYWHERE)
    if content.startswith(_GZIP_MAGIC):
        packed = Dialect(
            sku_column=1, quantity_column=2, header_lines=0, compression=Compression.GZIP
        )
        choice = _sure("compression", "gzip", "the file begins as gzip does")
        return suggest_from(_grid(unpacked(content, packed), (choice,)), file_name=file_name)
    return suggest_from(_grid(content, ()), file_name=file_name)


def _grid(content: bytes, choices: tuple[Choice, ...]) -> Grid:
    found = _sheet_grid(content) if content.startswith(_ZIP_MAGIC) else _text_grid(content)
    return Grid(lines=found.lines, headed=found.headed, choices=(*choices, *found.choices))


def _sure(setting: str, value: str, evidence: str) -> Choice:
    return Choice(setting=setting, value=value, sureness=Sureness.SURE, evidence=evidence)


# --- sheets ----------------------------------------------------------------------------------


def _sheet_grid(content: bytes) -> Grid:
    """Return the sheet whose columns are known by name, else the first that is shown."""
    shown = [each.name for each in sheets_of(parts_of(content)) if not each.hidden]
    grids = {
        name: Grid(lines=tuple(sheet_lines(content, _ANYWHERE, SheetForm(sheet=name))))
        for name in shown
    }
    if not grids:
        raise FileFault(
            FileCause.SHEET_HIDDEN,
            detail="the workbook shows no sheet",
            remedy="show the sheet with the stock, and save the workbook",
        )
    name = max(grids, key=lambda each: has_known_columns(grids[each]))
    choices = [_sure("format", "xlsx", "the file is a workbook")]
    if len(shown) > 1:
        choices.append(
            Choice(
                setting="sheet",
                value=name,
                sureness=Sureness.LIKELY,
                evidence=f"it is one of {len(shown)} sheets, and its columns fit best",
                alternatives=tuple(other for other in shown if other != name),
            )
        )
    return Grid(lines=grids[name].lines, choices=tuple(choices))


# --- text and JSON ---------------------------------------------------------------------------


def _text_grid(content: bytes) -> Grid:
    grids = [
        grid
        for encoding in encoding_choices(content)
        if (grid := _json_grid(content, encoding) or text_grid(content, encoding)) is not None
    ]
    if grids:
        return max(grids, key=has_known_columns)
    if not content.strip():
        raise FileFault(
            FileCause.EMPTY, detail="the file is empty", remedy="name a file that has rows"
        )
    raise FileFault(
        FileCause.UNDECODABLE,
        detail="the file is no text with columns, no JSON with rows, no XLSX workbook, no gzip",
        remedy="export it as CSV in UTF-8, or save it as XLSX; UTF-16 needs its byte order mark",
    )


def _json_grid(content: bytes, encoding: Choice) -> Grid | None:
    text = decoded(content, Encoding(str(encoding.value))).strip()
    if not text.startswith(("[", "{")):
        return None
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return _lines_grid(text, encoding)
    found = [(len(rows), path, rows) for path, rows in _arrays(whole, ())]
    if not found:
        return _lines_grid(text, encoding)
    _, path, rows = max(found, key=lambda each: each[0])
    others = tuple(".".join(other) for _, other, _ in found if other != path)
    choices = [_sure("format", "json", "the file is one JSON document"), encoding]
    if path:
        way = ".".join(path)
        choices.append(
            Choice(
                setting="rows_at",
                value=way,
                sureness=Sureness.LIKELY if others else Sureness.SURE,
                evidence=f"there is an array of {len(rows)} objects",
                alternatives=others,
            )
        )
    return _grid_of(rows, choices)


def _arrays(
    value: object, path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], list[Mapping[str, object]]]]:
    """Yield the arrays of objects that a way of keys leads to."""
    if isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        yield path, value
    if isinstance(value, dict) and len(path) < _DEPTH_MAX:
        for key, inside in value.items():
            if key and "." not in key and _whole(key) == key:
                yield from _arrays(inside, (*path, key))


def _lines_grid(text: str, encoding: Choice) -> Grid | None:
    lines = [line for line in text.split("\n") if line.strip()]
    rows = [row for line in lines if (row := _object(line)) is not None]
    if 2 * len(rows) <= len(lines):
        return None
    evidence = f"{len(rows)} of {len(lines)} lines are JSON objects"
    return _grid_of(rows, [_sure("format", "ndjson", evidence), encoding])


def _object(line: str) -> Mapping[str, object] | None:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _grid_of(rows: Sequence[Mapping[str, object]], choices: Sequence[Choice]) -> Grid:
    keys = tuple(dict.fromkeys(key for row in rows for key in row if key and key == key.strip()))
    below = (_line(number, row, keys) for number, row in enumerate(rows, start=1))
    lines = (Line(row=1, text="", cells=tuple(map(_whole, keys))), *below)
    return Grid(lines=lines, choices=tuple(choices), headed=True)


def _line(number: int, row: Mapping[str, object], keys: tuple[str, ...]) -> Line:
    plain = [row.get(key) for key in keys]
    texts = tuple("" if each is None else _whole(str(each)) for each in plain)
    kinds = tuple(
        CellKind.OTHER if isinstance(each, bool | float | list | dict) else CellKind.TEXT
        for each in plain
    )
    return Line(row=number, text="", cells=texts, kinds=kinds)


def _whole(text: str) -> str:
    """Return a text in which half of a surrogate pair is spelt out: no file can hold one."""
    return text.encode("utf-8", "backslashreplace").decode()
