"""What is remembered of a listing's sales: a few decayed sums, never the orders themselves.

Theory of operation
-------------------
An order weighs 1 when it is placed and half as much every two weeks. So does every second during
which the listing was on sale: orders divided by seconds is the rate, and what was not on sale
says nothing against the demand for it. All sums are as of `updated_at`; bringing them forward is
one multiplication, so that an order that comes late is simply added with the weight that it has
left by then. Neither the sequence of arrival nor the batches make a difference beyond rounding.

Beside them run counts that forget within seconds, minutes or hours: they tell a burst from the
usual.

A whole shop is summed up by adding its listings. Sums as of different moments do not add; so what
is added is a *contribution*, weighed as of one moment for all, `LANDMARK`, towards which later
orders weigh more and more. The number of listings on sale stands beside the seconds, which
makes those of today computable at any moment without touching a row.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from .quantities import Instant, Units


HALF_LIFE_S = 14 * 86_400.0
"""After so long an order weighs half. On real orders 10 to 14 days forecast best, 28 worse."""

BURSTS_S = (10, 60, 600, 3_600)
"""Half-lives of the counts that tell a burst: whatever its pace, one of them sees it in time.

The longest is also what tells how busy the present hour is; half or twice as long does as well.
"""

BURST_LIVES_S = tuple(half_life_s / math.log(2.0) for half_life_s in BURSTS_S)
"""How many seconds each of these counts covers; after them an order weighs 1/e."""

NO_BURSTS = (0.0,) * len(BURSTS_S)
"""No order of late."""

SIZES = (1, 2, 3, 4, 6, 12, 24)
"""The order sizes that are told apart; what lies between two counts as the larger.

What is larger than all counts as the largest. Near zero, where it matters, a listing does not show
enough for such an order anyway.
"""

NO_ORDERS = (0.0,) * len(SIZES)
"""No order of any size."""

LANDMARK = Instant(1_577_836_800.0)
"""2020-01-01: contributions are weighed as of it. Doubles hold them until after 2050."""

_LIFE_S = HALF_LIFE_S / math.log(2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SalesHistory:
    """The sums of one listing, as of `updated_at`.

    `orders` counts by size as in `SIZES`, `on_sale_s` are the seconds on sale since `since`, both
    weighed by age. `bursts` counts the orders of late, once with each half-life of `BURSTS_S`.
    """

    since: Instant
    updated_at: Instant
    is_on_sale: bool = True
    on_sale_s: float = 0.0
    orders: tuple[float, ...] = NO_ORDERS
    bursts: tuple[float, ...] = NO_BURSTS

    def __post_init__(self) -> None:
        """Refuse sums that cannot be: another number of sizes, or an end before the beginning."""
        if len(self.orders) != len(SIZES):
            raise ValueError(f"orders are counted in {len(SIZES)} sizes, not {len(self.orders)}")
        if len(self.bursts) != len(BURSTS_S):
            raise ValueError(f"bursts are counted {len(BURSTS_S)} times, not {len(self.bursts)}")
        if self.updated_at < self.since:
            raise ValueError("a history cannot have been updated before it began")

    @property
    def order_count(self) -> float:
        """The orders of all sizes."""
        return math.fsum(self.orders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What listings add to their shop, weighed as of `LANDMARK`.

    `closed_s` are the seconds on sale as if no listing were any more, less the time before each
    that still is came on sale; together with `listings_on_sale` they give the seconds at any time.
    """

    orders: tuple[float, ...] = NO_ORDERS
    closed_s: float = 0.0
    listings_on_sale: int = 0

    def orders_at(self, now: Instant) -> tuple[float, ...]:
        """Return the orders by size as they weigh now."""
        weight = weight_at(now)
        return tuple(count / weight for count in self.orders) if weight else NO_ORDERS

    def on_sale_s_at(self, now: Instant) -> float:
        """Return the seconds on sale, of all listings together, as they weigh now."""
        weight = weight_at(now)
        return (
            max(self.closed_s / weight + self.listings_on_sale * _LIFE_S, 0.0) if weight else 0.0
        )


def weight_at(moment: Instant, half_life_s: float = HALF_LIFE_S) -> float:
    """Return what an order of that moment weighs as of `LANDMARK`: the later, the more."""
    return math.exp((moment - LANDMARK) / half_life_s * math.log(2.0))


def first_seen(at: Instant, *, is_on_sale: bool) -> SalesHistory:
    """Return the history of a listing of which nothing was known before."""
    return SalesHistory(since=at, updated_at=at, is_on_sale=is_on_sale)


def record_order(
    history: SalesHistory, *, units: Units, placed_at: Instant, share: float = 1.0
) -> SalesHistory:
    """Return the history with an order, however late it is told.

    `share` is less than 1 where the order may have been made on other listings as well. An order
    of before the history began shows that the listing was on sale by then.
    """
    if units < 1:
        raise ValueError(f"an order is for at least one unit, not {units}")
    history = _reaching_back(brought_to(history, placed_at), placed_at)
    age_s = history.updated_at - placed_at
    weight = share * _decay(age_s, _LIFE_S)
    orders = list(history.orders)
    orders[_place(units)] += weight
    return replace(
        history,
        orders=tuple(orders),
        bursts=tuple(
            count + share * _decay(age_s, life_s)
            for count, life_s in zip(history.bursts, BURST_LIVES_S, strict=True)
        ),
    )


def record_on_sale(history: SalesHistory, *, is_on_sale: bool, at: Instant) -> SalesHistory:
    """Return the history once the listing came on sale, or sold out, at a moment.

    Such moments must be told in their sequence; orders may lie before or after them.
    """
    if is_on_sale is history.is_on_sale:
        return history
    at = max(at, history.since)
    history = brought_to(history, at)
    # What an order had brought forward was counted as if nothing had changed.
    since_then_s = _weighted_s(at, history.updated_at, history.updated_at)
    counted_s = history.on_sale_s + (since_then_s if is_on_sale else -since_then_s)
    return replace(history, is_on_sale=is_on_sale, on_sale_s=max(counted_s, 0.0))


def brought_to(history: SalesHistory, now: Instant) -> SalesHistory:
    """Return the sums as of a later moment; an earlier one leaves them as they are."""
    passed_s = now - history.updated_at
    if passed_s <= 0.0:
        return history
    kept = _decay(passed_s, _LIFE_S)
    added_s = _weighted_s(history.updated_at, now, now) if history.is_on_sale else 0.0
    return replace(
        history,
        updated_at=now,
        on_sale_s=history.on_sale_s * kept + added_s,
        orders=tuple(count * kept for count in history.orders),
        bursts=tuple(
            count * _decay(passed_s, life_s)
            for count, life_s in zip(history.bursts, BURST_LIVES_S, strict=True)
        ),
    )


def contribution(history: SalesHistory) -> Contribution:
    """Return what a listing adds to its shop; it stays the same while time passes."""
    weight = weight_at(history.updated_at)
    open_s = _LIFE_S if history.is_on_sale else 0.0
    return Contribution(
        orders=tuple(count * weight for count in history.orders),
        closed_s=(history.on_sale_s - open_s) * weight,
        listings_on_sale=int(history.is_on_sale),
    )


def summed(contributions: Iterable[Contribution]) -> Contribution:
    """Return several contributions as one."""
    every = list(contributions)
    return Contribution(
        orders=tuple(
            math.fsum(each.orders[place] for each in every) for place in range(len(SIZES))
        ),
        closed_s=math.fsum(each.closed_s for each in every),
        listings_on_sale=sum(each.listings_on_sale for each in every),
    )


def difference(after: Contribution, before: Contribution) -> Contribution:
    """Return what has to be added to a sum in which `before` is counted, for `after` to be."""
    return Contribution(
        orders=tuple(one - other for one, other in zip(after.orders, before.orders, strict=True)),
        closed_s=after.closed_s - before.closed_s,
        listings_on_sale=after.listings_on_sale - before.listings_on_sale,
    )


def _reaching_back(history: SalesHistory, placed_at: Instant) -> SalesHistory:
    if placed_at >= history.since:
        return history
    earlier_s = _weighted_s(placed_at, history.since, history.updated_at)
    return replace(history, since=placed_at, on_sale_s=history.on_sale_s + earlier_s)


def _place(units: Units) -> int:
    """Return under which size an order counts."""
    last = len(SIZES) - 1
    return next((place for place, size in enumerate(SIZES) if size >= units), last)


def _decay(age_s: float, life_s: float) -> float:
    return math.exp(-age_s / life_s)


def _weighted_s(since: Instant, until: Instant, now: Instant) -> float:
    """Return the seconds between two moments, each weighed by its age as of `now`."""
    if until <= since:
        return 0.0
    # Exact even where two moments are close: one minus an exponential loses digits there.
    passed = -math.expm1((since - until) / _LIFE_S)
    return _LIFE_S * _decay(now - until, _LIFE_S) * passed
