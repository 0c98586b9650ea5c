"""How many orders will end in a seller-fault cancellation, told from what is known already.

Theory of operation
-------------------
Two causes are of orders that are there: those for goods that are missing, and those that may miss
a due time, at which TikTok cancels them. A third is of orders for goods that nobody knows. Four
are of orders to come, of which only the expected number is known: a pool promises more than it
holds (a race between its listings, a write that may still land, or a listing that cannot be
lowered), or its feed is overdue and nobody knows what else was sold.

This is assumed; where a guess can go two ways, it is the dearer one:

- A shortage falls on the orders that `shortage` chooses: whoever gives up others may lose more.
  Each of them is cancelled, though a delivery may come in time.
- An order nears its due time with the chance that `lateness` tells, and past it is cancelled,
  though TikTok may put off its deadline. The lines of an order fare alike.
- Shoppers come as a Poisson stream as fast as over the last days: no bursts, no hours of the day,
  and each order of the mean size.
- A pool that promises too much is sold from until we can next act, and no longer; but listings
  that cannot be written are, until a person has mended them: `MEND_S`.
- An order of a listing without goods fares like those before it; the first fails as often as not.
- While a feed is overdue, the partner's other channels sell as fast as our shops, and all that
  our listings show beyond the goods then left is ordered.
- Causes are independent and add up. A bundle that is short of two items counts for both.
- Orders to come are cancelled ones in the rate, and not yet orders in it.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from .quantities import Instant, Units


MEND_S = 86_400.0
"""How long a listing that cannot be written goes on selling: a person looks once a day."""

UNMAPPED_PRIOR_ORDERS = 1.0
"""How many orders of a listing without goods the guess weighs: half of it fails."""

SPREADS = 12.0
"""Standard deviations of a Poisson number that are summed up; beyond lies less than 1e-30."""

SPREAD_MARGIN = 30.0
"""Units summed up beyond those: a small mean has a long tail."""


class Cause(StrEnum):
    """Why an order is or will be cancelled at the seller's fault."""

    SHORTAGE = "shortage"
    """The goods for it are not there."""
    LATE_ORDER = "late_order"
    """It is not packed, or not collected, by the time at which TikTok cancels."""
    UNSETTLED_WRITE = "unsettled_write"
    """A write of ours may still show more than there is."""
    STALE_FEED = "stale_feed"
    """The feed is overdue, and the goods may have been sold elsewhere."""
    RACE = "race"
    """Listings show more together than there is, until the decreases have landed."""
    STRANDED_LISTING = "stranded_listing"
    """A listing that cannot be written shows more than there is, until a person mends it."""
    UNMAPPED_SKU = "unmapped_sku"
    """It is for a listing that nobody has joined to goods: nobody knows whether there are any."""
    ALREADY_CANCELLED = "already_cancelled"
    """It was cancelled: the part of the rate that is past."""


EXPECTED_CAUSES: tuple[Cause, ...] = tuple(
    cause for cause in Cause if cause is not Cause.ALREADY_CANCELLED
)
"""The causes of cancellations to come."""


# -- orders that are there ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OrderKey:
    """One order of one shop."""

    shop: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What one line of an order waits for: units of a pool; `packed`: they are in a parcel."""

    order: OrderKey
    placed_at: Instant
    units: Units
    packed: bool = False


# -- orders to come -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolPromise:
    """A pool beside what its listings promise, all in units of the pool.

    `unsettled_units` is the part of the exposure that is of writes which may still land,
    `stranded_units` what else is on listings that cannot be written, and `stranded_units_per_s`
    the part of the sales that is theirs. `overdue_s` is how long its feed is overdue, 0 while it
    is not.
    """

    ats_units: Units
    exposure_units: Units
    unsettled_units: Units = 0
    stranded_units: Units = 0
    sold_units_per_s: float = 0.0
    stranded_units_per_s: float = 0.0
    units_per_order: float = 1.0
    overdue_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a part that is more than the whole, and orders for less than a unit."""
        if min(self.unsettled_units, self.stranded_units) < 0:
            raise ValueError("unsettled and stranded units are not negative")
        if self.unsettled_units + self.stranded_units > self.exposure_units:
            raise ValueError("unsettled and stranded units are parts of the exposure")
        if not 0 <= self.stranded_units_per_s <= self.sold_units_per_s:
            raise ValueError("what stranded listings sell is a part of what is sold")
        if self.sold_units_per_s < 0 or self.overdue_s < 0:
            raise ValueError("what is sold, and for how long, is not negative")
        if self.units_per_order < 1:
            raise ValueError("an order is for at least one unit")


def expected_orders(pool: PoolPromise, reaction_s: float) -> dict[Cause, float]:
    """Return the orders to come that a pool cannot fill, by cause.

    `reaction_s` is how long its listings may be bought from before our next act takes effect.
    What is beyond the goods only while writes are unsettled is put down to those. Of the rest,
    what stranded listings sell alone is theirs, for as long as they stay so.
    """
    goods, exposure = max(pool.ats_units, 0), pool.exposure_units
    bought = pool.sold_units_per_s * reaction_s
    raced = units_beyond(goods, exposure, bought)
    settled = units_beyond(goods, exposure - pool.unsettled_units, bought)
    at_once = _stranded_units(pool, goods, reaction_s)
    others = raced - at_once
    stranded = min(_stranded_units(pool, goods, max(MEND_S, reaction_s)), exposure - others)
    units = {
        Cause.UNSETTLED_WRITE: max(raced - settled, 0.0),
        Cause.RACE: max(settled - at_once, 0.0),
        Cause.STRANDED_LISTING: stranded,
        Cause.STALE_FEED: max(min(_lost_units(pool, goods), exposure - others - stranded), 0.0),
    }
    return {cause: each / pool.units_per_order for cause, each in units.items()}


def _stranded_units(pool: PoolPromise, goods: Units, for_s: float) -> float:
    """Return the units that listings which cannot be lowered sell beyond the goods for a time."""
    return units_beyond(goods, pool.stranded_units, pool.stranded_units_per_s * for_s)


def _lost_units(pool: PoolPromise, goods: Units) -> float:
    """Return the units promised of goods that are gone since the feed was due."""
    spare = max(goods - pool.exposure_units, 0)
    lost = pool.sold_units_per_s * pool.overdue_s
    return units_beyond(spare, spare + pool.exposure_units, lost)


def units_beyond(goods_units: Units, most_units: Units, mean_units: float) -> float:
    """Return the expected excess of min(N, most) over the goods, N being Poisson of this mean.

    Exact to the last digits: the terms left out weigh less than 1e-30.
    """
    if most_units <= goods_units or mean_units <= 0:
        return 0.0
    spread = SPREADS * math.sqrt(mean_units) + SPREAD_MARGIN
    if mean_units - spread >= most_units:
        return float(most_units - goods_units)
    first = max(goods_units + 1, math.floor(mean_units - spread))
    beyond = math.fsum(
        _poisson(count, mean_units) * (min(count, most_units) - goods_units)
        for count in range(first, math.ceil(mean_units + spread) + 1)
    )
    return min(beyond, float(most_units - goods_units))


def _poisson(count: int, mean: float) -> float:
    """Return P(N = count). By logarithms, since the plain factors overflow."""
    return math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))


def unmapped_chance(*, failed: int, filled: int) -> float:
    """Return the chance that an order of a listing without goods fails, by those before it."""
    failures = failed + UNMAPPED_PRIOR_ORDERS / 2
    return failures / (failed + filled + UNMAPPED_PRIOR_ORDERS)


def shared_out(expected: float, weights: Mapping[str, float]) -> dict[str, float]:
    """Return an expectation divided by weight; nobody has any if all weights are 0."""
    total = math.fsum(weights.values())
    if total <= 0:
        return {}
    return {name: expected * weight / total for name, weight in weights.items() if weight > 0}


# -- the rate -----------------------------------------------------------------------------------


def projected_sfcr(
    *, orders: int, cancelled: int, expected: Mapping[Cause, float]
) -> dict[Cause, float]:
    """Return the projected seller-fault cancellation rate of a shop, in parts by cause.

    `orders` and `cancelled` are those placed in the market's window. Where more is cancelled or
    expected to be than was ordered, the whole is 1.
    """
    counts: dict[Cause, float] = {cause: expected.get(cause, 0.0) for cause in EXPECTED_CAUSES}
    counts[Cause.ALREADY_CANCELLED] = float(cancelled)
    whole = max(float(orders), math.fsum(counts.values()))
    return {cause: count / whole if whole else 0.0 for cause, count in counts.items()}


def sum_of(parts: Mapping[Cause, float]) -> float:
    """Return the whole rate, between 0 and 1."""
    return min(math.fsum(parts.values()), 1.0)
