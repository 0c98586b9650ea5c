"""Where goods might come from: other warehouses that hold the item, and what was delivered."""

from sqlalchemy import Connection, Engine

from connectors.store import intake, spares
from connectors.store.engine import writing
from connectors.store.intake import Delivery
from connectors.store.spares import Deliveries
from reconciliation.catalog import PoolKey
from reconciliation.feed import FeedRow
from reconciliation.quantities import Instant, Sku


def pool(sku: str, warehouse: str = "EAST") -> PoolKey:
    """Goods in a warehouse."""
    return PoolKey(warehouse=warehouse, sku=Sku(sku))


def state(connection: Connection, as_of: float, *, warehouse: str = "EAST", **units: int) -> None:
    """Take in a file of a warehouse."""
    delivery = Delivery(
        feed=warehouse.lower(),
        file_name="f",
        sha256=f"{warehouse}{as_of}",
        arrived_at=Instant(as_of),
        as_of=Instant(as_of),
        verdict="accept",
        reasons=(),
        rows_accepted=len(units),
        rows_refused=0,
    )
    number = intake.record_delivery(connection, delivery)
    rows = [
        FeedRow(row=row, sku=Sku(sku), units=n, as_of=Instant(as_of))
        for row, (sku, n) in enumerate(units.items(), start=2)
    ]
    intake.put_in_force(connection, number, feed=delivery.feed, warehouse=warehouse, stated=rows)


def test_an_item_is_found_in_every_warehouse(engine: Engine) -> None:
    """With the units in force; other items are not asked for."""
    with writing(engine) as connection:
        state(connection, 1.0, TEE=5, MUG=1)
        state(connection, 2.0, TEE=4)
        state(connection, 1.0, warehouse="WEST", TEE=7)

        assert spares.pools_of_items(connection, [Sku("TEE")]) == {
            pool("TEE"): 4,
            pool("TEE", "WEST"): 7,
        }


def test_what_rose_was_delivered(engine: Engine) -> None:
    """From file to file; what fell was sold, and what stays below a later file is no matter."""
    with writing(engine) as connection:
        for as_of, units in ((1.0, 5), (2.0, 3), (3.0, 13), (4.0, 13), (5.0, 15)):
            state(connection, as_of, TEE=units, MUG=1)
        found = spares.deliveries_to(connection, [pool("TEE"), pool("MUG")], Instant(0.0))

    assert found == {
        pool("TEE"): Deliveries(units=(10, 2), first_as_of=Instant(1.0)),
        pool("MUG"): Deliveries(units=(), first_as_of=Instant(1.0)),
    }


def test_old_files_tell_nothing(engine: Engine) -> None:
    """The first file of the window is no delivery; a pool that is in none is left out."""
    with writing(engine) as connection:
        for as_of, units in ((1.0, 5), (2.0, 50), (3.0, 60)):
            state(connection, as_of, TEE=units)
        found = spares.deliveries_to(connection, [pool("TEE"), pool("HAT")], Instant(2.0))

    assert found == {pool("TEE"): Deliveries(units=(10,), first_as_of=Instant(2.0))}
