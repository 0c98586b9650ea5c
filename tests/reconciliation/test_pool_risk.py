"""What a pool fails until its next feed: against every outcome written out, and what must hold."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.decline_law import DeclineLaw
from reconciliation.demand import Demand
from reconciliation.next_feed import NextFeed
from reconciliation.pool_risk import PoolOutlook, losses_until_next_feed
from reconciliation.race_terms import RaceTerms, Window
from reconciliation.risk import NOTHING, Cause, Loss
from reconciliation.unit_tails import on_grid

from ..support.boards import LAW
from .test_unit_tails import enumerated


HOUR_S = 3_600.0
DAY_S = 86_400.0
E = math.e
ON_TIME = NextFeed(in_s=1.0)
SOON = (Window(chance=1.0, seconds=1.0),)
NEVER = DeclineLaw(per_hour_units=0.0)


def selling(mean: float, *sizes: float, shape: float = math.inf) -> Demand:
    """So many orders a second, of these sizes."""
    return Demand(orders_per_s=on_grid(mean), sizes=sizes or (1.0,), shape=shape)


def losing(mean: float, **terms: float) -> DeclineLaw:
    """So many units gone in an hour, on average."""
    return DeclineLaw(per_hour_units=on_grid(mean), **terms)


def outlook(ats: int, exposure: int, **fields: object) -> PoolOutlook:
    """A pool whose snapshot will be an hour old when the next feed comes."""
    plain = {
        "ats_units": ats,
        "exposure_units": exposure,
        "feed": ON_TIME,
        "age_s": HOUR_S,
        "decline": NEVER,
    }
    return PoolOutlook(**plain | fields)  # type: ignore[arg-type]  # a builder: each test names its fields


def lost(pool: PoolOutlook, cause: Cause, windows: tuple[Window, ...] = SOON) -> Loss:
    """What a pool fails for a cause."""
    return losses_until_next_feed(pool, windows).get(cause, NOTHING)


# --- goods go missing ------------------------------------------------------------------------


def outcomes(pool: PoolOutlook, most: int = 60) -> Iterator[tuple[float, int]]:
    """Yield every number of units ordered and gone, with its chance, as units that fail orders."""
    assert pool.decline is not None
    mean = pool.decline.mean_units(pool.age_s)
    gone = [math.exp(-mean) * mean**n / math.factorial(n) for n in range(most + 1)]
    ordered = enumerated(pool.ahead.orders_per_s, pool.ahead.shape, pool.ahead.sizes)
    ordered[-1] += 1.0 - math.fsum(ordered)
    goods, sellable = max(pool.ats_units, 0), max(pool.ats_units - pool.withheld_units, 0)
    committed = max(pool.committed_units + min(pool.ats_units, 0), 0)
    for demand, of_demand in enumerate(ordered):
        for units, of_units in enumerate(gone):
            sold = min(demand, sellable)
            beyond = max(sold + units - goods, 0)
            yield of_demand * of_units, min(beyond, sold + committed)


@LAW
@given(
    ats=st.integers(-2, 8),
    withheld=st.integers(0, 3),
    committed=st.integers(0, 4),
    demand=st.sampled_from([0.05, 0.7, 3.0]),
    shape=st.sampled_from([0.5, 2.0, math.inf]),
    sizes=st.sampled_from([(1.0,), (0.7, 0.2, 0.1)]),
    gone=st.sampled_from([0.02, 0.6, 2.5]),
)
def test_goods_that_go_missing_fail_orders_as_every_outcome_says(  # noqa: PLR0913 - each a part of the case
    *,
    ats: int,
    withheld: int,
    committed: int,
    demand: float,
    shape: float,
    sizes: tuple[float, ...],
    gone: float,
) -> None:
    """Both the chance of any order, and how many, summed over all that may be sold and go."""
    pool = outlook(
        ats,
        0,
        withheld_units=withheld,
        committed_units=committed,
        ahead=selling(demand, *sizes, shape=shape),
        decline=losing(gone),
    )
    every = list(outcomes(pool))
    chance = math.fsum(each for each, failed in every if failed)
    size = pool.ahead.units_per_order
    orders = math.fsum(each * (1 + (failed - 1) / size) for each, failed in every if failed)

    found = lost(pool, Cause.DECLINE)

    assert found.chance == pytest.approx(chance, abs=1e-6)
    assert found.orders == pytest.approx(orders, abs=1e-6)


def test_units_withheld_bear_the_first_that_go() -> None:
    """Three there, all sold but the one withheld: two must go, and with one gone nobody fails."""
    pool = outlook(3, 2, withheld_units=1, ahead=selling(50.0), decline=losing(1.0))

    assert lost(pool, Cause.DECLINE).chance == pytest.approx(1 - 2 / E, abs=1e-6)


def test_where_nothing_is_sold_or_promised_nothing_fails() -> None:
    """Goods may vanish as they please."""
    pool = outlook(1, 1, decline=losing(5.0))

    assert losses_until_next_feed(pool, SOON) == {}


def test_an_overdue_feed_is_a_cause_of_its_own() -> None:
    """The same loss is put down to the partner being late."""
    pool = outlook(1, 1, ahead=selling(5.0), decline=losing(1.0))
    late = replace(pool, feed=NextFeed(in_s=1.0, overdue_s=9.0))

    assert lost(late, Cause.STALE_FEED) == lost(pool, Cause.DECLINE)
    assert lost(late, Cause.DECLINE) == NOTHING


def test_of_an_unknown_partner_nothing_is_guessed_until_it_is_overdue() -> None:
    """Then its other channels sell as fast as our shops: one unit of the one that is there."""
    pool = outlook(1, 1, committed_units=0, ahead=selling(50.0), decline=None)
    rate = pool.ahead.orders_per_s
    late = replace(pool, feed=NextFeed(in_s=1.0, overdue_s=1.0 / rate))

    assert losses_until_next_feed(pool, SOON) == {}
    assert lost(late, Cause.STALE_FEED).chance == pytest.approx(1 - 1 / E, rel=0.05)


# --- listings show too much ------------------------------------------------------------------


@LAW
@given(
    goods=st.integers(0, 6),
    more=st.integers(1, 6),
    demand=st.sampled_from([0.1, 1.0, 4.0]),
    shape=st.sampled_from([1.0, math.inf]),
    slow=st.sampled_from([0.02, 0.3]),
)
def test_a_race_fails_orders_as_every_outcome_says(
    *, goods: int, more: int, demand: float, shape: float, slow: float
) -> None:
    """A mixture of two windows, compound demand, summed over all that may be ordered."""
    sizes = (0.8, 0.2)
    pool = outlook(goods, goods + more, demand=selling(demand, *sizes, shape=shape))
    windows = (Window(chance=1 - slow, seconds=1.0), Window(chance=slow, seconds=3.0))
    chance = orders = 0.0
    for window in windows:
        mean = on_grid(pool.demand.orders_per_s * window.seconds)
        chances = enumerated(mean, shape, sizes)
        chances[-1] += 1.0 - math.fsum(chances)
        for units, each in enumerate(chances):
            if units > goods:
                beyond = min(units, goods + more) - goods
                chance += window.chance * each
                orders += window.chance * each * (1 + (beyond - 1) / 1.2)

    found = lost(pool, Cause.RACE, windows)

    assert found.chance == pytest.approx(chance, abs=1e-6)
    assert found.orders == pytest.approx(orders, abs=1e-6)


def test_a_rare_long_window_carries_most_of_the_risk() -> None:
    """The fifteenth counterexample: with the mean window the chance is a hundredth of it."""
    pool = outlook(3, 9, demand=Demand(orders_per_s=0.02))
    rare = (Window(chance=0.98, seconds=4.4), Window(chance=0.02, seconds=60.0))
    mean = (Window(chance=1.0, seconds=0.98 * 4.4 + 0.02 * 60.0),)

    assert lost(pool, Cause.RACE, rare).chance > 50 * lost(pool, Cause.RACE, mean).chance


def test_what_only_an_unsettled_write_shows_is_put_down_to_it() -> None:
    """Two units, two shown and one that may land: without the write there were no risk."""
    pool = outlook(2, 3, unsettled_units=1, demand=selling(1.0))

    assert lost(pool, Cause.UNSETTLED_WRITE).chance == pytest.approx(1 - 2.5 / E, abs=1e-6)
    assert lost(pool, Cause.RACE) == NOTHING


def test_a_write_takes_the_last_units_of_a_race() -> None:
    """Two units, three shown, one more may land: the third sale is the race's, the fourth its."""
    pool = outlook(2, 4, unsettled_units=1, demand=selling(1.0))
    third, fourth = 1 - 2.5 / E, 1 - (2.5 + 1 / 6) / E

    assert lost(pool, Cause.RACE).orders == pytest.approx(third, abs=1e-6)
    assert lost(pool, Cause.UNSETTLED_WRITE).orders == pytest.approx(fourth, abs=1e-6)
    assert lost(pool, Cause.UNSETTLED_WRITE).chance == pytest.approx(fourth, abs=1e-6)


def test_what_is_stranded_is_sold_until_it_is_mended() -> None:
    """Three shown of two on a listing that cannot be lowered: a day's sales, not a second's."""
    a_day = Demand(orders_per_s=1 / DAY_S)
    pool = outlook(2, 3, stranded_units=3, demand=a_day, stranded_demand=a_day)

    assert lost(pool, Cause.STRANDED_LISTING).orders == pytest.approx(1 - 2.5 / E, rel=0.2)
    assert lost(pool, Cause.RACE) == NOTHING


def test_what_others_show_beside_a_stranded_listing_is_a_race() -> None:
    """Of two goods one is stranded and two are not: only together they are too many."""
    half = Demand(orders_per_s=0.5)
    pool = outlook(2, 3, stranded_units=1, demand=selling(1.0), stranded_demand=half)

    assert lost(pool, Cause.RACE).orders == pytest.approx(1 - 2.5 / E, abs=1e-6)
    assert lost(pool, Cause.STRANDED_LISTING) == NOTHING


def test_a_pool_that_is_raced_is_at_risk_before_it_is_near_zero() -> None:
    """Ten shown twice: the windows of now see nothing, the sales until the next feed do."""
    each = Demand(orders_per_s=0.001)
    pool = outlook(
        10,
        20,
        demand=Demand(orders_per_s=0.002),
        ahead=Demand(orders_per_s=0.002),
        feed=NextFeed(in_s=10_000.0),
    )
    terms = RaceTerms(price=2.0, windows=SOON, restock_every_s=HOUR_S)
    raced = replace(pool, race=terms, racing=(each, each))

    assert lost(pool, Cause.RACE).orders < 1e-9
    assert lost(raced, Cause.RACE).orders > 1e-4


# --- what must hold --------------------------------------------------------------------------


@st.composite
def pools(draw: st.DrawFn) -> PoolOutlook:
    """Any pool."""
    exposure = draw(st.integers(0, 20))
    unsettled = draw(st.integers(0, exposure))
    demand = Demand(
        orders_per_s=draw(st.sampled_from([0.0, 0.01, 1.0])),
        sizes=draw(st.sampled_from([(1.0,), (0.7, 0.2, 0.1)])),
        shape=draw(st.sampled_from([0.5, 3.0, math.inf])),
    )
    return outlook(
        draw(st.integers(-4, 20)),
        exposure,
        withheld_units=draw(st.integers(0, 4)),
        committed_units=draw(st.integers(0, 6)),
        unsettled_units=unsettled,
        stranded_units=draw(st.integers(0, exposure - unsettled)),
        demand=demand,
        ahead=demand,
        stranded_demand=replace(demand, orders_per_s=demand.orders_per_s / 2),
        feed=NextFeed(
            in_s=draw(st.floats(0.0, 30.0)), overdue_s=draw(st.sampled_from([0.0, 9.0]))
        ),
        decline=draw(st.sampled_from([None, NEVER, losing(0.1), losing(2.0, spread_ratio=3.0)])),
    )


def at_risk(pool: PoolOutlook) -> float:
    """All orders that a pool is expected to fail."""
    return math.fsum(loss.orders for loss in losses_until_next_feed(pool, SOON).values())


def worse_law(pool: PoolOutlook) -> PoolOutlook:
    """A partner that errs more, and less predictably."""
    law = pool.decline or NEVER
    more = replace(law, per_hour_units=law.per_hour_units + 0.7, spread_ratio=law.spread_ratio * 2)
    return replace(pool, decline=more)


def faster(pool: PoolOutlook) -> PoolOutlook:
    """More orders, on all listings."""
    names = ("demand", "ahead", "stranded_demand")
    demands = {name: getattr(pool, name) for name in names}
    return replace(
        pool,
        **{
            name: replace(each, orders_per_s=each.orders_per_s * 1.7 + 0.01)
            for name, each in demands.items()
        },
    )


WORSE: dict[str, Callable[[PoolOutlook], PoolOutlook]] = {
    "an older snapshot": lambda pool: replace(pool, age_s=pool.age_s * 2),
    "a later feed": lambda pool: replace(pool, feed=replace(pool.feed, in_s=pool.feed.in_s + 9)),
    "more overdue": lambda pool: replace(
        pool, feed=replace(pool.feed, overdue_s=pool.feed.overdue_s * 3)
    ),
    "more demand": faster,
    "less withheld": lambda pool: replace(pool, withheld_units=max(pool.withheld_units - 1, 0)),
    "more promised": lambda pool: replace(pool, committed_units=pool.committed_units + 2),
    "more shown": lambda pool: replace(pool, exposure_units=pool.exposure_units + 3),
    "more unsettled": lambda pool: replace(
        pool, exposure_units=pool.exposure_units + 2, unsettled_units=pool.unsettled_units + 2
    ),
}
"""What never lessens the risk of a pool."""


@pytest.mark.parametrize("name", WORSE)
@LAW
@given(pool=pools())
def test_what_is_worse_never_lessens_the_risk(name: str, pool: PoolOutlook) -> None:
    """Age, lateness, demand, promises and what is shown can only fail more orders."""
    assert at_risk(WORSE[name](pool)) >= at_risk(pool) - 1e-7


@LAW
@given(pool=pools())
def test_more_error_never_lessens_the_risk(pool: PoolOutlook) -> None:
    """A partner whose figures fall shorter, and by larger clumps."""
    known = replace(pool, decline=pool.decline or NEVER)

    assert at_risk(worse_law(known)) >= at_risk(known) - 1e-7


@LAW
@given(pool=pools())
def test_longer_windows_never_lessen_the_risk(pool: PoolOutlook) -> None:
    """The slower we act, the more is sold that is not there."""
    slower = (Window(chance=0.5, seconds=1.0), Window(chance=0.5, seconds=20.0))
    total = math.fsum(each.orders for each in losses_until_next_feed(pool, slower).values())

    assert total >= at_risk(pool) - 1e-7


@LAW
@given(pool=pools())
def test_an_order_is_no_likelier_lost_than_expected(pool: PoolOutlook) -> None:
    """The chance of at least one is no more than the number to be expected, for each cause."""
    for loss in losses_until_next_feed(pool, SOON).values():
        assert 0.0 <= loss.chance <= min(loss.orders, 1.0) + 1e-9


@pytest.mark.parametrize(
    "fields",
    [
        {"unsettled_units": 4},
        {"unsettled_units": -1},
        {"stranded_units": -1},
        {"withheld_units": -1},
        {"unsettled_units": 2, "stranded_units": 2},
    ],
)
def test_an_outlook_that_cannot_be_is_refused(fields: dict[str, int]) -> None:
    """A part is no more than the whole, and nothing is shown less than not at all."""
    with pytest.raises(ValueError, match="stranded"):
        outlook(3, 3, **fields)
