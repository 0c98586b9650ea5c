"""The demand for a listing: how fast orders come, how sure that is, and how large they are.

Theory of operation
-------------------
The usual rate of a listing is a gamma variable. Before any order it is that of its shop, with
`LISTING_PRIOR_ORDERS` orders' worth of trust; each order and each second on sale then counts for
itself (`sales_history`), so that few data lean on the shop and many on nothing else. The shop's
rate leans on the catalogue's in the same way, and that on a stated guess. Order sizes lean alike.

The usual rate goes by the hours of the week (`week_shape`). What came within the last hour or two
then says whether the present is as usual, in two ways:

- *Uneven.* Orders come in clusters at all times. The rate of the hour is the usual one times a
  gamma variable with mean 1 and shape `UNEVEN_SHAPE`; recent orders sharpen it.
- *A rush.* Now and then, in `RUSH_CHANCE` of all cases, somebody shows the item to a crowd, and
  what is usual says nothing any more. The chance that this is such a case follows by Bayes' rule
  from how unlikely the recent orders would be otherwise; the rate is then their number, divided
  by the time in which they came. A few orders in a row suffice for a slow item.

What is above the usual wears off as the count of recent orders does. A lull is no evidence: an
item that was sold out, or whose shop pauses, is as much in demand as before.

The spread is that of the rate over the coming minutes: learned, uneven and rushed together. A
count of orders under it is a negative binomial number, more spread than a Poisson one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .gamma_rate import relative_quantile
from .quantities import Instant
from .sales_history import (
    BURST_LIFE_S,
    NO_ORDERS,
    SIZES,
    Contribution,
    SalesHistory,
    brought_to,
)
from .week_shape import EVEN_WEEK, WeekShape


LISTING_PRIOR_ORDERS = 0.5
"""Orders that a listing is credited with at its shop's rate: so unlike are listings' rates.

Real rates spread like a gamma variable of about this shape; 0.3 and 1 forecast hardly worse.
"""

SHOP_PRIOR_ORDERS = 10.0
"""Orders that a shop is credited with at the catalogue's rate."""

FIRST_ORDERS_PER_S = 1.0 / 86_400.0
"""The rate of a listing before anything was ever sold anywhere: an order a day."""

FIRST_SIZES = (0.9, 0.07, 0.03)
"""Order sizes before anything was ever sold anywhere; most orders are for one unit."""

SIZE_PRIOR_ORDERS = 10.0
"""Orders that a listing, a shop and the catalogue are credited with in what they lean on."""

UNEVEN_SHAPE = 2.0
"""The shape of how uneven a listing's hours are; half and four times as much forecast worse."""

RUSH_CHANCE = 1e-3
"""How often what is usual says nothing. A tenth and ten times as much forecast equally well."""

RUSH_DECADES = 4.0
"""A rush may be up to so many powers of ten above the usual, each power equally likely."""

RUSH_WINDOW_S_MIN = 10.0
"""Placing times are whole seconds, and shoppers press buttons twice."""

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

    `usual_per_s` is the mean rate over the week, with the gamma shape `usual_shape`; at `now`
    there are `extra_per_s` on top, which wear off. `demand` is that of this moment.
    """

    now: Instant
    usual_per_s: float
    usual_shape: float
    extra_per_s: float
    week: WeekShape
    demand: Demand

    def expected_orders(self, since: Instant, until: Instant) -> float:
        """Return how many orders to expect between two moments, neither before `now`."""
        if since < self.now:
            raise ValueError("a forecast begins now: what is past is in the ledger")
        left = math.exp((self.now - since) / BURST_LIFE_S)
        worn = -math.expm1(min(since - until, 0.0) / BURST_LIFE_S)
        extra = self.extra_per_s * BURST_LIFE_S * left * worn
        return self.usual_per_s * self.week.seconds(since, until) + extra


@dataclass(frozen=True, slots=True, kw_only=True)
class _Burst:
    """What the last hours say: the present rate, its gamma shape, and the chance of a rush."""

    orders_per_s: float
    shape: float


def catalogue_level(sales: Contribution, now: Instant) -> Level:
    """Return what shops lean on; of nothing sold, the stated guesses."""
    first = Level(orders_per_s=FIRST_ORDERS_PER_S, sizes=_by_place(FIRST_SIZES))
    return _level(sales, first, now=now, prior_orders=1.0)


def shop_level(
    sales: Contribution, catalogue: Level, *, now: Instant, week: WeekShape = EVEN_WEEK
) -> Level:
    """Return what the listings of a shop lean on, good for some minutes from `now`."""
    level = _level(sales, catalogue, now=now, prior_orders=SHOP_PRIOR_ORDERS)
    return replace(level, week=week, recent_factor=week.recent(now, BURST_LIFE_S))


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
    shape = sums.order_count + LISTING_PRIOR_ORDERS
    usual = shape / (sums.on_sale_s + LISTING_PRIOR_ORDERS / shop.orders_per_s)
    at_this_hour = usual * shop.week.factor(now)
    covered_s = -BURST_LIFE_S * math.expm1(min(known.since - now, 0.0) / BURST_LIFE_S)
    expected = usual * shop.recent_factor * covered_s
    present = _present(sums, at_this_hour, expected)
    extra = max(present.orders_per_s - at_this_hour, 0.0)
    return Forecast(
        now=now,
        usual_per_s=usual,
        usual_shape=shape,
        extra_per_s=extra,
        week=shop.week,
        demand=Demand(
            orders_per_s=at_this_hour + extra,
            sizes=_by_units(_leaning(sums.orders, shop.sizes)),
            # Of a product the relative variances add up, to first order.
            shape=1.0 / (1.0 / shape + 1.0 / present.shape),
        ),
    )


def _present(sums: SalesHistory, usual: float, expected: float) -> _Burst:
    """Return the rate of this moment, where so many recent orders were `expected`."""
    seen = max(sums.burst_orders, 0.0)
    uneven_shape = UNEVEN_SHAPE + seen
    uneven = usual * uneven_shape / (UNEVEN_SHAPE + expected)
    chance = _chance_of_rush(seen, expected)
    if not chance:
        return _Burst(orders_per_s=uneven, shape=uneven_shape)
    rushed = seen / _window_s(seen, sums.burst_age_s)
    mean = chance * rushed + (1.0 - chance) * uneven
    spread = chance * rushed**2 * (1.0 + 1.0 / seen) + (1.0 - chance) * uneven**2 * (
        1.0 + 1.0 / uneven_shape
    )
    return _Burst(orders_per_s=mean, shape=mean**2 / (spread - mean**2))


def _chance_of_rush(seen: float, expected: float) -> float:
    """Return how likely it is that so many recent orders are no longer the usual."""
    if seen < _TRACE or expected <= 0.0:
        return 0.0
    total = UNEVEN_SHAPE + expected
    log_usual = (
        math.lgamma(UNEVEN_SHAPE + seen)
        - math.lgamma(UNEVEN_SHAPE)
        - math.lgamma(seen + 1.0)
        + UNEVEN_SHAPE * math.log(UNEVEN_SHAPE / total)
        + seen * math.log(expected / total)
    )
    log_rush = math.log(RUSH_CHANCE / (RUSH_DECADES * math.log(10.0) * (seen + _RUSH_OFFSET)))
    return 1.0 / (1.0 + math.exp(min(log_usual - log_rush, _EXPONENT_MAX)))


_TRACE = 0.02
"""What is left of one order after some eight hours: it says nothing of the present."""

_RUSH_OFFSET = 0.1
"""Keeps the chance of a count finite where nearly nothing is left of it."""

_EXPONENT_MAX = 700.0


def _window_s(seen: float, age_s: float) -> float:
    """Return the seconds in which the recent orders came, told from their mean age.

    Orders that began lately are on average half as old as the first of them; those of a steady
    stream, weighed as they are, one life. Between the two a parabola is close to the truth.
    """
    mean_age_s = min(max(age_s / seen, 0.0), BURST_LIFE_S)
    return max(2.0 * mean_age_s - mean_age_s**2 / BURST_LIFE_S, RUSH_WINDOW_S_MIN)


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
