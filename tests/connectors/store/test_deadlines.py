"""Due times: who is late, who had how much time left, and what is open with how much."""

import pytest
from sqlalchemy import Connection, Engine

from connectors.store import deadlines
from connectors.store.deadlines import PAST, DueOrder, OpenOrders, PoolDue
from connectors.store.engine import writing
from reconciliation.lateness import HOUR_S, LEFT_EDGES_S, Deadline, Punctuality, step_of
from reconciliation.quantities import EPOCH, Instant
from reconciliation.risk import OrderKey

from ...support.ledger import MUG, TEE, list_set, record_line


NOW = Instant(1_000_000.0)
ORDER = OrderKey(shop="a", order_id="o")


def in_hours(hours: float) -> Instant:
    """A moment some hours from now, or before."""
    return Instant(NOW + hours * HOUR_S)


def record(connection: Connection, status: str = "AWAITING_SHIPMENT", **fields: object) -> None:
    """Record one line of the order `o`, for one set, placed two days ago."""
    times = {"placed_at": in_hours(-48), "updated_at": in_hours(-1)}
    record_line(connection, status, now=NOW, **times | fields)


def due(shipping_due_at: float | None, collection_due_at: float | None) -> DueOrder:
    """The order `o`, due in some hours."""
    return DueOrder(
        order=ORDER,
        warehouse_id="w1",
        shipping_due_at=None if shipping_due_at is None else in_hours(shipping_due_at),
        collection_due_at=None if collection_due_at is None else in_hours(collection_due_at),
    )


# --- what is open ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "shipping", "collection", "found"),
    [
        ("UNPAID", 3.0, None, due(3.0, None)),
        ("AWAITING_SHIPMENT", -1.0, 30.0, due(-1.0, 30.0)),
        ("AWAITING_COLLECTION", -1.0, 30.0, due(None, 30.0)),
        ("AWAITING_COLLECTION", -1.0, None, due(None, None)),
        ("AWAITING_SHIPMENT", None, None, None),
        ("IN_TRANSIT", -2.0, -1.0, None),
        ("CANCELLED", -2.0, -1.0, None),
    ],
)
def test_an_order_is_due_until_it_takes_the_step(
    engine: Engine,
    status: str,
    shipping: float | None,
    collection: float | None,
    found: DueOrder | None,
) -> None:
    """Once packed only the collection is due; once gone or off, or never told, nothing is."""
    with writing(engine) as connection:
        record(
            connection,
            status,
            shipping_due_at=None if shipping is None else in_hours(shipping),
            collection_due_at=None if collection is None else in_hours(collection),
        )

        assert deadlines.due_orders(connection, [ORDER]) == ({ORDER: found} if found else {})


def test_the_line_that_is_due_first_counts_for_its_order(engine: Engine) -> None:
    """Two lines of one order are one order, with the earlier of their due times."""
    with writing(engine) as connection:
        record(connection, line_id="1", shipping_due_at=in_hours(9))
        record(connection, line_id="2", shipping_due_at=in_hours(5))
        (found,) = deadlines.open_orders(connection, NOW)

    assert (found.orders, found.shipping_step) == (1, step_of(5 * HOUR_S))


@pytest.mark.parametrize("left_s", [-1.0, 0.0, 1.0, *LEFT_EDGES_S[1:], 1e9])
def test_the_store_counts_time_left_as_the_rules_do(engine: Engine, left_s: float) -> None:
    """At every edge: `step_of` in SQL is `step_of`."""
    with writing(engine) as connection:
        record(connection, "AWAITING_COLLECTION", collection_due_at=Instant(NOW + left_s))

        assert list(deadlines.open_orders(connection, NOW)) == [
            OpenOrders(
                shop="a",
                warehouse_id="w1",
                shipping_step=None,
                collection_step=step_of(left_s),
                orders=1,
            )
        ]


def test_what_tiktok_ships_is_not_due_here(engine: Engine) -> None:
    """Its order takes no part of any SKU of ours."""
    with writing(engine) as connection:
        record(connection, shipping_due_at=in_hours(-1), ships_from_us=False)

        assert list(deadlines.open_orders(connection, NOW)) == []


def test_an_order_that_is_due_names_every_pool_it_waits_for(engine: Engine) -> None:
    """A set waits for tees and for mugs; however many lines are due, each is named once."""
    with writing(engine) as connection:
        list_set(connection)
        for line_id in ("1", "2"):
            record(connection, line_id=line_id, shipping_due_at=in_hours(1))
        found = list(deadlines.due_before(connection, in_hours(2)))

    assert sorted(found, key=str) == sorted(
        (PoolDue(due=due(1, None), pool=pool) for pool in (TEE, MUG)), key=str
    )


def test_an_order_of_an_unknown_listing_is_due_all_the_same(engine: Engine) -> None:
    """Nobody knows its goods, but TikTok will cancel it."""
    with writing(engine) as connection:
        record(connection, shipping_due_at=in_hours(1))

        assert list(deadlines.due_before(connection, in_hours(2))) == [
            PoolDue(due=due(1, None), pool=None)
        ]


def test_what_is_due_later_is_not_asked_for(engine: Engine) -> None:
    """Only what is due before the moment."""
    with writing(engine) as connection:
        record(connection, shipping_due_at=in_hours(2), collection_due_at=in_hours(3))

        assert list(deadlines.due_before(connection, in_hours(2))) == []


# --- how others fared ------------------------------------------------------------------------


def measured(connection: Connection, deadline: Deadline = Deadline.SHIPPING) -> Punctuality | None:
    """How the warehouse `w1` fared."""
    return deadlines.punctuality(connection, "a", deadline, since=EPOCH, now=NOW).get("w1")


@pytest.mark.parametrize(
    ("status", "fields", "expected"),
    [
        (
            "IN_TRANSIT",
            {"packed_at": in_hours(-12.5)},
            Punctuality(in_time={step_of(2 * 3600): 1}),
        ),
        ("IN_TRANSIT", {"packed_at": in_hours(-9)}, Punctuality(late=1, in_time={})),
        ("AWAITING_SHIPMENT", {}, Punctuality(late=1, in_time={})),
        ("CANCELLED", {"cancelled_at": in_hours(-9)}, Punctuality(late=1, in_time={})),
        ("CANCELLED", {"cancelled_at": in_hours(-11)}, None),
        ("IN_TRANSIT", {"shipping_due_at": in_hours(1), "packed_at": in_hours(-9)}, None),
        ("IN_TRANSIT", {"shipping_due_at": None, "packed_at": in_hours(-9)}, None),
    ],
)
def test_an_order_tells_how_punctual_its_partner_is(
    engine: Engine, status: str, fields: dict[str, object], expected: Punctuality | None
) -> None:
    """Due ten hours ago: in time, late, or of no use: it was off before, or is not due yet."""
    with writing(engine) as connection:
        record(connection, status, **{"shipping_due_at": in_hours(-10), **fields})

        assert measured(connection) == expected


def test_a_parcel_is_in_time_once_it_was_collected(engine: Engine) -> None:
    """The collection has a due time of its own, measured when the parcel left."""
    with writing(engine) as connection:
        record(
            connection,
            "DELIVERED",
            collection_due_at=in_hours(-10),
            departed_at=in_hours(-10.2),
        )

        assert measured(connection, Deadline.COLLECTION) == Punctuality(in_time={0: 1})


def test_orders_are_counted_and_not_their_lines(engine: Engine) -> None:
    """Three lines of one late order are one."""
    with writing(engine) as connection:
        for line_id in ("1", "2", "3"):
            record(connection, line_id=line_id, shipping_due_at=in_hours(-10))

        assert measured(connection) == Punctuality(late=1, in_time={})


def test_old_orders_tell_nothing(engine: Engine) -> None:
    """Only those placed since a moment: partners change."""
    with writing(engine) as connection:
        record(connection, shipping_due_at=in_hours(-10))

        found = deadlines.punctuality(
            connection, "a", Deadline.SHIPPING, since=in_hours(-47), now=NOW
        )

    assert found == {}


def test_a_due_time_that_is_over_has_a_step_of_its_own() -> None:
    """The store and the rules mean the same by it."""
    assert step_of(-0.001) == PAST
