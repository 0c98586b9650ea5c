"""From one feed to the next: what went unexplained is learned once, withheld, and told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.store import declines, work_due
from connectors.store.engine import reading, writing
from reconciliation.ageing import LOOK_EVERY_S
from reconciliation.catalog import PoolKey
from reconciliation.decline import DeclineHistory, kept_after
from reconciliation.quantities import Instant, Sku, later
from tests.support.shopfront import ITEM, Shopfront, iso, shopfront
from worker.boards import gather, surround
from worker.queues import PLAN, pool_work
from worker.reports.accuracy import PartnerAccuracy, accuracy
from worker.reports.explain import PoolTerms, explain
from worker.steps.learn_decline import COMPARED_S_MAX

from .risk_rig import feed_expected_every


HOUR_S = 3_600.0
DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that sell from one shelf, nothing done yet."""
    with shopfront(tmp_path) as opened:
        yield opened


def report(front: Shopfront, units: int, *, after_s: float = DAY_S) -> None:
    """Let a day pass, and have the partner report a number of units."""
    front.pass_time(after_s)
    front.drop_feed(units)
    front.work(2.0)


def learned(front: Shopfront) -> DeclineHistory:
    """What is known of the one item."""
    with reading(front.services.engine) as connection:
        return declines.of_warehouse(connection, "EAST").get(Sku(ITEM), DeclineHistory())


def goods(front: Shopfront) -> PoolTerms:
    """The terms of the item in the last decision on the first shop's listing."""
    decided = explain(front.services, ITEM, "alpha").listings[0].decision
    assert decided is not None
    return decided.pools[0]


def partner(front: Shopfront) -> PartnerAccuracy:
    """What is reported of the one partner."""
    names = tuple(front.services.settings.partners)
    (found,) = accuracy(front.services, partners=names).partners
    return found


# --- learning ------------------------------------------------------------------------------------


def test_the_first_report_teaches_nothing(front: Shopfront) -> None:
    """There is nothing to compare it with."""
    front.open_for_business(20)

    assert learned(front).looks == 0


def test_units_that_nobody_ordered_are_learned(front: Shopfront) -> None:
    """Twenty reported, seventeen a day later, nothing sold."""
    front.open_for_business(20)
    report(front, 17)

    assert (learned(front).intervals, learned(front).units) == (1.0, 3.0)


def test_a_file_that_repeats_the_one_before_teaches_as_much_of_each_item(
    front: Shopfront,
) -> None:
    """However many items say nothing new, and one that does beside them."""
    front.open_for_business(9)
    items = [f"ITEM-{number:02}" for number in range(20)]
    for units in (9, 9, 8):
        front.pass_time(DAY_S)
        rows = "".join(f"{item},5,{iso(front.now)}\n" for item in items)
        front.drop_file(f"sku,quantity,as_of\n{ITEM},{units},{iso(front.now)}\n{rows}")
        front.work(2.0)
    with reading(front.services.engine) as connection:
        histories = declines.of_warehouse(connection, "EAST")

    assert learned(front).units == 1.0
    assert {histories[Sku(item)].units for item in items} == {0.0}
    assert [histories[Sku(item)].looks for item in items] == pytest.approx(
        [1.0 + kept_after(24.0)] * len(items), abs=1e-3
    )


def test_units_that_were_ordered_and_left_are_not(front: Shopfront) -> None:
    """An order explains its unit."""
    front.open_for_business(20)
    order = front.buy("alpha")
    front.world.pay(order.order_id)
    front.work(2.0)
    front.world.confirm_shipment(order.order_id)
    front.world.collect(order.order_id)
    front.work(2.0)
    report(front, 19)

    assert (learned(front).intervals, learned(front).units) == (1.0, 0.0)


def test_the_same_file_counts_once(front: Shopfront) -> None:
    """Dropped again, it is known already."""
    front.open_for_business(20)
    front.pass_time(DAY_S)
    as_of = front.now
    for _ in range(2):
        front.drop_feed(17, as_of=as_of)
        front.work(2.0)

    assert learned(front).looks == 1.0


def test_reports_far_apart_are_not_compared(front: Shopfront) -> None:
    """An item that was gone from the files says little of a partner's errors."""
    front.open_for_business(20)
    report(front, 2, after_s=COMPARED_S_MAX + HOUR_S)

    assert learned(front).looks == 0


# --- withholding ---------------------------------------------------------------------------------


def test_what_is_learned_is_held_back(front: Shopfront) -> None:
    """A partner that loses units has some withheld from the next report on."""
    front.open_for_business(40)
    for units in (37, 36, 33):
        report(front, units)

    held = goods(front)
    assert (held.safety_rule, held.safety_units > 0) == ("decline", True)


def test_more_is_held_back_as_a_file_grows_older(front: Shopfront) -> None:
    """What is sold of it by then may be gone."""
    front.open_for_business(40)
    for units in (37, 36, 33):
        report(front, units)
    young = goods(front).safety_units
    front.pass_time(12 * HOUR_S)
    front.work(2.0)

    assert goods(front).safety_units > young


def test_the_age_of_a_file_alone_has_the_program_look_again(front: Shopfront) -> None:
    """As soon as more has to be held back, though nobody orders and no file comes."""
    front.open_for_business(40)
    for units in (37, 36, 33):
        report(front, units)
    pool = PoolKey(warehouse="EAST", sku=Sku(ITEM))
    with writing(front.services.engine) as connection:
        around = gather(connection, front.services, surround(connection, [pool]))
        stock = around.board.pools[pool].position
        assert stock.safety is not None
        assert stock.as_of is not None
        grows_at = later(stock.as_of, max(stock.safety.grows_after_s, LOOK_EVERY_S))
        due = work_due.due_keys(connection, PLAN, grows_at, most=1, first="")

    assert list(due) == [pool_work(pool)]


def test_explain_says_what_is_learned_of_the_partner(front: Shopfront) -> None:
    """In a sentence, with the level and the average."""
    front.open_for_business(40)
    for units in (37, 36, 33):
        report(front, units)

    assert "go unexplained on average" in goods(front).safety_because


def test_explain_says_that_nothing_is_learned_yet(front: Shopfront) -> None:
    """After a single report."""
    front.open_for_business(40)

    assert "nothing is learned of the partner's errors yet" in goods(front).safety_because


def test_a_pool_whose_partner_is_unknown_is_held_back_as_before(front: Shopfront) -> None:
    """No decision is lost to what nobody has learned."""
    front.open_for_business(40)

    assert (goods(front).safety_rule, goods(front).safety_units) == ("floor", 0)


# --- the partner's accuracy ----------------------------------------------------------------------


def test_a_partners_errors_are_reported(front: Shopfront) -> None:
    """Two days with three units missing and none: one and a half a day, spread as much."""
    front.open_for_business(40)
    report(front, 37)
    report(front, 37)

    told = partner(front)
    assert told.items_watched == 1
    assert told.bias_units_per_day == pytest.approx(1.5, abs=0.03)
    assert told.spread_units == pytest.approx(1.5, abs=0.03)


def test_what_is_withheld_because_of_it_is_reported(front: Shopfront) -> None:
    """As many units as the decision holds back for it."""
    front.open_for_business(40)
    for units in (37, 36, 33):
        report(front, units)

    assert partner(front).withheld_units == goods(front).safety_units > 0


def test_nothing_learned_is_not_called_accurate(front: Shopfront) -> None:
    """What is not known is a dash, no zero."""
    front.open_for_business(40)

    assert (partner(front).bias_units_per_day, partner(front).flawless_ratio) == (None, None)


def test_late_files_are_counted_against_their_schedule(front: Shopfront) -> None:
    """One is to come every day: one came after three days, the next on time."""
    front.open_for_business(40)
    report(front, 40, after_s=3 * DAY_S)
    report(front, 40)
    services = feed_expected_every(front, DAY_S)

    (found,) = accuracy(services, partners=tuple(services.settings.partners)).partners
    (feed,) = found.feeds
    assert (feed.files_judged, feed.files_late) == (3, 1)
    assert feed.late_s_max == pytest.approx(2 * DAY_S, abs=60)


# --- the ladder ----------------------------------------------------------------------------------


def rung_after(front: Shopfront, age_s: float, *, every_s: float) -> str:
    """How the listing's feed stands at an age, for a feed expected so often."""
    services = replace(
        feed_expected_every(front, every_s), clock=lambda: Instant(front.now + age_s)
    )
    with reading(services.engine) as connection:
        board = gather(
            connection, services, surround(connection, [PoolKey(warehouse="EAST", sku=Sku(ITEM))])
        ).board
    return board.staleness(board.listings[0]).name


@pytest.mark.parametrize(
    ("age_h", "rung"), [(25.0, "FRESH"), (31.0, "OVERDUE"), (37.0, "FROZEN"), (61.0, "FLOOR")]
)
def test_a_daily_feed_goes_by_its_own_schedule(front: Shopfront, age_h: float, rung: str) -> None:
    """From the settings of the feed to the guard."""
    front.open_for_business(10)

    assert rung_after(front, age_h * HOUR_S, every_s=DAY_S) == rung
