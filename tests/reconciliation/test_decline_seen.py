"""Two reports and the orders between them: what went unexplained, and what only seems so."""

from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from reconciliation.decline import Interval, Sight
from reconciliation.decline_seen import observe, unexplained_interval
from reconciliation.feed_dialect import DeductsAt, FeedKind
from reconciliation.orders import LineState, OrderLine
from reconciliation.position import Claim, FeedTerms, Snapshot
from reconciliation.quantities import Instant


BEFORE, AFTER = Instant(100_000.0), Instant(200_000.0)
EARLY, BETWEEN, LATE = Instant(50_000.0), Instant(150_000.0), Instant(250_000.0)
TOLERANCE_S = 2.0
ON_HAND = FeedTerms(kind=FeedKind.ON_HAND)
AT_PACK = replace(ON_HAND, deducts_at=DeductsAt.PACK)
AVAILABLE = FeedTerms(kind=FeedKind.AVAILABLE)


def line(state: LineState, **times: Instant) -> OrderLine:
    """An order line in this state, with these times."""
    fields: dict[str, Any] = times
    return OrderLine(state=state, placed_at=EARLY, **fields)


def shipped(packed: Instant, departed: Instant) -> OrderLine:
    """A line that was packed and left."""
    return line(LineState.DEPARTED, released_at=EARLY, packed_at=packed, departed_at=departed)


def seen(
    before: int, after: int, *lines: OrderLine, terms: FeedTerms = ON_HAND, pending_units: int = 0
) -> Interval:
    """What the second report says, one unit to a line."""
    found = observe(
        Snapshot(units=before, as_of=BEFORE, terms=terms),
        Snapshot(units=after, as_of=AFTER, terms=terms),
        [Claim(line=each, units=1) for each in lines],
        pending_units=pending_units,
        clock_tolerance_s=TOLERANCE_S,
    )
    assert found is not None
    return found


@pytest.mark.parametrize("before", [7, 0, -3])
@pytest.mark.parametrize("after", [9, 5, 0, -4])
def test_a_report_between_which_nothing_was_ordered_is_known_at_once(
    before: int, after: int
) -> None:
    """It says what `observe` makes of the two."""
    hours = (AFTER - BEFORE) / 3_600.0

    assert unexplained_interval(before, after, hours) == seen(before, after)


# --- what orders explain -------------------------------------------------------------------------


def test_what_left_between_two_reports_is_explained() -> None:
    """One unit fewer, one parcel."""
    assert seen(10, 9, shipped(BETWEEN, BETWEEN)).units == 0


def test_what_nobody_ordered_is_unexplained() -> None:
    """Three fewer, one parcel."""
    found = seen(10, 7, shipped(BETWEEN, BETWEEN))

    assert (found.sight, found.expected_units, found.units) == (Sight.SEEN, 9, 2)


def test_what_left_before_the_old_report_explains_nothing() -> None:
    """Its unit was gone from the first figure."""
    assert seen(10, 9, shipped(EARLY, EARLY)).units == 1


def test_a_feed_that_deducts_at_packing_is_explained_by_packing() -> None:
    """The parcel still stands there, and is no longer counted."""
    packed = line(LineState.PACKED, released_at=EARLY, packed_at=BETWEEN)

    assert seen(10, 9, packed, terms=AT_PACK).units == 0


def test_a_unit_missing_for_an_order_is_not_explained_by_it() -> None:
    """That it was not there is the decline that is looked for."""
    missing = line(LineState.CANCELLED_MISSING, released_at=EARLY, cancelled_at=BETWEEN)

    assert seen(10, 9, missing).units == 1


def test_an_available_figure_is_explained_by_orders_released() -> None:
    """The partner has taken off the order it knows."""
    released = line(LineState.RELEASED, released_at=BETWEEN)

    assert seen(10, 9, released, terms=AVAILABLE).units == 0


def test_an_available_figure_gets_a_cancelled_unit_back() -> None:
    """It was taken off in the old figure, and the new one should have it again."""
    cancelled = line(
        LineState.CANCELLED,
        released_at=EARLY,
        cancelled_at=BETWEEN,
        cancelled_not_before=BETWEEN,
    )

    assert seen(10, 10, cancelled, terms=AVAILABLE).units == 1


# --- what is in doubt ----------------------------------------------------------------------------


def test_a_parcel_posted_early_is_pending() -> None:
    """It stands there as far as we know; the partner may have posted it."""
    packed = line(LineState.PACKED, released_at=EARLY, packed_at=BETWEEN)
    found = seen(10, 9, packed)

    assert (found.units, found.pending_units) == (0, 1)


def test_what_was_pending_is_explained_by_the_next_report() -> None:
    """The parcel left, and the figure had it off already."""
    found = seen(9, 9, shipped(EARLY, BETWEEN), pending_units=1)

    assert (found.sight, found.units, found.pending_units) == (Sight.SEEN, 0, 0)


def test_what_stays_pending_without_doubt_is_counted() -> None:
    """No order explains it any more."""
    assert seen(9, 9, pending_units=1).units == 1


def test_an_old_doubt_explained_is_no_restock() -> None:
    """The first figure had lacked a parcel that left after it by our book."""
    assert seen(9, 9, shipped(EARLY, BETWEEN)).sight is Sight.SEEN


def test_a_rise_beyond_all_doubt_is_a_restock() -> None:
    """Goods came, and hide what went meanwhile."""
    found = seen(5, 25)

    assert (found.sight, found.units) == (Sight.RESTOCKED, 20)


@dataclass(slots=True)
class Partner:
    """A partner that loses units and posts parcels when it likes, and what we count of it."""

    rng: Random
    lines: list[OrderLine] = field(default_factory=list)
    told_units: int = 10_000
    lost_units: int = 0
    pending_units: int = 0
    counted_units: int = 0

    def report(self, begin: float, end: float) -> None:
        """State the stock, some parcels posted before TikTok tells that they left."""
        posted = sum(
            (line.departed_at or end) < end - 2 or self.rng.random() < 0.5
            for line in self.lines
            if (line.packed_at or end) < end
        )
        units = min(10_000 - self.lost_units - posted, self.told_units)
        found = observe(
            Snapshot(units=self.told_units, as_of=Instant(begin), terms=ON_HAND),
            Snapshot(units=units, as_of=Instant(end), terms=ON_HAND),
            [Claim(line=each, units=1) for each in self.lines],
            pending_units=self.pending_units,
            clock_tolerance_s=1.0,
        )
        assert found is not None
        self.counted_units += found.units
        self.pending_units, self.told_units = found.pending_units, units

    def trade(self, begin: float) -> None:
        """Ship some parcels, of which we hear later, and lose some units."""
        for _ in range(self.rng.randrange(4)):
            packed = Instant(begin + self.rng.uniform(0, 900))
            self.lines.append(shipped(packed, Instant(packed + self.rng.uniform(0, 1_500))))
        self.lost_units += self.rng.choice([0, 0, 0, 1, 5])


@pytest.mark.parametrize("seed", range(5))
def test_every_unit_is_counted_at_last_and_none_twice(seed: int) -> None:
    """After 60 reports in trade, a quiet one settles all that was in doubt."""
    partner = Partner(rng=Random(seed))
    for day in range(60):
        begin = BEFORE + 1_000.0 * day
        partner.trade(begin)
        partner.report(begin, begin + 1_000.0)
    partner.report(BEFORE + 60_000.0, BEFORE + 70_000.0)

    assert (partner.counted_units, partner.pending_units) == (partner.lost_units, 0)


# --- floors, and what cannot be compared ---------------------------------------------------------


def test_a_report_of_zero_is_a_floor() -> None:
    """All four went, and more could not."""
    found = seen(4, 0)

    assert (found.sight, found.units) == (Sight.FLOORED, 4)


def test_zero_after_zero_tells_nothing() -> None:
    """There was nothing to lose."""
    assert seen(0, 0).sight is Sight.EMPTY


def test_sold_out_by_orders_alone_tells_nothing() -> None:
    """Had more gone, an order would be short; the report cannot say."""
    assert seen(1, 0, shipped(BETWEEN, BETWEEN)).sight is Sight.EMPTY


@pytest.mark.parametrize(
    "after",
    [
        Snapshot(units=9, as_of=AFTER, terms=AVAILABLE),
        Snapshot(units=9, as_of=BEFORE, terms=ON_HAND),
    ],
)
def test_reports_that_do_not_follow_each_other_are_not_compared(after: Snapshot) -> None:
    """Another meaning, or no later moment."""
    before = Snapshot(units=10, as_of=BEFORE, terms=ON_HAND)

    assert observe(before, after, [], pending_units=0, clock_tolerance_s=1.0) is None
