"""How long things took of late, and what waits for a read, on each kind of database."""

import pytest
from sqlalchemy import Engine

from connectors.store import delays, listings, orders, writes
from connectors.store.delays import ReadsWaiting, WriteDelay
from connectors.store.engine import reading, writing
from connectors.store.writes import Ended, Intended, Outcome
from reconciliation.catalog import ListingKey
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant, later
from reconciliation.verdict import Write, WriteClass

from ...support.ledger import list_set


NOW = Instant(10_000.0)
KEY = ListingKey(shop="a", product_id="p1", sku_id="s1", warehouse_id="w1")


def order(engine: Engine, order_id: str, *, placed_at: float, heard_after_s: float) -> None:
    """Record an order that was asked for so long after it was placed."""
    seen = LineSeen(
        shop="a",
        order_id=order_id,
        line_id="1",
        sku_id="s1",
        warehouse_id="w1",
        status="AWAITING_SHIPMENT",
        placed_at=Instant(placed_at),
        updated_at=Instant(placed_at),
    )
    with writing(engine) as connection:
        orders.record_lines(connection, [seen], now=Instant(placed_at + heard_after_s))


def write(
    engine: Engine,
    outcome: Outcome,
    *,
    answered_after_s: float | None = None,
    write_class: WriteClass = WriteClass.DECREASE,
) -> None:
    """Store a write of now, whose fact came a second before, and how it ended."""
    made = Write(key=KEY, units=0, shown_units=1, write_class=write_class, reason="")
    intended = Intended(write=made, fence=1, fact_at=later(NOW, -1.0))
    with writing(engine) as connection:
        (sequence,) = writes.commit_intents(connection, [intended], NOW).values()
        if outcome is not Outcome.INTENDED:
            answered_at = None if answered_after_s is None else later(NOW, answered_after_s)
            ended = Ended(sequence=sequence, fence=1, outcome=outcome, answered_at=answered_at)
            writes.record_outcomes(connection, [ended])


def took(engine: Engine) -> list[WriteDelay]:
    """Return how long the decreases of the shop took."""
    with reading(engine) as connection:
        return list(delays.decreases_took(connection, "a", since=later(NOW, -60.0), most=10))


def test_orders_are_measured_from_placing_to_the_look_that_told(engine: Engine) -> None:
    """The newest of a shop, and none from before the time that is asked for."""
    order(engine, "old", placed_at=100.0, heard_after_s=900.0)
    order(engine, "one", placed_at=9_000.0, heard_after_s=3.0)
    order(engine, "two", placed_at=9_500.0, heard_after_s=40.0)
    with reading(engine) as connection:
        found = delays.heard_after_s(connection, "a", since=Instant(1_000.0), most=10)

    assert found == (40.0, 3.0)


def test_only_so_many_orders_are_looked_at(engine: Engine) -> None:
    """The newest say how fast we are now."""
    order(engine, "one", placed_at=9_000.0, heard_after_s=3.0)
    order(engine, "two", placed_at=9_500.0, heard_after_s=40.0)
    with reading(engine) as connection:
        found = delays.heard_after_s(connection, "a", since=Instant(1_000.0), most=1)

    assert found == (40.0,)


def test_a_decrease_is_measured_from_its_fact_and_its_call_from_its_intent(engine: Engine) -> None:
    """What waits before the call is part of how long we take."""
    write(engine, Outcome.ANSWERED, answered_after_s=0.5)

    (found,) = took(engine)

    assert (found.acted_s, found.call_s) == pytest.approx((1.5, 0.5))


def test_a_decrease_without_an_answer_took_nobody_knows_how_long(engine: Engine) -> None:
    """It must not be left out: it is the slowest of all."""
    write(engine, Outcome.UNKNOWN)

    assert took(engine) == [WriteDelay(acted_s=None, call_s=None)]


@pytest.mark.parametrize(
    ("outcome", "write_class"),
    [
        (Outcome.INTENDED, WriteClass.DECREASE),
        (Outcome.REFUSED, WriteClass.DECREASE),
        (Outcome.ANSWERED, WriteClass.RAISE),
    ],
)
def test_what_tells_nothing_of_decreases_is_left_out(
    engine: Engine, outcome: Outcome, write_class: WriteClass
) -> None:
    """One under way, one that TikTok refused, and increases, which wait for their proof."""
    write(engine, outcome, answered_after_s=0.5, write_class=write_class)

    assert took(engine) == []


def test_reads_that_wait_are_counted_up_to_a_moment(engine: Engine) -> None:
    """With when the first of them is due."""
    with writing(engine) as connection:
        list_set(connection)
        listings.want_read(connection, [KEY], later(NOW, -5.0))
    with reading(engine) as connection:
        found = [
            delays.reads_waiting(connection, shop, until=until)
            for shop, until in (("a", NOW), ("a", later(NOW, -10.0)), ("b", NOW))
        ]

    assert found == [
        ReadsWaiting(listings=1, first_due_at=later(NOW, -5.0)),
        ReadsWaiting(),
        ReadsWaiting(),
    ]
