"""The manual reconcile: looks afresh, writes until TikTok shows it, and says why where not."""

from pathlib import Path

import pytest

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.merchandise import ProductStatus
from connectors.store import leases, listings, shops, writes
from connectors.store.engine import reading, writing
from worker.reconcile.result import Ending, ReconcileResult
from worker.reconcile.run import Request, reconcile
from worker.reports.lookup import Unknown

from .cli_rig import Rig


UPDATE = "inventory_update"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A shop to command."""
    return Rig(tmp_path)


def run(rig: Rig, request: Request | None = None) -> ReconcileResult:
    """Reconcile once."""
    with rig.services() as services:
        return reconcile(services, request or Request())


def endings(result: ReconcileResult) -> list[Ending]:
    """Return how each listing ended."""
    return [row.ending for row in result.rows]


# --- a dry run -------------------------------------------------------------------------------


def test_a_dry_run_writes_nothing(rig: Rig) -> None:
    """TikTok shows what it showed."""
    rig.list_sku(units=2)
    rig.take_in(LAMP=20)
    before = rig.look()

    result = run(rig, Request(dry_run=True))

    assert rig.look() == before
    assert endings(result) == [Ending.PLANNED]


def test_a_dry_run_stores_no_decision(rig: Rig) -> None:
    """What it says is not what the guard has decided."""
    rig.list_sku()
    rig.take_in(LAMP=20)

    run(rig, Request(dry_run=True))

    with rig.services() as services, reading(services.engine) as connection:
        rows = listings.load(connection, listings.all_keys(connection))
        assert [row.decision for row in rows.values()] == [None]
        assert writes.write_counts(connection).made == 0


def test_a_dry_run_foretells_the_real_one(rig: Rig) -> None:
    """Nothing moves in between: what would be shown is shown."""
    rig.list_sku(shop="alpha")
    rig.list_sku(shop="beta")
    rig.take_in(LAMP=20)

    foretold = run(rig, Request(dry_run=True))
    done = run(rig)

    assert [row.after_units for row in foretold.rows] == [row.after_units for row in done.rows]


# --- a real run ------------------------------------------------------------------------------


def test_it_writes_and_settles(rig: Rig) -> None:
    """In the end TikTok shows the target, and no write is open."""
    sku = rig.list_sku()
    rig.take_in(LAMP=20)

    row = run(rig).rows[0]

    assert (row.before_units, row.after_units) == (0, row.target_units)
    assert rig.shown(sku) == row.after_units != 0
    with rig.services() as services, reading(services.engine) as connection:
        assert writes.write_counts(connection).open == 0


def test_it_lowers_what_is_beyond_the_goods(rig: Rig) -> None:
    """Three listings' worth of promises on one lamp's goods come down."""
    skus = [rig.list_sku(shop=shop, units=9) for shop in ("alpha", "beta")]
    rig.take_in(LAMP=10)

    result = run(rig)

    assert sum(rig.shown(sku) for sku in skus) <= 10
    assert result.well


def test_it_goes_through_zero_and_comes_back(rig: Rig) -> None:
    """A decrease that does not fit beside what is shown takes two writes; it waits for both."""
    sku = rig.list_sku(units=9)
    rig.take_in(LAMP=6)

    row = run(rig).rows[0]

    assert rig.world.writes_landed() == 2
    assert rig.shown(sku) == row.after_units == row.target_units
    assert 0 < rig.shown(sku) <= 6


def test_a_second_run_changes_nothing(rig: Rig) -> None:
    """At the target there is nothing to write."""
    rig.list_sku()
    rig.take_in(LAMP=20)
    run(rig)
    before = rig.look()

    result = run(rig)

    assert rig.look() == before
    assert result.well


def test_it_hears_of_orders_first(rig: Rig) -> None:
    """What was sold while nobody looked comes off the goods."""
    sku = rig.list_sku(units=8)
    rig.take_in(LAMP=10)
    rig.world.pay(rig.world.checkout("alpha", sku.sku_id, 5).order_id)

    run(rig)

    assert rig.shown(sku) <= 5


# --- scope -----------------------------------------------------------------------------------


def test_one_shop_is_written_alone(rig: Rig) -> None:
    """The other shop's listing is read, since it shares the goods, and stays as it is."""
    rig.list_sku(shop="alpha")
    other = rig.list_sku(shop="beta", units=1)
    rig.take_in(LAMP=20)

    result = run(rig, Request(shop="alpha"))

    assert [row.listing.partition("/")[0] for row in result.rows] == ["alpha"]
    assert rig.shown(other) == 1


def test_one_sku_is_reported_alone(rig: Rig) -> None:
    """Other goods are not asked about."""
    rig.list_sku("LAMP")
    rig.list_sku("VASE")
    rig.take_in(LAMP=20, VASE=20)

    result = run(rig, Request(sku="VASE"))

    assert [row.seller_sku for row in result.rows] == ["VASE"]


def test_an_item_brings_its_bundles(rig: Rig) -> None:
    """Whatever sells the item is reconciled with it."""
    (rig.folder / "mapping.csv").write_text("shop,seller_sku,item,units\n*,PAIR,LAMP,2\n")
    rig.configure('\n[catalog]\nmapping_file = "mapping.csv"\n')
    rig.list_sku("PAIR")
    rig.list_sku("LAMP")
    rig.take_in(LAMP=20)

    result = run(rig, Request(sku="LAMP"))

    assert {row.seller_sku: row.pools for row in result.rows} == {
        "PAIR": ("2 x EAST/LAMP",),
        "LAMP": ("EAST/LAMP",),
    }


def test_an_unknown_sku_is_refused(rig: Rig) -> None:
    """With what comes close."""
    rig.list_sku("LAMP")

    with pytest.raises(Unknown, match="LAMP"):
        run(rig, Request(sku="LAMPS"))


# --- where nothing can be written ------------------------------------------------------------


def test_an_observed_shop_is_planned_and_not_written(tmp_path: Path) -> None:
    """The reason says that it is only observed, and what it would set."""
    rig = Rig(tmp_path, modes={"alpha": "observe"})
    sku = rig.list_sku()
    rig.take_in(LAMP=20)

    result = run(rig)

    assert (endings(result), rig.shown(sku)) == ([Ending.NOT_WRITTEN], 0)
    assert "observe mode" in result.rows[0].reason
    assert result.well


def test_stopped_writing_is_the_reason(rig: Rig) -> None:
    """The switch is named."""
    rig.list_sku()
    rig.take_in(LAMP=20)
    with rig.services() as services, writing(services.engine) as connection:
        shops.stop_writes(connection, "alpha", stopped=True)

    result = run(rig)

    assert endings(result) == [Ending.NOT_WRITTEN]
    assert "stopped" in result.rows[0].reason


def test_a_listing_without_goods_is_named(rig: Rig) -> None:
    """With its remedy, and untouched."""
    sku = rig.list_sku("GHOST", units=3)

    result = run(rig)

    assert (endings(result), rig.shown(sku)) == ([Ending.NO_GOODS], 3)
    assert "EAST/GHOST" in result.rows[0].reason


def test_a_product_off_sale_is_named(rig: Rig) -> None:
    """It cannot be written, and that is no failure of ours."""
    sku = rig.list_sku(units=3)
    rig.world.set_product_status(sku.product_id, ProductStatus.SELLER_DEACTIVATED)
    rig.take_in(LAMP=20)

    result = run(rig)

    assert endings(result) == [Ending.AS_DECIDED]
    assert "SELLER_DEACTIVATED" in result.rows[0].reason


# --- trouble ---------------------------------------------------------------------------------


def test_a_write_without_an_answer_waits_for_its_horizon(rig: Rig) -> None:
    """Time runs out first: the listing is still waiting, and that is said."""
    rig.list_sku()
    rig.take_in(LAMP=20)
    rig.faults.force(FaultKind.TIMEOUT_AFTER_EFFECT, api=UPDATE)

    result = run(rig, Request(timeout_s=30))

    assert endings(result) == [Ending.WAITING]
    assert not result.well


def test_a_write_without_an_answer_is_settled_in_time(rig: Rig) -> None:
    """With more time than the horizon, a read settles it and it ends at its target."""
    sku = rig.list_sku()
    rig.take_in(LAMP=20)
    rig.faults.force(FaultKind.TIMEOUT_AFTER_EFFECT, api=UPDATE)

    result = run(rig, Request(timeout_s=300))

    assert (endings(result), rig.shown(sku)) == ([Ending.AS_DECIDED], result.rows[0].target_units)


def test_another_writer_is_waited_for(rig: Rig) -> None:
    """While another process has the shop, nothing is written; then it is."""
    sku = rig.list_sku()
    rig.take_in(LAMP=20)
    with rig.services() as services, writing(services.engine) as connection:
        now = services.now()
        leases.take(connection, "shop/alpha", holder="another", now=now, for_s=40)

    result = run(rig)

    assert result.well
    assert rig.shown(sku) == result.rows[0].target_units


def test_a_neighbour_that_cannot_be_read_does_not_stop_it(rig: Rig) -> None:
    """The shop asked for is lowered though the one beside it is out of reach."""
    sku = rig.list_sku(shop="alpha", units=9)
    rig.list_sku(shop="beta", units=2)
    rig.take_in(LAMP=20)
    run(rig)
    rig.world.revoke("beta")
    rig.clock.sleep(61)
    rig.take_in(LAMP=4)

    result = run(rig, Request(shop="alpha"))

    assert rig.shown(sku) <= 4
    assert [row.listing.partition("/")[0] for row in result.rows] == ["alpha"]
