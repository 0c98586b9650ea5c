"""The hours of the week: how much more, or less, a shop sells in each than on average.

A week has 168 hours of UTC, the first from Monday at midnight. While orders are few, an hour's
share leans on what its day and its hour of the day usually have, and those on an even spread:
168 shares learned one by one would be noise for months.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .quantities import Instant
from .sales_history import weight_at


HOURS = 168
"""Hours of a week."""

HOUR_S = 3_600.0
"""Seconds of an hour."""

WEEK_HALF_LIFE_S = 56 * 86_400.0
"""After so long an order weighs half in what its hour has: habits change slowly."""

LEAN_ORDERS = 400.0
"""So many orders must be seen before a share counts as much as what it leans on.

The lines of a basket fall into one hour together. Real orders of a first winter are forecast two
hundredths better than with 100, and better still with more, which lets habits show too late.
"""

_DAYS = 7
_DAY_HOURS = 24

_EPOCH_HOUR = 72
"""1970 began on a Thursday: 72 hours into the week."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekShape:
    """For each hour of the week the rate relative to the mean; the factors' mean is 1."""

    factors: tuple[float, ...] = (1.0,) * HOURS

    def __post_init__(self) -> None:
        """Refuse what is no week, and factors that would change the mean rate."""
        if len(self.factors) != HOURS:
            raise ValueError(f"a week has {HOURS} hours, not {len(self.factors)}")
        if min(self.factors) < 0.0 or abs(math.fsum(self.factors) - HOURS) > 1e-6 * HOURS:
            raise ValueError("the factors of a week must be at least 0, and 1 on average")

    def factor(self, at: Instant) -> float:
        """Return the factor of the hour in which a moment lies."""
        return self.factors[hour_of_week(at)]

    def seconds(self, since: Instant, until: Instant) -> float:
        """Return how many seconds of average selling lie between two moments."""
        if until <= since:
            return 0.0
        weeks, rest_s = divmod(until - since, HOURS * HOUR_S)
        total, at, end = weeks * HOURS * HOUR_S, float(since), since + rest_s
        while at < end:
            following = min((at // HOUR_S + 1.0) * HOUR_S, end)
            total += (following - at) * self.factor(Instant(at))
            at = following
        return total

    def recent(self, now: Instant, life_s: float) -> float:
        """Return the mean factor of the last hours, a moment counting less the older it is.

        After `life_s` it counts 1/e as much; what is older than six such lives is left out.
        """
        total, weight, at, end = 0.0, 1.0, float(now), now - 6.0 * life_s
        while at > end:
            earlier = max(math.ceil(at / HOUR_S - 1.0) * HOUR_S, end)
            left = math.exp((earlier - now) / life_s)
            total += (weight - left) * self.factor(Instant(earlier))
            weight, at = left, earlier
        return total / (1.0 - weight)


EVEN_WEEK = WeekShape()
"""Every hour like any other."""


def hour_of_week(at: Instant) -> int:
    """Return the hour of the week in which a moment lies, in UTC, 0 from Monday at midnight."""
    return int(at // HOUR_S + _EPOCH_HOUR) % HOURS


def hour_weight_at(moment: Instant) -> float:
    """Return what an order of that moment adds to its hour, where all are weighed as of one."""
    return weight_at(moment, WEEK_HALF_LIFE_S)


def learned_week(orders: Sequence[float]) -> WeekShape:
    """Return the shape that orders, counted by the hour of the week, are evidence of."""
    if len(orders) != HOURS:
        raise ValueError(f"a week has {HOURS} hours, not {len(orders)}")
    total = math.fsum(orders)
    days = [math.fsum(orders[day * _DAY_HOURS : (day + 1) * _DAY_HOURS]) for day in range(_DAYS)]
    hours = [math.fsum(orders[hour::_DAY_HOURS]) for hour in range(_DAY_HOURS)]
    known = total + LEAN_ORDERS
    day_shares = [(count + LEAN_ORDERS / _DAYS) / known for count in days]
    hour_shares = [(count + LEAN_ORDERS / _DAY_HOURS) / known for count in hours]
    leans_on = [day * hour for day in day_shares for hour in hour_shares]
    return WeekShape(
        factors=tuple(
            HOURS * (count + LEAN_ORDERS * usual) / known
            for count, usual in zip(orders, leans_on, strict=True)
        )
    )
