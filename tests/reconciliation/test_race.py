"""What overlap costs: against counting every case, and as prices, demand and windows grow."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.crowd import Crowd
from reconciliation.demand import Demand
from reconciliation.quantities import Units
from reconciliation.race import is_good_enough, overlap, priced
from reconciliation.race_cost import Overlap
from reconciliation.race_terms import RaceTerms, Window
from reconciliation.write_margin import margin_units

from ..support.boards import LAW


SIZES = (0.5, 0.2, 0.3)

TERMS = RaceTerms(
    price=50.0,
    windows=(Window(chance=0.9, seconds=2.0), Window(chance=0.1, seconds=8.0)),
    restock_every_s=3_000.0,
)

ORDERS_MAX = 4
"""Orders in a window that are counted out; of a mean of a tenth, hardly ever more come."""


def demands(*orders_per_s: float, shape: float = math.inf) -> tuple[Demand, ...]:
    """Listings with these rates."""
    return tuple(Demand(orders_per_s=rate, sizes=SIZES, shape=shape) for rate in orders_per_s)


def counted_out(shown: tuple[Units, ...], units: Units, rates: tuple[float, ...]) -> float:
    """The units that will be sold beyond the goods because of one order, by every case."""
    total = sum(rates)
    return math.fsum(
        rate / total * chance * window.chance * _beyond(shown, units, rates, (at, size), window)
        for window in TERMS.windows
        for at, rate in enumerate(rates)
        for size, chance in enumerate(SIZES, start=1)
        if size <= shown[at]
    )


def _beyond(
    shown: tuple[Units, ...],
    units: Units,
    rates: tuple[float, ...],
    first: tuple[int, int],
    window: Window,
) -> float:
    at, size = first
    left = [*shown]
    left[at] -= size
    mean = sum(rates) * window.seconds
    kinds = tuple(itertools.product(range(len(rates)), range(1, len(SIZES) + 1)))
    beyond = 0.0
    for orders in range(1, ORDERS_MAX + 1):
        chance = math.exp(-mean) * mean**orders / math.factorial(orders)
        for case in itertools.product(kinds, repeat=orders):
            weight = math.prod(rates[who] / sum(rates) * SIZES[many - 1] for who, many in case)
            beyond += chance * weight * max(_sold(left, case) - (units - size), 0)
    return beyond


def _sold(left: list[Units], case: tuple[tuple[int, int], ...]) -> Units:
    still, sold = [*left], 0
    for who, many in case:
        if many <= still[who]:
            still[who] -= many
            sold += many
    return sold


def units_per_order() -> float:
    """The mean size of an order."""
    return sum(size * chance for size, chance in enumerate(SIZES, start=1))


# --- risk ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [(1, 1), (2, 1), (2, 2), (3, 2), (3, 3)])
def test_the_risk_is_never_told_smaller_than_every_case_adds_up_to(
    shown: tuple[Units, ...],
) -> None:
    """Sales of several listings are summed before they are capped: that errs to the safe side."""
    rates = (0.01, 0.02)
    told = priced(shown, max(shown), demands(*rates), TERMS).risk_orders

    assert told * units_per_order() >= counted_out(shown, max(shown), rates) * 0.999


def test_the_risk_is_of_the_size_of_what_every_case_adds_up_to() -> None:
    """Erring to the safe side is not exaggerating: within the grid and twice the truth."""
    rates = (0.01, 0.02)
    told = priced((3, 3), 3, demands(*rates), TERMS).risk_orders

    assert told * units_per_order() <= 3.0 * counted_out((3, 3), 3, rates)


def test_a_split_has_no_risk() -> None:
    """What is promised once cannot be sold twice."""
    assert priced((2, 1), 3, demands(0.5, 0.5), TERMS).risk_orders == 0.0


def test_a_rare_long_window_carries_risk_that_its_mean_hides() -> None:
    """Counterexample 15: the same mean window, once as a mixture."""
    rare = replace(
        TERMS, windows=(Window(chance=0.98, seconds=4.0), Window(chance=0.02, seconds=60.0))
    )
    flat = replace(TERMS, windows=(Window(chance=1.0, seconds=0.98 * 4.0 + 0.02 * 60.0),))
    slow = demands(0.002, 0.002, 0.002)
    mixed, even = (priced((6, 6, 6), 6, slow, terms).risk_orders for terms in (rare, flat))

    assert mixed > 2.0 * even


def test_clustered_orders_are_a_greater_risk_than_even_ones() -> None:
    """After an order, more are to be expected than before, where rates are uncertain."""
    even = priced((2, 2), 2, demands(0.01, 0.01), TERMS).risk_orders
    clustered = priced((2, 2), 2, demands(0.01, 0.01, shape=0.5), TERMS).risk_orders

    assert clustered > 2.0 * even


def test_a_crowd_that_follows_an_order_is_a_greater_risk() -> None:
    """Several times as many orders, and some that no forecast tells."""
    crowded = replace(TERMS, crowd=Crowd(factor=4.0, orders_per_s=0.01))
    calm, risky = (priced((2, 2), 2, demands(0.01, 0.01), t).risk_orders for t in (TERMS, crowded))

    assert risky > 4.0 * calm


@LAW
@given(
    shown=st.lists(st.integers(0, 6), min_size=2, max_size=3),
    rate=st.floats(1e-5, 0.3),
    more=st.floats(1.0, 10.0),
)
def test_more_demand_and_longer_windows_never_make_the_same_quantities_safer(
    shown: list[Units], rate: float, more: float
) -> None:
    """Of what is shown, risk only grows with the orders that come before we can act."""
    calm, busy = demands(*[rate] * len(shown)), demands(*[rate * more] * len(shown))
    longer = replace(
        TERMS, windows=tuple(replace(w, seconds=w.seconds * more) for w in TERMS.windows)
    )
    units = max(*shown, 1)
    risk = priced(shown, units, calm, TERMS).risk_orders

    assert priced(shown, units, busy, TERMS).risk_orders >= risk - 1e-12
    assert priced(shown, units, calm, longer).risk_orders >= risk - 1e-12


# --- caps ------------------------------------------------------------------------------------


@LAW
@given(
    units=st.integers(-2, 400),
    rates=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=4),
    shape=st.floats(0.2, 50.0),
    price=st.floats(1.0, 5_000.0),
)
def test_no_cap_is_beyond_the_goods(
    units: Units, rates: list[float], shape: float, price: float
) -> None:
    """Whatever overlap costs, nobody shows what is not there."""
    terms = replace(TERMS, price=price)
    caps = overlap(units, demands(*rates, shape=shape), terms).caps

    assert all(0 <= cap <= max(units, 0) for cap in caps)


@LAW
@given(
    units=st.integers(1, 80),
    rates=st.lists(st.floats(0.0, 0.5), min_size=2, max_size=4),
    sizes=st.sampled_from([(1.0,), SIZES, (0.3, 0.0, 0.7)]),
    shape=st.sampled_from([0.3, 2.0, math.inf]),
    price=st.floats(1.0, 500.0),
    more=st.floats(1.0, 20.0),
    close=st.sampled_from([(), (Window(chance=1.0, seconds=0.8),)]),
)
def test_more_demand_longer_windows_and_a_higher_price_never_widen_a_cap(  # noqa: PLR0913 - a law names all that it holds for
    *,
    units: Units,
    rates: list[float],
    sizes: tuple[float, ...],
    shape: float,
    price: float,
    more: float,
    close: tuple[Window, ...],
) -> None:
    """Whatever makes a race more dangerous makes each listing show as much as before or less."""
    terms = replace(TERMS, price=price, close_windows=close)
    longer = replace(terms, windows=slower(terms.windows, more), close_windows=slower(close, more))
    calm = [Demand(orders_per_s=rate, sizes=sizes, shape=shape) for rate in rates]
    busy = [replace(each, orders_per_s=each.orders_per_s * more) for each in calm]
    caps = overlap(units, calm, terms).caps
    narrower = (
        overlap(units, busy, terms).caps,
        overlap(units, calm, longer).caps,
        overlap(units, calm, replace(terms, price=price * more)).caps,
    )

    assert all(now <= before for each in narrower for now, before in zip(each, caps, strict=True))


def slower(windows: tuple[Window, ...], times: float) -> tuple[Window, ...]:
    """The same windows, so many times as long."""
    return tuple(replace(window, seconds=window.seconds * times) for window in windows)


@LAW
@given(
    units=st.integers(1, 6),
    rates=st.lists(st.floats(1e-4, 0.3), min_size=2, max_size=3),
    price=st.floats(1.0, 200.0),
)
def test_hardly_any_other_quantities_would_cost_less(
    units: Units, rates: list[float], price: float
) -> None:
    """Against all that listings could show, the row of levels gives away a little, not much."""
    terms, hot = replace(TERMS, price=price), demands(*rates)
    every = itertools.product(range(units + 1), repeat=len(rates))
    least = min(priced(shown, units, hot, terms).total(price) for shown in every)

    assert overlap(units, hot, terms).total(price) <= 1.5 * least + 0.02


def test_slow_items_show_all_they_have_everywhere() -> None:
    """A split of a few units would lose sales to prevent what hardly ever happens."""
    assert overlap(3, demands(1e-6, 1e-6, 1e-6), TERMS).caps == (3, 3, 3)


def test_the_last_unit_of_a_rush_is_shown_in_one_shop() -> None:
    """It will be sold there anyway, and only once: in the shop that sells most."""
    assert overlap(1, demands(0.1, 0.3, 0.2), TERMS).caps == (0, 1, 0)


def test_plenty_is_shown_everywhere_in_a_rush_too() -> None:
    """What no window can sell out needs no caution."""
    assert overlap(500, demands(0.1, 0.1, 0.1), TERMS).caps == (500, 500, 500)


def test_a_single_listing_has_no_race() -> None:
    """It shows what is there: TikTok counts its sales itself."""
    assert overlap(2, demands(10.0), TERMS) == Overlap(caps=(2,), risk_orders=0.0, lost_orders=0.0)


def test_the_search_ends_no_dearer_than_everything_everywhere() -> None:
    """Each step down saves more than it costs."""
    hot = demands(0.05, 0.04, 0.03)
    everything = priced((4, 4, 4), 4, hot, TERMS)

    assert overlap(4, hot, TERMS).total(TERMS.price) < everything.total(TERMS.price)


def test_close_reads_are_asked_for_where_webhooks_are_too_slow() -> None:
    """And the caps that they allow are wider than those without."""
    close = replace(TERMS, close_windows=(Window(chance=1.0, seconds=0.2),))
    warm = demands(0.003, 0.003, 0.003)
    with_reads, without = overlap(2, warm, close), overlap(2, warm, TERMS)

    assert with_reads.read_closely
    assert sum(with_reads.caps) > sum(without.caps)


def test_nothing_is_read_closely_where_nothing_is_at_risk() -> None:
    """Reads cost quota."""
    close = replace(TERMS, close_windows=(Window(chance=1.0, seconds=0.2),))

    assert not overlap(2, demands(1e-7, 1e-7), close).read_closely


# --- what is shown already -------------------------------------------------------------------


def test_what_costs_hardly_more_than_the_best_is_left_alone() -> None:
    """A write must be worth a call."""
    slow = demands(1e-6, 1e-6)

    assert is_good_enough((3, 3), 4, slow, TERMS)


def test_what_is_beyond_the_goods_is_never_good_enough() -> None:
    """However unlikely a race is, the goods are not there."""
    assert not is_good_enough((4, 3), 3, demands(1e-9, 1e-9), TERMS)


# --- the write margin ------------------------------------------------------------------------


def test_a_slow_listing_needs_no_margin() -> None:
    """Hardly ever is a unit sold while a write is on its way."""
    assert margin_units(demands(1e-5)[0], 1.0, 50.0) == 0


def test_a_margin_covers_what_a_rush_sells_under_way() -> None:
    """The 98th percentile of two orders a second, each for 1.8 units."""
    assert 4 <= margin_units(demands(2.0)[0], 1.0, 50.0) <= 12


def test_a_dearer_cancellation_asks_for_a_larger_margin() -> None:
    """The level is price / (1 + price)."""
    rush = demands(2.0, shape=1.0)[0]

    assert margin_units(rush, 1.0, 1_000.0) > margin_units(rush, 1.0, 10.0)


@pytest.mark.parametrize(
    "wrong",
    [{"price": 0.5}, {"restock_every_s": 0.0}, {"windows": (Window(chance=0.5, seconds=1.0),)}],
)
def test_terms_that_mean_nothing_are_refused(wrong: dict[str, object]) -> None:
    """A price below one lost sale, no restock, and windows that are no mixture."""
    with pytest.raises(ValueError, match=r"."):
        replace(TERMS, **wrong)  # type: ignore[arg-type]  # wrong on purpose
