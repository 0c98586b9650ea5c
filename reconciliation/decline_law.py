"""How many units of a pool may have gone unexplained by now: a law with exact quantiles.

Theory of operation
-------------------
Units vanish in clumps: a pallet is miscounted, another channel takes a carton. The units that go
within an age are taken to be negative binomial, with the mean growing with the age and a ratio of
variance to mean that is at least that of single units (1, which is Poisson). Clumps come
independently over time, so that their part of the ratio stays as the age grows; what is not known
of the rate adds to it in proportion to the mean, since a rate that is wrong is wrong all the time.

A wider law of the same mean is not wider everywhere: where clumps are rare it has more mass at 0,
and its quantile may be lower. Held-back stock must not shrink because a partner is less
predictable, so the quantile is the largest over all ratios up to the learned one, in steps. That
makes it monotone in every respect: an older feed, a higher rate, more spread, less certainty or a
higher level never lower it. It costs a unit or so where declines are rare.

Where something goes seldom and then much at once, no negative binomial fits: its quantiles in the
middle lie between nothing and the usual clump. So the quantile is at least that of a second law:
nothing, but for a chance that is learned too, and then a Poisson number of the size that the mean
asks for. It is monotone likewise.
"""

import math
from dataclasses import dataclass

from .quantities import Units


SECONDS_PER_HOUR = 3600.0

LEVEL_MAX = 1.0 - 1e-9
"""The highest level a quantile is taken at: that of 1 is infinite (counterexample 14)."""

RATIOS = (1.0, 1.1, 1.25, 1.5, *(step * 2.0**power for power in range(11) for step in (2.0, 3.0)))
"""Ratios of variance to mean at which a quantile is looked for, up to clumps of thousands."""

GRAIN_S = 600.0
"""The age at which a quantile grows is found to within so much."""

AHEAD_S_MIN = 6 * SECONDS_PER_HOUR
"""So far ahead is looked for growth, at the least: few feeds that come more often get older."""

SPREADS = 12.0
"""Standard deviations below the mean at which a sum starts; less than 1e-30 lies before."""

LOG_LEAST = -700.0
"""A probability below e to this power is no float any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineLaw:
    """The law of a pool's unexplained decline by the age of its snapshot.

    `spread_ratio` is the variance of what goes over its mean; `certainty` is the number of
    declines that the rate is worth, infinite for a rate that is known; `per_hour_declines` is how
    often anything goes, infinite where something always does. It is learned from reports that
    came every `interval_s`.
    """

    per_hour_units: float
    spread_ratio: float = 1.0
    certainty: float = math.inf
    per_hour_declines: float = math.inf
    interval_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no law. Raises `ValueError`."""
        if not 0 <= self.per_hour_units < math.inf or not 0 <= self.interval_s < math.inf:
            raise ValueError("a rate of decline and an interval are finite and not negative")
        if not self.spread_ratio >= 1 or not self.certainty > 0 or not self.per_hour_declines > 0:
            raise ValueError("a spread is at least 1; certainty and declines are above 0")

    def mean_units(self, age_s: float) -> float:
        """Return the units that have gone on average when the snapshot is this old."""
        return self.per_hour_units * max(age_s, 0.0) / SECONDS_PER_HOUR

    def chance(self, age_s: float) -> float:
        """Return the chance that anything has gone, at this age."""
        if age_s <= 0:
            return 0.0
        return -math.expm1(-self.per_hour_declines * age_s / SECONDS_PER_HOUR)

    def ratio(self, age_s: float) -> float:
        """Return the variance of the units gone over their mean, at this age."""
        return self.spread_ratio + self.mean_units(age_s) / self.certainty

    def quantile_units(self, level: float, age_s: float, *, units_max: Units) -> Units:
        """Return the least units that cover the decline with this chance, `units_max` at most.

        Exact for the law; the level is cut at `LEVEL_MAX`.
        """
        mean, level = self.mean_units(age_s), min(level, LEVEL_MAX)
        most = seldom_quantile(level, mean, chance=self.chance(age_s), units_max=units_max)
        for ratio in _ratios_up_to(self.ratio(age_s)):
            if most >= units_max:
                break
            most = max(most, clump_quantile(level, mean, ratio=ratio, units_max=units_max))
        return most

    def grows_after_s(self, level: float, age_s: float, *, units_max: Units) -> float:
        """Return until what age the quantile stays as it is at `age_s`, to within `GRAIN_S`.

        Looks one interval ahead, `AHEAD_S_MIN` at the least, and no further.
        """
        units = self.quantile_units(level, age_s, units_max=units_max)
        same_s, more_s = age_s, age_s + max(self.interval_s, AHEAD_S_MIN)
        if self.quantile_units(level, more_s, units_max=units_max) <= units:
            return more_s
        while more_s - same_s > GRAIN_S:
            middle_s = (same_s + more_s) / 2
            if self.quantile_units(level, middle_s, units_max=units_max) > units:
                more_s = middle_s
            else:
                same_s = middle_s
        return same_s


def _ratios_up_to(ratio: float) -> tuple[float, ...]:
    """Return the steps up to the first that is not below the ratio."""
    count = sum(step < ratio for step in RATIOS) + 1
    return RATIOS[:count]


def level_of(price: float) -> float:
    """Return the level to cover a decline at, where a cancelled order weighs `price` lost sales.

    The newsvendor's critical ratio: one more unit held back loses a sale where it was there, and
    saves a cancelled order where it was not. It does not depend on demand.
    """
    return price / (1.0 + price)


def seldom_quantile(level: float, mean: float, *, chance: float, units_max: Units) -> Units:
    """Return the least n with P(N <= n) >= level, `units_max` at most, N mostly 0.

    With this chance N is Poisson, of the mean that makes the mean of all.
    """
    if chance <= 1.0 - level:
        return 0
    inner = 1.0 - (1.0 - level) / chance
    return clump_quantile(inner, mean / chance, ratio=1.0, units_max=units_max)


def clump_quantile(level: float, mean: float, *, ratio: float, units_max: Units) -> Units:
    """Return the least n with P(N <= n) >= level, `units_max` at most, N of this mean and ratio.

    N is negative binomial, at a ratio of 1 Poisson. Each term follows from the one before:
    p(n + 1) = p(n) (mean / ratio + (1 - 1 / ratio) n) / (n + 1).
    """
    units = _first_that_matters(mean, ratio)
    chance = math.exp(log_chance(units, mean, ratio))
    covered, first, growth = chance, mean / ratio, 1.0 - 1.0 / ratio
    while covered < level and units < units_max:
        chance *= (first + growth * units) / (units + 1)
        units += 1
        covered += chance
    return min(units, max(units_max, 0))


def _first_that_matters(mean: float, ratio: float) -> Units:
    """Return 0, or where the chance of 0 is no float, a number below which nothing matters."""
    if log_chance(0, mean, ratio) > LOG_LEAST:
        return 0
    return max(math.floor(mean - SPREADS * math.sqrt(mean * ratio)), 0)


def log_chance(units: Units, mean: float, ratio: float) -> float:
    """Return the logarithm of P(N = units)."""
    if mean <= 0:
        return 0.0 if units == 0 else -math.inf
    if ratio <= 1:
        return units * math.log(mean) - mean - math.lgamma(units + 1)
    clumps = mean / (ratio - 1.0)
    ways = math.lgamma(units + clumps) - math.lgamma(clumps) - math.lgamma(units + 1)
    return ways - clumps * math.log(ratio) + units * math.log1p(-1.0 / ratio)
