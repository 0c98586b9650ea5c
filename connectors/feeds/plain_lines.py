"""Tells the lines of a feed that can be read in one sweep from those that need care, by polars.

A line is plain if what it says is beyond doubt: no sign that is not to be seen, as many cells as
the header, none or every cell of it quoted, a SKU of letters that have one form only, a quantity
of the digits 0 to 9, a moment that has come. What is said here of a plain line must be exactly
what `reconciliation.feed.parse` says of it. Of all other lines nothing is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from reconciliation.feed import AsOfColumn, Dialect, TextForm
from reconciliation.feed_rows import SKU_LETTERS_MAX
from reconciliation.feed_time import UnreadableTime, read_iso_8601
from reconciliation.quantities import Instant, SkuCase

from .stated_columns import SCHEMA


# Letters that are their own composed form (NFC) whatever stands beside them, and have been in
# Unicode for so long that every library knows them: parts of Latin, Greek, Cyrillic ...
_CASED = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f"
# ... and kana, Chinese and Hangul syllables, which have no capitals.
_CASELESS = "\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fa5\uac00-\ud7a3"

# All that the careful way takes for a control character, the tab included.
_CONTROL = r"\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}"

_UNITS = "[0-9]{1,7}"
_UTC_SECONDS = "^[12][0-9]{3}-[01][0-9]-[0-3][0-9][T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the cells stand in each line, by the header, and what every line is held against."""

    dialect: Dialect
    form: TextForm
    width: int
    sku_at: int
    quantity_at: int
    as_of_at: int | None
    file_as_of: Instant
    as_of_max: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Lines told apart: `plain` has the columns of `SCHEMA`, `rest` is as the lines came."""

    plain: pl.DataFrame
    rest: pl.DataFrame


def sort_lines(lines: pl.DataFrame, layout: Layout) -> Sorted:
    """Return what the plain ones of some lines say, and the others, each in the lines' order.

    `lines` has the columns `line` and `row`.
    """
    plain, undated = [], []
    for shape in _shapes(lines, layout):
        fits = lines["line"].str.contains(shape.pattern)
        read = _read(lines.filter(fits), shape, layout)
        dated = read.filter(pl.col("as_of") <= layout.as_of_max)
        if dated.height < read.height:
            undated.append(lines.filter(fits).join(dated, on="row", how="anti"))
        plain.append(dated)
        lines = lines.filter(~fits)
        if lines.is_empty():
            break
    return Sorted(plain=_in_order(plain), rest=_in_order([lines, *undated]))


def _in_order(parts: list[pl.DataFrame]) -> pl.DataFrame:
    some = [part for part in parts if not part.is_empty()]
    return (some or parts)[0] if len(some) < 2 else pl.concat(some).sort("row")  # noqa: PLR2004 - one part is in order


# --- the shapes of a plain line --------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """A form of plain lines: what they look like, and what parts their cells."""

    pattern: str
    joint: str
    is_quoted: bool


def _shapes(lines: pl.DataFrame, layout: Layout) -> Iterator[_Shape]:
    """Yield the forms of plain lines, that of the first line first."""
    first = lines["line"].first()
    quoted_first = isinstance(first, str) and first.startswith(layout.form.quote)
    for is_quoted in (quoted_first, not quoted_first):
        # Most files are written in few letters, and those are told faster.
        yield _shape(layout, is_quoted=is_quoted, is_wide=False)
        yield _shape(layout, is_quoted=is_quoted, is_wide=True)


def _shape(layout: Layout, *, is_quoted: bool, is_wide: bool) -> _Shape:
    quote, delimiter = layout.form.quote, layout.form.delimiter
    # With no quote in any cell, nothing else can be meant by the joints than that they join.
    excluded = quote if is_quoted else quote + delimiter
    joint = f"{quote}{delimiter}{quote}" if is_quoted else delimiter
    cells = [_cell(layout, place, excluded, is_wide) for place in range(layout.width)]
    outer = _literal(quote) if is_quoted else ""
    line = "".join(map(_literal, joint)).join(cells)
    return _Shape(pattern=f"^{outer}{line}{outer}$", joint=joint, is_quoted=is_quoted)


def _cell(layout: Layout, place: int, excluded: str, is_wide: bool) -> str:  # noqa: FBT001 - as `_shape` was asked
    if place == layout.quantity_at:
        return f" *{_UNITS} *"
    if place != layout.sku_at:
        return (
            f"[^{_CONTROL}{''.join(map(_literal, excluded))}]*"
            if is_wide
            else (f"[ {_seen(excluded)}]*")
        )
    letters = _seen(excluded)
    if is_wide:
        letters += _CASELESS
        letters += _CASED if layout.dialect.sku_case is SkuCase.KEEP else ""
    return f" *[{letters}](?:[ {letters}]*[{letters}])? *"


def _seen(excluded: str) -> str:
    """Return the inside of a class of all ASCII signs that leave ink, but for some."""
    return "".join(_literal(chr(code)) for code in range(0x21, 0x7F) if chr(code) not in excluded)


def _literal(sign: str) -> str:
    return f"\\x{{{ord(sign):x}}}"


# --- what plain lines say --------------------------------------------------------------------


def _read(lines: pl.DataFrame, shape: _Shape, layout: Layout) -> pl.DataFrame:
    """Return what lines of a shape say, null where a moment cannot be read."""
    line = lines["line"].str.slice(1).str.head(-1) if shape.is_quoted else lines["line"]
    named = [f"cell_{place}" for place in range(layout.width)]
    parts = line.str.split_exact(shape.joint, layout.width - 1).struct.rename_fields(named)
    cells = parts.struct.unnest()
    sku = _trimmed(cells[named[layout.sku_at]])
    read = pl.DataFrame(
        {
            "sku": sku.str.to_uppercase() if layout.dialect.sku_case is SkuCase.UPPER else sku,
            "units": _trimmed(cells[named[layout.quantity_at]]).cast(pl.Int64),
            "as_of": _moments(cells, named, layout),
            "row": lines["row"],
        },
        schema=SCHEMA,
    )
    too_long = sku.str.len_bytes() > SKU_LETTERS_MAX
    return read.with_columns(as_of=pl.when(~too_long).then("as_of")) if too_long.any() else read


def _trimmed(cells: pl.Series) -> pl.Series:
    padded = cells.str.starts_with(" ").any() or cells.str.ends_with(" ").any()
    return cells.str.strip_chars(" ") if padded else cells


def _moments(cells: pl.DataFrame, named: list[str], layout: Layout) -> pl.Series:
    source = layout.dialect.as_of
    if layout.as_of_at is None or not isinstance(source, AsOfColumn):
        return pl.repeat(layout.file_as_of, cells.height, dtype=pl.Float64, eager=True)
    return _read_moments(_trimmed(cells[named[layout.as_of_at]]), source)


def _read_moments(texts: pl.Series, source: AsOfColumn) -> pl.Series:
    """Return the moments that texts state, null where they state none."""
    first = texts.first()
    if isinstance(first, str) and (texts == first).all():
        return pl.repeat(_moment(first, source), len(texts), dtype=pl.Float64, eager=True)
    few = texts.unique()
    if len(few) < len(texts) / 2:
        known = pl.DataFrame({"text": few, "moment": _read_each(few, source)})
        joined = texts.to_frame("text").join(known, on="text", how="left", maintain_order="left")
        return joined["moment"]
    return _read_each(texts, source)


def _read_each(texts: pl.Series, source: AsOfColumn) -> pl.Series:
    in_utc = texts.str.contains(_UTC_SECONDS)
    letters = texts.filter(in_utc).str.head(19).str.replace(" ", "T", literal=True)
    moments = letters.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).dt.epoch("s")
    if in_utc.all():
        return moments.cast(pl.Float64)
    # Fractions, offsets and local times only the careful way can read.
    known = pl.Series([_moment(text, source) for text in texts.filter(~in_utc)], dtype=pl.Float64)
    places = pl.concat([in_utc.arg_true(), (~in_utc).arg_true()])
    return pl.concat([moments.cast(pl.Float64), known]).gather(places.arg_sort())


def _moment(text: str, source: AsOfColumn) -> Instant | None:
    try:
        return read_iso_8601(text, source.zone)
    except UnreadableTime:
        return None
