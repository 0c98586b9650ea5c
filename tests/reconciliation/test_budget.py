"""The budget of cancelled orders: what it says of prices, and that what happened keeps it."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.budget import (
    FACTOR_MAX,
    NOTHING_HAPPENED,
    PRICE_MAX,
    STEP_RATIO,
    USUAL_BUDGET,
    Account,
    CancellationBudget,
    Cause,
    Prices,
    factors_of,
    prices_of,
)

from ..support.boards import LAW


COUNTS = st.floats(0, 1e6)


def prices(
    budget: CancellationBudget = USUAL_BUDGET, account: Account = NOTHING_HAPPENED
) -> Prices:
    """The prices under a budget after what happened, at a usual price of 100."""
    return prices_of(budget, factors_of(budget, account), cancellation_price=100.0)


def oversold(orders: float, **by_cause: float) -> Account:
    """An account with so many orders, of them oversold ones by the names of causes."""
    counts = {Cause[name.upper()]: count for name, count in by_cause.items()}
    return Account(orders=orders, oversold_orders=counts)


def test_the_usual_budget_has_the_policys_price_before_anything_happened() -> None:
    """With no account there is only the first guess; races and writes need a part of it."""
    assert prices() == Prices(decline=100.0, race=15.0, write=15.0)


def test_half_the_budget_doubles_each_price() -> None:
    """Half as many cancelled orders cost twice as many lost sales each."""
    found = prices(replace(USUAL_BUDGET, cancelled_per_10k=0.5))

    assert found == Prices(decline=200.0, race=30.0, write=30.0)


@pytest.mark.parametrize(
    ("budget", "lower", "higher"),
    [
        (CancellationBudget(decline_risk=0.6, race_risk=0.3), Cause.DECLINE, Cause.RACE),
        (CancellationBudget(race_risk=0.8, decline_risk=0.1), Cause.RACE, Cause.DECLINE),
        (CancellationBudget(write_risk=0.5, race_risk=0.1), Cause.WRITE, Cause.RACE),
    ],
)
def test_a_larger_share_lowers_its_price_and_a_smaller_one_raises_it(
    budget: CancellationBudget, lower: Cause, higher: Cause
) -> None:
    """Each share speaks of its own cause."""
    found, usual = prices(budget), prices()

    assert found.of(lower) < usual.of(lower)
    assert found.of(higher) > usual.of(higher)


def test_a_cause_without_a_share_has_the_highest_price() -> None:
    """What must not happen costs all there is, and is still a number to reckon with."""
    found = prices(CancellationBudget(decline_risk=0.5, race_risk=0.5, write_risk=0.0))

    assert found.write == PRICE_MAX


def test_an_account_as_the_budget_has_it_moves_no_price() -> None:
    """One in 10,000 by the usual shares: the guess was right."""
    found = prices(account=oversold(1e6, decline=40.0, race=50.0, write=10.0))

    assert found == prices()


def test_orders_that_were_oversold_in_races_raise_the_price_of_races_only() -> None:
    """Five in 10,000 orders where half of one may be."""
    found = prices(account=oversold(10_000, race=5.0))

    assert found.race > prices().race
    assert found.decline < prices().decline


def test_orders_of_which_none_was_oversold_lower_the_prices() -> None:
    """After twice the orders of the first guess, a third is left of it."""
    found = prices(account=oversold(40_000))

    assert found.race == pytest.approx(prices().race / 3.0, rel=STEP_RATIO - 1.0)


@pytest.mark.parametrize("account", [oversold(1e9), oversold(1.0, decline=1e6, race=1e6)])
def test_no_account_moves_a_price_further_than_it_may(account: Account) -> None:
    """What happened says much, and not everything."""
    found = prices(account=account).race / prices().race

    assert 1.0 / FACTOR_MAX / STEP_RATIO <= found <= FACTOR_MAX * STEP_RATIO


@LAW
@given(orders=COUNTS, count=COUNTS, more=COUNTS)
def test_more_oversold_orders_never_lower_the_price(
    orders: float, count: float, more: float
) -> None:
    """Whatever else is in the account."""
    before = prices(account=oversold(orders, race=count))
    after = prices(account=oversold(orders, race=count + more))

    assert after.race >= before.race


@LAW
@given(orders=COUNTS, count=COUNTS, more=COUNTS)
def test_more_orders_that_went_well_never_raise_the_price(
    orders: float, count: float, more: float
) -> None:
    """Whatever else is in the account."""
    before = prices(account=oversold(orders, race=count))
    after = prices(account=oversold(orders + more, race=count))

    assert after.race <= before.race


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("ease", [0.7, 1.0, 1.6])
def test_in_the_long_run_as_many_orders_are_oversold_as_the_budget_allows(
    ease: float, power: float
) -> None:
    """Also where a price does more or less against it than the account takes it to do."""
    allowed = USUAL_BUDGET.ratio(Cause.RACE)
    orders, weighed, happened = 0.0, 0.0, 0.0
    for _ in range(3_000):
        factor = factors_of(USUAL_BUDGET, oversold(orders, race=weighed))[Cause.RACE]
        happened = 1_000.0 * allowed * ease / factor**power
        orders, weighed = 0.998 * orders + 1_000.0, 0.998 * weighed + happened * factor

    assert happened / 1_000.0 == pytest.approx(allowed, rel=0.15)


@pytest.mark.parametrize(
    "numbers",
    [
        {"decline_risk": 0.5},
        {"decline_risk": 1.2, "race_risk": -0.3},
        {"race_risk": math.nan},
        {"cancelled_per_10k": -1.0},
        {"cancelled_per_10k": math.inf},
    ],
)
def test_what_is_no_budget_is_refused(numbers: dict[str, float]) -> None:
    """Shares sum to 1, and no more orders can be cancelled than there are."""
    with pytest.raises(ValueError, match="must"):
        CancellationBudget(**numbers)


def test_an_account_below_nothing_is_refused() -> None:
    """Orders are counted."""
    with pytest.raises(ValueError, match="below 0"):
        oversold(10.0, race=-1.0)
