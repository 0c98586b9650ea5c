"""Reads a large feed in one sweep; what is not plain in it is read by `reconciliation.feed.parse`.

Theory of operation
-------------------
Of a million lines nearly all are plain, and polars reads them as columns. The others, and all that
name the same SKU as one of them or as each other, are made a small file under the same header, and
the careful way reads that: it alone knows what is wrong with a row, and which rows contradict. It
misses nothing by it, since a line is read for itself, and rows are only ever held against those of
their own SKU. The rows of both come together in the order of the file.

Where the file itself is to be doubted, or the dialect has a feature that is not known here,
nothing is said at all, and the careful way reads the whole file. So both always say the same.
"""

import csv
import hashlib
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BytesIO

import polars as pl

from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    Compression,
    Dialect,
    Encoding,
    FeedRow,
    FileFault,
    ParsedFeed,
    QuantityRule,
    TextForm,
    decoded,
    parse,
)
from reconciliation.feed_columns import places_of
from reconciliation.feed_rows import SKU_LETTERS_MAX
from reconciliation.feed_time import read_arrival, read_file_name
from reconciliation.quantities import Instant, UnreadableSku, later, normal_sku

from .plain_lines import Layout, sort_lines
from .stated_columns import SCHEMA, StatedColumns


BYTE_ORDER_MARK = "\ufeff"

CAREFUL_SHARE_MAX = 0.5
"""With a larger share of lines that need care, reading the others faster gains nothing ..."""

CAREFUL_LINES_MIN = 1_000
"""... and of fewer of them it costs nothing."""

HEADER_AMONG = 50
"""Blank lines that may stand before the header; more are left to the careful way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file as its lines, with what is needed to have some of them read with care."""

    dialect: Dialect
    form: TextForm
    file_name: str
    arrived_at: Instant
    header: str
    header_row: int
    body: pl.DataFrame

    def parse(self, lines: pl.DataFrame) -> ParsedFeed:
        """Return what the careful way says of some lines. Raises `FileFault` as it does.

        Its caps, which are on the whole file, have been seen to.
        """
        text = "\r\n".join([self.header, *lines["line"], ""])
        content = text.encode()
        small = replace(
            self.dialect,
            form=replace(self.form, encoding=Encoding.UTF_8),
            bytes_max=max(len(content), self.dialect.bytes_max),
        )
        parsed = parse(content, small, file_name=self.file_name, arrived_at=self.arrived_at)
        return _numbered(parsed, [self.header_row, *lines["row"]])


def understands(dialect: Dialect) -> bool:
    """Tell whether every feature of a dialect is known here."""
    return (
        isinstance(dialect.form, TextForm)
        and dialect.compression is Compression.NONE
        and dialect.warehouse is None
        and (dialect.skip_lines, dialect.header_lines) == (0, 1)
        and dialect.quantity == QuantityRule()
    )


def read_fast(
    content: bytes, dialect: Dialect, *, file_name: str, arrived_at: Instant
) -> ParsedFeed | None:
    """Return what a file says, exactly as `parse` does; None where that has to read it."""
    if not understands(dialect) or not isinstance(dialect.form, TextForm):
        return None
    file = _opened(content, dialect, dialect.form, file_name=file_name, arrived_at=arrived_at)
    if file is None:
        return None
    try:
        parsed = _read(file)
    except FileFault:
        # The careful way may have another to name first.
        return None
    return parsed and replace(parsed, sha256=hashlib.sha256(content).hexdigest())


# --- the file as lines -----------------------------------------------------------------------


def _opened(
    content: bytes, dialect: Dialect, form: TextForm, *, file_name: str, arrived_at: Instant
) -> _File | None:
    """Return a file as lines, None where anything is odd about it as a whole."""
    lines = _lines(content, form) if len(content) <= dialect.bytes_max else None
    if lines is None or not _within_caps(lines, dialect, form):
        return None
    head = lines["line"].head(HEADER_AMONG).str.strip_chars(" \t").str.len_bytes() > 0
    at = head.arg_max() if head.any() else None
    if at is None or lines["line"][at].startswith(BYTE_ORDER_MARK):
        return None
    return _File(
        dialect=dialect,
        form=form,
        file_name=file_name,
        arrived_at=arrived_at,
        header=lines["line"][at],
        header_row=at + 1,
        body=lines.slice(at + 1),
    )


def _lines(content: bytes, form: TextForm) -> pl.DataFrame | None:
    """Return the columns `line` and `row`, None for what cannot be decoded or has no line end."""
    try:
        text = decoded(content, form.encoding)
    except FileFault:
        return None
    # A lone CR ends lines only where there is no LF.
    if "\n" not in text:
        return None
    is_utf_8 = form.encoding is Encoding.UTF_8
    plain = content.removeprefix(BOM_UTF8) if is_utf_8 else text.encode()
    lines = pl.read_lines(BytesIO(plain), name="line")
    return lines.with_columns(row=pl.int_range(1, lines.height + 1, dtype=pl.Int64))


def _within_caps(lines: pl.DataFrame, dialect: Dialect, form: TextForm) -> bool:
    lengths = lines["line"].str.len_bytes()
    longest = lengths.max()
    rows = int((lengths > 0).sum()) - 1
    return (
        isinstance(longest, int) and longest <= form.line_letters_max and rows <= dialect.rows_max
    )


# --- the rows --------------------------------------------------------------------------------


def _read(file: _File) -> ParsedFeed | None:
    """Return what a file says, None where most of it needs care. Raises `FileFault`."""
    layout = _layout(file)
    told = sort_lines(file.body, layout)
    plain, rest = told.plain, told.rest
    if len(rest) > max(CAREFUL_SHARE_MAX * len(file.body), CAREFUL_LINES_MIN):
        return None
    is_doubted = _is_doubted(plain, _skus_named(rest, layout))
    doubted = file.body.gather(plain["row"].filter(is_doubted) - file.header_row - 1)
    careful = file.parse(pl.concat([rest, doubted]).sort("row"))
    return replace(careful, rows=_in_order(plain.filter(~is_doubted), careful.rows))


def _layout(file: _File) -> Layout:
    """Return where the header puts the cells. Raises `FileFault`."""
    dialect = file.dialect
    header = file.parse(file.body.clear()).header
    # By name, by one of several or by position: once the header is known, all are places.
    sku_at, quantity_at, *as_of_at = places_of(dialect.columns, header, remedy=dialect.remedy)
    return Layout(
        dialect=dialect,
        form=file.form,
        width=len(header),
        sku_at=sku_at,
        quantity_at=quantity_at,
        as_of_at=as_of_at[0] if as_of_at else None,
        file_as_of=_file_as_of(file),
        as_of_max=later(file.arrived_at, dialect.clock_tolerance_s),
    )


def _file_as_of(file: _File) -> Instant:
    # A name that tells no moment has been refused with the header already.
    source = file.dialect.as_of
    if isinstance(source, AsOfArrival):
        return read_arrival(file.arrived_at, source)
    if isinstance(source, AsOfColumn):
        return file.arrived_at
    return read_file_name(file.file_name, source)


def _is_doubted(plain: pl.DataFrame, named: Sequence[str]) -> pl.Series:
    """Tell the plain rows whose SKU another row may name too, a few too many at worst.

    By hashes: to compare texts takes five times as long, and care harms no row.
    """
    keys = plain["sku"].hash()
    in_order = keys.sort()
    twice = in_order.filter((in_order == in_order.shift(1)).fill_null(value=False))
    doubted = pl.concat([twice, pl.Series(named, dtype=pl.String).hash()]).unique()
    return keys.is_in(doubted.implode())


def _skus_named(lines: pl.DataFrame, layout: Layout) -> list[str]:
    """Return every SKU that the careful way might find in some lines."""
    return [sku for line in lines["line"] for sku in _skus_in(line, layout)]


def _skus_in(line: str, layout: Layout) -> Iterator[str]:
    form = layout.form
    try:
        cells = next(csv.reader([line], delimiter=form.delimiter, quotechar=form.quote))
    except csv.Error:
        # No cells, no SKU: the careful way reads by stricter rules.
        return
    # A SKU that is too long is none there either, and to compose one may take for ever.
    if len(cells) == layout.width and len(cells[layout.sku_at].strip()) <= SKU_LETTERS_MAX:
        with suppress(UnreadableSku):
            yield normal_sku(cells[layout.sku_at], layout.dialect.sku_case)


def _in_order(sure: pl.DataFrame, careful: Sequence[FeedRow]) -> StatedColumns:
    """Return the rows of both ways as one, in the order of the file."""
    if not careful:
        return StatedColumns(sure)
    told = [(row.sku, row.units, row.as_of, row.row) for row in careful]
    return StatedColumns(
        sure.merge_sorted(pl.DataFrame(told, schema=SCHEMA, orient="row"), key="row")
    )


def _numbered(parsed: ParsedFeed, rows: Sequence[int]) -> ParsedFeed:
    """Return what was read from a small file, with the rows' numbers in the whole one."""
    return replace(
        parsed,
        rows=tuple(replace(each, row=rows[each.row - 1]) for each in parsed.rows),
        faults=tuple(replace(each, row=rows[each.row - 1]) for each in parsed.faults),
        merged=tuple(
            replace(each, row=rows[each.row - 1], into_row=rows[each.into_row - 1])
            for each in parsed.merged
        ),
    )
