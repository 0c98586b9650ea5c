"""What is remembered of sales: the same whatever came first, and small whatever came."""

import math
import random
from dataclasses import astuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.quantities import Instant, Units, later
from reconciliation.sales_history import (
    BURSTS_S,
    HALF_LIFE_S,
    SIZES,
    Contribution,
    SalesHistory,
    brought_to,
    contribution,
    difference,
    first_seen,
    record_on_sale,
    record_order,
    summed,
)


NOW = Instant(1_800_000_000.0)
DAY_S = 86_400.0

moments = st.floats(-40.0 * DAY_S, 40.0 * DAY_S).map(lambda seconds: later(NOW, seconds))
orders = st.lists(st.tuples(st.integers(1, 60), moments), max_size=12)
changes = st.lists(st.floats(0.0, 40.0 * DAY_S), max_size=4).map(sorted)


def history(*, is_on_sale: bool = True) -> SalesHistory:
    """A listing that is seen for the first time now."""
    return first_seen(NOW, is_on_sale=is_on_sale)


def told(before: SalesHistory, sales: list[tuple[Units, Instant]]) -> SalesHistory:
    """The history after orders were told, in this sequence."""
    for units, placed_at in sales:
        before = record_order(before, units=units, placed_at=placed_at)
    return before


def numbers(at: SalesHistory) -> list[float]:
    """All that a history holds, as of long after everything."""
    late = brought_to(at, later(NOW, 100.0 * DAY_S))
    return [late.since, late.on_sale_s, float(late.is_on_sale), *late.orders, *late.bursts]


def same(one: SalesHistory, other: SalesHistory) -> bool:
    """Tell whether two histories are equal but for rounding."""
    return numbers(one) == pytest.approx(numbers(other), rel=1e-7, abs=1e-3)


@given(orders, st.randoms(use_true_random=False))
def test_the_sequence_of_arrival_makes_no_difference(
    sales: list[tuple[Units, Instant]], rng: random.Random
) -> None:
    """Orders told late, early or in any sequence end in the same sums."""
    mixed = sales.copy()
    rng.shuffle(mixed)

    assert same(told(history(), sales), told(history(), mixed))


@given(orders, changes, st.integers(0, 12))
def test_orders_may_be_told_before_or_after_what_was_on_sale_when(
    sales: list[tuple[Units, Instant]], seconds: list[float], split: int
) -> None:
    """A listing sells out and comes back; orders of any time are told in between."""

    def changed(before: SalesHistory) -> SalesHistory:
        for turn, passed_s in enumerate(seconds):
            before = record_on_sale(before, is_on_sale=turn % 2 == 1, at=later(NOW, passed_s))
        return before

    first = changed(told(history(), sales))
    between = told(changed(told(history(), sales[:split])), sales[split:])

    assert same(first, between)


@given(orders, st.lists(moments, max_size=5))
def test_looking_now_and_then_makes_no_difference(
    sales: list[tuple[Units, Instant]], looks: list[Instant]
) -> None:
    """Bringing sums forward on the way is the same as bringing them forward once."""
    looked_at = history()
    for sale, look in zip(sales, looks, strict=False):
        looked_at = brought_to(told(looked_at, [sale]), look)
    looked_at = told(looked_at, sales[min(len(sales), len(looks)) :])

    assert same(told(history(), sales), looked_at)


def test_an_order_weighs_half_after_two_weeks() -> None:
    """So does every second on sale before it."""
    ordered = told(brought_to(history(), later(NOW, DAY_S)), [(1, later(NOW, DAY_S))])
    later_on = brought_to(
        record_on_sale(ordered, is_on_sale=False, at=later(NOW, DAY_S)),
        later(NOW, DAY_S + HALF_LIFE_S),
    )

    assert later_on.order_count == pytest.approx(0.5)
    assert later_on.on_sale_s == pytest.approx(ordered.on_sale_s / 2.0)


def test_time_in_which_a_listing_was_sold_out_does_not_count() -> None:
    """A week on sale, a week sold out: the seconds are those of one week."""
    sold_out = record_on_sale(history(), is_on_sale=False, at=later(NOW, 7.0 * DAY_S))
    fresh = brought_to(history(), later(NOW, 7.0 * DAY_S))

    assert brought_to(sold_out, later(NOW, 14.0 * DAY_S)).on_sale_s == pytest.approx(
        fresh.on_sale_s * math.exp2(-0.5)
    )


def test_an_order_of_before_we_looked_shows_that_the_listing_was_on_sale() -> None:
    """The time since that order counts: else the first days would look like a rush."""
    ordered = told(history(), [(1, later(NOW, -10.0 * DAY_S))])

    assert ordered.since == later(NOW, -10.0 * DAY_S)
    assert ordered.on_sale_s == pytest.approx(
        brought_to(history(), later(NOW, 10.0 * DAY_S)).on_sale_s
    )


@pytest.mark.parametrize(
    ("units", "size"),
    [(1, 1), (5, 6), (24, 24), (50, 24)],
)
def test_an_order_counts_once_by_its_size(units: Units, size: Units) -> None:
    """What lies between two sizes counts as the larger, what is beyond them as the largest."""
    ordered = told(history(), [(units, NOW)])

    assert ordered.orders == tuple(float(each == size) for each in SIZES)


def test_an_order_that_may_be_elsewhere_counts_in_part() -> None:
    """Told to two listings by halves, it is one order of the shop."""
    half = record_order(history(), units=1, placed_at=NOW, share=0.5)

    assert half.order_count == 0.5
    assert half.bursts == (0.5,) * len(BURSTS_S)


def test_an_order_for_nothing_is_refused() -> None:
    """There is none, so somebody has counted wrongly."""
    with pytest.raises(ValueError, match="at least one unit"):
        record_order(history(), units=0, placed_at=NOW)


def test_what_is_remembered_does_not_grow() -> None:
    """After ten thousand orders a history holds as many numbers as before the first."""
    few = told(history(), [(1, NOW)])
    many = told(history(), [(1, later(NOW, float(each))) for each in range(10_000)])

    assert len(repr(astuple(many))) < 2 * len(repr(astuple(few))) + 400
    assert [len(each) for each in (many.orders, many.bursts)] == [len(SIZES), len(BURSTS_S)]


@given(orders, st.booleans(), st.floats(0.0, 300.0 * DAY_S))
def test_a_contribution_stays_while_time_passes(
    sales: list[tuple[Units, Instant]],
    is_on_sale: bool,  # noqa: FBT001 - drawn by the property
    passed_s: float,
) -> None:
    """A shop's sums need no touch for listings that nobody tells of."""
    at = told(history(is_on_sale=is_on_sale), sales)
    now = later(NOW, 40.0 * DAY_S + passed_s)
    aged = brought_to(at, now)

    assert contribution(at).on_sale_s_at(now) == pytest.approx(aged.on_sale_s, rel=1e-6, abs=1e-2)
    assert contribution(at).orders_at(now) == pytest.approx(aged.orders, rel=1e-6)


@given(orders, orders)
def test_differences_add_up_to_the_whole(
    some: list[tuple[Units, Instant]], more: list[tuple[Units, Instant]]
) -> None:
    """A shop that adds what changed knows the same as one that adds its listings anew."""
    now = later(NOW, 50.0 * DAY_S)
    before, other = told(history(), some), told(history(), more)
    after = told(before, more)
    change = difference(contribution(after), contribution(before))
    added = summed([contribution(before), contribution(other), change])
    anew = summed([contribution(after), contribution(other)])

    assert added.orders_at(now) == pytest.approx(anew.orders_at(now), rel=1e-9, abs=1e-9)
    assert added.on_sale_s_at(now) == pytest.approx(anew.on_sale_s_at(now), rel=1e-6)


def test_nothing_is_known_of_times_that_no_number_can_hold() -> None:
    """At the beginning of the epoch a weight is nothing, and divides nothing."""
    empty = Contribution(orders=(1.0,) * len(SIZES), listings_on_sale=1)

    assert (sum(empty.orders_at(Instant(0.0))), empty.on_sale_s_at(Instant(0.0))) == (0.0, 0.0)


def test_sums_that_cannot_be_are_refused() -> None:
    """Another number of sizes, of counts, or an end before the beginning."""
    for wrong in ({"orders": (1.0,)}, {"bursts": (1.0,)}, {"updated_at": later(NOW, -1.0)}):
        with pytest.raises(ValueError, match=r"sizes|times|before it began"):
            SalesHistory(**{"since": NOW, "updated_at": NOW, **wrong})  # type: ignore[arg-type]  # one is wrong
