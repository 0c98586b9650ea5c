"""Orders that will be cancelled: each cause by an example done by hand, and what must hold."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.risk import (
    EXPECTED_CAUSES,
    Cause,
    PoolPromise,
    expected_orders,
    projected_sfcr,
    shared_out,
    sum_of,
    units_beyond,
    unmapped_chance,
)

from ..support.boards import LAW


DAY_S = 86_400.0
E = math.e


def promise(ats: int, exposure: int, **fields: float) -> PoolPromise:
    """A pool that sells one unit a second."""
    pool = PoolPromise(ats_units=ats, exposure_units=exposure, sold_units_per_s=1.0)
    # Reason of the ignore: each test names its fields.
    return replace(pool, **fields)  # type: ignore[arg-type]  # see above


# --- how many units are beyond the goods -----------------------------------------------------


@pytest.mark.parametrize(
    ("goods", "most", "mean", "expected"),
    [
        (0, 1, math.log(2.0), 0.5),
        (1, 2, 1.0, 1 - 2 / E),
        (2, 3, 1.0, 1 - 2.5 / E),
        (0, 1_000, 3.0, 3.0),
        (0, 2, 1.0, (1 - 1 / E) + (1 - 2 / E)),
        (5, 5, 9.0, 0.0),
        (0, 5, 0.0, 0.0),
        (10, 12, 1_000_000.0, 2.0),
        (999_000, 1_001_000, 1_000_000.0, 1_000.0),
    ],
)
def test_the_expected_excess_is_as_by_hand(
    goods: int, most: int, mean: float, expected: float
) -> None:
    """E[(min(N, most) - goods)+]: half a unit of one where a sale is as likely as none."""
    assert units_beyond(goods, most, mean) == pytest.approx(expected, rel=1e-3, abs=1e-12)


@LAW
@given(goods=st.integers(0, 30), most=st.integers(0, 40), mean=st.floats(0.01, 40.0))
def test_the_expected_excess_is_the_plain_sum(goods: int, most: int, mean: float) -> None:
    """The bounded sum of logarithms agrees with the whole one, factor by factor."""
    probability, plain = math.exp(-mean), 0.0
    for count in range(1, 400):
        probability *= mean / count
        plain += probability * max(min(count, most) - goods, 0)

    assert units_beyond(goods, most, mean) == pytest.approx(plain, rel=1e-9, abs=1e-12)


# --- orders to come --------------------------------------------------------------------------


def test_a_pool_that_promises_too_much_is_a_race() -> None:
    """Two units, three shown, one sale expected: the third sale has the chance 1 - 2.5/e."""
    expected = expected_orders(promise(2, 3), reaction_s=1.0)

    assert expected[Cause.RACE] == pytest.approx(1 - 2.5 / E)
    assert expected[Cause.UNSETTLED_WRITE] == expected[Cause.STALE_FEED] == 0


def test_what_only_an_unsettled_write_shows_is_put_down_to_it() -> None:
    """Two units, two shown and one that may land: without the write there were no risk."""
    expected = expected_orders(promise(2, 3, unsettled_units=1), reaction_s=1.0)

    assert expected[Cause.UNSETTLED_WRITE] == pytest.approx(1 - 2.5 / E)
    assert expected[Cause.RACE] == 0


def test_a_write_takes_the_last_units_of_a_race() -> None:
    """Two units, three shown, one more may land: the third sale is the race's, the fourth its."""
    expected = expected_orders(promise(2, 4, unsettled_units=1), reaction_s=1.0)

    third, fourth = 1 - 2.5 / E, 1 - (2.5 + 1 / 6) / E
    assert expected[Cause.RACE] == pytest.approx(third)
    assert expected[Cause.UNSETTLED_WRITE] == pytest.approx(fourth)


def test_what_is_stranded_is_sold_until_it_is_mended() -> None:
    """Three shown of two on a listing that cannot be lowered: a day's sales, not a second's."""
    stranded = {
        "stranded_units": 3,
        "sold_units_per_s": 1 / DAY_S,
        "stranded_units_per_s": 1 / DAY_S,
    }

    expected = expected_orders(promise(2, 3, **stranded), reaction_s=1.0)

    assert expected[Cause.STRANDED_LISTING] == pytest.approx(1 - 2.5 / E)
    assert expected[Cause.RACE] == pytest.approx(0.0, abs=1e-9)


def test_what_others_show_beside_a_stranded_listing_is_a_race() -> None:
    """Of two goods one is stranded and two are not: only together they are too many."""
    pool = promise(2, 3, stranded_units=1, stranded_units_per_s=0.5)

    expected = expected_orders(pool, reaction_s=1.0)

    assert expected[Cause.RACE] == pytest.approx(1 - 2.5 / E)
    assert expected[Cause.STRANDED_LISTING] == 0


@pytest.mark.parametrize(
    ("failed", "filled", "chance"), [(0, 0, 1 / 2), (0, 99, 0.5 / 100), (3, 0, 3.5 / 4)]
)
def test_an_order_for_unknown_goods_fares_like_those_before(
    failed: int, filled: int, chance: float
) -> None:
    """The first fails as often as not; after a hundred that were filled hardly one does."""
    assert unmapped_chance(failed=failed, filled=filled) == pytest.approx(chance)


def test_an_overdue_feed_may_have_lost_what_is_shown() -> None:
    """All five are shown and half a unit is lost by now: half an order."""
    pool = promise(5, 5, sold_units_per_s=0.5, overdue_s=1.0)

    assert expected_orders(pool, 0.0)[Cause.STALE_FEED] == pytest.approx(0.5, abs=1e-3)


def test_safety_stock_bears_the_first_losses_of_an_overdue_feed() -> None:
    """Two of seven are not shown: the loss of a third fails an order, and no more than one."""
    pool = promise(3, 1, overdue_s=1.0)

    assert expected_orders(pool, 0.0)[Cause.STALE_FEED] == pytest.approx(1 - 2.5 / E)


def test_orders_of_two_units_fail_half_as_often() -> None:
    """Units become orders by their mean size."""
    one = expected_orders(promise(2, 3), reaction_s=1.0)
    two = expected_orders(promise(2, 3, units_per_order=2.0), reaction_s=1.0)

    assert two[Cause.RACE] == pytest.approx(one[Cause.RACE] / 2)


@pytest.mark.parametrize(
    "pool",
    [
        promise(3, 3),
        promise(3, 3, unsettled_units=3),
        promise(0, 0, overdue_s=9.0),
        promise(-2, 0),
        promise(3, 9, sold_units_per_s=0.0, overdue_s=9.0),
    ],
)
def test_nothing_at_risk_is_nothing(pool: PoolPromise) -> None:
    """What is covered, not shown, or never bought fails no order to come."""
    assert sum(expected_orders(pool, reaction_s=1.0).values()) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"unsettled_units": 4},
        {"unsettled_units": -1},
        {"stranded_units": -1},
        {"unsettled_units": 2, "stranded_units": 2},
        {"stranded_units_per_s": 2.0},
        {"sold_units_per_s": -1.0},
        {"overdue_s": -1.0},
        {"units_per_order": 0.5},
    ],
)
def test_a_promise_that_cannot_be_is_refused(fields: dict[str, float]) -> None:
    """A part is no more than the whole, and no order is for less than a unit."""
    with pytest.raises(ValueError, match=r"stranded|negative|order"):
        promise(3, 3, **fields)


@st.composite
def promises(draw: st.DrawFn) -> PoolPromise:
    """Any pool."""
    exposure = draw(st.integers(0, 60))
    unsettled = draw(st.integers(0, exposure))
    sold = draw(st.floats(0.0, 5.0))
    return PoolPromise(
        ats_units=draw(st.integers(-10, 60)),
        exposure_units=exposure,
        unsettled_units=unsettled,
        stranded_units=draw(st.integers(0, exposure - unsettled)),
        sold_units_per_s=sold,
        stranded_units_per_s=sold * draw(st.sampled_from([0.0, 1e-5, 0.5, 1.0])),
        units_per_order=draw(st.floats(1.0, 4.0)),
        overdue_s=draw(st.floats(0.0, 20.0)),
    )


def at_risk(pool: PoolPromise, reaction_s: float = 10.0) -> float:
    """All that a pool is expected to fail."""
    return math.fsum(expected_orders(pool, reaction_s).values())


@LAW
@given(pool=promises(), more=st.integers(1, 20))
def test_more_exposure_never_lowers_the_risk(pool: PoolPromise, more: int) -> None:
    """Whatever is shown on top can only fail more orders, settled or not."""
    shown = replace(pool, exposure_units=pool.exposure_units + more)
    unsettled = replace(shown, unsettled_units=pool.unsettled_units + more)
    stranded = replace(shown, stranded_units=pool.stranded_units + more)

    assert at_risk(shown) >= at_risk(pool) - 1e-9
    assert at_risk(stranded) >= at_risk(pool) - 1e-9
    assert at_risk(unsettled) >= at_risk(pool) - 1e-9


@LAW
@given(pool=promises(), more=st.integers(1, 20))
def test_more_goods_never_raise_the_risk(pool: PoolPromise, more: int) -> None:
    """Every unit that is there can only fill an order."""
    assert at_risk(replace(pool, ats_units=pool.ats_units + more)) <= at_risk(pool) + 1e-9


@LAW
@given(pool=promises(), more=st.floats(0.0, 10.0), grow=st.sampled_from(["sold", "wait"]))
def test_time_and_demand_never_lower_the_risk(pool: PoolPromise, more: float, grow: str) -> None:
    """A later feed or a faster sale can only fail more orders."""
    name = {"sold": "sold_units_per_s", "wait": "overdue_s"}[grow]
    changes = {name: getattr(pool, name) + more}

    worse = replace(pool, **changes)
    assert at_risk(worse) >= at_risk(pool) - 1e-9


@LAW
@given(pool=promises())
def test_no_more_is_at_risk_than_is_shown(pool: PoolPromise) -> None:
    """Each cause is 0 or more, and all together are no more units than can be bought."""
    expected = expected_orders(pool, reaction_s=10.0)

    assert min(expected.values()) >= 0
    assert math.fsum(expected.values()) * pool.units_per_order <= pool.exposure_units + 1e-9


@LAW
@given(
    expected=st.floats(0.0, 1e6),
    weights=st.dictionaries(st.sampled_from("ABCDE"), st.floats(0.0, 1e6), min_size=1),
)
def test_shares_sum_to_the_whole(expected: float, weights: dict[str, float]) -> None:
    """What a pool fails is divided between its shops and counted once, or nowhere."""
    whole = expected if sum(weights.values()) > 0 else 0.0

    shares = shared_out(expected, weights)

    assert math.fsum(shares.values()) == pytest.approx(whole)


# --- the rate --------------------------------------------------------------------------------


def test_the_rate_is_what_was_and_what_is_expected_over_all_orders() -> None:
    """2 cancelled, 3 short and half a race of 100 orders: 5.5 percent, in its parts."""
    parts = projected_sfcr(
        orders=100, cancelled=2, expected={Cause.SHORTAGE: 3.0, Cause.RACE: 0.5}
    )

    assert sum_of(parts) == pytest.approx(0.055)
    assert {cause: part for cause, part in parts.items() if part} == {
        Cause.ALREADY_CANCELLED: 0.02,
        Cause.SHORTAGE: 0.03,
        Cause.RACE: 0.005,
    }


@pytest.mark.parametrize(
    ("cancelled", "expected", "ratio"), [(0, 0.0, 0.0), (0, 0.1, 1.0), (1, 0.0, 1.0)]
)
def test_without_orders_the_rate_is_all_or_nothing(
    cancelled: int, expected: float, ratio: float
) -> None:
    """Whatever is expected where nothing was ordered is everything."""
    parts = projected_sfcr(orders=0, cancelled=cancelled, expected={Cause.RACE: expected})

    assert sum_of(parts) == ratio


@LAW
@given(
    orders=st.integers(0, 10_000),
    cancelled=st.integers(0, 10_000),
    expected=st.dictionaries(st.sampled_from(EXPECTED_CAUSES), st.floats(0.0, 1e5)),
)
def test_the_rate_lies_between_nothing_and_all(
    orders: int, cancelled: int, expected: dict[Cause, float]
) -> None:
    """Every cause has its part, and the parts sum to a rate between 0 and 1."""
    parts = projected_sfcr(orders=orders, cancelled=cancelled, expected=expected)

    assert set(parts) == set(Cause)
    assert all(0 <= part <= 1 for part in parts.values())
    assert 0 <= sum_of(parts) <= 1
    assert math.fsum(parts.values()) == pytest.approx(sum_of(parts))
