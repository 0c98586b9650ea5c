"""A large file that mostly repeats the one before it: followed, and the record says the same."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from connectors.store import following, repeating, work_due
from connectors.store.engine import reading, writing
from connectors.store.following import FollowedFile
from connectors.store.tables import LISTINGS, POOL_STOCKS, SNAPSHOT_LINES
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant
from tests.support.shopfront import ITEM, Shopfront, shopfront
from worker import feed_desk
from worker.queues import PLAN

from .feed_rig import ANN
from .following_rig import (
    OTHERS,
    Partner,
    Stated,
    both_ways,
    decided,
    in_force,
    learned,
    take,
    told,
)


HOUR_S = 3_600.0
DAY_S = 24 * HOUR_S
FILES = 8


# -- the same record as row by row ----------------------------------------------------------------


def trade(front: Shopfront, shops: list[str], *, passed_s: float, ships: bool) -> None:
    """Let time pass, and somebody buy in each of the shops that still shows something."""
    front.pass_time(passed_s)
    front.work(1.0)
    for shop in shops:
        if front.shown()[shop] > 0:
            order = front.buy(shop)
            front.world.pay(order.order_id)
            front.work(1.0)
            if ships:
                front.world.confirm_shipment(order.order_id)
                front.world.collect(order.order_id)
    front.work(1.0)


def compare(columns: Shopfront, rows: Shopfront) -> Iterator[tuple[object, object]]:
    """Yield what both records say: of the present, of the past, of errors, and of decisions."""
    for ask in (in_force, told, decided):
        yield ask(columns), ask(rows)
    known = learned(rows)
    yield learned(columns), {sku: pytest.approx(known[sku], abs=1e-9) for sku in known}


@pytest.mark.parametrize("seed", range(4))
def test_the_record_says_what_it_says_row_by_row(tmp_path: Path, seed: int) -> None:
    """After every file, with orders, small files and rollbacks between; and shows the same."""
    rng = random.Random(seed)
    partner = Partner(rng)
    said: list[tuple[object, object]] = []
    with both_ways(tmp_path) as fronts:
        for number in range(FILES):
            passed_s = rng.choice([HOUR_S / 4, HOUR_S, DAY_S])
            shops, ships = rng.choices(["alpha", "beta"], k=rng.randrange(3)), rng.random() < 0.5
            takes_back, is_small = rng.random() < 0.15 and number > 3, rng.random() < 0.1
            for front in fronts:
                trade(front, shops, passed_s=passed_s, ships=ships)
            stated = partner.next_file(fronts[0].now)
            for front, by_columns in zip(fronts, (not is_small, False), strict=True):
                if takes_back:
                    feed_desk.roll_back(front.services, "east", ANN)
                else:
                    take(front, stated, by_columns=by_columns)
                front.work(3.0)
            said += compare(*fronts)

    assert [columns for columns, _ in said] == [rows for _, rows in said]


# -- what is not done -----------------------------------------------------------------------------


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops at rest, whose partner has sent the same large file three times."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(40)
        for _ in range(3):
            send(opened)
            opened.work(3.0)
        yield opened


def send(front: Shopfront, **changed: int) -> int:
    """Take a large file a quarter of an hour later, in which some SKUs have other units."""
    front.pass_time(HOUR_S / 4)
    stated: Stated = {
        sku: (changed.get(sku.replace("-", "_"), 40), front.now) for sku in (ITEM, *OTHERS)
    }
    return take(front, stated, by_columns=True)


def lines_of(front: Shopfront, number: int) -> int:
    """Count the lines of a delivery."""
    query = select(func.count()).where(SNAPSHOT_LINES.c.delivery_id == number)
    with reading(front.services.engine) as connection:
        return int(connection.execute(query).scalar_one())


def asked(front: Shopfront) -> set[str]:
    """Return the pools for which a decision is due."""
    with reading(front.services.engine) as connection:
        return set(work_due.due_keys(connection, PLAN, front.services.now(), most=99))


def test_only_what_changed_has_a_line(front: Shopfront) -> None:
    """Of seven rows one."""
    assert lines_of(front, send(front, ITEM_A=41)) == 1


def test_what_is_repeated_is_as_of_the_new_file(front: Shopfront) -> None:
    """And from it."""
    number = send(front)

    assert {(row[1], row[2]) for row in in_force(front).values()} == {(front.now, number)}


def test_what_a_file_leaves_out_keeps_its_moment(front: Shopfront) -> None:
    """It follows no more, and grows old."""
    before = in_force(front)[OTHERS[0]]
    front.pass_time(HOUR_S)
    stated = dict.fromkeys((ITEM, *OTHERS[1:]), (40, front.now))
    take(front, stated, by_columns=True)

    assert in_force(front)[OTHERS[0]] == before


def test_only_what_changed_is_decided_for(front: Shopfront) -> None:
    """Nobody waits for the other rows to be planned."""
    send(front, ITEM_A=41)

    assert asked(front) == {f"EAST/{OTHERS[0]}"}


# -- what is decided for all the same -------------------------------------------------------------


def followed(front: Shopfront) -> FollowedFile:
    """Return a file later than the last, as if it were followed."""
    with reading(front.services.engine) as connection:
        found = following.followed(connection, "east")
    assert found is not None
    return FollowedFile(
        feed="east", warehouse="EAST", delivery_id=found.delivery_id + 1, as_of=Instant(front.now)
    )


def looked_at(front: Shopfront) -> list[str]:
    """Return the SKUs that are decided for although the next file repeats them."""
    with reading(front.services.engine) as connection:
        return [pool.sku for pool in repeating.unsettled(connection, followed(front))]


def test_a_settled_pool_is_passed_over(front: Shopfront) -> None:
    """Its listings are open, its feed is fresh, and nothing is held back."""
    assert looked_at(front) == []


@pytest.mark.parametrize("state", [GuardState.PAUSED, GuardState.HELD, GuardState.STRANDED])
def test_a_pool_whose_listing_waits_is_decided_for(front: Shopfront, state: GuardState) -> None:
    """A pause ends by a newer file, whatever that says."""
    with writing(front.services.engine) as connection:
        connection.execute(LISTINGS.update().values(state=state.value))

    assert looked_at(front) == [ITEM]


def test_a_pool_of_which_goods_are_held_back_is_decided_for(front: Shopfront) -> None:
    """Of a newer figure fewer may be."""
    with writing(front.services.engine) as connection:
        connection.execute(POOL_STOCKS.update().values(for_errors_units=1))

    assert looked_at(front) == [ITEM]


def test_a_pool_whose_feed_had_grown_old_is_decided_for(front: Shopfront) -> None:
    """It comes up the ladder."""
    front.pass_time(2 * DAY_S)
    front.work(2.0)

    assert looked_at(front) == [ITEM]


def test_all_that_is_sold_is_decided_for_where_units_went(front: Shopfront) -> None:
    """The partner errs more than was known: more may have to be held back of everything."""
    send(front, ITEM_A=39)

    assert asked(front) == {f"EAST/{ITEM}", f"EAST/{OTHERS[0]}"}


def test_a_pool_with_an_order_follows_nothing(front: Shopfront) -> None:
    """Its units may be in the older figure, in the newer one, or in neither."""
    front.buy("alpha")
    front.work(3.0)
    send(front)

    assert f"EAST/{ITEM}" in asked(front)
