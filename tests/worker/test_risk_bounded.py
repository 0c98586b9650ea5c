"""The running program overlaps by risk: on the sandbox, with two shops that share one shelf."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert

from connectors.store import listings, work_due
from connectors.store.engine import reading, writing
from connectors.store.tables import LISTINGS
from reconciliation.budget import Cause
from reconciliation.catalog import ListingKey
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.quantities import later
from worker.boards import gather, surround
from worker.queues import READ
from worker.reports.explain import explain
from worker.steps.decisions import reads_closely
from worker.steps.read_stock import take
from worker.weighing import ACCOUNT_AGE_S_MAX, CLOSE_LISTINGS_MAX

from ..support.boards import TEE, board, goods, listed
from ..support.shopfront import ITEM, Shopfront, shopfront
from .overlap_rig import OVERLAPPING, POOL, at_price, crowd, note_oversold, race


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops whose demand counts as known, and nothing measured yet."""
    with shopfront(tmp_path, guard=OVERLAPPING) as front:
        yield front


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


def take_reads(front: Shopfront) -> set[ListingKey]:
    """Take what is to be read a moment later, and leave it under way."""
    front.pass_time(0.1)
    with reading(front.services.engine) as connection:
        keys = work_due.due_keys(connection, READ, front.services.now(), most=100)
    return {key for keys in take(front.services, keys).wanted.values() for key in keys}


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

    assert decision_of(front)["read_closely_every_s"] == 0.1
    assert reads >= 0.8 * 12.0 / front.services.settings.schedule.read_closely_s


def test_a_close_read_begins_while_another_is_under_way(front: Shopfront) -> None:
    """An answer takes longer than the time between two reads."""
    last_units_race(front)
    first, second = (take_reads(front) for _ in range(2))

    assert front.key("alpha") in first
    assert front.key("alpha") in second


def test_an_item_that_sells_slowly_is_read_less_often(front: Shopfront) -> None:
    """Of what nobody has bought yet, two units are left."""
    front.open_for_business(2)

    assert race(front).close_every_s == 0.4


def test_reads_that_lag_a_little_are_counted_on_as_slower_ones(front: Shopfront) -> None:
    """Half a second behind, four tenths are what can be kept."""
    front.open_for_business(8)
    with writing(front.services.engine) as connection:
        listings.want_read(connection, [front.key("beta")], later(front.services.now(), -0.5))

    assert race(front).close_every_s == 0.4


def test_reads_that_lag_are_not_counted_on(front: Shopfront) -> None:
    """The race is priced as if there were none."""
    front.open_for_business(8)
    in_time = race(front).close_windows
    with writing(front.services.engine) as connection:
        listings.want_read(connection, [front.key("beta")], later(front.services.now(), -60.0))

    assert in_time
    assert race(front).close_windows == ()


def test_goods_that_no_feed_tells_of_any_more_are_not_raced(front: Shopfront) -> None:
    """Nothing can be weighed where nothing is known."""
    front.open_for_business(8)
    settings = front.services.settings.model_copy(update={"feeds": {}})
    services = replace(front.services, settings=settings)
    with writing(services.engine) as connection:
        gathered = gather(connection, services, surround(connection, [POOL]))

    assert gathered.board.pools[POOL].race is None


def test_more_reads_than_a_round_takes_are_not_counted_on(front: Shopfront) -> None:
    """None of them is late yet, but they cannot all be close."""
    front.open_for_business(8)
    told = {"seller_sku": "", "title": "", "product_status": "ACTIVATE", "state": GuardState.OPEN}
    due = {"shop": "beta", "read_due_at": front.services.now(), **told}
    rows = [
        {"product_id": str(n), "sku_id": str(n), "warehouse_id": "w", **due}
        for n in range(CLOSE_LISTINGS_MAX)
    ]
    with writing(front.services.engine) as connection:
        connection.execute(insert(LISTINGS), rows)
        listings.want_read(connection, [front.key("beta")], front.services.now())

    assert race(front).close_windows == ()


@pytest.mark.parametrize(("waits", "closely"), [(False, True), (True, False)])
def test_what_waits_for_proof_is_not_read_closely(*, waits: bool, closely: bool) -> None:
    """Each read would begin the wait for the ledger anew."""
    (decision,) = decide(board({TEE: goods(1)}, listed())).decisions
    near_zero = replace(decision, target_units=1, read_closely=True, waits_for_proof=waits)

    assert reads_closely(near_zero) is closely


# -- what is said of it ---------------------------------------------------------------------------


def weighed(front: Shopfront) -> str:
    """Return what `explain` says of how risk is weighed."""
    return "\n".join(explain(front.services, ITEM).weighed)


def test_it_is_explained_what_is_shown_twice_and_what_that_costs(front: Shopfront) -> None:
    """The goods, what the listings show of them, the risk, and the windows that it comes from."""
    front.open_for_business(8)

    assert f"show {sum(front.shown().values())} of 8" in weighed(front)
    assert "show less within" in weighed(front)


def test_a_decision_keeps_the_price_by_which_it_overlapped(front: Shopfront) -> None:
    """So that it can be told later, when the price has moved on."""
    front.open_for_business(8)
    report, *_ = explain(front.services, ITEM).listings

    assert report.decision is not None
    assert [(pool.race or {})["price"] for pool in report.decision.pools] == [15.0]


@pytest.mark.parametrize(
    ("cause", "price"), [(Cause.DECLINE, 100), (Cause.RACE, 15), (Cause.WRITE, 15)]
)
def test_each_share_of_the_budget_is_explained(front: Shopfront, cause: Cause, price: int) -> None:
    """With the price that it has now."""
    front.open_for_business(8)
    told = next(line for line in weighed(front).splitlines() if f"({cause})" in line)

    assert f"such an order weighs {price} lost sales" in told


def test_it_is_explained_why_a_price_has_risen(front: Shopfront) -> None:
    """What happened has raised it."""
    front.open_for_business(8)
    note_oversold(front, Cause.RACE, orders=2.0)
    front.pass_time(ACCOUNT_AGE_S_MAX + 1.0)

    assert "since more failed of late than may" in weighed(front)


def test_it_is_explained_how_many_orders_follow_an_order(front: Shopfront) -> None:
    """Before any was counted, what is guessed of it."""
    front.open_for_business(8)

    assert "right after an order 2.8 times what is forecast" in weighed(front)


def test_it_is_explained_why_units_are_promised_once(tmp_path: Path) -> None:
    """By the policy, or because a listing was not watched for long enough."""
    with shopfront(tmp_path / "one") as strict:
        strict.open_for_business(8)
        by_policy = weighed(strict)
    with shopfront(tmp_path / "other", guard={"overlap": "risk_bounded"}) as fresh:
        fresh.open_for_business(8)
        by_age = weighed(fresh)

    assert "promised once (overlap = strict)" in by_policy
    assert "watched for less than 1 d" in by_age
