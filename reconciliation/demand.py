"""The demand for a listing: how fast orders come, how sure that is, and how large they are.

Theory of operation
-------------------
The usual rate of a listing is a gamma variable. Before any order it is that of its shop, with
`LISTING_PRIOR_ORDERS` orders' worth of trust; each order and each second on sale then counts for
itself (`sales_history`), so that few data lean on the shop and many on nothing else. The shop's
rate leans on the catalogue's in the same way, and that on a stated guess. Order sizes lean alike.

The usual rate goes by the hours of the week (`week_shape`). What came of late then
says whether the present is as usual, in three ways:

- *Uneven.* Orders come in clusters at all times. The rate of the hour is the usual one times a
  gamma variable with mean 1 and shape `UNEVEN_SHAPE`; recent orders sharpen it.
- *Followers.* Some orders are followed by another within minutes, whatever the usual rate.
- *A rush.* Now and then, in `RUSH_CHANCE` of all hours, somebody shows the item to a crowd, and
  what is usual says nothing any more. The chance that this is such a case follows by Bayes' rule
  from how unlikely the orders of late would be otherwise; the rate is then their number, divided
  by the time that their count covers. There is a count for each pace of a rush, and the one that
  says most is believed. The first order of a count only begins it. So one order moves little, and
  three within seconds move a slow item's rate a thousandfold.

What is above the usual wears off as fast as the count that told of it. A lull is no evidence: an
item that was sold out, or whose shop pauses, is as much in demand as before.

The spread is that of the rate over the coming minutes: learned, uneven and rushed together. A
count of orders under it is a negative binomial number, more spread than a Poisson one.
"""

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .gamma_rate import relative_quantile
from .quantities import Instant
from .sales_history import (
    BURST_LIVES_S,
    NO_ORDERS,
    SIZES,
    Contribution,
    SalesHistory,
    brought_to,
)
from .week_shape import EVEN_WEEK, WeekShape


LISTING_PRIOR_ORDERS = 0.2
"""Orders that a listing is credited with at its shop's rate: so unlike are listings' rates.

With 0.1 to 0.3 real orders are forecast equally well, and as well when most of them are taken out.
"""

LISTING_PRIOR_S_MAX = 5 * 86_400.0
"""The longest time in which those orders may have come.

What is learned of a listing covers some twenty days; a slow shop's prior would always outweigh it.
"""

SHOP_PRIOR_ORDERS = 10.0
"""Orders that a shop is credited with at the catalogue's rate."""

FIRST_ORDERS_PER_S = 1.0 / 86_400.0
"""The rate of a listing before anything was ever sold anywhere: an order a day."""

FIRST_SIZES = (0.9, 0.07, 0.03)
"""Order sizes before anything was ever sold anywhere; most orders are for one unit."""

SIZE_PRIOR_ORDERS = 10.0
"""Orders that a listing, a shop and the catalogue are credited with in what they lean on."""

UNEVEN_SHAPE = 1.0
"""The shape of how uneven a listing's hours are; 2 forecasts real orders nearly as well."""

FOLLOWERS = (0.0, 0.007, 0.02, 0.0)
"""Orders that each order brings along, by the half-lives of `BURSTS_S`: as real orders have it.

Without them, the chance that a second order comes within a minute of one is told too low by half:
the very chance on which it depends whether two shops sell the same unit. What comes within ten
seconds is left to `crowd`, which counts it: recorded times are to the minute and cannot tell.
"""

RUSH_CHANCE = 1e-2
"""In what part of all hours what is usual says nothing; a tenth does nearly as well."""

RUSH_DECADES = 4.0
"""A rush may be up to so many powers of ten above the usual, each power equally likely."""

DAY_S = 86_400.0

CARE_LEVEL = 0.95
"""The chance that a careful rate is not exceeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Orders per second, and the chance of each size: `sizes[k]` is that of k + 1 units.

    `shape` tells how sure the rate is: that of a gamma variable with mean `orders_per_s`, infinite
    where the rate is known.
    """

    orders_per_s: float
    sizes: tuple[float, ...] = (1.0,)
    shape: float = math.inf

    def __post_init__(self) -> None:
        """Refuse what is no rate, no distribution or no shape."""
        if not 0.0 <= self.orders_per_s < math.inf:
            raise ValueError(f"a rate is a number of at least 0, not {self.orders_per_s}")
        if (
            not self.sizes
            or min(self.sizes) < 0.0
            or not math.isclose(math.fsum(self.sizes), 1.0, rel_tol=1e-6)
        ):
            raise ValueError("the chances of the order sizes must be at least 0 and sum to 1")
        if not self.shape > 0.0:
            raise ValueError(f"the shape of a rate is above 0, not {self.shape}")

    @property
    def units_per_order(self) -> float:
        """The mean size of an order."""
        return math.fsum(units * chance for units, chance in enumerate(self.sizes, start=1))

    @property
    def units_per_s(self) -> float:
        """The mean number of units ordered in a second."""
        return self.orders_per_s * self.units_per_order

    def in_packs_of(self, units: int) -> "Demand":
        """Return the same demand where what is ordered are packs of so many units."""
        if units == 1:
            return self
        sizes = [0.0] * (len(self.sizes) * units)
        for packs, chance in enumerate(self.sizes, start=1):
            sizes[packs * units - 1] = chance
        return replace(self, sizes=tuple(sizes))

    def rate_at(self, level: float) -> float:
        """Return the orders per second that are not exceeded with the chance `level`."""
        return self.orders_per_s * relative_quantile(level, self.shape)

    @property
    def rate_high(self) -> float:
        """The careful rate where more demand is the danger."""
        return self.rate_at(CARE_LEVEL)

    @property
    def rate_low(self) -> float:
        """The careful rate where less demand is the danger."""
        return self.rate_at(1.0 - CARE_LEVEL)


NO_DEMAND = Demand(orders_per_s=0.0)
"""Nobody orders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What listings lean on: the mean rate of a shop or the catalogue, its sizes and hours.

    `recent_factor` is what of the week's mean rate the last hours have, as they count for bursts.
    """

    orders_per_s: float
    sizes: tuple[float, ...]
    week: WeekShape = EVEN_WEEK
    recent_factor: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """The demand for a listing from `now` on.

    `usual_per_s` is the mean rate over the week, with the gamma shape `usual_shape`. At `now`
    there are `extras_per_s` on top, by how fast they wear off: of each, 1/e is left after the
    time of the same place in `BURST_LIVES_S`. `demand` is that of this moment, with the extras.
    The listing has been watched for `known_s`.
    """

    now: Instant
    usual_per_s: float
    usual_shape: float
    extras_per_s: tuple[float, ...]
    week: WeekShape
    demand: Demand
    known_s: float = 0.0

    @property
    def day_units(self) -> float:
        """Return the units that a usual day sells, with what is on top now until it is gone."""
        extra = math.fsum(map(operator.mul, self.extras_per_s, BURST_LIVES_S))
        return (self.usual_per_s * DAY_S + extra) * self.demand.units_per_order

    def expected_orders(self, since: Instant, until: Instant) -> float:
        """Return how many orders to expect between two moments, neither before `now`."""
        if since < self.now:
            raise ValueError("a forecast begins now: what is past is in the ledger")
        extra = math.fsum(
            rate * _seconds_left(life_s, since - self.now, until - self.now)
            for rate, life_s in zip(self.extras_per_s, BURST_LIVES_S, strict=True)
        )
        return self.usual_per_s * self.week.seconds(since, until) + extra


def _seconds_left(life_s: float, since_s: float, until_s: float) -> float:
    """Return for how many seconds what wears off in a life is there, added up over a span."""
    if until_s <= since_s:
        return 0.0
    return life_s * math.exp(-since_s / life_s) * -math.expm1((since_s - until_s) / life_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Present:
    """What comes on top of the usual rate at this moment, and the gamma shape of it all."""

    extras_per_s: tuple[float, ...]
    shape: float

    @property
    def extra_per_s(self) -> float:
        return math.fsum(self.extras_per_s)


def catalogue_level(
    sales: Contribution, now: Instant, *, first_orders_per_s: float = FIRST_ORDERS_PER_S
) -> Level:
    """Return what shops lean on; of nothing sold, the stated guesses."""
    first = Level(orders_per_s=first_orders_per_s, sizes=_by_place(FIRST_SIZES))
    return _level(sales, first, now=now, prior_orders=1.0)


def shop_level(
    sales: Contribution, catalogue: Level, *, now: Instant, week: WeekShape = EVEN_WEEK
) -> Level:
    """Return what the listings of a shop lean on, good for some minutes from `now`."""
    level = _level(sales, catalogue, now=now, prior_orders=SHOP_PRIOR_ORDERS)
    return replace(level, week=week, recent_factor=week.recent(now, BURST_LIVES_S[-1]))


def _level(sales: Contribution, above: Level, *, now: Instant, prior_orders: float) -> Level:
    orders = sales.orders_at(now)
    prior_s = prior_orders / above.orders_per_s
    return Level(
        orders_per_s=(math.fsum(orders) + prior_orders) / (sales.on_sale_s_at(now) + prior_s),
        sizes=_leaning(orders, above.sizes),
    )


def forecast(history: SalesHistory | None, shop: Level, now: Instant) -> Forecast:
    """Return the demand for a listing as it is known now; None: nothing is known of it yet."""
    known = history or SalesHistory(since=now, updated_at=now)
    sums = brought_to(known, now)
    prior_s = min(LISTING_PRIOR_ORDERS / shop.orders_per_s, LISTING_PRIOR_S_MAX)
    shape = sums.order_count + prior_s * shop.orders_per_s
    usual = shape / (sums.on_sale_s + prior_s)
    at_this_hour = usual * shop.week.factor(now)
    known_s = max(now - known.since, 0.0)
    present = _present(sums, known_s, at_this_hour, usual * shop.recent_factor)
    return Forecast(
        now=now,
        usual_per_s=usual,
        usual_shape=shape,
        extras_per_s=present.extras_per_s,
        week=shop.week,
        known_s=known_s,
        demand=Demand(
            orders_per_s=at_this_hour + present.extra_per_s,
            sizes=_by_units(_leaning(sums.orders, shop.sizes)),
            # Of a product the relative variances add up, to first order.
            shape=1.0 / (1.0 / shape + 1.0 / present.shape),
        ),
    )


def _present(
    sums: SalesHistory, known_s: float, at_this_hour: float, in_recent_hours: float
) -> _Present:
    """Return what the orders of late add to the rate that is usual at this hour."""
    covered = [life_s * -math.expm1(-known_s / life_s) for life_s in BURST_LIVES_S]
    present = _uneven(sums, at_this_hour, in_recent_hours * covered[-1])
    usual = max(at_this_hour, in_recent_hours)
    for place, count in enumerate(sums.bursts):
        if count > 1.0 + _TRACE:
            chance = _chance_of_rush(place, count - 1.0, usual * covered[place])
            rushed = _rushed(present, place, count - 1.0, at_this_hour, chance)
            present = max(present, rushed, key=lambda each: each.extra_per_s)
    return present


def _uneven(sums: SalesHistory, at_this_hour: float, expected: float) -> _Present:
    """Return what is extra where nothing but chance and company make the present uneven."""
    busier = (UNEVEN_SHAPE + sums.bursts[-1]) / (UNEVEN_SHAPE + expected)
    extras = [
        followers * count / life_s
        for followers, count, life_s in zip(FOLLOWERS, sums.bursts, BURST_LIVES_S, strict=True)
    ]
    extras[-1] += at_this_hour * max(busier - 1.0, 0.0)
    return _Present(extras_per_s=tuple(extras), shape=UNEVEN_SHAPE + sums.bursts[-1])


def _rushed(
    even: _Present, place: int, seen: float, at_this_hour: float, chance: float
) -> _Present:
    """Return what is extra where one count, its first order left out, may tell of a rush."""
    extras = [(1.0 - chance) * rate for rate in even.extras_per_s]
    extras[place] += chance * (seen / BURST_LIVES_S[place] - at_this_hour)
    # Not the shape of the mixture's variance: its quantiles would lie below the usual rate.
    return _Present(extras_per_s=tuple(extras), shape=chance * seen + (1.0 - chance) * even.shape)


def _chance_of_rush(place: int, seen: float, expected: float) -> float:
    """Return how likely it is, after so many orders in one count, that they are not the usual."""
    beforehand = RUSH_CHANCE * BURST_LIVES_S[place] / BURST_LIVES_S[-1]
    total = UNEVEN_SHAPE + expected
    log_usual = (
        math.lgamma(UNEVEN_SHAPE + seen)
        - math.lgamma(UNEVEN_SHAPE)
        - math.lgamma(seen + 1.0)
        + UNEVEN_SHAPE * math.log(UNEVEN_SHAPE / total)
        + seen * math.log(max(expected, _LEAST) / total)
    )
    log_rush = math.log(beforehand / (RUSH_DECADES * math.log(10.0) * (seen + _RUSH_OFFSET)))
    return 1.0 / (1.0 + math.exp(min(log_usual - log_rush, _EXPONENT_MAX)))


_TRACE = 0.01
"""Less than this beyond its first order, and a count says nothing of the present."""

_RUSH_OFFSET = 0.1
"""Keeps the chance of a count finite where nearly nothing is left of it."""

_LEAST = 1e-300
"""Stands for nothing at all where a logarithm is taken."""

_EXPONENT_MAX = 700.0
"""The exponential of more is no double any more."""


# -- order sizes ------------------------------------------------------------------------------


def _leaning(orders: Sequence[float], above: Sequence[float]) -> tuple[float, ...]:
    """Return the chances of the sizes, by their places in `SIZES`, leaning on those above."""
    total = math.fsum(orders) + SIZE_PRIOR_ORDERS
    return tuple(
        (count + SIZE_PRIOR_ORDERS * chance) / total
        for count, chance in zip(orders, above, strict=True)
    )


def _by_place(chances: Sequence[float]) -> tuple[float, ...]:
    """Return chances of 1, 2, 3 … units by their places in `SIZES`."""
    return (*chances, *NO_ORDERS[len(chances) :])


def _by_units(chances: Sequence[float]) -> tuple[float, ...]:
    """Return chances by their places in `SIZES` as those of 1, 2, 3 … units."""
    last = max(place for place, chance in enumerate(chances) if chance > 0.0)
    units = [0.0] * SIZES[last]
    for size, chance in zip(SIZES[: last + 1], chances, strict=False):
        units[size - 1] = chance
    return tuple(units)
