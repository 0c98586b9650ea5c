"""What two reports of a pool and the orders between them say of unexplained decline.

Theory of operation
-------------------
The new report should be the old one less what our orders took off the partner's figure in
between, by the feed's own terms. Which of them it has taken off at an as-of is often in doubt: a
parcel may have been scanned before TikTok told us, a released order may not be known there yet.
With d0 units in doubt at the old report and d1 at the new one, what should be told lies between
expected - d1 and expected + d0, where `expected` takes every doubt as not yet taken off.

A decline within d1 may be explained by the next report, so it is kept pending rather than
counted, and added to what that report lacks. A doubt ends as the order moves on, and what it did
not explain is counted then: every unit is counted at last, none twice. At any moment at most the
units then in doubt are uncounted. A rise within d0 is no restock but an old doubt explained.

A unit that was cancelled because it was missing is not taken off: that it was not there is the
very decline that is looked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from .decline import Interval, Sight
from .decline_law import SECONDS_PER_HOUR
from .feed_dialect import DeductsAt, FeedKind
from .orders import CANCELLED, LineState, OrderLine
from .position import Claim, Snapshot
from .quantities import Instant, Units


@dataclass(slots=True)
class Explained:
    """What orders account for between two reports, in units of the pool."""

    taken_units: Units = 0
    doubtful_before_units: Units = 0
    doubtful_after_units: Units = 0


def observe(
    before: Snapshot,
    after: Snapshot,
    claims: Iterable[Claim],
    *,
    pending_units: Units,
    clock_tolerance_s: float,
) -> Interval | None:
    """Return what a new report says, None where the two cannot be compared.

    `claims` are the order lines that may matter at the older report or since. Reports are not
    compared whose figures mean different things, or of which the new one is not the later.
    """
    if before.terms.kind is not after.terms.kind or after.as_of <= before.as_of:
        return None
    tolerance_s = after.terms.tolerance_s(clock_tolerance_s)
    explained = explain(before, after, claims, tolerance_s)
    expected = before.units - explained.taken_units
    lacking = expected - after.units + pending_units
    restocked = lacking < -explained.doubtful_before_units
    pending = min(max(lacking, 0), explained.doubtful_after_units)
    gone = max(lacking - pending, 0)
    return Interval(
        sight=Sight.RESTOCKED if restocked else _sight(after.units, gone),
        hours=(after.as_of - before.as_of) / SECONDS_PER_HOUR,
        expected_units=expected,
        units=-lacking if restocked else gone,
        pending_units=pending,
    )


def unexplained_interval(before_units: Units, units: Units, hours: float) -> Interval:
    """Return what a report says where nothing was ordered, and nothing waits to be explained.

    The same as `observe` says, without a look at orders: most of a large file is like that.
    """
    gone = before_units - units
    sight = Sight.RESTOCKED if gone < 0 else _sight(units, gone)
    return Interval(sight=sight, hours=hours, expected_units=before_units, units=abs(gone))


def _sight(units: Units, gone: Units) -> Sight:
    """Return what of the decline was to be seen in a report that did not rise."""
    if units != 0:
        return Sight.SEEN
    # Where all that went was ordered from us, nothing more could go.
    return Sight.FLOORED if gone > 0 else Sight.EMPTY


def explain(
    before: Snapshot, after: Snapshot, claims: Iterable[Claim], clock_tolerance_s: float
) -> Explained:
    """Sum up what orders took off the figure between two reports, and what is in doubt."""
    sums = Explained()
    for claim in claims:
        was_taken, was_doubtful = _taken(before, claim.line, clock_tolerance_s)
        is_taken, is_doubtful = _taken(after, claim.line, clock_tolerance_s)
        sums.taken_units += claim.units * (is_taken - was_taken)
        sums.doubtful_before_units += claim.units * was_doubtful
        sums.doubtful_after_units += claim.units * is_doubtful
    return sums


def _taken(snapshot: Snapshot, line: OrderLine, clock_tolerance_s: float) -> tuple[bool, bool]:
    """Tell whether a figure surely has a line's unit taken off, and whether it may have."""
    if snapshot.terms.kind is FeedKind.ON_HAND:
        return _taken_on_hand(snapshot, line, clock_tolerance_s)
    return _taken_available(snapshot, line, clock_tolerance_s)


def _taken_on_hand(
    snapshot: Snapshot, line: OrderLine, clock_tolerance_s: float
) -> tuple[bool, bool]:
    """As `_taken`, for goods that are counted until they are packed or handed over."""
    terms = snapshot.terms
    at_handover = terms.deducts_at is DeductsAt.CARRIER_SCAN
    event, step_before = (
        (line.departed_at, line.packed_at) if at_handover else (line.packed_at, line.released_at)
    )
    margin_s = terms.posting_lag_s + clock_tolerance_s
    if _before(event, snapshot.as_of, -margin_s):
        return True, False
    if line.state is LineState.CANCELLED:
        return False, False
    return False, _before(step_before, snapshot.as_of, clock_tolerance_s)


def _taken_available(
    snapshot: Snapshot, line: OrderLine, clock_tolerance_s: float
) -> tuple[bool, bool]:
    """As `_taken`, for a figure that lacks the orders which the partner knows."""
    margin_s = snapshot.terms.order_lag_s + clock_tolerance_s
    if line.state in CANCELLED and _before(line.cancelled_at, snapshot.as_of, -margin_s):
        return False, False
    taken = _before(line.released_at, snapshot.as_of, -margin_s)
    may_be_back = line.state in CANCELLED and not _after(
        line.cancelled_not_before, snapshot.as_of, clock_tolerance_s
    )
    if taken and not may_be_back:
        return True, False
    return False, _before(line.released_at, snapshot.as_of, clock_tolerance_s)


def _before(event: Instant | None, as_of: Instant, shift_s: float) -> bool:
    return event is not None and event < as_of + shift_s


def _after(event: Instant | None, as_of: Instant, shift_s: float) -> bool:
    return event is not None and event > as_of + shift_s
