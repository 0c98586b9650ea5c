"""What is estimated and then relied on, against simulations of which the truth is known.

Demand and decline by themselves are tried in their own tests. Here is what is made of them: the
risk until the next feed, what a write gives back, and the windows of the reaction.
"""

import math
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from reconciliation.decline import (
    DeclineHistory,
    DeclineTotals,
    Interval,
    Sight,
    law_of,
    learn,
    totals_of,
)
from reconciliation.demand import Demand, Level, catalogue_level, forecast, shop_level
from reconciliation.next_feed import NextFeed
from reconciliation.pool_risk import PoolOutlook, losses_until_next_feed
from reconciliation.pooled_demand import ahead
from reconciliation.quantities import Instant, later
from reconciliation.reaction import Reaction
from reconciliation.risk import NOTHING, Cause
from reconciliation.sales_history import (
    SalesHistory,
    contribution,
    first_seen,
    record_order,
    summed,
)
from reconciliation.write_margin import margin_units

from ..support.sampling import poisson


START = Instant(1_800_000_000.0)
DAY_S = 86_400.0
DAYS = 60
NOW = later(START, DAYS * DAY_S)


def no_more(units: int, mean: float) -> float:
    """P(a Poisson number is at most so many)."""
    return math.fsum(
        math.exp(-mean) * mean**each / math.factorial(each) for each in range(units + 1)
    )


# --- the risk until the next feed ------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Truth:
    """A pool as it is: orders and units that go missing in a day, and its goods."""

    orders: float
    gone: float
    goods: int
    withheld: int

    def chance(self) -> float:
        """The chance that a day's orders and what goes missing are more than the goods."""
        sellable = max(self.goods - self.withheld, 0)
        sold = [no_more(units, self.orders) for units in range(sellable)]
        at = [each - before for each, before in zip(sold, [0.0, *sold], strict=False)]
        chances = [*at, 1.0 - math.fsum(at)]
        return math.fsum(
            chance * (1.0 - no_more(self.goods - units, self.gone))
            for units, chance in enumerate(chances)
            if units > 0
        )


@cache
def pools() -> list[tuple[Truth, SalesHistory, DeclineHistory]]:
    """Pools, as they are and as two months of orders and daily feeds told of them."""
    rng, found = Random(5), []
    for _ in range(600):
        truth = Truth(
            orders=rng.choice((0.2, 1.0, 3.0)),
            gone=rng.choice((0.03, 0.15, 0.6)),
            goods=rng.randint(1, 6),
            withheld=rng.randint(0, 1),
        )
        sales, moment = first_seen(START, is_on_sale=True), 0.0
        while (moment := moment + rng.expovariate(truth.orders)) < DAYS:
            sales = record_order(sales, units=1, placed_at=later(START, moment * DAY_S))
        decline = DeclineHistory()
        for _ in range(DAYS):
            units = poisson(rng, truth.gone)
            day = Interval(sight=Sight.SEEN, hours=24.0, expected_units=30, units=units)
            decline = learn(decline, day)
        found.append((truth, sales, decline))
    return found


@cache
def predicted() -> list[tuple[float, float]]:
    """The chance of a cancelled order until tomorrow's feed, as it is and as it is told."""
    level = shop(sales for _, sales, _ in pools())
    totals = sum((totals_of(decline) for *_, decline in pools()), DeclineTotals())
    told = []
    for truth, sales, decline in pools():
        outlook = PoolOutlook(
            ats_units=truth.goods,
            exposure_units=0,
            withheld_units=truth.withheld,
            feed=NextFeed(in_s=DAY_S),
            age_s=DAY_S,
            ahead=ahead(forecast(sales, level, NOW), DAY_S),
            decline=law_of(decline, totals),
        )
        loss = losses_until_next_feed(outlook, ()).get(Cause.DECLINE, NOTHING)
        told.append((truth.chance(), loss.chance))
    return told


def shop(histories: object) -> Level:
    """What the listings of one shop lean on."""
    sales = summed(contribution(each) for each in histories)  # type: ignore[attr-defined]  # a generator
    return shop_level(sales, catalogue_level(sales, NOW), now=NOW)


def test_the_predicted_risk_is_the_true_one_on_average() -> None:
    """Over all pools it is told by less than two percent wrong, and not too small."""
    true = math.fsum(each for each, _ in predicted()) / len(predicted())
    told = math.fsum(each for _, each in predicted()) / len(predicted())

    assert -0.002 <= told - true <= 0.02


@pytest.mark.parametrize("bin_", range(4))
def test_the_predicted_risk_is_the_true_one_for_low_and_for_high(bin_: int) -> None:
    """Of the pools that are told a quarter each, from the safest to those at most risk."""
    ranked = sorted(predicted(), key=lambda each: each[1])
    quarter = ranked[bin_ * len(ranked) // 4 : (bin_ + 1) * len(ranked) // 4]
    error = math.fsum(told - true for true, told in quarter) / len(quarter)

    assert abs(error) <= 0.03


# --- what a write gives back -----------------------------------------------------------------


@pytest.mark.parametrize("price", [9.0, 99.0])
@pytest.mark.parametrize("shape", [0.5, 3.0])
def test_a_write_margin_covers_what_is_sold_on_its_way(price: float, shape: float) -> None:
    """Of twenty thousand writes no more give back more than the price allows."""
    demand = Demand(orders_per_s=0.2, sizes=(0.7, 0.2, 0.1), shape=shape)
    margin, rng, tries = margin_units(demand, 2.0, price), Random(3), 20_000
    allowed = 1.0 / (1.0 + price)

    def sold() -> int:
        rate = rng.gammavariate(shape, demand.orders_per_s / shape)
        return sum(rng.choices((1, 2, 3), demand.sizes, k=poisson(rng, rate * 2.0)))

    beyond = [sold() - margin for _ in range(tries)]
    spread = 4.0 * math.sqrt(allowed / tries)
    assert sum(each > 0 for each in beyond) / tries <= allowed + spread
    assert margin == 0 or sum(each > -1 for each in beyond) / tries > allowed - spread


# --- the windows of the reaction -------------------------------------------------------------


@pytest.mark.parametrize("lost", [0.0, 0.02, 0.3])
def test_windows_are_no_shorter_than_reactions_are(lost: float) -> None:
    """A webhook or the poll after it, and a write: by parts and on average."""
    reaction = Reaction(
        webhook_s=4.0, webhooks_lost=lost, poll_every_s=60.0, read_s=0.3, write_s=0.4
    )
    rng, tries = Random(9), 20_000

    def took() -> float:
        polled_s = rng.uniform(0.0, 60.0) + reaction.read_s
        told_s = math.inf if rng.random() < lost else rng.expovariate(1 / 4.0)
        return min(told_s, polled_s) + reaction.write_s

    seconds, windows = [took() for _ in range(tries)], reaction.windows()
    for part in windows[:-1]:
        longer = sum(each.chance for each in windows if each.seconds >= part.seconds)
        assert sum(each > part.seconds for each in seconds) / tries <= longer + 0.01
    mean = math.fsum(each.chance * each.seconds for each in windows)
    assert math.fsum(seconds) / tries <= mean
