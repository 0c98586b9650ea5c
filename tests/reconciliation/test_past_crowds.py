"""How many orders follow an order: as it is counted, and as the ledger has it after the event."""

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.catalog import ListingKey
from reconciliation.crowd import RECENT_ORDERS, SPAN_S, CrowdHistory
from reconciliation.demand import Level
from reconciliation.past_crowds import KnownSales, PlacedOrder, crowds_seen
from reconciliation.quantities import Instant, later
from reconciliation.sales_history import (
    LANDMARK,
    NO_ORDERS,
    SalesHistory,
    first_seen,
    record_order,
)

from ..support.boards import listing_key


SHOPS = (listing_key("A"), listing_key("B"), listing_key("C"))
RIVALS = {key: tuple(other for other in SHOPS if other != key) for key in SHOPS}
BEGUN = later(LANDMARK, 86_400.0)
DAY_S = 86_400.0


def history_of(counts: list[tuple[float, int]]) -> CrowdHistory:
    """The sums of orders, each with what was to be expected and what came."""
    history = CrowdHistory()
    for others_per_s, seen in counts:
        history = history.with_order(others_per_s=others_per_s, seen=seen)
    return history


COUNTS = st.lists(st.tuples(st.floats(0.0, 10.0), st.integers(0, 50)), max_size=20)


@given(COUNTS, st.floats(0.0, 10.0), st.integers(0, 50), st.integers(0, 50))
def test_the_more_orders_were_seen_the_more_follow(
    counts: list[tuple[float, int]], others_per_s: float, fewer: int, more: int
) -> None:
    """Of what is expected as of what is not."""
    one, other = (
        history_of([*counts, (others_per_s, seen)]).crowd() for seen in (fewer, fewer + more)
    )

    assert (one.factor <= other.factor, one.orders_per_s <= other.orders_per_s) == (True, True)


# -- the ledger, after the event ------------------------------------------------------------------


def placed(listing: ListingKey, after_s: float, order_id: str = "") -> PlacedOrder:
    """An order so long after the beginning."""
    return PlacedOrder(
        placed_at=later(BEGUN, after_s),
        order_id=order_id or f"{listing.shop}/{after_s}",
        listing=listing,
    )


def level(orders_per_s: float = 1e-4) -> Level:
    """What a shop's listings lean on."""
    return Level(orders_per_s=orders_per_s, sizes=(1.0, *NO_ORDERS[1:]))


def now_known(orders: list[PlacedOrder]) -> dict[ListingKey, KnownSales]:
    """What the orders have made of each listing's sums; each was on sale a day before them."""
    histories: dict[ListingKey, SalesHistory] = {
        key: first_seen(LANDMARK, is_on_sale=True) for key in SHOPS
    }
    for order in orders:
        before = histories[order.listing]
        histories[order.listing] = record_order(before, units=1, placed_at=order.placed_at)
    return {key: KnownSales(history=each, level=level()) for key, each in histories.items()}


def seen_in(orders: list[PlacedOrder], for_s: float = DAY_S) -> CrowdHistory:
    """What is seen of crowds in the orders, once so much time has passed."""
    now = later(BEGUN, for_s)
    return crowds_seen(orders, RIVALS, now_known(orders), now=now)


ORDERS = st.lists(
    st.tuples(st.sampled_from(SHOPS), st.integers(0, 30), st.integers(1, 4)),
    max_size=RECENT_ORDERS,
    unique=True,
)


@given(ORDERS)
def test_each_two_orders_of_one_crowd_are_counted_once(
    drawn: list[tuple[ListingKey, int, int]],
) -> None:
    """Of different listings of the goods, as many as there are by looking at all pairs."""
    orders = [placed(key, after_s, f"{key.shop}/{after_s}/{n}") for key, after_s, n in drawn]
    pairs = [
        (one, other)
        for one, other in combinations(orders, 2)
        if one.listing != other.listing and abs(one.placed_at - other.placed_at) <= SPAN_S
    ]

    assert seen_in(orders).seen_orders == len(pairs)


def test_an_order_of_two_listings_is_no_crowd() -> None:
    """Nobody is told too late of it."""
    orders = [placed(key, 5.0, "A/one") for key in SHOPS[:2]]

    assert seen_in(orders).seen_orders == 0


def at_random(rng: Random, *, per_s: float, for_s: float) -> list[PlacedOrder]:
    """Orders that come to each shop at a rate, each by itself."""
    count = int(per_s * for_s)
    return [placed(key, rng.uniform(0.0, for_s)) for key in SHOPS for _ in range(count)]


def test_of_orders_that_come_by_themselves_hardly_more_follow_than_was_forecast() -> None:
    """The forecasts are those of then; with those of a later rush, none would have come."""
    orders = at_random(Random(5), per_s=0.01, for_s=0.5 * DAY_S)
    history = seen_in(orders, for_s=0.5 * DAY_S)

    assert 0.5 <= history.seen_orders / history.expected_orders <= 2.0


def test_of_orders_that_come_together_many_times_more_follow() -> None:
    """Each order is followed by one in the next shop, a second later."""
    orders = [placed(SHOPS[n % 2], n // 2 * 3_600.0 + n % 2) for n in range(40)]
    history = seen_in(orders, for_s=20 * 3_600.0)

    assert history.seen_orders > 20.0 * history.expected_orders


def test_orders_are_not_expected_for_having_come() -> None:
    """A listing that never sold before is forecast as one of which nothing is known."""
    known = now_known([])
    orders = [placed(SHOPS[0], 10.0), placed(SHOPS[1], 11.0)]
    unsold = crowds_seen(orders, RIVALS, known, now=later(BEGUN, DAY_S))

    assert seen_in(orders).expected_orders == pytest.approx(
        unsold.expected_orders, rel=0.01, abs=0.0
    )


def test_a_rush_of_now_does_not_hide_an_earlier_crowd() -> None:
    """Orders of the morning are compared with forecasts of the morning."""
    orders = [placed(SHOPS[n % 2], n // 2 * 600.0 + n % 2) for n in range(20)]
    now = later(BEGUN, DAY_S)
    known = now_known(orders)
    in_a_rush = {key: replace(each, history=_rushed(each, now)) for key, each in known.items()}
    calm, rushed = (
        crowds_seen(orders, RIVALS, each, now=now).crowd().factor for each in (known, in_a_rush)
    )

    assert rushed > 0.5 * calm


def _rushed(known: KnownSales, now: Instant) -> SalesHistory:
    """A listing's sums after thirty orders within the last seconds."""
    history = known.history
    assert history is not None
    for second in range(30):
        history = record_order(history, units=1, placed_at=later(now, second - 30.0))
    return history


def test_without_orders_nothing_is_seen() -> None:
    """And the first guess counts."""
    assert seen_in([]) == CrowdHistory()
