"""The running program overlaps by risk: on the sandbox, with two shops that share one shelf."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.store import listings, trail, writes
from connectors.store.engine import reading, writing
from connectors.store.trail import Event
from connectors.store.writes import Ended, Intended, Outcome
from reconciliation.budget import Cause
from reconciliation.policy import GuardPolicy
from reconciliation.quantities import EPOCH, later
from reconciliation.race import RaceTerms
from reconciliation.reaction import MEASURED_MIN
from reconciliation.verdict import Write, WriteClass
from worker.boards import gather, surround
from worker.races import scales
from worker.weighing import ACCOUNT_AGE_S_MAX, OVERSOLD, Weighing

from ..support.boards import pool_key
from ..support.shopfront import ITEM, SHOPS, Shopfront, shopfront


POOL = pool_key(ITEM, "EAST")

OVERLAPPING = {"overlap": "risk_bounded", "watched_s_min": 0.0}


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


def note_oversold(front: Shopfront, cause: Cause, orders: float) -> None:
    """Note that so many orders were oversold just now."""
    detail = {"orders": orders, "factor": 1.0}
    event = Event(at=front.services.now(), event=OVERSOLD, subject=cause.value, detail=detail)
    with writing(front.services.engine) as connection:
        trail.note(connection, event)


def at_price(price: float) -> Mapping[str, object]:
    """Return the policy of a person who sets the price of a cancelled order."""
    return {**OVERLAPPING, "pricing": "newsvendor", "cancellation_price": price}


def crowd(front: Shopfront, *, seconds: int) -> None:
    """Let each shop sell a unit a second while it shows any."""
    for _ in range(seconds):
        for shop in SHOPS:
            if front.shown()[shop]:
                front.buy(shop)
        front.work(1.0)


def decision_of(front: Shopfront, shop: str = "alpha") -> Mapping[str, object]:
    """Return the last decision on a shop's listing."""
    found = front.row(shop).decision
    assert found is not None
    return found


# -- how far listings overlap ---------------------------------------------------------------------


def test_units_of_a_slow_item_are_shown_in_every_shop(front: Shopfront) -> None:
    """Few, but not so many are sold within seconds: what one sells, the other still shows."""
    front.open_for_business(8)

    assert min(front.shown().values()) > 8 / 2


def test_a_strict_policy_shows_each_unit_once(tmp_path: Path) -> None:
    """The same units in the same shops."""
    with shopfront(tmp_path) as front:
        front.open_for_business(8)

        assert sum(front.shown().values()) == 8


def test_what_is_not_watched_for_long_yet_is_shown_once(tmp_path: Path) -> None:
    """By default a listing's demand counts as known after a day."""
    with shopfront(tmp_path, guard={"overlap": "risk_bounded"}) as front:
        front.open_for_business(8)

        assert sum(front.shown().values()) == 8


@pytest.mark.parametrize(("price", "shown"), [(1.0, 2), (1_000.0, 1)])
def test_the_last_unit_is_shown_twice_only_where_that_is_cheap(
    tmp_path: Path, price: float, shown: int
) -> None:
    """What a cancelled order weighs decides."""
    with shopfront(tmp_path, guard=at_price(price)) as front:
        front.open_for_business(1)

        assert sum(front.shown().values()) == shown


def test_what_a_crowd_is_buying_is_not_shown_twice(front: Shopfront) -> None:
    """Near zero the shops are told apart as soon as orders come within seconds."""
    front.open_for_business(14)
    crowd(front, seconds=5)
    front.work(10.0)
    left = 14 - len(front.world.snapshot().orders)

    assert 0 < sum(front.shown().values()) <= left


def test_plenty_is_shown_in_every_shop_whatever_the_demand(front: Shopfront) -> None:
    """More than anybody could buy before the others show less."""
    front.open_for_business(2_000)
    crowd(front, seconds=3)
    front.work(10.0)

    assert min(front.shown().values()) > 1_000


def test_no_listing_alone_shows_more_than_there_is(front: Shopfront) -> None:
    """However cheap a cancelled order may be."""
    front.open_for_business(12)
    front.drop_feed(5)
    front.work(8.0)

    assert max(front.shown().values()) <= 5


def test_a_sale_that_leaves_enough_makes_no_write(front: Shopfront) -> None:
    """What the other shop shows is still covered by the goods."""
    front.open_for_business(40)
    made = front.writes_made()
    front.buy("alpha")
    front.work(6.0)

    assert front.writes_made() == made


# -- close reads ----------------------------------------------------------------------------------


def stock_reads(front: Shopfront) -> int:
    """Return how often stock was read."""
    return sum(call.endswith("/inventory/search") for call in front.calls)


def last_units_race(front: Shopfront) -> None:
    """Let an item sell so fast that its last units are worth a close look."""
    front.open_for_business(30)
    crowd(front, seconds=5)


def test_the_last_units_of_a_hot_item_are_read_closely(front: Shopfront) -> None:
    """The cap that is priced with close reads rests on them."""
    last_units_race(front)
    before = stock_reads(front)
    front.work(12.0)
    reads = stock_reads(front) - before

    assert decision_of(front)["read_closely"]
    assert reads >= 0.8 * 12.0 / front.services.settings.schedule.read_closely_s


def test_reads_that_lag_are_not_counted_on(front: Shopfront) -> None:
    """The race is priced as if there were none."""
    front.open_for_business(8)
    in_time = race(front).close_windows
    with writing(front.services.engine) as connection:
        listings.want_read(connection, [front.key("beta")], later(front.services.now(), -60.0))

    assert in_time
    assert race(front).close_windows == ()


# -- what is measured -----------------------------------------------------------------------------


def race(front: Shopfront) -> RaceTerms:
    """Return the terms on which the item is raced now, looked up anew."""
    services = replace(front.services, weighing=Weighing())
    with writing(services.engine) as connection:
        around = surround(connection, [POOL])
        terms = gather(connection, services, around).board.pools[POOL].race
    assert terms is not None
    return terms


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
