"""Who is let into one shop sees that shop, and learns nothing of the other."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.sandbox.merchandise import NewSku
from connectors.store import trail
from connectors.store.engine import reading, writing
from connectors.store.trail import Event
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku, later
from worker.holding import HoldRequest, Word, hold, switch_writes
from worker.reports.explain import explain
from worker.reports.history import history
from worker.reports.lookup import Unknown, find_sku
from worker.reports.printing import as_json
from worker.reports.sight import EVERYTHING, VEIL, Sight, hidden_pools, veiled
from worker.reports.status import status
from worker.scheduler import ask_for_rounds
from worker.settings.feeds import WarehouseSettings
from worker.steps.intents import BREACH

from ..support.shopfront import ITEM, SHOPS, Shopfront, iso, shopfront


ALPHA = Sight(shops=frozenset({"alpha"}))
OWN = "MUG"
THEIRS = "HAT"
UNMAPPED = "ODD"
WORD = Word(who="ann", why="photo shoot")


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shopfront]:
    """Two shops that share tees; alpha alone sells mugs, beta alone hats, and what no feed has."""
    with shopfront(tmp_path_factory.mktemp("sight")) as front:
        for shop, sku in (("alpha", OWN), ("beta", THEIRS), ("beta", UNMAPPED)):
            place = front.warehouse_ids[shop]
            front.world.list_product(shop, sku, [NewSku(seller_sku=sku, warehouse_ids=(place,))])
        now = iso(front.now)
        front.drop_file(f"sku,quantity,as_of\n{ITEM},20,{now}\n{OWN},7,{now}\n{THEIRS},9,{now}\n")
        ask_for_rounds(front.services)
        front.work(8.0)
        for shop in SHOPS:
            switch_writes(front.services, shop=shop, stopped=False, word=WORD)
            front.buy(shop)
        front.work(4.0)
        yield front


def pool(sku: str) -> PoolKey:
    """Return an item in the only warehouse."""
    return PoolKey(warehouse="EAST", sku=Sku(sku))


# --- which goods -----------------------------------------------------------------------------


def test_goods_that_another_shop_draws_on_are_hidden(front: Shopfront) -> None:
    """Shared goods, other shops' goods, and goods of nobody; not one's own."""
    pools = [pool(ITEM), pool(OWN), pool(THEIRS), pool("NONE")]

    with reading(front.services.engine) as connection:
        hidden = hidden_pools(connection, ALPHA, pools)

    assert hidden == {pool(ITEM), pool(THEIRS), pool("NONE")}


def test_the_whole_sight_hides_nothing(front: Shopfront) -> None:
    """The command line sees goods that nobody sells."""
    with reading(front.services.engine) as connection:
        assert not hidden_pools(connection, EVERYTHING, [pool(ITEM), pool("NONE")])


# --- names -----------------------------------------------------------------------------------


def test_what_another_shop_sells_is_unknown(front: Shopfront) -> None:
    """Told in the very words that fit a SKU that nobody sells."""
    told = []
    for name in (THEIRS, "HAX"):
        with reading(front.services.engine) as connection, pytest.raises(Unknown) as caught:
            find_sku(connection, front.services.settings, name, sight=ALPHA)
        told.append(str(caught.value).replace(name, "..."))

    assert told[0] == told[1]


def test_a_remedy_names_nothing_of_another_shop(front: Shopfront) -> None:
    """Neither what is alike nor where else it is sold."""
    with reading(front.services.engine) as connection, pytest.raises(Unknown) as caught:
        find_sku(connection, front.services.settings, "HATT", sight=ALPHA)

    assert THEIRS not in caught.value.remedy
    assert OWN in caught.value.remedy


def test_a_hold_of_another_shops_sku_is_refused_without_its_name(front: Shopfront) -> None:
    """To hold is no way to learn what is there."""
    request = HoldRequest(
        sku=THEIRS,
        shop="alpha",
        units_max=0,
        expires_at=later(front.services.now(), 60.0),
        word=WORD,
    )

    with pytest.raises(Unknown) as caught:
        hold(front.services, request, sight=ALPHA)

    assert "beta" not in str(caught.value)


# --- reports ---------------------------------------------------------------------------------


def test_explain_shows_own_listings_without_shared_goods(front: Shopfront) -> None:
    """What is left of shared goods, less one's own, is what the other shop sold."""
    (report,) = explain(front.services, ITEM, sight=ALPHA).listings

    assert report.shop == "alpha"
    assert report.decision is not None
    assert (report.decision.pools, report.decision.supply_units) == ((), None)


def test_explain_shows_goods_of_ones_own(front: Shopfront) -> None:
    """Nobody else is to be learned of from them."""
    (report,) = explain(front.services, OWN, sight=ALPHA).listings

    assert report.decision is not None
    assert [each.snapshot_units for each in report.decision.pools] == [7]


def test_explain_weighs_goods_of_ones_own_alone(front: Shopfront) -> None:
    """What is shown of shared goods in all, less one's own, is what the other shop shows."""
    shared, own = (explain(front.services, sku, sight=ALPHA).weighed for sku in (ITEM, OWN))

    assert shared == ()
    assert any(OWN in line for line in own)


def test_history_shows_own_events_without_shared_goods(front: Shopfront) -> None:
    """Neither the other shop's events, nor the partner's count of what both sell."""
    events = history(front.services, ITEM, shop=None, most=100, sight=ALPHA).events

    assert "writes_started" in {each.event for each in events}
    assert {each.event for each in events}.isdisjoint({"snapshot"})
    assert not any("beta" in each.subject or "supply_units" in each.detail for each in events)


def test_history_does_not_tell_what_all_shops_could_sell(front: Shopfront) -> None:
    """Neither as a term nor in the line of text."""
    event = Event(
        at=front.services.now(),
        event="guard",
        subject=str(front.key("alpha")),
        shop="alpha",
        sku=ITEM,
        detail={"from": "open", "to": "throttled", "supply_units": 4, "reason": "few are left"},
    )
    with writing(front.services.engine) as connection:
        trail.note(connection, event)

    newest = history(front.services, ITEM, shop=None, most=1, sight=ALPHA).events[0]

    assert newest.text == "open -> throttled; few are left"
    assert newest.detail == {"from": "open", "to": "throttled", "reason": "few are left"}


def test_history_shows_the_count_of_goods_of_ones_own(front: Shopfront) -> None:
    """A partner's count of what no other shop sells is theirs to see."""
    events = history(front.services, OWN, shop=None, most=100, sight=ALPHA).events

    assert "snapshot" in {each.event for each in events}


def test_status_shows_own_shops_and_goods(front: Shopfront) -> None:
    """The feed is shown, since the shop sells from its warehouse."""
    found = status(front.services, sight=ALPHA)

    assert [each.shop for each in found.shops] == ["alpha"]
    assert [each.feed for each in found.feeds] == ["east"]
    assert {each.pool for each in found.pools_at_risk} <= {"EAST/MUG"}


def test_status_shows_no_work_of_another_shop(front: Shopfront) -> None:
    """Neither its own rounds nor decisions on what both sell."""
    ask_for_rounds(front.services)
    front.pass_time(60.0)

    due = {
        name: {each.queue: each.due for each in status(front.services, sight=sight).work}
        for name, sight in (("alpha", ALPHA), ("all", EVERYTHING))
    }

    assert (due["alpha"]["orders"], due["all"]["orders"]) == (1, 2)


def test_status_shows_no_problem_of_another_shop(front: Shopfront) -> None:
    """A listing without goods is its own shop's to mend."""
    assert [each.seller_sku for each in status(front.services).problems] == [UNMAPPED]
    assert status(front.services, sight=ALPHA).problems_found == 0


def test_status_counts_broken_bounds_of_goods_in_sight(front: Shopfront) -> None:
    """What was wrong with shared goods is not told to one of those who share them."""
    with writing(front.services.engine) as connection:
        for sku in (ITEM, OWN, THEIRS):
            event = Event(at=front.services.now(), event=BREACH, subject=f"EAST/{sku}", detail={})
            trail.note(connection, event)

    assert status(front.services).bound_breaches == 3
    assert status(front.services, sight=ALPHA).bound_breaches == 1


def test_no_report_names_the_other_shop(front: Shopfront) -> None:
    """Looked for in every letter of each."""
    services = front.services
    reports = [
        status(services, sight=ALPHA),
        *(explain(services, sku, sight=ALPHA) for sku in (ITEM, OWN)),
        *(history(services, sku, shop=None, most=1_000, sight=ALPHA) for sku in (ITEM, OWN)),
    ]

    documents = [json.loads(as_json(each)) for each in reports]

    assert "beta" not in json.dumps(veiled(documents, ALPHA, SHOPS))


# --- texts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "veiled_text"),
    [
        ("makes room for beta/17/18/19", f"makes room for {VEIL}"),
        ("beta/17/18/19 shares its goods", f"{VEIL} shares its goods"),
        ("alpha/17/18/19 is ours", "alpha/17/18/19 is ours"),
        ("west/beta/17 is a SKU", "west/beta/17 is a SKU"),
        ("the beta of it", "the beta of it"),
    ],
)
def test_a_text_names_no_listing_out_of_sight(text: str, veiled_text: str) -> None:
    """What it says of one's own listing stays."""
    assert veiled({"reason": [text]}, ALPHA, SHOPS) == {"reason": [veiled_text]}


def test_a_key_names_no_listing_out_of_sight() -> None:
    """The trail keeps quantities by listing."""
    assert veiled({"beta/1/2/3": 4}, ALPHA, SHOPS) == {VEIL: 4}


def test_the_whole_sight_veils_nothing() -> None:
    """The same value comes back."""
    assert veiled({"beta/1/2/3": 4}, EVERYTHING, SHOPS) == {"beta/1/2/3": 4}


def test_a_shop_that_is_gone_is_out_of_sight() -> None:
    """A sight is of named shops; there may be none of them left."""
    assert not Sight(shops=frozenset()).sees("alpha")


def test_a_warehouse_is_in_sight_of_who_sells_from_it(front: Shopfront) -> None:
    """One that no shop sells from is in the whole sight only."""
    settings = front.services.settings
    places = {
        "EAST": settings.warehouses["EAST"],
        "WEST": WarehouseSettings(partner="north", tiktok_warehouse_ids={"beta": ("1",)}),
        "IDLE": WarehouseSettings(partner="north"),
    }
    with_places = settings.model_copy(update={"warehouses": places})

    assert ALPHA.warehouses_of(with_places) == ("EAST",)
    assert EVERYTHING.warehouses_of(with_places) == ("EAST", "WEST", "IDLE")


def test_shops_are_in_sight_by_name(tmp_path: Path) -> None:
    """In the order of the configuration, which is their rank."""
    with shopfront(tmp_path) as front:
        both = Sight(shops=frozenset({"beta", "alpha", "gone"}))

        assert both.shops_of(front.services.settings) == ("alpha", "beta")
