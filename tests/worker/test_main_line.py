"""From a partner's file to a settled quantity: the whole program against the sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.merchandise import ProductStatus
from connectors.sandbox.orders import Role
from connectors.store import (
    catalog,
    holds,
    intake,
    leases,
    listings,
    orders,
    shops,
    trail,
    work,
)
from connectors.store.engine import reading, writing
from reconciliation.catalog import Problem
from reconciliation.guard import GuardState
from reconciliation.quantities import later, normal_sku
from tests.support.shopfront import SHOPS, Shopfront, iso, shopfront


@pytest.fixture
def front(tmp_path: Path, database_url: str) -> Iterator[Shopfront]:
    """Two shops in write mode, nothing done yet."""
    with shopfront(tmp_path, database_url=database_url) as opened:
        yield opened


def units_shown(front: Shopfront) -> int:
    """Return what both shops show together."""
    return sum(front.shown().values())


# -- the main line ------------------------------------------------------------------------------


def test_a_file_becomes_settled_quantities_in_every_shop(front: Shopfront) -> None:
    """Ten units in a feed are shared between two shops, and every write is proven."""
    front.open_for_business(10)

    assert front.shown() == {"alpha": 5, "beta": 5}
    assert front.open_writes() == 0


def test_a_sale_in_one_shop_needs_no_write_to_the_other(front: Shopfront) -> None:
    """TikTok has taken its own sale off already, and the other's share is untouched (W3)."""
    front.open_for_business(10)
    made = front.writes_made()
    front.buy("alpha")
    front.work(5)

    assert front.writes_made() == made
    assert front.shown() == {"alpha": 4, "beta": 5}


def test_fewer_goods_take_listings_down(front: Shopfront) -> None:
    """A lower feed is followed, and as units went unexplained another one may be held back."""
    front.open_for_business(30)
    front.drop_feed(28)
    front.work(10)

    assert units_shown(front) in {27, 28}


def test_the_last_unit_sold_pauses_every_shop(front: Shopfront) -> None:
    """Without goods all listings are paused, the one in the other shop too."""
    front.open_for_business(2)
    front.buy("alpha")
    front.buy("beta")
    front.work(3)

    assert {front.row(shop).state for shop in SHOPS} == {GuardState.PAUSED}
    assert units_shown(front) == 0


def test_a_paused_listing_comes_back_with_a_feed_taken_after_the_pause(front: Shopfront) -> None:
    """New goods in a newer snapshot resume the shops."""
    front.open_for_business(2)
    front.buy("alpha")
    front.buy("beta")
    front.work(4)
    front.shelf.receive(front.pool, 20)
    front.drop_feed(22)
    front.work(10)

    # Nineteen may be shown; one of them may not be worth a call of its own.
    assert units_shown(front) in {18, 19}
    assert front.row("alpha").state is GuardState.OPEN


def test_replaying_a_file_changes_nothing(front: Shopfront) -> None:
    """The same content, dropped again later, is known and counts once."""
    front.open_for_business(10)
    front.shelf.receive(front.pool, 0)
    text = f"sku,quantity,as_of\nTEE,7,{iso(front.now)}\n"
    front.drop_file(text)
    front.work(30)
    front.drop_file(text, "again.csv")
    front.work(5)
    with reading(front.services.engine) as connection:
        accepted, _ = intake.row_counts(connection)

    assert accepted == 2


def test_bad_rows_are_counted_and_told_to_the_partner(front: Shopfront) -> None:
    """A bad row costs its row; the partner finds it with its cause in the outbox."""
    front.open_for_business(10)
    moment = iso(front.now)
    front.drop_file(f"sku,quantity,as_of\nTEE,9,{moment}\nMUG,1_000,{moment}\n", "mixed.csv")
    front.work(8)
    with reading(front.services.engine) as connection:
        counts = intake.row_counts(connection)
    rejects = (front.services.inboxes["east"].outbox / "mixed.csv.rejects.csv").read_text()

    assert counts == (2, 1)
    assert "1_000" in rejects


# -- what must never happen ---------------------------------------------------------------------


def test_a_cancelled_unit_is_not_sold_twice(front: Shopfront) -> None:
    """The unit that TikTok restocks by itself is not given to another shop as well."""
    front.open_for_business(2)
    order = front.buy("alpha")
    front.work(2)
    front.world.cancel(order.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")
    front.work(0.4)
    front.drop_feed(2)
    for _ in range(40):
        front.work(0.2)
        assert units_shown(front) <= 2

    assert front.shelf.oversold_units() == 0


@pytest.mark.parametrize(
    "kind",
    [
        FaultKind.TIMEOUT_BEFORE_EFFECT,
        FaultKind.TIMEOUT_AFTER_EFFECT,
        FaultKind.INTERNAL_ERROR,
        FaultKind.OVERLOADED,
        FaultKind.TOO_MANY_REQUESTS,
    ],
)
def test_a_write_that_goes_wrong_is_made_good(front: Shopfront, kind: FaultKind) -> None:
    """Whatever becomes of the first writes, the shops end at their shares, nothing open."""
    for _ in range(2):
        front.faults.force(kind, api="inventory_update")
    front.open_for_business(10)
    front.work(25)

    assert units_shown(front) == 10
    assert front.open_writes() == 0


def test_a_write_without_an_answer_counts_until_the_horizon(front: Shopfront) -> None:
    """While it may still land, its units are given to nobody else."""
    front.faults.force(FaultKind.TIMEOUT_BEFORE_EFFECT, api="inventory_update")
    front.open_for_business(10)
    front.work(1)

    assert front.open_writes() == 1
    assert units_shown(front) == 5


def test_a_late_write_oversells_nothing(front: Shopfront) -> None:
    """A stalled write lands after its shop was read at 0: the other shop did not get its units."""
    front.faults.force(FaultKind.LATE_EFFECT, api="inventory_update", delay_s=6.0)
    front.open_for_business(4)
    for shop in SHOPS * 4:
        if front.shown()[shop]:
            front.buy(shop)
        front.work(2)
        assert front.shelf.oversold_units() == 0


def test_a_refused_listing_is_stranded_and_named(front: Shopfront) -> None:
    """A frozen product is named with TikTok's code, and its exposure still counts."""
    front.open_for_business(10)
    front.world.set_product_status(front.key("alpha").product_id, ProductStatus.FREEZE)
    front.drop_feed(6)
    front.work(10)
    because = front.row("alpha").stranded_because + front.row("beta").stranded_because

    assert "12052901" in because
    assert front.shown()["alpha"] == 5
    assert front.shown()["beta"] <= 1


def test_a_partial_failure_is_no_success(front: Shopfront) -> None:
    """`code 0` with `data.errors` settles nothing by itself: the goods are shown in the end."""
    front.faults.force(FaultKind.PARTIAL_FAILURE, api="inventory_update")
    front.open_for_business(10)
    front.work(20)

    assert units_shown(front) == 10
    assert front.open_writes() == 0


def test_a_process_that_dies_after_its_intent_leaves_it_counted(front: Shopfront) -> None:
    """A restarted program knows that a write may be under way, and ends where it should."""

    class Killed(BaseException):
        """What stands for the end of the process."""

    def die(*_arguments: object, **_named: object) -> None:
        raise Killed

    # The seam: the process ends at the very moment of the call.
    object.__setattr__(front.services.tiktok, "write_stock", die)
    with pytest.raises(Killed):
        front.open_for_business(10)
    front.restart()

    # Both shops were decided for together, and neither call is known to have been made.
    assert front.open_writes() == 2
    front.work(100)
    assert units_shown(front) == 10
    assert front.open_writes() == 0


def test_one_shop_has_one_writer(front: Shopfront) -> None:
    """While somebody holds the shop's lease nobody else writes to it (W1)."""
    front.open_for_business(10)
    with writing(front.services.engine) as connection:
        leases.take(connection, "shop/alpha", holder="other", now=front.services.now(), for_s=60.0)
    made = front.writes_made()
    front.drop_feed(0)
    front.work(3.0)

    assert front.shown()["alpha"] == 5
    assert front.writes_made() == made + 1


# -- people's words -----------------------------------------------------------------------------


def test_a_persons_lower_figure_is_respected(front: Shopfront) -> None:
    """A quantity lowered in Seller Center is not raised again while its hold lasts (W10)."""
    front.open_for_business(10)
    sku = front.skus["alpha"]
    front.world.edit_stock_by_hand(sku.sku_id, front.warehouse_ids["alpha"], available=1)
    front.pass_time(1.0)
    with writing(front.services.engine) as connection:
        listings.want_read(connection, [front.key("alpha")], front.services.now())
        work.ask(connection, "read", ["alpha"], due_at=front.services.now())
    front.work(20)

    assert front.shown()["alpha"] == 1
    assert front.row("alpha").state is GuardState.HELD


def test_an_observed_shop_is_planned_but_never_written(tmp_path: Path) -> None:
    """A shop in observe mode shows what would be done, and TikTok is left alone."""
    with shopfront(tmp_path, modes=("observe", "write")) as front:
        front.open_for_business(10)
        decision = front.row("alpha").decision or {}

        assert decision["target_units"] == 5
        assert front.shown() == {"alpha": 0, "beta": 5}


def test_stopped_writes_stop(front: Shopfront) -> None:
    """After `writes stop` nothing is written to the shop, whatever is due."""
    front.open_for_business(10)
    with writing(front.services.engine) as connection:
        for shop in SHOPS:
            shops.stop_writes(connection, shop, stopped=True)
    made = front.writes_made()
    front.drop_feed(2)
    front.work(5)

    assert front.writes_made() == made


def test_units_set_aside_are_shown_nowhere(front: Shopfront) -> None:
    """A promotion's stock leaves what the shops share."""
    front.open_for_business(10)
    with writing(front.services.engine) as connection:
        holds.add(connection, hold_of(front, set_aside_units=6))
    front.drop_feed(10)
    front.work(10)

    assert units_shown(front) == 4


def hold_of(front: Shopfront, *, set_aside_units: int) -> holds.HoldRow:
    """Return a hold on the item that sets units aside for an hour."""
    now = front.services.now()
    return holds.HoldRow(
        hold_id=0,
        sku=normal_sku("TEE"),
        shop="",
        warehouse="",
        units_max=None,
        set_aside_units=set_aside_units,
        who="ada",
        why="live stream",
        began_at=now,
        expires_at=later(now, 3_600.0),
    )


# -- what is not known --------------------------------------------------------------------------


def test_an_item_that_no_feed_names_is_reported_and_left_alone(front: Shopfront) -> None:
    """An unmapped listing is neither guessed at, nor raised, nor lowered."""
    sku = front.skus["alpha"]
    front.world.edit_stock_by_hand(sku.sku_id, front.warehouse_ids["alpha"], available=3)
    front.drop_feed(10, sku="OTHER")
    front.open_for_business(0)
    with reading(front.services.engine) as connection:
        problems = catalog.problems(connection)

    assert {fault.problem for fault in problems} == {Problem.UNMAPPED_SKU}
    assert front.shown()["alpha"] == 3
    assert front.writes_made() == 0


def test_more_orders_than_goods_show_as_a_negative_ats(front: Shopfront) -> None:
    """A shortage is stored and shown as it is, never clamped."""
    front.open_for_business(4)
    for shop in ("alpha", "alpha", "beta", "beta"):
        front.buy(shop)
    front.work(3)
    front.drop_feed(1)
    front.work(3)
    decision = front.row("alpha").decision or {}

    assert decision["recipe"][0]["ats_units"] == -3


def test_the_ledger_counts_each_order_once(front: Shopfront) -> None:
    """Overlapping polls see an order many times; the ledger has it once."""
    front.open_for_business(10)
    front.buy("alpha", 2)
    front.buy("beta")
    front.work(20)
    with reading(front.services.engine) as connection:
        counted = orders.order_count(connection)
        breaches = trail.count_of(connection, "bound_breach")

    assert counted == 2
    assert breaches == 0


def test_a_sold_out_shop_gets_stock_from_one_that_has_more_than_its_share(
    front: Shopfront,
) -> None:
    """What one shop sold out of and another still holds is shared anew."""
    front.open_for_business(40)
    front.buy("alpha", front.shown()["alpha"])
    front.work(20)

    assert front.shown()["alpha"] >= 8
    assert front.shelf.oversold_units() == 0
