"""What a file says of the SKUs that it leaves out, as the gate and the record need it.

A full file may state by leaving them out that SKUs are gone. The gate counts them with those that
the file states as 0: what zeroes half the catalogue is held, whichever way it says so.

A delta leaves out what stands as it was, so it is judged as the whole that it makes: what it
states over what is in force. Deltas may arrive out of order. A late one is no reason to refuse
it, because no later one repeats what it says: a SKU that it zeroes would stay on sale. Each of its
rows counts where it is the newest of its SKU, and is kept as a fact where it is not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .feed import FeedRow, ParsedFeed
from .feed_contrast import Contrast, LastStated, contrast
from .feed_coverage import FeedScope
from .quantities import Sku


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """The SKUs that a file leaves out: those that are `gone` for it, at 0 units, and the `rest`.

    The rest is told of a delta alone: what stays in force beside it.
    """

    scope: FeedScope = FeedScope.FULL
    gone: tuple[FeedRow, ...] = ()
    rest: tuple[FeedRow, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a delta by which SKUs are gone, and a full file that leaves a rest."""
        if self.gone if self.scope is FeedScope.DELTA else self.rest:
            raise ValueError("a full file may leave out what is gone, a delta what stands")

    def allows_no_row(self, parsed: ParsedFeed) -> bool:
        """Tell whether a file may be empty: a delta where nothing has changed."""
        return self.scope is FeedScope.DELTA and parsed.data_rows == 0


def left_out_of_delta(parsed: ParsedFeed, in_force: Mapping[Sku, FeedRow]) -> LeftOut:
    """Return what stays in force beside a delta: what it leaves out, and where it is late."""
    counts = {
        row.sku
        for row in parsed.rows
        if row.sku not in in_force or row.as_of >= in_force[row.sku].as_of
    }
    rest = tuple(row for sku, row in in_force.items() if sku not in counts)
    return LeftOut(scope=FeedScope.DELTA, rest=rest)


def contrast_whole(parsed: ParsedFeed, last: LastStated | None, left_out: LeftOut) -> Contrast:
    """Return where a file, with what it says of those that it leaves out, parts from the last."""
    if left_out.scope is FeedScope.DELTA:
        return _contrast_of_delta(parsed, last, left_out)
    seen = contrast(parsed, last)
    gone = tuple(row.sku for row in left_out.gone)
    return replace(
        seen, zeroed=(*seen.zeroed, *gone), zeroed_of_rows=seen.zeroed_of_rows + len(gone)
    )


def _contrast_of_delta(parsed: ParsedFeed, last: LastStated | None, left_out: LeftOut) -> Contrast:
    standing = {row.sku for row in left_out.rest}
    counts = tuple(row for row in parsed.rows if row.sku not in standing)
    late = tuple(row.sku for row in parsed.rows if row.sku in standing)
    seen = contrast(replace(parsed, rows=(*counts, *left_out.rest)), last)
    return replace(seen, older=late)
