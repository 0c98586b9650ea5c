"""Tells the lines of a feed that can be read in one sweep from those that need care, by polars.

A line is plain if what it says is beyond doubt: no sign that is not to be seen, as many cells as
the header, none or every cell of it quoted, a SKU of letters that have one form only, a quantity
of the digits 0 to 9, a moment that has come. What is said here of a plain line must be exactly
what `reconciliation.feed.parse` says of it. Of all other lines nothing is said.
"""

from dataclasses import dataclass

import polars as pl

from reconciliation.feed import AsOfColumn, Dialect
from reconciliation.feed_rows import SKU_LETTERS_MAX
from reconciliation.feed_time import UnreadableTime, read_iso_8601
from reconciliation.quantities import Instant, SkuCase


# Letters that are their own composed form (NFC) whatever stands beside them, and have been in
# Unicode for so long that every library knows them: parts of Latin, Greek, Cyrillic ...
_CASED = "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017f\u0391-\u03a1\u03a3-\u03c9\u0410-\u044f"
# ... and kana, Chinese and Hangul syllables, which have no capitals.
_CASELESS = "\u3041-\u3096\u30a1-\u30fa\u30fc\u4e00-\u9fa5\uac00-\ud7a3"

_UNITS = "^[0-9]{1,7}$"
_UTC_SECONDS = "^[12][0-9]{3}-[01][0-9]-[0-3][0-9][T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z$"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where the cells stand in each line, by the header, and what every line is held against."""

    dialect: Dialect
    width: int
    sku_at: int
    quantity_at: int
    as_of_at: int | None
    file_as_of: Instant
    as_of_max: Instant


def plain_rows(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return the plain ones of some lines as columns `sku`, `units`, `as_of` and `row`.

    `lines` has the columns `line` and `row`; their order stays.
    """
    clean = lines.filter(~pl.col("line").str.contains(_control(layout.dialect)))
    cells = _cells(clean, layout)
    read = cells.select(
        sku=_cell(layout.sku_at),
        quantity=_cell(layout.quantity_at),
        as_of=pl.lit(None, pl.String) if layout.as_of_at is None else _cell(layout.as_of_at),
        row="row",
    )
    good = read.filter(_is_sku(layout.dialect), pl.col("quantity").str.contains(_UNITS))
    return _dated(good, layout).select(
        sku=_cased(layout.dialect),
        units=pl.col("quantity").cast(pl.Int64),
        as_of="as_of",
        row="row",
    )


# --- cells -----------------------------------------------------------------------------------


def _control(dialect: Dialect) -> str:
    tab = "" if dialect.delimiter == "\t" else "\\x09"
    return f"[\\x00-\\x08\\x0a-\\x1f{tab}\\x7f-\\x{{9f}}\\x{{2028}}\\x{{2029}}]"


def _cells(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return the cells of lines that are cut beyond doubt, as `cell_0` and so on, beside `row`."""
    quote, delimiter = layout.dialect.quote, layout.dialect.delimiter
    has_quote = lines["line"].str.contains(quote, literal=True)
    if not has_quote.any():
        return _cut(lines, delimiter, layout.width)
    bare = _cut(lines.filter(~has_quote), delimiter, layout.width)
    quoted = _cut(
        _bodies(lines.filter(has_quote), layout), f"{quote}{delimiter}{quote}", layout.width
    )
    return quoted if bare.is_empty() else bare.merge_sorted(quoted, key="row")


def _bodies(lines: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return lines of which every cell is quoted, and holds no quote, less the outer quotes.

    Only those: with as many quotes as the cells have ends, no cell can hold one.
    """
    quote, line = layout.dialect.quote, pl.col("line")
    wrapped = lines.filter(
        line.str.starts_with(quote),
        line.str.ends_with(quote),
        line.str.count_matches(quote, literal=True) == 2 * layout.width,
    )
    return wrapped.with_columns(line.str.slice(1).str.head(-1))


def _cut(lines: pl.DataFrame, joint: str, width: int) -> pl.DataFrame:
    """Return the cells of the lines that have exactly so many."""
    named = [f"cell_{place}" for place in range(width + 1)]
    parts = lines["line"].str.splitn(joint, width + 1).struct.rename_fields(named)
    cut = parts.struct.unnest().with_columns(lines["row"])
    return cut.filter(
        pl.col(f"cell_{width - 1}").is_not_null(), pl.col(f"cell_{width}").is_null()
    ).drop(f"cell_{width}")


def _cell(place: int) -> pl.Expr:
    return pl.col(f"cell_{place}").str.strip_chars(" ")


# --- what the cells say ----------------------------------------------------------------------


def _is_sku(dialect: Dialect) -> pl.Expr:
    keeps = dialect.sku_case is SkuCase.KEEP
    letters = f"!-~{_CASED if keeps else ''}{_CASELESS}"
    sku = pl.col("sku")
    fits = sku.str.len_bytes() <= SKU_LETTERS_MAX
    return fits & sku.str.contains(f"^[{letters}](?:[ {letters}]*[{letters}])?$")


def _cased(dialect: Dialect) -> pl.Expr:
    return pl.col("sku").str.to_uppercase() if dialect.sku_case is SkuCase.UPPER else pl.col("sku")


def _dated(rows: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return the rows whose moment is beyond doubt, with it as a number."""
    if not isinstance(layout.dialect.as_of, AsOfColumn):
        return rows.with_columns(as_of=pl.lit(layout.file_as_of, pl.Float64))
    in_utc = pl.col("as_of").str.contains(_UTC_SECONDS)
    moment = pl.col("as_of").str.head(19).str.replace(" ", "T", literal=True, n=1)
    read = moment.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).dt.epoch("s")
    stated = rows.with_columns(
        text=pl.col("as_of"), as_of=pl.when(in_utc).then(read.cast(pl.Float64))
    )
    if stated["as_of"].null_count():
        stated = _dated_otherwise(stated, layout.dialect.as_of)
    return stated.filter(pl.col("as_of") <= layout.as_of_max)


def _dated_otherwise(rows: pl.DataFrame, source: AsOfColumn) -> pl.DataFrame:
    """Return the rows with the moments that only the careful way can read; each text once."""
    texts = rows.filter(pl.col("as_of").is_null())["text"].unique()
    moments = pl.Series([_moment(text, source) for text in texts], dtype=pl.Float64)
    known = pl.DataFrame({"text": texts, "read": moments})
    joined = rows.join(known, on="text", how="left", maintain_order="left")
    return joined.with_columns(as_of=pl.coalesce("as_of", "read"))


def _moment(text: str, source: AsOfColumn) -> Instant | None:
    try:
        return read_iso_8601(text, source.zone)
    except UnreadableTime:
        return None
