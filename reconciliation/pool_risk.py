"""The orders that a pool will fail until its next feed, by cause: how many, and whether any.

Theory of operation
-------------------
Goods G are what is available to sell, withheld units W the part of them that listings do not
show. Two things can make an order fail that is not short already:

*Goods go missing.* Until the next file tells, X units have gone since the last, of which nobody
knew; our listings sell S = min(D, G - W), D being what is ordered; and C units are promised to
orders that are there. So V = min((S + X - G)+, S + C) units fail orders, and

    P(V > 0) = sum over d of P(S = d) P(X > G - d)

The units withheld bear the first losses. That is a cause of its own while the feed is on time
(`DECLINE`), and that of an overdue feed else (`STALE_FEED`). Of a partner of whom nothing is
learned yet, nothing is guessed until it is overdue; from then on its other channels are taken to
sell as fast as our shops.

*Listings show too much.* They may sell E units together, which is more than the goods where
listings overlap, or a decrease has yet to land, until we have acted. What is ordered by then, in a
window of the reaction, fails min(N, E) - G. What is beyond the goods only while writes are
unsettled is put down to those; of the rest, what stranded listings sell alone is theirs, for as
long as they stay so. Where listings overlap by intent, sales until the next feed may bring them
near zero: what races cost then (`race_ahead`) counts where it is more.

Units become orders: the first unit that is missing costs one, each other as much of one as it is
of an order's mean size.

All of it grows with the age of a snapshot, the decline and its spread, demand, windows and what
is shown, and falls with the goods. Means are rounded up to a grid, so that like pools share one
calculation.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

from .decline_law import SECONDS_PER_HOUR, DeclineLaw
from .demand import NO_DEMAND, Demand
from .next_feed import MEND_S, NextFeed
from .quantities import Units
from .race import overlap
from .race_ahead import race_ahead
from .race_terms import RaceTerms, Window
from .risk import NOTHING, Cause, Loss
from .unit_tails import Tails, missing, on_grid, ordered


NEGLIGIBLE = 1e-12
"""Orders of which nobody has to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolOutlook:
    """A pool beside what its listings promise, all in units of the pool.

    `withheld_units` are the part of what is available that listings do not show, `committed_units`
    wait for orders. `unsettled_units` is the part of the exposure that is of writes which may
    still land, `stranded_units` what else is on listings that cannot be written, with
    `stranded_demand`. `demand` is that of this moment, `ahead` the mean one until the next feed,
    by which the snapshot will be `age_s` old. Where listings `race` for the pool, `racing` is the
    demand for each of them.
    """

    ats_units: Units
    exposure_units: Units
    feed: NextFeed
    age_s: float
    withheld_units: Units = 0
    committed_units: Units = 0
    unsettled_units: Units = 0
    stranded_units: Units = 0
    demand: Demand = NO_DEMAND
    ahead: Demand = NO_DEMAND
    stranded_demand: Demand = NO_DEMAND
    decline: DeclineLaw | None = None
    race: RaceTerms | None = None
    racing: tuple[Demand, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a part that is more than the whole."""
        if min(self.unsettled_units, self.stranded_units, self.withheld_units) < 0:
            raise ValueError("unsettled, stranded and withheld units are not negative")
        if self.unsettled_units + self.stranded_units > self.exposure_units:
            raise ValueError("unsettled and stranded units are parts of the exposure")

    @property
    def goods_units(self) -> Units:
        """Return the goods that are there, 0 where orders wait for more."""
        return max(self.ats_units, 0)


def losses_until_next_feed(pool: PoolOutlook, windows: Sequence[Window]) -> dict[Cause, Loss]:
    """Return what a pool will fail until its next feed, by cause; orders that are short apart.

    `windows` is the mixture of times for which it may be bought from before our next act counts,
    where the terms of its race do not tell.
    """
    within = windows if pool.race is None else pool.race.windows
    missing_cause = Cause.STALE_FEED if pool.feed.is_overdue else Cause.DECLINE
    losses = {missing_cause: _missing(pool), **_shown_beyond(pool, within)}
    return {cause: loss for cause, loss in losses.items() if loss.orders > NEGLIGIBLE}


# -- goods go missing -----------------------------------------------------------------------------


def _missing(pool: PoolOutlook) -> Loss:
    law, age_s = pool.decline, pool.age_s
    if law is None:
        law = DeclineLaw(per_hour_units=pool.ahead.units_per_s * SECONDS_PER_HOUR)
        age_s = pool.feed.overdue_s
    goods = pool.goods_units
    return _lost(
        _Stock(
            goods=goods,
            sellable=max(goods - pool.withheld_units, 0),
            committed=max(pool.committed_units + min(pool.ats_units, 0), 0),
        ),
        _Gone(
            mean=on_grid(law.mean_units(age_s)),
            ratio=law.ratio(age_s),
            chance=min(on_grid(law.chance(age_s)), 1.0),
        ),
        _Orders(
            mean=on_grid(pool.ahead.orders_per_s * pool.feed.in_s),
            shape=pool.ahead.shape,
            sizes=pool.ahead.sizes,
        ),
    )


class _Stock(NamedTuple):
    """The goods that are there, those that may be sold, and the units promised to orders."""

    goods: Units
    sellable: Units
    committed: Units


class _Gone(NamedTuple):
    """The law of the units that have gone when the next feed comes."""

    mean: float
    ratio: float
    chance: float


class _Orders(NamedTuple):
    """The law of the orders that come until then."""

    mean: float
    shape: float
    sizes: tuple[float, ...]


@lru_cache(maxsize=65_536)
def _lost(stock: _Stock, law: _Gone, coming: _Orders) -> Loss:
    """Sum up over what is sold: E[V given S = d] is E[(min(X, G + C) - (G - d))+]."""
    gone, sold = missing(*law), ordered(*coming)
    if gone.chance_beyond(stock.goods - stock.sellable) <= 0.0:
        return NOTHING
    units_per_order = _mean_size(coming.sizes)
    # What goes missing beyond all that is at stake fails nobody.
    spared = gone.units_beyond(stock.goods + stock.committed)
    chance = orders = 0.0
    for units, sold_chance in _sold_at_most(sold, stock.sellable):
        left = stock.goods - units
        here = gone.chance_beyond(left)
        if here > 0.0 and units + stock.committed > 0:
            beyond = gone.units_beyond(left) - spared
            chance += sold_chance * here
            orders += sold_chance * _orders(here, beyond, units_per_order)
    return Loss(chance=min(chance, 1.0), orders=orders)


def _sold_at_most(sold: Tails, most: Units) -> list[tuple[Units, float]]:
    """Return the chances of each number of units sold; what is ordered beyond is `most`."""
    chances, before, units = list[tuple[Units, float]](), 1.0, 0
    for beyond in sold.beyond:
        if units >= most:
            break
        chances.append((units, before - beyond))
        before, units = beyond, units + sold.lot_units
    return [*chances, (min(units, most), before)]


# -- listings show too much -----------------------------------------------------------------------


def _shown_beyond(pool: PoolOutlook, windows: Sequence[Window]) -> dict[Cause, Loss]:
    goods, exposure = pool.goods_units, pool.exposure_units
    if exposure <= goods:
        return {}
    still_shown = max(exposure - pool.unsettled_units, goods)
    raced = _beyond(pool.demand, windows, goods, exposure)
    settled = _beyond(pool.demand, windows, goods, still_shown)
    landed = _beyond(pool.demand, windows, still_shown, exposure)
    at_once = _beyond(pool.stranded_demand, windows, goods, pool.stranded_units)
    mended = tuple(replace(each, seconds=max(each.seconds, MEND_S)) for each in windows)
    return {
        Cause.UNSETTLED_WRITE: raced.less(settled).at_most(landed.chance),
        Cause.RACE: max(settled.less(at_once), _raced(pool), key=lambda loss: loss.orders),
        Cause.STRANDED_LISTING: _beyond(pool.stranded_demand, mended, goods, pool.stranded_units),
    }


def _raced(pool: PoolOutlook) -> Loss:
    """Return what races cost until the next feed, where listings overlap by intent."""
    if pool.race is None or not pool.racing:
        return NOTHING
    return _races(pool.goods_units, pool.ahead, on_grid(pool.feed.in_s), pool.racing, pool.race)


@lru_cache(maxsize=65_536)
def _races(
    goods: Units, coming: Demand, for_s: float, racing: tuple[Demand, ...], terms: RaceTerms
) -> Loss:
    return race_ahead(goods, coming, for_s, lambda left: overlap(left, racing, terms).risk_orders)


def _beyond(demand: Demand, windows: Sequence[Window], goods: Units, most: Units) -> Loss:
    """Return what is ordered of what is shown beyond the goods, within the windows."""
    chance = orders = 0.0
    if most > goods:
        for window in windows:
            bought = _ordered(demand, window.seconds)
            here = bought.chance_beyond(goods)
            beyond = bought.units_between(goods, most)
            chance += window.chance * here
            orders += window.chance * _orders(here, beyond, demand.units_per_order)
    return Loss(chance=min(chance, 1.0), orders=orders)


def _ordered(demand: Demand, seconds: float) -> Tails:
    return ordered(on_grid(demand.orders_per_s * seconds), demand.shape, demand.sizes)


def _orders(chance: float, units: float, units_per_order: float) -> float:
    """Return the orders that missing units cost, one at least where any is missing."""
    return chance + max(units - chance, 0.0) / units_per_order


def _mean_size(sizes: Sequence[float]) -> float:
    return math.fsum(units * chance for units, chance in enumerate(sizes, start=1))
