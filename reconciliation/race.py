"""How far listings may promise the same units: the overlap that costs least (design 3.4).

Theory of operation
-------------------
Listings of one pool may each show all of it. As long as stock is plentiful this costs nothing.
Near zero it does: after an order in one shop the others still show the old quantity until our
decreases have landed, and what is sold there meanwhile must be cancelled. Showing less costs
too: whoever finds nothing does not buy. Both are counted per order that is placed:

    cost = lost + price x risk

`price` says how many lost sales one cancelled order weighs. *Risk* is the number of orders that
will be cancelled because of one order: what the listings sell in the reaction window after it,
beyond the units that are left. Windows are a mixture, not their mean: a rare long one carries
most of the risk (counterexample 15). Orders come in clusters, so that after an order more are to
be expected than before: counts are negative binomial, and the order that was placed makes a high
rate likelier (its gamma variable is size-biased). Order sizes count: compound sums are computed
exactly, by Panjer's recursion. Sales of several listings are summed before they are capped, which
never makes the risk smaller.

*Lost* is the share of orders that find too little, times the chance that a unit which they would
have bought is still there when new stock comes: what is sold later anyway is not lost.

The search begins with every listing at its most and takes the step down that gains most until
none gains `WORTH_ORDERS`; a pool without a race is left alone. The risk of given quantities only
grows with demand and windows. The caps that the search ends with nearly always fall as those or
the price grow; in some one of twenty cases they are wider by a unit. Rates are rounded up to a
grid, so that like items share one calculation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

from .crowd import NO_CROWD, Crowd
from .demand import Demand
from .grid import rounded_up
from .order_counts import after_an_order, chance_of_orders, chances_beyond, compound
from .quantities import Units


WORTH_ORDERS = 0.0005
"""Lost sales per order that a step down must save; less is not worth a write."""

STAY_ORDERS = 0.002
"""Lost sales per order that a change of what is shown must save."""

GRID_RATIO = 1.2
"""Rates are rounded up, and shapes down, by at most so much."""

SIZE_GRAIN = 50
"""Chances of order sizes are rounded to one part in so many."""

LOTS_MAX = 60
"""Larger quantities are counted in lots, rounded so that the risk is never smaller."""

CLOSE_READS_RISK = 5e-5
"""Cancelled orders per order, with everything shown everywhere, from which close reads pay."""

NEGLIGIBLE = 1e-7
"""A cost per order below which there is no race."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A reaction window: how long after an order the others still show too much, how often."""

    chance: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceTerms:
    """What a race is priced by.

    `price`: lost sales that a cancelled order weighs. `windows`: the mixture of reaction windows,
    `close_windows`: the same while listings are read closely, empty where they cannot be.
    `restock_every_s`: the mean time until new stock comes. `write_s`: how long a write of ours is
    on its way. While stock is plentiful a listing shows `shown_percent` of what it may. `crowd`
    is what follows an order.
    """

    price: float
    windows: tuple[Window, ...]
    restock_every_s: float
    close_windows: tuple[Window, ...] = ()
    write_s: float = 1.0
    write_price: float | None = None
    shown_percent: float = 60.0
    crowd: Crowd = NO_CROWD

    def __post_init__(self) -> None:
        """Refuse a price below 1 and windows that are no mixture."""
        for price in (self.price, self.price_of_write):
            if not price >= 1.0:
                raise ValueError(f"a cancelled order weighs at least one lost sale, not {price}")
        for mixture in (self.windows, self.close_windows or self.windows):
            if not math.isclose(math.fsum(each.chance for each in mixture), 1.0, rel_tol=1e-6):
                raise ValueError("the chances of the reaction windows must sum to 1")
        if not self.restock_every_s > 0.0:
            raise ValueError("new stock comes after a time above 0")

    @property
    def price_of_write(self) -> float:
        """Return how many lost sales a cancelled order weighs that a write of ours causes."""
        return self.price if self.write_price is None else self.write_price


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What the listings of a pool may show, in their order, and what that costs per order.

    `read_closely`: the race was priced as if the listings are read closely, and must be.
    """

    caps: tuple[Units, ...]
    risk_orders: float
    lost_orders: float
    read_closely: bool = False

    def total(self, price: float) -> float:
        """Return what it costs per order, in lost sales."""
        return self.lost_orders + price * self.risk_orders


def overlap(units: Units, demands: Sequence[Demand], terms: RaceTerms) -> Overlap:
    """Return the caps that cost least for a pool of `units` that so many listings sell."""
    race = _race(units, demands, terms)
    if units <= 0 or len(demands) < 2 or _no_race(race):  # noqa: PLR2004 - a race takes two
        return Overlap(caps=(max(units, 0),) * len(demands), risk_orders=0.0, lost_orders=0.0)
    best = _cheapest(race)
    return replace(best, caps=tuple(min(each * race.lot_units, units) for each in best.caps))


def priced(
    shown: Sequence[Units],
    units: Units,
    demands: Sequence[Demand],
    terms: RaceTerms,
    *,
    closely: bool = False,
) -> Overlap:
    """Return what it costs to show so much, with the listings read `closely` or not."""
    race = _race(units, demands, terms)
    lots = tuple(-(-each // race.lot_units) for each in shown)
    return replace(_priced(race, lots, closely=closely), caps=tuple(shown))


def is_good_enough(
    shown: Sequence[Units], units: Units, demands: Sequence[Demand], terms: RaceTerms
) -> bool:
    """Tell whether what is shown costs hardly more than the best, so that no write is worth it."""
    if max(shown, default=0) > units:
        return False
    best = overlap(units, demands, terms)
    now = priced(shown, units, demands, terms, closely=best.read_closely)
    return now.total(terms.price) <= best.total(terms.price) + STAY_ORDERS


def margin_units(demand: Demand, window_s: float, price: float) -> Units:
    """Return the units that a write may give back: sold while it was on its way (W6).

    The smallest number that is exceeded with a chance of at most 1 / (1 + price).
    """
    if demand.orders_per_s <= 0.0 or window_s <= 0.0:
        return 0
    sizes = tuple(enumerate(demand.sizes, start=1))
    mean = demand.orders_per_s * window_s
    most = _units_max(mean, demand)
    sums = accumulate(compound(mean, demand.shape, sizes, most))
    level = price / (1.0 + price)
    return next((units for units, chance in enumerate(sums) if chance >= level), most)


def _units_max(mean: float, demand: Demand) -> Units:
    """Return a number of units that a count of this mean hardly ever exceeds."""
    spread = math.sqrt(mean + mean * mean / demand.shape)
    return math.ceil((mean + 10.0 * spread + 1.0) * len(demand.sizes))


# -- a race in few numbers ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Race:
    """A race in rounded numbers; equal races share one calculation.

    `lots` of `lot_units` each are there; `rates` are orders per second of the listings, `sizes`
    pairs of an order's lots and their chance, `shape` that of the gamma variable of the rates.
    """

    lots: int
    lot_units: Units
    rates: tuple[float, ...]
    sizes: tuple[tuple[int, float], ...]
    shape: float
    terms: RaceTerms


def _race(units: Units, demands: Sequence[Demand], terms: RaceTerms) -> _Race:
    lot_units = max(-(-units // LOTS_MAX), 1)
    rates = tuple(_on_grid(demand.orders_per_s) for demand in demands)
    return _Race(
        lots=max(units, 0) // lot_units,
        lot_units=lot_units,
        rates=rates,
        sizes=_sizes(demands, units, lot_units),
        shape=_on_grid(_shape(demands)) / GRID_RATIO,
        terms=replace(terms, crowd=_crowd_on_grid(terms.crowd)),
    )


def _crowd_on_grid(crowd: Crowd) -> Crowd:
    return Crowd(factor=_on_grid(crowd.factor), orders_per_s=_on_grid(crowd.orders_per_s))


def _on_grid(rate: float) -> float:
    return rounded_up(rate, GRID_RATIO)


def _shape(demands: Sequence[Demand]) -> float:
    """Return the gamma shape of the listings' common rate: a crowd looks at the item, in all."""
    total = math.fsum(demand.orders_per_s for demand in demands)
    if total <= 0.0:
        return math.inf
    uneven = math.fsum(demand.orders_per_s / demand.shape for demand in demands) / total
    return 1.0 / uneven if uneven > 0.0 else math.inf


def _sizes(
    demands: Sequence[Demand], units: Units, lot_units: Units
) -> tuple[tuple[int, float], ...]:
    """Return the order sizes that can be filled at all, in lots, of all listings together."""
    total = math.fsum(demand.orders_per_s for demand in demands)
    chances = dict[int, float]()
    for demand in demands:
        weight = demand.orders_per_s / total if total > 0.0 else 1.0 / len(demands)
        for size, chance in enumerate(demand.sizes[: max(units, 0)], start=1):
            lots = -(-size // lot_units)
            chances[lots] = chances.get(lots, 0.0) + weight * chance
    grains = {lots: math.ceil(chance * SIZE_GRAIN) for lots, chance in chances.items()}
    whole = sum(grains.values())
    return tuple((lots, grain / whole) for lots, grain in sorted(grains.items()) if grain)


def _no_race(race: _Race) -> bool:
    """Tell whether hardly any window could see more orders than all the goods need."""
    if not race.sizes or sum(race.rates) <= 0.0:
        return True
    largest = race.sizes[-1][0]
    orders = math.ceil((race.lots - largest) / largest)
    if orders < 1:
        return False
    longest_s = max(window.seconds for window in race.terms.windows)
    mean = _followers(race, sum(race.rates), longest_s)
    return race.terms.price * chance_of_orders(orders, mean, race.shape + 1.0) < NEGLIGIBLE


# -- the cost of what is shown ------------------------------------------------------------------


@lru_cache(maxsize=65_536)
def _cheapest(race: _Race) -> Overlap:
    """Step down from everything shown everywhere while a step is worth it; caps are in lots."""
    price, everything = race.terms.price, (race.lots,) * len(race.rates)
    best = _priced(race, everything, closely=False)
    closely = bool(race.terms.close_windows) and best.risk_orders > CLOSE_READS_RISK
    if closely:
        best = _priced(race, everything, closely=True)
    while True:
        steps = (
            _priced(race, lower, closely=closely)
            for at in _lowest_demand_first(race)
            for lower in _lowered(race, best.caps, at)
        )
        step = min(steps, key=lambda each: each.total(price), default=best)
        if best.total(price) - step.total(price) < WORTH_ORDERS:
            break
        best = step
    # The steps look only down: the shop that sells most may have been the first to give way.
    swapped = _priced(race, _largest_where_most_is_sold(race, best.caps), closely=closely)
    return min(best, swapped, key=lambda each: each.total(price))


def _largest_where_most_is_sold(race: _Race, shown: tuple[int, ...]) -> tuple[int, ...]:
    """Return the same quantities, the largest in the shop that sells most, and so on."""
    places = reversed(_lowest_demand_first(race))
    moved = dict(zip(places, sorted(shown, reverse=True), strict=True))
    return tuple(moved[at] for at in range(len(shown)))


def _lowest_demand_first(race: _Race) -> list[int]:
    """Return the listings in the order in which they give way: the last one of equals first."""
    return sorted(range(len(race.rates)), key=lambda at: (race.rates[at], -at))


def _lowered(race: _Race, shown: tuple[int, ...], at: int) -> list[tuple[int, ...]]:
    """Return the steps down of one listing: by one, to each order size, and to nothing."""
    levels = {shown[at] - 1, 0, *(lots for lots, _ in race.sizes)}
    return [
        (*shown[:at], level, *shown[at + 1 :])
        for level in sorted(levels, reverse=True)
        if 0 <= level < shown[at]
    ]


def _priced(race: _Race, shown: tuple[int, ...], *, closely: bool) -> Overlap:
    """Return what it costs to show so many lots."""
    total = sum(race.rates)
    if total <= 0.0 or not race.sizes:
        return Overlap(caps=shown, risk_orders=0.0, lost_orders=0.0, read_closely=closely)
    # Orders per second of each size that find enough.
    found = [
        (lots, chance * sum(rate for rate, e in zip(race.rates, shown, strict=True) if e >= lots))
        for lots, chance in race.sizes
    ]
    lost = 1.0 - min(math.fsum(rate for _, rate in found) / total, 1.0)
    windows = race.terms.close_windows if closely else race.terms.windows
    return Overlap(
        caps=shown,
        risk_orders=_risk(race, shown, found, windows),
        lost_orders=lost * _still_there(race, found),
        read_closely=closely,
    )


def _still_there(race: _Race, found: Sequence[tuple[int, float]]) -> float:
    """Return the chance that the last lot is unsold when new stock comes.

    New stock comes at a time that nobody knows: taken as exponential, so that a sale comes first
    with the odds of the demand.
    """
    lots = math.fsum(lots * rate for lots, rate in found) * race.terms.restock_every_s
    return 1.0 - float((lots / (1.0 + lots)) ** race.lots)


def _risk(
    race: _Race,
    shown: tuple[int, ...],
    found: Sequence[tuple[int, float]],
    windows: Sequence[Window],
) -> float:
    """Return the orders that will be cancelled because of one order."""
    rate = math.fsum(each for _, each in found)
    if rate <= 0.0 or sum(shown) <= race.lots:
        return 0.0
    sizes = tuple((lots, each / rate) for lots, each in found if each > 0.0)
    lots_per_order = math.fsum(lots * chance for lots, chance in sizes)
    beyond, total = 0.0, sum(race.rates)
    for window in windows:
        mean = _followers(race, rate, window.seconds)
        beyond_each = chances_beyond(mean, race.shape + 1.0, sizes, sum(shown))
        for lots, each in found:
            # Units beyond what is left are the chances, summed, that sales go past each of them.
            past = math.fsum(beyond_each[race.lots - lots : sum(shown) - lots])
            beyond += window.chance * each / total * past
    return beyond / lots_per_order


def _followers(race: _Race, rate: float, seconds: float) -> float:
    """Return how many orders to expect after an order, of those that come at a rate in all."""
    crowd = race.terms.crowd
    anyway = crowd.orders_per_s * rate / sum(race.rates)
    return (after_an_order(rate, race.shape) * crowd.factor + anyway) * seconds
