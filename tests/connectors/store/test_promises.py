"""Orders as promises: those that wait for a pool, and those that count."""

import pytest
from sqlalchemy import Connection, Engine

from connectors.store import promises
from connectors.store.engine import writing
from reconciliation.quantities import EPOCH, Instant
from reconciliation.risk import OrderKey, Waiting

from ...support.ledger import MUG, TEE, list_set, record_line


NOW = Instant(1_000.0)
ORDER = OrderKey(shop="a", order_id="o")


def record(connection: Connection, status: str = "AWAITING_SHIPMENT", **fields: object) -> None:
    """Record one line of the order `o`, for one set."""
    times = {"placed_at": Instant(500.0), "updated_at": Instant(500.0)}
    record_line(connection, status, now=NOW, **times | fields)


@pytest.mark.parametrize("warehouse_id", ["w1", ""])
def test_a_line_waits_for_all_that_it_takes(engine: Engine, warehouse_id: str) -> None:
    """Two tees and a mug, from a warehouse that is named or not."""
    with writing(engine) as connection:
        list_set(connection)
        record(connection, "AWAITING_COLLECTION", warehouse_id=warehouse_id)
        found = promises.waiting_for(connection, [TEE, MUG])

    def waits(units: int) -> tuple[Waiting, ...]:
        placed_at = Instant(500.0)
        return (Waiting(order=ORDER, placed_at=placed_at, units=units, packed=True),)

    assert found == {TEE: waits(2), MUG: waits(1)}


@pytest.mark.parametrize("status", ["IN_TRANSIT", "CANCELLED"])
def test_what_left_or_is_off_waits_for_nothing(engine: Engine, status: str) -> None:
    """A pool owes nothing to such a line."""
    with writing(engine) as connection:
        list_set(connection)
        record(connection, status)

        assert promises.waiting_for(connection, [TEE, MUG]) == {}


def test_a_cancelled_order_says_each_reason_once(engine: Engine) -> None:
    """Two lines called off for one reason are one row; a line that stands is none."""
    with writing(engine) as connection:
        for line_id in ("1", "2"):
            record(
                connection,
                "CANCELLED",
                line_id=line_id,
                cancelled_by="SELLER",
                cancel_reason="out_of_stock",
            )
        record(connection, order_id="p")
        (found,) = promises.cancelled_orders(connection, "a", EPOCH)

    assert (found.order, found.cancelled_by) == (ORDER, "SELLER")
    assert found.cancel_reason == "out_of_stock"


@pytest.mark.parametrize(
    ("status", "reason", "orders_placed"),
    [
        ("UNPAID", "", 0),
        ("ON_HOLD", "", 1),
        ("COMPLETED", "", 1),
        ("CANCELLED", "out_of_stock", 1),
        ("CANCELLED", "system_cancel_unpaid_time_out_uk", 0),
    ],
)
def test_confirmed_orders_are_counted(
    engine: Engine, status: str, reason: str, orders_placed: int
) -> None:
    """Whatever became of them; those never paid were never confirmed."""
    with writing(engine) as connection:
        for line_id in ("1", "2"):
            record(connection, status, line_id=line_id, cancel_reason=reason)

        assert promises.placed_orders(connection, "a", Instant(500.0)) == orders_placed
        assert promises.placed_orders(connection, "a", Instant(501.0)) == 0
        assert promises.placed_orders(connection, "b", Instant(500.0)) == 0
