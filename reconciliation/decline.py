"""Unexplained decline: what is learned from feed after feed, and the law that follows.

Theory of operation
-------------------
Each new report of a pool closes an `Interval`: so many hours, and so many units fewer than the
report before and our orders explain. A `DeclineHistory` keeps decayed sums of them, so that an
interval is added in constant time and old ones fade. `DeclineTotals` are sums over pools.

What an interval tells depends on what was to be seen:

- `SEEN`: the units that went, none included, over the whole interval.
- `FLOORED`: the report is 0, so that what went was all there was. The units count; they were gone
  at an unknown moment, on average after units / (units + 1) of the interval if they go one by one
  and seldom, and the time after it tells nothing. Where everything goes again and again long
  before the next report, the rate is told too low: a report of 0 has nothing left to lose.
- `RESTOCKED`: the report rose, and hides what went meanwhile. Neither units nor hours count. That
  does not bias the rate where goods come whatever has vanished; where a partner's figure trembles
  around the truth, only its downward errors count, and the rate is told too high.
- `EMPTY`: nothing was there that could have gone. It does not count.

A pool's rate is that of its own history, shrunk to its partner's: rates of a partner's pools are
taken to be gamma distributed, with the spread between pools that the totals show (empirical
Bayes). So a partner whose pools are alike lends much, one whose pools differ lends little. The
partner's own rate is shrunk to a prior of one unit in a week. The spread of units within a pool is
shrunk in the same way, by the units that have gone.
"""

import math
from dataclasses import dataclass, fields
from enum import StrEnum

from .decline_law import SECONDS_PER_HOUR, DeclineLaw, log_chance
from .quantities import Units


HALF_LIFE_H = 30 * 24.0
"""After so many hours an interval counts half: a daily feed is told by some 43 of them, enough
to tell one decline in ten days, and a partner that has changed is known within two months."""

PRIOR_HOURS = 7 * 24.0
"""The prior weighs as much as one pool watched for a week …"""

PRIOR_UNITS = 1.0
"""… in which one unit went."""

PRIOR_RATIO = 2.0
"""Variance over mean where nothing is known: every other decline is of more than one unit."""

PRIOR_INTERVALS = 4.0
"""The intervals that the chance of a decline, as rate and spread have it, is worth beside what a
pool's own intervals show."""

PRIOR_RATIO_UNITS = 4.0
"""The units gone that the partner's spread, or the prior's, is worth beside a pool's own."""

QUIET_LEAST = 1e-9
"""Something goes at every interval; the logarithm still wants a number."""

SHAPE_LEAST, SHAPE_MOST = 0.05, 50.0
"""Bounds of how alike pools are: 0.05 is one in twenty bearing it all, 50 is all the same."""

RESTOCK_RATIO = 2.0
"""A rise of no more than this many usual declines is taken for a corrected count."""


class Sight(StrEnum):
    """What was to be seen of a decline."""

    SEEN = "seen"
    FLOORED = "floored"
    RESTOCKED = "restocked"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """One interval between two reports of a pool.

    `units` are those that went unexplained, or, restocked, by which the report rose.
    `expected_units` is what the report should have been. `pending_units` went too, but may turn
    out to be orders that the partner posted before we knew of it.
    """

    sight: Sight
    hours: float
    expected_units: Units
    units: Units = 0
    pending_units: Units = 0

    def __post_init__(self) -> None:
        """Refuse an interval without length, and negative units. Raises `ValueError`."""
        if self.hours <= 0:
            raise ValueError("an interval takes time")
        if self.units < 0 or self.pending_units < 0:
            raise ValueError("units that went are not negative")

    @property
    def counts(self) -> bool:
        """Tell whether the interval tells anything of the decline."""
        return self.sight is Sight.SEEN or self.sight is Sight.FLOORED

    @property
    def exposed_hours(self) -> float:
        """Return the hours for which something could go."""
        if self.sight is Sight.FLOORED:
            return self.hours * self.units / (self.units + 1)
        return self.hours


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineHistory:
    """What is known of a pool: sums over its intervals, an old one counting less.

    `looks`, `watched_hours` and `restocks` are of all intervals, the others of those that tell:
    how many, how many with a decline (`declines`), `hours`, `units`, and the sums of squares and
    products from which the spread follows. `pending_units` are not decayed: they wait to be
    explained.
    """

    looks: float = 0.0
    watched_hours: float = 0.0
    restocks: float = 0.0
    intervals: float = 0.0
    declines: float = 0.0
    hours: float = 0.0
    units: float = 0.0
    expected_units: float = 0.0
    units_squared: float = 0.0
    units_by_hours: float = 0.0
    hours_squared: float = 0.0
    pending_units: Units = 0

    def scatter(self, per_hour_units: float) -> float:
        """Return the sum of squared differences from a rate."""
        rate = per_hour_units
        squares = self.units_squared - 2 * rate * self.units_by_hours
        return max(squares + rate * rate * self.hours_squared, 0.0)


SUMS: tuple[str, ...] = tuple(
    each.name for each in fields(DeclineHistory) if each.name != "pending_units"
)
"""The fields of a history that fade."""


def learn(history: DeclineHistory, interval: Interval) -> DeclineHistory:
    """Return the history with one more interval; everything before it fades a little."""
    kept = kept_after(interval.hours)
    # Field by field, and not over their names: a feed has 100,000 rows.
    tells = float(interval.counts)
    units, hours = tells * interval.units, tells * interval.exposed_hours
    return DeclineHistory(
        looks=kept * history.looks + 1.0,
        watched_hours=kept * history.watched_hours + interval.hours,
        restocks=kept * history.restocks + _is_restock(history, interval),
        intervals=kept * history.intervals + tells,
        declines=kept * history.declines + (units > 0),
        hours=kept * history.hours + hours,
        units=kept * history.units + units,
        expected_units=kept * history.expected_units + tells * max(interval.expected_units, 0),
        units_squared=kept * history.units_squared + units * units,
        units_by_hours=kept * history.units_by_hours + units * hours,
        hours_squared=kept * history.hours_squared + hours * hours,
        pending_units=interval.pending_units,
    )


def kept_after(hours: float) -> float:
    """Return how much an interval counts after so many hours, of 1."""
    return float(0.5 ** (hours / HALF_LIFE_H))


def _is_restock(history: DeclineHistory, interval: Interval) -> bool:
    usual = history.units / history.declines if history.declines > 0 else 0.0
    return interval.sight is Sight.RESTOCKED and interval.units > RESTOCK_RATIO * usual


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineTotals:
    """Histories summed over pools, and the sums of squares over pools.

    `scatter` is the sum of squared differences from each pool's own rate; `scatter_units` the
    units that a spread of 1 would have it at.
    """

    pools: float = 0.0
    looks: float = 0.0
    watched_hours: float = 0.0
    restocks: float = 0.0
    intervals: float = 0.0
    declines: float = 0.0
    hours: float = 0.0
    units: float = 0.0
    expected_units: float = 0.0
    units_squared: float = 0.0
    scatter: float = 0.0
    scatter_units: float = 0.0
    pool_units_squared: float = 0.0
    pool_hours_squared: float = 0.0

    def __add__(self, other: "DeclineTotals") -> "DeclineTotals":
        """Return the totals of both together."""
        return DeclineTotals(**{n: getattr(self, n) + getattr(other, n) for n in _TOTALS})

    @property
    def per_hour_units(self) -> float:
        """Return the mean rate of a pool, shrunk to the prior."""
        return (self.units + PRIOR_UNITS) / (self.hours + PRIOR_HOURS)

    @property
    def spread_ratio(self) -> float:
        """Return the variance of what goes over its mean within a pool, shrunk to the prior."""
        scatter = max(self.scatter, 0.0) + PRIOR_RATIO_UNITS * PRIOR_RATIO
        return max(scatter / (max(self.scatter_units, 0.0) + PRIOR_RATIO_UNITS), 1.0)

    @property
    def shape(self) -> float:
        """Return how alike the pools are: the shape of the gamma law of their rates."""
        by_chance = self.per_hour_units**2 * self.pool_hours_squared
        if by_chance <= 0:
            return 1.0
        excess = (self.pool_units_squared - self.spread_ratio * self.units) / by_chance - 1.0
        return min(max(1.0 / max(excess, 1.0 / SHAPE_MOST), SHAPE_LEAST), SHAPE_MOST)


def totals_of(history: DeclineHistory) -> DeclineTotals:
    """Return the totals of a single pool."""
    same = {name: getattr(history, name) for name in SUMS if name in _TOTALS}
    rate = history.units / history.hours if history.hours > 0 else 0.0
    freedom = max(1.0 - 1.0 / history.intervals, 0.0) if history.intervals > 0 else 0.0
    return DeclineTotals(
        **same,
        pools=1.0,
        scatter=history.scatter(rate),
        scatter_units=history.units * freedom,
        pool_units_squared=history.units**2,
        pool_hours_squared=history.hours**2,
    )


_TOTALS = tuple(each.name for each in fields(DeclineTotals))
"""The fields of totals, named once: totals are added up for decisions."""


def law_of(history: DeclineHistory | None, totals: DeclineTotals) -> DeclineLaw | None:
    """Return the law of a pool's decline, from its own history and its partner's totals.

    None where no interval of the partner has told anything yet: then nothing is learned, and the
    safety stock goes by the policy's own widening.
    """
    if totals.intervals <= 0:
        return None
    own = history or DeclineHistory()
    partner_rate, shape = totals.per_hour_units, totals.shape
    ratio = totals.spread_ratio
    rate, _ = _shrunk(own, partner_rate, shape, ratio)
    ratio = _own_ratio(own, rate, ratio)
    rate, certainty = _shrunk(own, partner_rate, shape, ratio)
    interval_h = _interval_h(own, totals)
    return DeclineLaw(
        per_hour_units=rate,
        spread_ratio=ratio,
        certainty=certainty,
        per_hour_declines=_declines(own, rate * interval_h, ratio) / interval_h,
        interval_s=interval_h * SECONDS_PER_HOUR,
    )


def _shrunk(
    own: DeclineHistory, partner_rate: float, shape: float, ratio: float
) -> tuple[float, float]:
    """Return the rate of a pool and what it is worth; units that come in clumps tell less."""
    certainty = shape + own.units / ratio
    return certainty / (shape / partner_rate + own.hours / ratio), certainty


def _own_ratio(own: DeclineHistory, rate: float, partner_ratio: float) -> float:
    scatter = own.scatter(rate) + PRIOR_RATIO_UNITS * partner_ratio
    return max(scatter / (own.units + PRIOR_RATIO_UNITS), 1.0)


def _declines(own: DeclineHistory, mean: float, ratio: float) -> float:
    """Return how many declines come in an interval, from the share of intervals without one."""
    none = math.exp(log_chance(0, mean, ratio))
    quiet = own.intervals - own.declines + PRIOR_INTERVALS * none
    return -math.log(max(quiet, QUIET_LEAST) / (own.intervals + PRIOR_INTERVALS))


def _interval_h(own: DeclineHistory, totals: DeclineTotals) -> float:
    """Return the usual time between two reports."""
    sums = own if own.looks > 0 else totals
    return sums.watched_hours / sums.looks


# -- restocks -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RestockCadence:
    """How often goods come: on average every `restock_every_s`, None if none ever came.

    `restocks` is how many it is told from, and `uncertainty_ratio` the standard error over the
    mean, as of events that come at random.
    """

    restock_every_s: float | None
    restocks: float
    uncertainty_ratio: float


def restock_cadence(history: DeclineHistory) -> RestockCadence:
    """Return how often a pool is restocked."""
    count = history.restocks
    every_h = history.watched_hours / count if count > 0 else None
    return RestockCadence(
        restock_every_s=None if every_h is None else every_h * SECONDS_PER_HOUR,
        restocks=count,
        uncertainty_ratio=float("inf") if count <= 0 else count**-0.5,
    )
