"""The ledger in the store: a look is recorded once, whatever is seen again or late."""

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from connectors.store import catalog, orders
from connectors.store.engine import open_engine, writing
from connectors.store.tables import METADATA
from reconciliation.catalog import (
    Ingredient,
    Listing,
    ListingKey,
    ListingSeen,
    PoolKey,
)
from reconciliation.orders import LineSeen, LineState
from reconciliation.quantities import EPOCH, Instant, Sku


NOW = Instant(1_000.0)
TEE = PoolKey(warehouse="EAST", sku=Sku("TEE"))
MUG = PoolKey(warehouse="EAST", sku=Sku("MUG"))


def look(
    status: str = "UNPAID", *, line_id: str = "1", at: float = 500.0, **fields: object
) -> LineSeen:
    """Return one look at a line of the order `o` in shop `a`."""
    seen = {
        "shop": "a",
        "order_id": "o",
        "line_id": line_id,
        "sku_id": "s1",
        "warehouse_id": "w1",
        "status": status,
        "placed_at": Instant(500.0),
        "updated_at": Instant(at),
        **fields,
    }
    return LineSeen(**seen)  # type: ignore[arg-type]  # a builder: each test names its fields


def list_bundle(connection: Connection) -> ListingKey:
    """Store one listing that takes two tees and a mug."""
    key = ListingKey(shop="a", product_id="p1", sku_id="s1", warehouse_id="w1")
    catalog.record_listings(connection, [ListingSeen(key=key, seller_sku="SET")])
    recipe = (Ingredient(pool=TEE, units=2), Ingredient(pool=MUG, units=1))
    listing = Listing(key=key, seller_sku="SET", recipe=recipe)
    catalog.set_recipe(connection, listing)
    return key


def test_a_look_seen_again_changes_nothing(engine: Engine) -> None:
    """Replaying a poll records no second sale."""
    with writing(engine) as connection:
        first = orders.record_lines(connection, [look()], now=NOW)
        again = orders.record_lines(connection, [look()], now=NOW)

    assert [change.is_sale for change in first] == [True]
    assert again == ()


def test_a_cancellation_is_told_once(engine: Engine) -> None:
    """The line's cancellation is new at its first look only."""
    with writing(engine) as connection:
        orders.record_lines(connection, [look()], now=NOW)
        first = orders.record_lines(connection, [look("CANCELLED", at=600.0)], now=NOW)
        again = orders.record_lines(connection, [look("CANCEL", at=700.0)], now=NOW)

    assert [change.is_cancellation for change in first] == [True]
    assert not any(change.is_cancellation for change in again)


def test_a_bundle_claims_its_components(engine: Engine) -> None:
    """One sale of a set of two tees and a mug claims two tees and a mug."""
    with writing(engine) as connection:
        list_bundle(connection)
        orders.record_lines(connection, [look()], now=NOW)
        claims = orders.claims_on(connection, [TEE, MUG], oldest=EPOCH)

    assert [claim.units for claim in claims[TEE]] == [2]
    assert [claim.units for claim in claims[MUG]] == [1]


def test_a_virtual_bundle_claims_what_its_components_list(engine: Engine) -> None:
    """A combined listing takes from the SKUs that it combines, not from itself."""
    with writing(engine) as connection:
        list_bundle(connection)
        combined = look(sku_id="combo", components=(("s1", 3),))
        orders.record_lines(connection, [combined], now=NOW)
        claims = orders.claims_on(connection, [TEE], oldest=EPOCH)

    assert [claim.units for claim in claims[TEE]] == [6]


def test_an_order_without_a_warehouse_claims_wherever_it_may_be_taken(engine: Engine) -> None:
    """Until TikTok names the warehouse, doubt costs a sale in each."""
    with writing(engine) as connection:
        list_bundle(connection)
        orders.record_lines(connection, [look(warehouse_id="")], now=NOW)
        claims = orders.claims_on(connection, [MUG], oldest=EPOCH)

    assert len(claims[MUG]) == 1


def test_an_order_that_tiktok_ships_claims_nothing(engine: Engine) -> None:
    """Stock in TikTok's own warehouses is not ours to guard."""
    with writing(engine) as connection:
        list_bundle(connection)
        orders.record_lines(connection, [look(ships_from_us=False)], now=NOW)
        claims = orders.claims_on(connection, [MUG], oldest=EPOCH)

    assert claims[MUG] == []


def test_lines_that_left_long_ago_are_not_gathered(engine: Engine) -> None:
    """History does not make decisions slower."""
    with writing(engine) as connection:
        list_bundle(connection)
        orders.record_lines(connection, [look("COMPLETED", at=600.0)], now=NOW)
        claims = orders.claims_on(connection, [MUG], oldest=Instant(700.0))

    assert claims[MUG] == []


def test_the_ledger_keeps_who_cancelled_and_the_due_times(engine: Engine) -> None:
    """What one look told is there at the next, which is silent about it."""
    told = look(
        "CANCELLED",
        cancelled_by="SELLER",
        cancel_reason="pricing_error",
        shipping_due_at=Instant(800.0),
        collection_due_at=Instant(900.0),
    )
    with writing(engine) as connection:
        orders.record_lines(connection, [told], now=NOW)
        (change,) = orders.record_lines(connection, [look("AWAITING_SHIPMENT")], now=NOW)

    assert (change.after.cancelled_by, change.after.cancel_reason) == ("SELLER", "pricing_error")
    assert (change.after.shipping_due_at, change.after.collection_due_at) == (800.0, 900.0)


def test_a_deadline_moves_no_stock(engine: Engine) -> None:
    """A due time that is told later is kept, and asks for no new decision."""
    with writing(engine) as connection:
        orders.record_lines(connection, [look()], now=NOW)
        due = look(shipping_due_at=Instant(800.0))
        (change,) = orders.record_lines(connection, [due], now=NOW)

    assert not change.moves_stock


STATUSES = st.sampled_from(
    ["UNPAID", "ON_HOLD", "AWAITING_SHIPMENT", "AWAITING_COLLECTION", "IN_TRANSIT", "CANCELLED"]
)


@given(st.lists(STATUSES, min_size=1, max_size=6), st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_replaying_orders_changes_nothing(statuses: list[str], times: int) -> None:
    """A stream of looks, recorded again and again, ends in the same ledger."""
    engine = open_engine("sqlite://")
    looks = [look(status, at=500.0 + at) for at, status in enumerate(statuses)]
    with writing(engine) as connection:
        METADATA.create_all(connection)
        list_bundle(connection)
        orders.record_lines(connection, looks, now=NOW)
        before = orders.claims_on(connection, [TEE], oldest=EPOCH)
        for _ in range(times):
            orders.record_lines(connection, looks, now=NOW)

        assert orders.claims_on(connection, [TEE], oldest=EPOCH) == before
        assert orders.order_count(connection) == 1


def test_collected_beats_cancelled(engine: Engine) -> None:
    """A unit that left the building does not come back by a cancellation."""
    with writing(engine) as connection:
        orders.record_lines(connection, [look("IN_TRANSIT", at=600.0)], now=NOW)
        changes = orders.record_lines(connection, [look("CANCELLED", at=700.0)], now=NOW)

    assert all(change.after.state is LineState.DEPARTED for change in changes)
