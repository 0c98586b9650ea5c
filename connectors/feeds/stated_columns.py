"""What a file stated, kept as columns, and where the next file parts from it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, overload

import polars as pl

from reconciliation.feed import FeedRow, StatedRows
from reconciliation.feed_gate import MOVES_KEPT, Contrast, Move
from reconciliation.quantities import Instant, Sku, Units


SCHEMA = {"sku": pl.String, "units": pl.Int64, "as_of": pl.Float64, "row": pl.Int64}
"""The columns of accepted rows, in this order."""

_LINES = {name: SCHEMA[name] for name in ("sku", "units", "as_of")}


class StatedColumns(StatedRows):
    """Accepted rows as a frame of the columns of `SCHEMA`, in the order of their file."""

    def __init__(self, frame: pl.DataFrame) -> None:
        """Keep the frame. Raises `ValueError` for other columns."""
        if frame.schema != pl.Schema(SCHEMA):
            raise ValueError(f"accepted rows have the columns {SCHEMA}, not {frame.schema}")
        self.frame = frame

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.frame.height

    def __iter__(self) -> Iterator[FeedRow]:
        """Yield each row as an object, a few at a time."""
        return map(_row, self.frame.iter_rows())

    @overload
    def __getitem__(self, place: int) -> FeedRow: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[FeedRow]: ...

    def __getitem__(self, place: int | slice) -> FeedRow | Sequence[FeedRow]:
        """Return a row, or some of them as columns again."""
        if isinstance(place, slice):
            return StatedColumns(self.frame[place])
        return _row(self.frame.row(place))

    def __eq__(self, other: object) -> bool:
        """Tell whether other rows are the same, however they are kept."""
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    __hash__ = None  # type: ignore[assignment]  # rows may be equal to a tuple of another hash

    @property
    def oldest_as_of(self) -> Instant | None:
        """The oldest moment that a row speaks of; None where there is none."""
        return _instant(self.frame["as_of"].min())

    @property
    def newest_as_of(self) -> Instant | None:
        """The newest moment that a row speaks of; None where there is none."""
        return _instant(self.frame["as_of"].max())

    def count_of(self, skus: Collection[Sku]) -> int:
        """Return how many of some SKUs there are rows of."""
        return int(self.frame["sku"].is_in(pl.Series(list(skus), dtype=pl.String).implode()).sum())


def columns_of(rows: Sequence[FeedRow]) -> StatedColumns:
    """Return accepted rows as columns, which they may be already."""
    if isinstance(rows, StatedColumns):
        return rows
    told = [(row.sku, row.units, row.as_of, row.row) for row in rows]
    return StatedColumns(pl.DataFrame(told, schema=SCHEMA, orient="row"))


def columns_of_lines(lines: Sequence[tuple[Sku, Units, Instant]]) -> StatedColumns:
    """Return SKUs, units and moments of which nobody knows any more in which rows they stood."""
    return columns_of_frame(pl.DataFrame(lines, schema=_LINES, orient="row"))


def columns_of_frame(told: pl.DataFrame) -> StatedColumns:
    """Return the same of a frame that has them as columns."""
    return StatedColumns(told.with_columns(row=pl.lit(0, dtype=pl.Int64)))


def _row(cells: tuple[Any, ...]) -> FeedRow:
    sku, units, as_of, row = cells
    return FeedRow(sku=sku, units=units, as_of=as_of, row=row)


def _instant(moment: Any) -> Instant | None:  # noqa: ANN401 - polars' minimum of a column of any type
    return None if moment is None else Instant(moment)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastColumns:
    """The last accepted file as columns: what the next is judged against."""

    sha256: str
    stated: StatedColumns
    header: tuple[str, ...] = ()

    @property
    def row_count(self) -> int:
        """The number of SKUs that it stated."""
        return len(self.stated)

    @property
    def newest_as_of(self) -> Instant | None:
        """The newest moment that a row speaks of; None where there is no row."""
        return self.stated.newest_as_of

    def contrast(self, rows: Sequence[FeedRow]) -> Contrast:
        """Return where accepted rows part from it, of the columns nothing."""
        joined = beside(columns_of(rows), self.stated)
        both = joined.filter(pl.col("before_units").is_not_null())
        had_units = both.filter(pl.col("before_units") > 0)
        moved = _moved(both)
        return Contrast(
            lost=_skus(_lost(self.stated, joined)),
            new=_skus(joined.filter(pl.col("before_units").is_null())),
            zeroed=_skus(had_units.filter(pl.col("units") == 0)),
            older=_skus(both.filter(pl.col("as_of") < pl.col("before_as_of"))),
            largest=_largest(moved),
            compared_rows=both.height,
            zeroed_of_rows=had_units.height,
            moved_rows=moved.height,
            before_units=int(had_units["before_units"].sum()),
            moved_units=int(moved["distance"].sum()),
        )


def beside(now: StatedColumns, before: StatedColumns) -> pl.DataFrame:
    """Return the rows of a file, each with what another stated of its SKU.

    Three columns are added, null where it stated nothing: `before_units`, `before_as_of`, and
    `before_at`, its place there counted from 0.
    """
    places = _places(now.frame["sku"], before.frame["sku"])
    return now.frame.with_columns(
        before_units=before.frame["units"].gather(places),
        before_as_of=before.frame["as_of"].gather(places),
        before_at=places,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Which rows of a file do not repeat, as of its own moment, what the file before it stated.

    They are `others`. `left_out` are the SKUs of the file before of which there is no
    row.
    """

    others: StatedColumns
    left_out: list[Sku]


def part(now: StatedColumns, before: StatedColumns, *, but_for: Collection[Sku]) -> Parting:
    """Return how a file parts from the one before, the SKUs `but_for` being none that repeat."""
    both = beside(now, before)
    loud = pl.Series(list(but_for), dtype=pl.String).implode()
    repeats = (
        both.select(
            (pl.col("units") == pl.col("before_units"))
            & (pl.col("as_of") == pl.col("as_of").max())
            & (pl.col("before_as_of") == before.frame["as_of"].max())
            & ~pl.col("sku").is_in(loud)
        )
        .to_series()
        .fill_null(value=False)
    )
    return Parting(
        others=StatedColumns(now.frame.filter(~repeats)),
        left_out=_lost(before, both)["sku"].to_list(),
    )


def _places(skus: pl.Series, among: pl.Series) -> pl.Series:
    """Return where each SKU stands among others, null where it does not; all are different."""
    mine, theirs = skus.hash(), among.hash()
    known, kept = mine.is_in(theirs.implode()), theirs.is_in(mine.implode())
    same, at = skus.filter(known), kept.arg_true().cast(pl.Int64)
    # An export has its items in the same order day by day: then nothing need be looked up.
    if len(same) == len(at) and (same == among.gather(at)).all():
        order = known.cast(pl.Int64).cum_sum() - 1
        return at.gather(pl.select(pl.when(known).then(order)).to_series())
    numbered = pl.DataFrame({"sku": among}).with_columns(at=pl.int_range(len(among)))
    found = skus.to_frame("sku").join(numbered, on="sku", how="left", maintain_order="left")
    return found["at"]


def _lost(before: StatedColumns, both: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a file that another one does not have."""
    still = both["before_at"].drop_nulls()
    if len(still) == len(before):
        return before.frame.clear()
    is_lost = pl.repeat(1, len(before), dtype=pl.Int8, eager=True).scatter(still, 0) == 1
    return before.frame.filter(is_lost)


def _moved(both: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with other units than before, and by how many."""
    moved = both.filter(pl.col("units") != pl.col("before_units"))
    return moved.with_columns(distance=(pl.col("units") - pl.col("before_units")).abs())


def _largest(moved: pl.DataFrame) -> tuple[Move, ...]:
    """Return the greatest moves, of equal ones the first in the file."""
    greatest = moved.sort("distance", descending=True, maintain_order=True).head(MOVES_KEPT)
    told = greatest.select("sku", "before_units", "units").iter_rows()
    return tuple(Move(sku=sku, before_units=before, units=now) for sku, before, now in told)


def _skus(rows: pl.DataFrame) -> tuple[Sku, ...]:
    return tuple(rows["sku"].to_list())
