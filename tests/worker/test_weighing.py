"""What decisions are weighed by: reactions as they are measured, and the account of the budget."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.store import trail, writes
from connectors.store.engine import reading, writing
from connectors.store.tables import RECIPE_LINES
from connectors.store.trail import Event
from connectors.store.writes import Ended, Intended, Outcome
from reconciliation.budget import Cause
from reconciliation.crowd import NO_CROWD, CrowdHistory
from reconciliation.demand import Demand
from reconciliation.policy import GuardPolicy
from reconciliation.quantities import EPOCH, later
from reconciliation.race import overlap, priced
from reconciliation.reaction import MEASURED_MIN
from reconciliation.verdict import Write, WriteClass
from worker.races import scales
from worker.weighing import ACCOUNT_AGE_S_MAX, CROWD_AGE_S_MAX, OVERSOLD, Weighing

from ..support.shopfront import SHOPS, Shopfront, shopfront
from .overlap_rig import OVERLAPPING, at_price, crowd, note_oversold, race


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops whose demand counts as known, and nothing measured yet."""
    with shopfront(tmp_path, guard=OVERLAPPING) as front:
        yield front


def oversold(front: Shopfront) -> list[Event]:
    """Return what was noted of orders that the goods do not cover."""
    with reading(front.services.engine) as connection:
        causes = [cause.value for cause in Cause]
        return trail.events_of(connection, causes, OVERSOLD, since=EPOCH)


# -- what is measured -----------------------------------------------------------------------------


def shortest_s(front: Shopfront) -> float:
    """Return how long a reaction takes at the least."""
    return min(window.seconds for window in race(front).windows)


def test_orders_and_decreases_that_were_quick_shorten_the_windows(front: Shopfront) -> None:
    """As soon as there are enough of them to be known by."""
    front.open_for_business(500)
    before_s = shortest_s(front)
    crowd(front, seconds=MEASURED_MIN)
    for shop in SHOPS:
        answer_decreases(front, shop, times=MEASURED_MIN)

    assert shortest_s(front) < before_s / 2


def answer_decreases(front: Shopfront, shop: str, *, times: int) -> None:
    """Store so many decreases of a shop that took a moment."""
    write = Write(
        key=front.key(shop),
        units=0,
        shown_units=1,
        write_class=WriteClass.DECREASE,
        reason="for the test",
    )
    now = front.services.now()
    with writing(front.services.engine) as connection:
        for _ in range(times):
            intended = Intended(write=write, fence=1, fact_at=later(now, -0.2))
            (sequence,) = writes.commit_intents(connection, [intended], now).values()
            ended = Ended(
                sequence=sequence, fence=1, outcome=Outcome.ANSWERED, answered_at=later(now, 0.1)
            )
            writes.record_outcomes(connection, [ended])


def test_a_shop_of_which_nothing_is_measured_slows_the_race_of_its_pools(front: Shopfront) -> None:
    """Its orders are those that the other shops do not know of."""
    front.open_for_business(500)
    for _ in range(MEASURED_MIN):
        front.buy("alpha")
        front.work(1.0)

    assert shortest_s(front) >= front.services.settings.tiktok.timeout_s


# -- the account ----------------------------------------------------------------------------------


@pytest.fixture
def careless(tmp_path: Path) -> Iterator[Shopfront]:
    """The same shops where a cancelled order weighs no more than a lost sale."""
    with shopfront(tmp_path, guard=at_price(1.0)) as front:
        yield front


def sell_twice(front: Shopfront) -> None:
    """Let both shops sell the last unit."""
    front.open_for_business(1)
    for shop in SHOPS:
        front.buy(shop)
    front.work(8.0)


def test_two_shops_that_sold_the_same_unit_count_against_the_races_share(
    careless: Shopfront,
) -> None:
    """Both showed the last one."""
    sell_twice(careless)

    assert [(event.subject, event.detail["units"]) for event in oversold(careless)] == [
        (Cause.RACE, 1)
    ]


def test_units_that_a_feed_does_not_find_count_against_the_declines_share(
    front: Shopfront,
) -> None:
    """They were sold when the feed had them."""
    front.open_for_business(8)
    front.buy("alpha", 2)
    front.work(4.0)
    front.drop_feed(1)
    front.work(4.0)

    assert [(event.subject, event.detail["units"]) for event in oversold(front)] == [
        (Cause.DECLINE, 1)
    ]


def test_orders_that_a_newer_feed_fills_are_taken_off_again(front: Shopfront) -> None:
    """The partner had counted too few for a moment: nobody is cancelled for it."""
    front.open_for_business(8)
    front.buy("alpha", 3)
    front.work(4.0)
    for units in (1, 2, 9):
        front.drop_feed(units)
        front.work(4.0)
    with reading(front.services.engine) as connection:
        account = Weighing().account(connection, front.services.now())

    assert [event.detail["units"] for event in oversold(front)] == [2, -1, -1]
    assert account.oversold_orders[Cause.DECLINE] == pytest.approx(0.0, abs=1e-6)


def test_a_shortage_is_counted_once(careless: Shopfront) -> None:
    """However often it is decided on."""
    sell_twice(careless)
    careless.work(12.0)

    assert len(oversold(careless)) == 1


def test_oversold_races_raise_the_price_of_races(front: Shopfront) -> None:
    """And of nothing else."""
    front.open_for_business(8)
    before = race(front)
    note_oversold(front, Cause.RACE, orders=2.0)
    after = race(front)

    assert after.price > before.price
    assert after.price_of_write == before.price_of_write


def test_oversold_declines_hold_back_more(front: Shopfront) -> None:
    """The safety stock is set at a higher level."""
    front.open_for_business(8)
    note_oversold(front, Cause.DECLINE, orders=2.0)
    services = replace(front.services, weighing=Weighing())
    with reading(services.engine) as connection:
        weights = scales(connection, services, services.now())

    assert weights.priced(GuardPolicy()).cancellation_price > GuardPolicy().cancellation_price


def test_a_person_who_sets_the_price_keeps_it(tmp_path: Path) -> None:
    """Newsvendor mode has no account."""
    with shopfront(tmp_path, guard=at_price(40.0)) as front:
        front.open_for_business(8)
        note_oversold(front, Cause.RACE, orders=5.0)

        assert race(front).price == 40.0


def test_what_happened_long_ago_weighs_little(front: Shopfront) -> None:
    """Half as much every two weeks."""
    front.open_for_business(8)
    note_oversold(front, Cause.RACE, orders=8.0)
    at_first = Weighing()
    with reading(front.services.engine) as connection:
        now = front.services.now()
        counts = [
            at_first.account(connection, later(now, weeks * 7 * 86_400.0)).oversold_orders
            for weeks in (0, 2)
        ]

    assert [count[Cause.RACE] for count in counts] == pytest.approx([8.0, 4.0])


def test_what_is_looked_up_is_kept_for_a_while(front: Shopfront) -> None:
    """A decision for each order must not look it all up again."""
    front.open_for_business(8)
    kept, now = Weighing(), front.services.now()
    with reading(front.services.engine) as connection:
        first = kept.account(connection, now)
    note_oversold(front, Cause.RACE, orders=1.0)
    with reading(front.services.engine) as connection:
        again = kept.account(connection, later(now, ACCOUNT_AGE_S_MAX))
        anew = kept.account(connection, later(now, ACCOUNT_AGE_S_MAX + 1.0))

    assert [each == first for each in (again, anew)] == [True, False]


# -- crowds ---------------------------------------------------------------------------------------


def test_before_any_order_a_crowd_is_guessed(front: Shopfront) -> None:
    """Races are priced as if several times the forecast followed, until orders are counted."""
    front.open_for_business(8)

    assert race(front).crowd == CrowdHistory().crowd()


STILL_S = 600.0
"""Long enough for all orders to be heard of, and for forecasts to expect none at once."""


def come_together(front: Shopfront) -> None:
    """Let both shops sell a unit at once, some times, and be still for long in between."""
    for _ in range(4):
        for shop in SHOPS:
            front.buy(shop)
        front.work(2.0)
        front.pass_time(STILL_S)


def test_orders_that_came_together_are_expected_to_do_so_again(front: Shopfront) -> None:
    """Orders of the two shops within a moment count, as the record has them."""
    front.open_for_business(40)
    come_together(front)

    assert race(front).crowd.factor > CrowdHistory().crowd().factor


def test_the_same_orders_one_by_one_are_no_crowd(front: Shopfront) -> None:
    """As many of them, each long after the one before."""
    front.open_for_business(40)
    for _ in range(4):
        for shop in SHOPS:
            front.buy(shop)
            front.work(2.0)
            front.pass_time(STILL_S)

    assert race(front).crowd.factor <= CrowdHistory().crowd().factor


@pytest.mark.parametrize("units", [1, 2, 3, 5, 8, 12])
def test_where_orders_come_together_more_is_risked_and_no_more_shown(
    front: Shopfront, units: int
) -> None:
    """The same goods and forecasts, priced with what was counted and without."""
    front.open_for_business(40)
    come_together(front)
    counted = race(front)
    demands = (Demand(orders_per_s=0.01), Demand(orders_per_s=0.02))
    told, without = (
        (priced((units, units), units, demands, terms).risk_orders, overlap(units, demands, terms))
        for terms in (counted, replace(counted, crowd=CrowdHistory().crowd()))
    )

    assert told[0] > without[0]
    assert sum(told[1].caps) <= sum(without[1].caps)


def test_a_crowd_is_looked_for_once_in_a_while(front: Shopfront) -> None:
    """It is a long look."""
    front.open_for_business(40)
    kept, now = Weighing(), front.services.now()
    with reading(front.services.engine) as connection:
        first = kept.crowd(connection, now)
    come_together(front)
    with reading(front.services.engine) as connection:
        again = kept.crowd(connection, later(now, CROWD_AGE_S_MAX))
        anew = kept.crowd(connection, later(now, CROWD_AGE_S_MAX + 1.0))

    assert [each == first for each in (again, anew)] == [True, False]


def test_goods_that_one_listing_sells_alone_have_no_crowd(front: Shopfront) -> None:
    """There is nobody whose orders could come beside."""
    front.open_for_business(40)
    with writing(front.services.engine) as connection:
        connection.execute(RECIPE_LINES.delete().where(RECIPE_LINES.c.shop == "beta"))

    assert race(front).crowd == NO_CROWD
