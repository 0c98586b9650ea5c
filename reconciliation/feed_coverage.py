"""What a file says of the SKUs that are not in it: nothing, or that none are left.

A delta names what changed, so what it leaves out stays as it was. A full file that leaves out a
SKU may be an export that drops what is sold out, or half an export; which of the two is declared,
and the gate holds a file that lost too much whatever is declared here.

A SKU whose row was refused is in the file: what it says could not be read, and stays as it was.
So it is in the files before, which count for `zero_after`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .feed import FeedRow, ParsedFeed
from .quantities import Sku, Units


NO_ROW = 0
"""The row of what a file says by leaving it out."""


class FeedScope(StrEnum):
    """Whether a file names everything."""

    FULL = "full"
    """Every SKU of the warehouse."""
    DELTA = "delta"
    """What has changed since the file before."""


class MissingRows(StrEnum):
    """What becomes of a SKU that a full file leaves out."""

    KEEP = "keep"
    """Its last number stays in force, and ages."""
    ZERO = "zero"
    """None are left."""
    ZERO_AFTER = "zero_after"
    """None are left once several files in a row have left it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a feed's files cover; `zero_after_files` counts for `ZERO_AFTER` alone."""

    scope: FeedScope = FeedScope.FULL
    missing_rows: MissingRows = MissingRows.KEEP
    zero_after_files: int = 3

    def __post_init__(self) -> None:
        """Refuse a delta that says something of what it leaves out."""
        if self.scope is FeedScope.DELTA and self.missing_rows is not MissingRows.KEEP:
            raise ValueError("missing_rows must be keep where scope is delta: it leaves most out")
        if self.zero_after_files < 1:
            raise ValueError("zero_after_files must be at least 1")

    @property
    def files_before(self) -> int:
        """How many accepted files before one must have left a SKU out for it to be zeroed."""
        return self.zero_after_files - 1 if self.missing_rows is MissingRows.ZERO_AFTER else 0


def stated_by_absence(
    parsed: ParsedFeed,
    in_force: Mapping[Sku, Units],
    before: Sequence[Collection[Sku]],
    coverage: Coverage,
) -> tuple[FeedRow, ...]:
    """Return rows of 0 units for the SKUs that an accepted file says are gone, by their names.

    `in_force` are the units that this feed's earlier files have in force. `before` are the SKUs of
    the accepted files before this one, the newest first, at least `coverage.files_before` of them
    where there were so many: those of refused rows are among them, what was stated by absence
    is not.
    """
    as_of = parsed.newest_as_of
    if coverage.missing_rows is MissingRows.KEEP or as_of is None:
        return ()
    if len(before) < coverage.files_before:
        return ()
    named = {row.sku for row in parsed.rows}.union(refused_skus(parsed))
    seen = named.union(*before[: coverage.files_before])
    return tuple(
        FeedRow(sku=sku, units=0, as_of=as_of, row=NO_ROW)
        for sku, units in sorted(in_force.items())
        if units > 0 and sku not in seen
    )


def refused_skus(parsed: ParsedFeed) -> frozenset[Sku]:
    """Return the SKUs of refused rows, as far as they could be read."""
    return frozenset(Sku(fault.sku) for fault in parsed.faults if fault.sku)
