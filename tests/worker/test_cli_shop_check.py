"""shop check and accept: what is wrong with a shop, and units that no order explains."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from connectors.sandbox.tokens import ALL_SCOPES
from connectors.store import bars, cancellations
from connectors.store.bars import Bar
from connectors.store.cancellations import StoredCancellation
from connectors.store.engine import writing
from reconciliation.catalog import ListingKey
from reconciliation.quantities import EPOCH, Instant
from worker.cli.endings import ExitCode

from .cli_rig import Rig
from .shop_cli_rig import ats_units, connect, lamp, rig_of, sell, set_up


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two shops that nobody has connected yet."""
    return rig_of(tmp_path)


# -- units that no order explains ---------------------------------------------------------------


def test_committed_units_that_no_order_explains_are_told(rig: Rig) -> None:
    """With the count; the set-up does not end well while they are open."""
    lamp(rig, committed=3)
    (found,) = set_up(rig)

    assert (found["seller_sku"], found["units"], found["is_open"]) == ("LAMP", 3, True)


def test_orders_explain_what_they_committed(rig: Rig) -> None:
    """Nothing is told of a shop whose orders we all know."""
    sell(rig, 2)

    assert set_up(rig) == []


def test_what_is_accepted_is_set_aside_from_the_goods(rig: Rig) -> None:
    """The position counts it: the guard promises so much less."""
    lamp(rig, committed=3)
    set_up(rig)
    before = ats_units(rig)
    rig.run("shop", "accept", "alpha", "--why", "sold before we came", "--who", "ann")

    assert (before, ats_units(rig)) == (20, 17)


def test_accepting_again_takes_the_place_of_what_was_accepted(rig: Rig) -> None:
    """Nothing counts twice."""
    lamp(rig, committed=3)
    set_up(rig)
    for _ in range(2):
        rig.run("shop", "accept", "alpha", "--why", "sold before we came")

    assert ats_units(rig) == 17


def test_what_has_left_is_accepted_no_more(rig: Rig) -> None:
    """Accepted anew once the units were shipped, nothing is set aside."""
    lamp(rig, committed=3)
    set_up(rig)
    rig.run("shop", "accept", "alpha", "--why", "sold before we came")
    (sku,) = rig.world.registry.skus()
    rig.world.edit_stock_by_hand(sku.sku_id, rig.places["alpha"], committed=0)
    rig.run("shop", "accept", "alpha", "--why", "shipped")

    assert ats_units(rig) == 20


def test_who_accepted_and_why_is_kept(rig: Rig) -> None:
    """Beside the units, where every hold is listed."""
    lamp(rig, committed=3)
    set_up(rig)
    rig.run("shop", "accept", "alpha", "--why", "sold before we came", "--who", "ann")
    (held,) = rig.run("holds", "--json").document["holds"]

    assert (held["who"], held["set_aside_units"]) == ("ann", 3)
    assert held["why"] == "3 committed in alpha that no order explains: sold before we came"


def test_an_acceptance_needs_a_reason(rig: Rig) -> None:
    """Somebody has to stand by it."""
    connect(rig)

    assert rig.run("shop", "accept", "alpha", "--why", " ").code == ExitCode.BAD_USAGE


# -- check --------------------------------------------------------------------------------------

AT_LEAST_ONE = Bar(
    code=12019024,
    state="out_of_bounds",
    told="12019024 quantity invalid",
    least_units=1,
    times=1,
    since=EPOCH,
    ends_at=Instant(float(10**10)),
)
RESTOCKED = StoredCancellation(
    shop="alpha",
    cancel_id="C1",
    order_id="O1",
    lines=("L1",),
    role="BUYER",
    reason="buyer_cancel",
    kind="BUYER_CANCEL",
    status="CANCELLATION_REQUEST_SUCCESS",
    restocks=True,
    updated_at=EPOCH,
)


def lamp_key(rig: Rig) -> ListingKey:
    """Return the key of the lamp's listing."""
    (sku,) = rig.world.registry.skus()
    return ListingKey(
        shop="alpha",
        product_id=sku.product_id,
        sku_id=sku.sku_id,
        warehouse_id=rig.places["alpha"],
    )


def _keep(rig: Rig, change: Callable[[Connection], None]) -> None:
    """Put something into the record, as a step would that has seen it."""
    with rig.services() as services, writing(services.engine) as connection:
        change(connection)


def findings(rig: Rig) -> dict[str, dict[str, object]]:
    """Check alpha; return what was found, by what was looked at."""
    (found,) = rig.run("shop", "check", "alpha", "--json").document["shops"]
    return {each["name"]: each for each in found["findings"]}


def wrong(rig: Rig) -> set[str]:
    """Return what a check finds wrong."""
    return {name for name, each in findings(rig).items() if not each["well"]}


def test_a_shop_that_is_set_up_checks_well(rig: Rig) -> None:
    """Every call is made and answered, and it ends with 0."""
    sell(rig)
    set_up(rig)
    answer = rig.run("shop", "check", "alpha")

    assert answer.code == ExitCode.OK, answer.out


def test_checking_changes_nothing_at_tiktok(rig: Rig) -> None:
    """No quantity and no registration."""
    sell(rig)
    set_up(rig)
    before = rig.look(), dict(rig.world.webhooks["alpha"])
    rig.run("shop", "check", "alpha")

    assert (rig.look(), dict(rig.world.webhooks["alpha"])) == before


@pytest.mark.parametrize(
    ("scope", "names"),
    [
        ("seller.authorization.info", {"shops", "webhooks"}),
        ("seller.logistics", {"warehouses"}),
        ("seller.order.info", {"orders"}),
        ("seller.product.basic", {"listings", "stock", "committed units"}),
    ],
)
def test_a_missing_scope_is_named_with_its_calls(rig: Rig, scope: str, names: set[str]) -> None:
    """Each call that needs it is found wrong, and the shop is shut."""
    sell(rig)
    set_up(rig)
    rig.world.limit_scopes("alpha", ALL_SCOPES - {scope})

    assert wrong(rig) == names | {"state"}
    assert scope in str(findings(rig)[min(names)]["remedy"])


@pytest.mark.parametrize(
    ("scope", "name"),
    [("seller.return_refund.basic", "cancellations"), ("seller.promotion.info", "promotions")],
)
def test_a_scope_that_the_guard_can_do_without_is_told_as_advice(
    rig: Rig, scope: str, name: str
) -> None:
    """Nothing is wrong with the shop, and it is written to as before."""
    sell(rig)
    set_up(rig)
    rig.world.limit_scopes("alpha", ALL_SCOPES - {scope})

    assert wrong(rig) == set()
    assert scope in str(findings(rig)[name]["advice"])


def test_a_listing_that_cannot_show_nothing_is_told(rig: Rig) -> None:
    """So many of it may be sold that are not there."""
    sell(rig)
    set_up(rig)
    _keep(rig, lambda store: bars.save(store, {lamp_key(rig): AT_LEAST_ONE}))

    assert "no fewer than 1" in str(findings(rig)["refused quantities"]["advice"])


def test_restocks_that_the_policy_rules_out_are_told(rig: Rig) -> None:
    """What TikTok says of a cancelled order, and what the policy says of all, differ."""
    rig.environ["OVERSELL_GUARD_GUARD__AUTO_RESTOCK"] = "off"
    sell(rig)
    set_up(rig)
    _keep(rig, lambda store: cancellations.save(store, [RESTOCKED]))

    assert "auto_restock" in str(findings(rig)["restocks"]["advice"])


def test_a_missing_scope_for_writing_is_told_without_a_write(rig: Rig) -> None:
    """By what TikTok says that the consent covers."""
    grant = rig.world.tokens.grant("alpha", rig.clock.now)
    rig.world.limit_scopes("alpha", ALL_SCOPES - {"seller.product.write"})
    rig.environ |= {
        "OVERSELL_GUARD_SHOPS__ALPHA__ACCESS_TOKEN": grant.access_token,
        "OVERSELL_GUARD_SHOPS__ALPHA__REFRESH_TOKEN": grant.refresh_token,
        "OVERSELL_GUARD_SHOPS__ALPHA__CIPHER": rig.world.access("alpha").cipher,
    }
    rig.run("shop", "refresh", "alpha")

    assert "scopes" in wrong(rig)
    assert findings(rig)["scopes"]["scope"] == "seller.product.write"


def test_a_listing_without_goods_is_told(rig: Rig) -> None:
    """The mapping lacks it, and nothing guards it."""
    rig.list_sku("GHOST", units=3)
    connect(rig)

    assert wrong(rig) == {"mapping"}
    assert "GHOST" in str(findings(rig)["mapping"]["cause"])


def test_an_unregistered_notification_is_told(rig: Rig) -> None:
    """Somebody took it away in Partner Center."""
    connect(rig)
    del rig.world.webhooks["alpha"]["ORDER_STATUS_CHANGE"]

    assert wrong(rig) == {"webhooks"}


def test_open_units_are_told_until_they_are_accepted(rig: Rig) -> None:
    """And not afterwards."""
    lamp(rig, committed=3)
    set_up(rig)
    before = wrong(rig)
    rig.run("shop", "accept", "alpha", "--why", "sold before we came")

    assert (before, wrong(rig)) == ({"committed units"}, set())


def test_an_acceptance_that_somebody_released_counts_no_more(rig: Rig) -> None:
    """What is not set aside any more is open again."""
    lamp(rig, committed=3)
    set_up(rig)
    rig.run("shop", "accept", "alpha", "--why", "sold before we came")
    rig.run("release", "LAMP", "--who", "bob")

    assert wrong(rig) == {"committed units"}


def test_a_shop_that_nobody_connected_checks_badly(rig: Rig) -> None:
    """It says how to connect it, and no other call is tried."""
    answer = rig.run("shop", "check", "alpha")

    assert answer.code == ExitCode.FOUND_WRONG
    assert "shop add alpha" in answer.out
