"""Safety stock: the largest of floor, percentage and decline, under a cap."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.decline_law import DeclineLaw
from reconciliation.feed_dialect import FeedKind
from reconciliation.policy import GuardPolicy
from reconciliation.position import (
    HELD_AHEAD_S,
    RELEASED_AFTER_S,
    FeedTerms,
    SafetyRule,
    SafetyStock,
    Snapshot,
    safety_stock,
)
from reconciliation.quantities import Instant, Units

from ..support.boards import LAW


HOUR_S = 3_600.0
UNSEEN_S = RELEASED_AFTER_S + HELD_AHEAD_S
DAY_S = 86_400.0
ON_HAND = FeedTerms(kind=FeedKind.ON_HAND)
DAILY = replace(ON_HAND, expected_every_s=DAY_S)
ACCURATE = DeclineLaw(per_hour_units=0.0001, interval_s=DAY_S)
SLOPPY = DeclineLaw(per_hour_units=0.2, spread_ratio=3.0, certainty=10.0, interval_s=DAY_S)


def held_back(
    units: Units = 100,
    *,
    law: DeclineLaw | None = None,
    age_s: float = 0.0,
    policy: GuardPolicy | None = None,
    price: float = 100.0,
    terms: FeedTerms = ON_HAND,
) -> SafetyStock:
    """What is held back of a snapshot of this age."""
    snapshot = Snapshot(units=units, as_of=Instant(0.0), terms=terms, decline=law)
    return safety_stock(snapshot, age_s, policy or GuardPolicy(), price=price)


# --- floor, percentage, cap ----------------------------------------------------------------------


def test_a_least_number_is_held_back() -> None:
    """The minimum holds where the percentage asks for less."""
    policy = GuardPolicy(safety_units_min=3, safety_percent=10.0)

    assert held_back(10, policy=policy).units == 3


def test_a_percentage_is_held_back_and_rounded_up() -> None:
    """A part of a unit is a unit."""
    assert held_back(11, policy=GuardPolicy(safety_percent=10.0)).units == 2


def test_a_cap_that_binds_is_reported() -> None:
    """Who set a cap must be told that it holds back less than was asked for."""
    stock = held_back(policy=GuardPolicy(safety_percent=50.0, safety_units_max=9))

    assert (stock.units, stock.capped) == (9, True)


def test_a_cap_that_just_fits_is_not_reported() -> None:
    """A cap binds only where it changes something."""
    stock = held_back(policy=GuardPolicy(safety_percent=50.0, safety_units_max=50))

    assert (stock.units, stock.capped) == (50, False)


def test_a_cap_binds_what_is_learned_too() -> None:
    """A person's cap is the last word."""
    stock = held_back(law=SLOPPY, policy=GuardPolicy(safety_units_max=2))

    assert (stock.units, stock.rule) == (2, SafetyRule.CAP)


def test_a_shortage_in_the_file_holds_back_nothing_negative() -> None:
    """A percentage of a negative snapshot adds nothing to it, and nothing more can go."""
    assert held_back(-10, law=SLOPPY, policy=GuardPolicy(safety_percent=50.0)).units == 0


# --- without history ---------------------------------------------------------------------------


def test_an_old_feed_widens_its_own_safety_stock() -> None:
    """Each hour past the limit holds back a further part of the snapshot."""
    policy = GuardPolicy(safety_percent=10.0, widen_after_s=HOUR_S, widen_percent_per_hour=5.0)

    assert held_back(age_s=3 * HOUR_S, policy=policy).units == 20


def test_widening_ends_with_the_whole_snapshot() -> None:
    """No more is held back than was ever there."""
    assert held_back(age_s=1e9).units == 100


def test_a_daily_feed_does_not_widen_before_it_is_overdue() -> None:
    """Its figure is a day old before a newer one can come."""
    assert held_back(age_s=DAY_S, terms=DAILY).units == 0


# --- what is learned ----------------------------------------------------------------------------


def test_what_may_have_gone_is_held_back() -> None:
    """A partner whose figures fall short has so much of them withheld."""
    stock = held_back(law=SLOPPY, age_s=DAY_S)

    assert (stock.rule, stock.units) == (
        SafetyRule.DECLINE,
        SLOPPY.quantile_units(100 / 101, DAY_S + UNSEEN_S, units_max=100),
    )


def test_a_new_file_is_not_held_back_for_the_day_that_it_will_last() -> None:
    """What goes after an order is known to the partner is not taken from that order."""
    assert held_back(law=SLOPPY).units < held_back(law=SLOPPY, age_s=DAY_S).units / 2


def test_what_goes_until_the_partner_knows_an_order_is_covered() -> None:
    """Also of the newest file: orders are released late, and a listing is lowered late."""
    stock = held_back(law=SLOPPY)

    assert stock.units == SLOPPY.quantile_units(100 / 101, UNSEEN_S, units_max=100) > 0


@pytest.mark.parametrize("lag", ["posting_lag_s", "order_lag_s"])
def test_a_feed_that_lags_has_more_withheld(lag: str) -> None:
    """What is posted late had gone before the figure; an order told late is taken from late."""
    late = FeedTerms(kind=FeedKind.ON_HAND, **{lag: 2 * HOUR_S})  # type: ignore[arg-type]  # one of two lags

    in_time = held_back(law=SLOPPY, age_s=2 * HOUR_S)
    assert held_back(law=SLOPPY, terms=late).units == in_time.units > held_back(law=SLOPPY).units


@pytest.mark.parametrize("age_s", [0.0, 5 * HOUR_S])
def test_it_is_told_how_old_the_feed_is_when_more_is_held_back(age_s: float) -> None:
    """Within ten minutes: nothing else would have anybody look again."""
    stock = held_back(law=SLOPPY, age_s=age_s)
    then, next_look = (
        held_back(law=SLOPPY, age_s=stock.grows_after_s + more_s).units for more_s in (0.0, 600.0)
    )

    assert stock.grows_after_s >= age_s
    assert then == stock.units < next_look


def test_without_history_more_is_held_back_once_a_feed_is_overdue() -> None:
    """From there on the percentage grows."""
    assert held_back(terms=DAILY).grows_after_s == 1.25 * DAY_S


def test_an_accurate_partner_has_nothing_withheld() -> None:
    """One unit in a year goes: at the default price that is not worth a unit held back."""
    assert held_back(law=ACCURATE).units == 0


def test_a_learned_partner_is_not_widened_by_percentage() -> None:
    """What is known of its errors takes the place of a guess."""
    assert held_back(law=ACCURATE, age_s=DAY_S).units == 0


def test_no_more_is_held_back_than_was_reported() -> None:
    """What is not there cannot go."""
    assert held_back(3, law=replace(SLOPPY, per_hour_units=50.0)).units == 3


@pytest.mark.parametrize("price", [1e6, 1e15, 1e300])
def test_no_price_asks_for_endless_stock(price: float) -> None:
    """A quantile at level 1 is infinite, and nothing would ever be sold (counterexample 14)."""
    assert held_back(10_000, law=SLOPPY, price=price).units < 200


def test_what_is_held_back_for_errors_is_told_apart() -> None:
    """A floor would have been held back of an accurate partner too."""
    stock = held_back(law=SLOPPY, policy=GuardPolicy(safety_units_min=4))

    assert stock.for_errors_units == stock.units - 4


# --- monotony -----------------------------------------------------------------------------------


LAWS = st.builds(
    DeclineLaw,
    per_hour_units=st.floats(0, 2),
    spread_ratio=st.floats(1, 40),
    certainty=st.floats(0.05, 1e3),
    per_hour_declines=st.floats(1e-3, 10),
    interval_s=st.floats(0, DAY_S),
)


@LAW
@given(
    units=st.integers(-20, 5_000),
    ages=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)).map(sorted),
    percent=st.floats(0, 100),
    most=st.one_of(st.none(), st.integers(5, 50)),
    law=st.one_of(st.none(), LAWS),
)
def test_safety_stock_never_shrinks_as_a_feed_ages(
    units: Units, ages: list[float], percent: float, most: Units | None, law: DeclineLaw | None
) -> None:
    """Of one snapshot, an older look never holds back less than a younger one."""
    policy = GuardPolicy(safety_units_min=5, safety_percent=percent, safety_units_max=most)
    younger, older = (held_back(units, law=law, age_s=age, policy=policy).units for age in ages)

    assert younger <= older


@LAW
@given(law=LAWS, prices=st.tuples(st.floats(1, 1e5), st.floats(1, 1e5)).map(sorted))
def test_a_dearer_cancellation_never_thins_it(law: DeclineLaw, prices: list[float]) -> None:
    """The higher the price, the more is held back."""
    cheap, dear = (held_back(law=law, price=price).units for price in prices)

    assert cheap <= dear
