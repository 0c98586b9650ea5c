"""Orders of listings that nobody has joined to goods, and what became of those before."""

import pytest
from sqlalchemy import Connection, Engine

from connectors.store import catalog, unmapped
from connectors.store.engine import writing
from reconciliation.catalog import Ingredient, Listing, ListingKey, ListingSeen, PoolKey
from reconciliation.quantities import EPOCH, Instant, Sku

from ...support.ledger import record_line


NOW = Instant(1_000.0)
KEY = ListingKey(shop="a", product_id="p1", sku_id="s1", warehouse_id="w1")
PLACE = ("a", "s1", "w1")


def list_ghost(connection: Connection, problem: str = "unmapped_sku") -> None:
    """Store one listing without goods."""
    catalog.record_listings(connection, [ListingSeen(key=KEY, seller_sku="GHOST")])
    catalog.set_problem(connection, KEY, problem=problem, remedy="map it")


def record(connection: Connection, status: str = "AWAITING_SHIPMENT", **fields: object) -> None:
    """Record one line of the order `o`."""
    times = {"placed_at": Instant(500.0), "updated_at": Instant(500.0)}
    record_line(connection, status, now=NOW, **times | fields)


@pytest.mark.parametrize(
    ("status", "counted"),
    [
        ("UNPAID", (1, 0)),
        ("AWAITING_SHIPMENT", (1, 0)),
        ("AWAITING_COLLECTION", (1, 0)),
        ("IN_TRANSIT", (0, 1)),
        ("COMPLETED", (0, 1)),
    ],
)
def test_an_order_is_open_until_it_has_left(
    engine: Engine, status: str, counted: tuple[int, int]
) -> None:
    """Two lines of one order are one, open or filled."""
    with writing(engine) as connection:
        list_ghost(connection)
        for line_id in ("1", "2"):
            record(connection, status, line_id=line_id)
        found = unmapped.unmapped_orders(connection, EPOCH)[PLACE]

    assert (found.open, found.departed) == counted


def test_only_the_sellers_fault_is_a_failure(engine: Engine) -> None:
    """One had no goods, one buyer changed his mind, one wished it: in Thailand that counts too."""
    wished = "seller_cancel_paid_reason_buyer_requested_cancellation"
    with writing(engine) as connection:
        list_ghost(connection)
        for order_id, cancelled_by, reason in (
            ("1", "SELLER", "out_of_stock"),
            ("2", "BUYER", "no_longer_needed"),
            ("3", "SELLER", wished),
        ):
            fields = {"cancelled_by": cancelled_by, "cancel_reason": reason}
            record(connection, "CANCELLED", order_id=order_id, **fields)
        found = unmapped.unmapped_orders(connection, EPOCH)[PLACE]

    assert (found.faults("US"), found.faults("TH")) == (1, 2)


def test_what_ended_long_ago_tells_nothing_and_what_is_open_counts(engine: Engine) -> None:
    """Only the past is forgotten."""
    with writing(engine) as connection:
        list_ghost(connection)
        record(connection, "COMPLETED", order_id="old")
        record(connection, order_id="open")
        found = unmapped.unmapped_orders(connection, Instant(501.0))[PLACE]

    assert (found.open, found.departed) == (1, 0)


def test_a_listing_with_goods_is_no_matter(engine: Engine) -> None:
    """Neither one without a problem, nor one that kept its goods when its mapping was lost."""
    recipe = (Ingredient(pool=PoolKey(warehouse="EAST", sku=Sku("TEE")), units=1),)
    with writing(engine) as connection:
        list_ghost(connection, problem="")
        record(connection)
        without = unmapped.unmapped_orders(connection, EPOCH)
        list_ghost(connection)
        catalog.set_recipe(connection, Listing(key=KEY, seller_sku="GHOST", recipe=recipe))

        assert (without, unmapped.unmapped_orders(connection, EPOCH)) == ({}, {})
