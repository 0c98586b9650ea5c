"""What is done where TikTok refuses a quantity, with the real steps against the sandbox."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.store import bars, shops, work, writes
from connectors.store.bars import Bar
from connectors.store.engine import reading, writing
from reconciliation.guard import GuardState
from tests.support.shopfront import Shopfront, shopfront
from worker.queues import CATALOGUE, LOOK


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops that show five units each of ten."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def bar_of(front: Shopfront, shop: str = "alpha") -> Bar | None:
    """Return what bars a shop's listing, or did."""
    with reading(front.services.engine) as connection:
        return bars.load(connection, [front.key(shop)]).get(front.key(shop))


def refuse(front: Shopfront, code: int) -> None:
    """Let TikTok refuse every quantity of one shop's listing, and goods vanish."""
    front.world.refusals[front.skus["alpha"].sku_id] = code
    front.drop_feed(4)


def lock(front: Shopfront, units: int) -> None:
    """Let a campaign be promised units of one shop's listing."""
    sku_id = front.skus["alpha"].sku_id
    front.world.edit_stock_by_hand(sku_id, front.warehouse_ids["alpha"], campaign=units)


def switch(front: Shopfront, **switches: object) -> None:
    """Let this TikTok behave otherwise from now on."""
    front.world.switches = replace(front.world.switches, **switches)  # type: ignore[arg-type]  # a test's own word


def calls_to(front: Shopfront, ending: str) -> int:
    """Return how many calls went to paths with an ending."""
    return sum(path.endswith(ending) for path in front.calls)


def look(front: Shopfront) -> None:
    """Ask for a look at the product of one shop's listing."""
    with writing(front.services.engine) as connection:
        key = f"alpha/{front.skus['alpha'].product_id}"
        work.ask(connection, LOOK, [key], due_at=front.services.now())


# -- zero is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [12052055, 12019024])
def test_where_zero_is_refused_one_unit_is_shown(front: Shopfront, code: int) -> None:
    """The least that TikTok takes is sent in place of nothing."""
    switch(front, zero_accepted=False, zero_refusal_code=code)
    front.drop_feed(0)
    front.work(15)

    assert front.shown() == {"alpha": 1, "beta": 1}


def test_the_unit_that_cannot_be_hidden_is_not_lowered_again_and_again(front: Shopfront) -> None:
    """Once the least is shown there is nothing left to write."""
    switch(front, zero_accepted=False)
    front.drop_feed(0)
    front.work(15)
    made = front.writes_made()
    front.work(30)

    assert front.writes_made() == made


def test_goods_that_come_back_are_shown_although_zero_is_refused(front: Shopfront) -> None:
    """The floor is no ceiling."""
    switch(front, zero_accepted=False)
    front.drop_feed(0)
    front.work(15)
    front.shelf.receive(front.pool, 20)
    front.drop_feed(30)
    front.work(30)

    assert sum(front.shown().values()) > 2
    assert front.shelf.oversold_units() == 0


# -- a campaign holds the stock -----------------------------------------------------------------


def test_a_campaigns_units_stay_and_all_others_go(front: Shopfront) -> None:
    """What the campaign was promised is read, and no more than that is left on sale."""
    lock(front, 3)
    front.drop_feed(0)
    front.work(15)

    assert front.shown() == {"alpha": 3, "beta": 0}


def test_a_lock_on_the_whole_stock_strands_the_listing_by_name(front: Shopfront) -> None:
    """Where even the campaign's own units are refused, nothing can be done, and it is said."""
    switch(front, campaign_floor_is_whole_stock=True)
    lock(front, 3)
    front.drop_feed(0)
    front.work(15)

    assert front.row("alpha").stranded_because.startswith(
        "TikTok refused the write: campaign_lock: 12052393"
    )
    assert front.shown() == {"alpha": 5, "beta": 0}


def test_locked_units_are_given_to_nobody_else(front: Shopfront) -> None:
    """They count as what can be sold, whatever they were promised for."""
    lock(front, 3)
    front.drop_feed(0)
    front.work(15)
    front.drop_feed(4)
    front.work(20)

    assert sum(front.shown().values()) <= 4


def test_a_lock_that_ends_is_found_to_have_ended(front: Shopfront) -> None:
    """The rest goes once the campaign is over, without anybody's doing."""
    lock(front, 3)
    front.drop_feed(0)
    front.work(15)
    lock(front, 0)
    front.work(130)

    assert front.shown() == {"alpha": 0, "beta": 0}


# -- named states -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (12052371, "live_auction"),
        (12052850, "virtual_bundle"),
        (12052921, "shared_stock"),
        (12052037, "stock_at_tiktok"),
        (12052308, "appeal_running"),
        (12052531, "warehouse_unfit"),
    ],
)
def test_a_refused_listing_is_held_under_a_name(front: Shopfront, code: int, state: str) -> None:
    """Its state says why, its units count on, and the other shop gets what is left."""
    refuse(front, code)
    front.work(10)

    assert f"{state}: {code}" in front.row("alpha").stranded_because
    assert front.row("alpha").state is GuardState.STRANDED
    assert front.shown() == {"alpha": 5, "beta": 0}


@pytest.mark.parametrize("code", [12052850, 12052921, 12052037])
def test_what_is_not_its_own_stock_is_not_written_again(front: Shopfront, code: int) -> None:
    """Neither new decisions nor the catalogue try it anew within the day."""
    refuse(front, code)
    front.work(5)
    before = calls_to(front, "/inventory/update")
    with writing(front.services.engine) as connection:
        work.ask(connection, CATALOGUE, ["alpha"], due_at=front.services.now())
    front.work(10)
    front.drop_feed(3)
    front.work(10)

    assert calls_to(front, "/inventory/update") == before


def test_a_failed_check_is_tried_again_by_itself(front: Shopfront) -> None:
    """TikTok's own failure strands nothing for longer than seconds."""
    refuse(front, 12052990)
    front.work(4)
    front.world.refusals.clear()
    front.work(12)

    assert sum(front.shown().values()) <= 4
    assert front.row("alpha").stranded_because == ""


def test_the_same_refusal_is_believed_for_longer(front: Shopfront) -> None:
    """A check that fails for ever does not use up the quota."""
    refuse(front, 12052990)
    front.work(60)
    bar = bar_of(front)

    assert bar is not None
    assert 3 <= bar.times <= 5


def test_other_warehouses_ask_for_a_look_at_the_product(front: Shopfront) -> None:
    """TikTok says that we are wrong about the product: it is looked at, not all products are."""
    before = calls_to(front, "/products/search")
    refuse(front, 12019028)
    front.work(3)

    assert calls_to(front, front.skus["alpha"].product_id) == 1
    assert calls_to(front, "/products/search") == before


def test_an_unknown_product_asks_for_the_whole_catalogue(front: Shopfront) -> None:
    """What is not where we think may be anywhere."""
    before = calls_to(front, "/products/search")
    refuse(front, 12052048)
    front.work(3)

    assert calls_to(front, "/products/search") == before + 1


def test_an_inactive_seller_stops_his_shop_and_no_other(front: Shopfront) -> None:
    """All writing to it ends until a person starts it again."""
    refuse(front, 12052700)
    front.work(5)
    with reading(front.services.engine) as connection:
        stopped = shops.stopped(connection, ["alpha", "beta"])

    assert stopped == {"alpha"}


def test_a_product_that_changed_is_tried_again_at_once(front: Shopfront) -> None:
    """A refusal is believed no longer once TikTok shows the product otherwise."""
    refuse(front, 12052332)
    front.work(5)
    front.world.refusals.clear()
    sku = front.skus["alpha"]
    front.world.registry.add(
        replace(front.world.registry.product(sku.product_id), title="Tee, new")
    )
    look(front)
    front.work(10)

    assert front.row("alpha").stranded_because == ""
    assert sum(front.shown().values()) <= 4


# -- backorders ---------------------------------------------------------------------------------


def test_backorders_count_as_what_can_be_sold(tmp_path: Path) -> None:
    """A listing that takes orders beyond its stock leaves less to the others."""
    with shopfront(tmp_path) as front:
        sku_id, place = front.skus["alpha"].sku_id, front.warehouse_ids["alpha"]
        front.world.edit_stock_by_hand(sku_id, place, backorder=6)
        front.open_for_business(10)

        assert 6 + sum(front.shown().values()) <= 10


def test_a_quantity_is_sent_without_what_is_sold_as_a_backorder(tmp_path: Path) -> None:
    """TikTok sells both: together they are what was meant to be shown."""
    with shopfront(tmp_path) as front:
        sku_id, place = front.skus["alpha"].sku_id, front.warehouse_ids["alpha"]
        front.world.edit_stock_by_hand(sku_id, place, backorder=2)
        front.open_for_business(40)
        with reading(front.services.engine) as connection:
            meant = writes.latest(connection, [front.key("alpha")])[front.key("alpha")]

        assert front.shown()["alpha"] + 2 == meant.units


def test_backorders_that_cannot_be_hidden_are_not_written_for_ever(tmp_path: Path) -> None:
    """No quantity takes them away: a listing at zero is left alone."""
    with shopfront(tmp_path) as front:
        sku_id, place = front.skus["alpha"].sku_id, front.warehouse_ids["alpha"]
        front.world.edit_stock_by_hand(sku_id, place, backorder=6)
        front.open_for_business(10)
        front.drop_feed(0)
        front.work(10)
        made = front.writes_made()
        front.work(30)

        assert front.writes_made() == made
