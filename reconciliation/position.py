"""What may still be promised from a pool: a partner's snapshot brought up to date by orders.

A feed declares what its number means and when the partner takes units off it. Every order
line then either is already inside that number, or comes off it, or (for `available` feeds)
goes back on. In doubt a line comes off: doubt costs a sale, never an oversell. Every doubt
ends with a later snapshot. The result may be negative, which is a shortage; it is never
clamped here.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from .decline_law import SECONDS_PER_HOUR, DeclineLaw, level_of
from .feed_dialect import DeductsAt, FeedKind
from .ladder import ladder_of
from .orders import COMMITTED, LineState, OrderLine
from .policy import GuardPolicy
from .quantities import Instant, Units


HOURS_PER_DAY = 24.0

RELEASED_AFTER_S = 3_600.0
"""TikTok keeps an order from the partner for an hour after it is paid (API page, section 3)."""

HELD_AHEAD_S = 900.0
"""What is held back covers so much more time: it grows in steps that are looked for every ten
minutes, and what then has to be shown less takes its time to be written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTerms:
    """What a partner has declared of its feed.

    `posting_lag_s`: how long after the deducting event its book shows it. `order_lag_s`: how
    long after release the partner knows an order. `expected_every_s`: how often a file comes, None
    where it does not say. `released_after_s`: how long after it was placed an order is released.
    `clock_tolerance_s`: how far its clock may be off, where that is more
    than is assumed of every clock.
    """

    kind: FeedKind
    deducts_at: DeductsAt = DeductsAt.CARRIER_SCAN
    posting_lag_s: float = 0.0
    order_lag_s: float = 0.0
    expected_every_s: float | None = None
    released_after_s: float = RELEASED_AFTER_S
    clock_tolerance_s: float = 0.0

    def tolerance_s(self, assumed_s: float) -> float:
        """Return how far the partner's clock may be off, `assumed_s` being true of every clock."""
        return max(self.clock_tolerance_s, assumed_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The units that a feed states for a pool, and as of when.

    `decline` is what is learned of how such a figure falls short, None while nothing is.
    """

    units: Units
    as_of: Instant
    terms: FeedTerms
    decline: DeclineLaw | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One order line's claim on a pool, in units of the pool."""

    line: OrderLine
    units: Units


class SafetyRule(StrEnum):
    """Which term decides how many units are held back."""

    FLOOR = "floor"
    """`safety_units_min`."""
    PERCENT = "percent"
    """`safety_percent` of the snapshot, grown with its age where nothing is learned."""
    DECLINE = "decline"
    """What may have gone unexplained since the snapshot."""
    CAP = "cap"
    """`safety_units_max`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyStock:
    """The units held back and the terms they follow from: clamp(max(three terms), cap).

    `decline_units` is None where nothing is learned of the partner's errors; `level` is the chance
    with which it covers them, and `per_day_units` and `spread_ratio` tell of the errors. What is
    held back grows once the snapshot is older than `grows_after_s`.
    """

    units: Units
    rule: SafetyRule
    floor_units: Units = 0
    percent_units: Units = 0
    decline_units: Units | None = None
    level: float | None = None
    per_day_units: float | None = None
    spread_ratio: float | None = None
    grows_after_s: float = 0.0

    @property
    def capped(self) -> bool:
        """Tell whether `safety_units_max` cut the units short."""
        return self.rule is SafetyRule.CAP

    @property
    def for_errors_units(self) -> Units:
        """Return the units held back only because the partner's figures fall short."""
        return max(self.units - max(self.floor_units, self.percent_units), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A pool's stock, term by term; the terms that lower it are positive numbers.

    `snapshot_units` is None while no accepted feed has named the pool: then nothing is known
    and nothing may be raised.
    """

    snapshot_units: Units | None = None
    as_of: Instant | None = None
    committed_units: Units = 0
    departed_units: Units = 0
    missing_units: Units = 0
    returned_units: Units = 0
    held_units: Units = 0
    safety_units: Units = 0
    safety_capped: bool = False
    expected_every_s: float | None = None
    safety: SafetyStock | None = None

    @property
    def known(self) -> bool:
        """Tell whether any feed has stated this pool."""
        return self.snapshot_units is not None

    @property
    def ats_units(self) -> Units:
        """Available to sell; negative is a shortage. 0 while nothing is known."""
        if self.snapshot_units is None:
            return 0
        taken = self.committed_units + self.departed_units + self.missing_units
        return self.snapshot_units + self.returned_units - taken - self.held_units

    @property
    def sellable_units(self) -> Units:
        """What listings may promise together: ATS less safety stock, at least 0."""
        return max(self.ats_units - self.safety_units, 0) if self.known else 0


@dataclass(slots=True)
class _Tally:
    """Sums over the claims, while they are walked."""

    committed: Units = 0
    departed: Units = 0
    missing: Units = 0
    returned: Units = 0
    states: dict[LineState, str] = field(
        default_factory=lambda: {
            **dict.fromkeys(COMMITTED, "committed"),
            LineState.DEPARTED: "departed",
            LineState.CANCELLED_MISSING: "missing",
        }
    )

    def take(self, state: LineState, units: Units) -> None:
        term = self.states[state]
        setattr(self, term, getattr(self, term) + units)


def position(
    snapshot: Snapshot | None,
    claims: Iterable[Claim],
    *,
    held_units: Units,
    policy: GuardPolicy,
    clock_tolerance_s: float,
    now: Instant,
) -> Position:
    """Return the pool's position from its last snapshot and every claim on it."""
    if snapshot is None:
        return Position(held_units=held_units)
    tally = _tally(snapshot, claims, snapshot.terms.tolerance_s(clock_tolerance_s))
    safety = safety_stock(snapshot, now - snapshot.as_of, policy, price=policy.cancellation_price)
    return Position(
        snapshot_units=snapshot.units,
        as_of=snapshot.as_of,
        committed_units=tally.committed,
        departed_units=tally.departed,
        missing_units=tally.missing,
        returned_units=tally.returned,
        held_units=held_units,
        safety_units=safety.units,
        safety_capped=safety.capped,
        expected_every_s=snapshot.terms.expected_every_s,
        safety=safety,
    )


def _tally(snapshot: Snapshot, claims: Iterable[Claim], clock_tolerance_s: float) -> _Tally:
    inside = _inside_on_hand if snapshot.terms.kind is FeedKind.ON_HAND else _inside_available
    tally = _Tally()
    for claim in claims:
        line = claim.line
        if line.state is LineState.CANCELLED:
            if _gives_back(snapshot, line, clock_tolerance_s):
                tally.returned += claim.units
        elif not inside(snapshot, line, clock_tolerance_s):
            tally.take(line.state, claim.units)
    return tally


def _inside_on_hand(snapshot: Snapshot, line: OrderLine, clock_tolerance_s: float) -> bool:
    """Tell whether an on-hand figure surely no longer holds the line's unit."""
    terms = snapshot.terms
    event = line.departed_at if terms.deducts_at is DeductsAt.CARRIER_SCAN else line.packed_at
    margin_s = terms.posting_lag_s + clock_tolerance_s
    return _surely_before(event, snapshot.as_of, margin_s) or _recounted(snapshot, line, margin_s)


def _inside_available(snapshot: Snapshot, line: OrderLine, clock_tolerance_s: float) -> bool:
    """Tell whether an available figure surely has the line's unit taken off already."""
    margin_s = snapshot.terms.order_lag_s + clock_tolerance_s
    known = _surely_before(line.released_at, snapshot.as_of, margin_s)
    return known or _recounted(snapshot, line, margin_s)


def _recounted(snapshot: Snapshot, line: OrderLine, margin_s: float) -> bool:
    """Tell whether the shelf was counted after a doubtful cancellation: the doubt's end."""
    missing = line.state is LineState.CANCELLED_MISSING
    return missing and _surely_before(line.cancelled_at, snapshot.as_of, margin_s)


def _gives_back(snapshot: Snapshot, line: OrderLine, clock_tolerance_s: float) -> bool:
    """Tell whether an available figure lacks a unit that a later cancellation freed.

    Only where the partner surely knew the order and TikTok's own time says that it was
    cancelled after the figure was taken. On-hand figures hold the unit anyway.
    """
    if snapshot.terms.kind is FeedKind.ON_HAND or line.cancelled_not_before is None:
        return False
    margin_s = snapshot.terms.order_lag_s + clock_tolerance_s
    known = _surely_before(line.released_at, snapshot.as_of, margin_s)
    return known and line.cancelled_not_before > snapshot.as_of + clock_tolerance_s


def _surely_before(event: Instant | None, as_of: Instant, margin_s: float) -> bool:
    return event is not None and event < as_of - margin_s


def safety_stock(
    snapshot: Snapshot, feed_age_s: float, policy: GuardPolicy, *, price: float
) -> SafetyStock:
    """Return the units held back: clamp(max(floor, percent, decline), cap), and by which term.

    The decline is what may have gone unexplained, at the level at which one more unit held back
    loses as much as it saves if a cancelled order weighs `price` lost sales. It grows with the
    age by what is learned; while nothing is, the percentage grows instead.
    """
    law, widen_s = snapshot.decline, _widen_s(snapshot, policy)
    floor_units = policy.safety_units_min
    percent_units = _percent_units(snapshot, feed_age_s - widen_s, policy)
    terms = {SafetyRule.FLOOR: floor_units, SafetyRule.PERCENT: percent_units}
    level, grows_after_s = None, widen_s
    if law is not None:
        level, unseen_s = level_of(price), _unseen_s(snapshot.terms)
        age_s, most = feed_age_s + unseen_s, max(snapshot.units, 0)
        terms[SafetyRule.DECLINE] = law.quantile_units(level, age_s, units_max=most)
        grows_after_s = law.grows_after_s(level, age_s, units_max=most) - unseen_s
    rule, wanted = max(terms.items(), key=lambda term: term[1])
    cap = policy.safety_units_max
    capped = cap is not None and wanted > cap
    return SafetyStock(
        units=min(wanted, cap) if cap is not None else wanted,
        rule=SafetyRule.CAP if capped else rule,
        floor_units=floor_units,
        percent_units=percent_units,
        decline_units=terms.get(SafetyRule.DECLINE),
        level=level,
        per_day_units=None if law is None else law.per_hour_units * HOURS_PER_DAY,
        spread_ratio=None if law is None else law.spread_ratio,
        grows_after_s=grows_after_s,
    )


def _unseen_s(terms: FeedTerms) -> float:
    """Return for how long before and after a figure's age units may go that it still counts.

    What was posted late had gone before the figure. What goes once the partner knows an order
    is not taken from it: the partner keeps goods for orders that it knows.
    """
    return terms.posting_lag_s + terms.released_after_s + terms.order_lag_s + HELD_AHEAD_S


def _percent_units(snapshot: Snapshot, late_s: float, policy: GuardPolicy) -> Units:
    percent = policy.safety_percent
    if snapshot.decline is None:
        late_h = max(late_s, 0.0) / SECONDS_PER_HOUR
        percent = min(percent + late_h * policy.widen_percent_per_hour, 100.0)
    return math.ceil(snapshot.units * percent / 100.0)


def _widen_s(snapshot: Snapshot, policy: GuardPolicy) -> float:
    return ladder_of(policy, snapshot.terms.expected_every_s).widen_s
