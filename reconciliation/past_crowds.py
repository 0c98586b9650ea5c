"""How many orders followed an order, told of orders that are in the ledger already.

Theory of operation
-------------------
The orders are gone through once more, the oldest first. At each of them the listings that sell the
same goods are forecast as they would have been then. What is known of a listing are its sums of
now. The orders are taken out of them first and put in again one by one, with the bursts that they
made: a forecast that knew of an order beforehand would find nothing odd in it.

The time on sale is taken to be that of now all along. It was shorter then, so that forecasts are
told too low if anything, and what followed an order too high: races are then priced too dear.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from .catalog import ListingKey
from .crowd import RECENT_ORDERS, CrowdHistory, followers_per_s, in_one_crowd
from .demand import Level, forecast
from .quantities import Instant
from .sales_history import (
    HALF_LIFE_S,
    NO_ORDERS,
    SalesHistory,
    brought_to,
    first_seen,
    record_order,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOrder:
    """An order on a listing; `order_id` is unique over all shops."""

    placed_at: Instant
    order_id: str
    listing: ListingKey


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSales:
    """What a forecast rests on: a listing's sums, None if it never sold, and its shop's level."""

    history: SalesHistory | None
    level: Level


def crowds_seen(
    orders: Iterable[PlacedOrder],
    rivals: Mapping[ListingKey, Sequence[ListingKey]],
    known: Mapping[ListingKey, KnownSales],
    *,
    now: Instant,
) -> CrowdHistory:
    """Return how many orders of a listing's rivals were to be expected at its orders, and came.

    `rivals` are the other listings of the same goods, and `known` is what is known of them now.
    Each two orders of one crowd are counted once, and an order of several listings is none.
    """
    told = sorted(orders, key=lambda order: (order.placed_at, order.order_id))
    past = _Past(told, known, now)
    history = CrowdHistory()
    for order in told:
        others = rivals.get(order.listing, ())
        history = history.with_order(
            others_per_s=past.orders_per_s(others, order.placed_at),
            seen=past.orders_beside(order, others),
        )
        past.record(order)
    return history


class _Past:
    """What was known of some listings, while their orders are gone through once more."""

    def __init__(
        self,
        orders: Sequence[PlacedOrder],
        known: Mapping[ListingKey, KnownSales],
        now: Instant,
    ) -> None:
        self._levels = {key: each.level for key, each in known.items()}
        self._recent: dict[ListingKey, deque[PlacedOrder]] = {}
        weights = dict.fromkeys(known, 0.0)
        for order in orders:
            if order.listing in weights:
                weights[order.listing] += 1.0 / _grown(order.placed_at, now)
        self._histories = {
            key: _without(each.history, weights[key], begun_at=orders[0].placed_at, now=now)
            for key, each in known.items()
            if orders
        }

    def orders_per_s(self, listings: Iterable[ListingKey], at: Instant) -> float:
        """Return how many orders of some listings a second were to be expected at an order."""
        return followers_per_s(
            forecast(self._histories[key], self._levels[key], at).demand for key in listings
        )

    def orders_beside(self, order: PlacedOrder, listings: Iterable[ListingKey]) -> int:
        """Return how many orders of some listings were of one crowd with an order."""
        return sum(
            in_one_crowd(order.placed_at, other.placed_at) and order.order_id != other.order_id
            for key in listings
            for other in self._recent.get(key, ())
        )

    def record(self, order: PlacedOrder) -> None:
        """Learn from an order."""
        key = order.listing
        self._recent.setdefault(key, deque(maxlen=RECENT_ORDERS)).append(order)
        if key in self._histories:
            self._histories[key] = record_order(
                self._histories[key], units=1, placed_at=order.placed_at
            )


def _without(
    history: SalesHistory | None, weight: float, *, begun_at: Instant, now: Instant
) -> SalesHistory:
    """Return the sums as they will be those of `now` once the orders of `weight` are put in."""
    present = brought_to(history or first_seen(begun_at, is_on_sale=False), now)
    grown = _grown(begun_at, now)
    return SalesHistory(
        since=min(present.since, begun_at),
        updated_at=begun_at,
        is_on_sale=False,
        on_sale_s=present.on_sale_s * grown,
        # Sizes make no rate: all orders are put together.
        orders=(max(present.order_count - weight, 0.0) * grown, *NO_ORDERS[1:]),
    )


def _grown(since: Instant, now: Instant) -> float:
    """Return how many times as much an order weighed at a moment as what weighs 1 now."""
    return float(2.0 ** ((now - since) / HALF_LIFE_S))
