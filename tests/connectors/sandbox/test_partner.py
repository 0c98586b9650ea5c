"""The partner: parcels go out, the book follows, and his files say what they should."""

import csv
import io
import random
from pathlib import Path

import pytest

from connectors.sandbox.feed_files import BadRow, as_of_text, bad_lines, feed_bytes
from connectors.sandbox.orders import Order
from connectors.sandbox.partner import DeductsAt, PartnerHabits, PartnerWarehouse
from connectors.sandbox.shelf import Pool, Shelf

from .scene import NOON, Scene


MUG = Pool(warehouse="EAST", item="MUG")


class Building:
    """A partner with ten mugs and one listing that shows them all."""

    def __init__(
        self,
        deducts_at: DeductsAt = DeductsAt.CARRIER_SCAN,
        posting_lag_s: float = 0.0,
        gives_up_after_s: float | None = None,
        mugs: int = 10,
    ) -> None:
        self.scene = Scene()
        self.shelf = Shelf(self.scene.world)
        self.shelf.receive(MUG, mugs)
        self.sku = self.scene.list_sku(units=10)
        self.shelf.map_listing(*self.scene.key(self.sku), {MUG: 1})
        habits = PartnerHabits(
            order_lag_s=2.0,
            pack_s=(10.0, 10.0),
            ship_confirm_s=(10.0, 10.0),
            carrier_scan_s=(10.0, 10.0),
            deliver_s=(10.0, 10.0),
            complete_s=(10.0, 10.0),
            repack_s=1.0,
            deducts_at=deducts_at,
            posting_lag_s=posting_lag_s,
            gives_up_after_s=gives_up_after_s,
        )
        self.partner = PartnerWarehouse(
            self.scene.world, self.shelf, "EAST", rng=random.Random(3), habits=habits
        )

    def run(self, seconds: float) -> None:
        """Let time pass and the partner work, second by second."""
        for _ in range(int(seconds)):
            self.scene.clock.wait(1)
            self.partner.step(self.scene.clock.now)

    def order(self, units: int = 1) -> Order:
        """Sell and release an order."""
        return self.scene.buy(self.sku, units, paid=True)

    def status(self, order: Order) -> str:
        """Return where the order is."""
        return self.scene.world.orders[order.order_id].status.value

    def on_hand(self) -> int:
        """Return what his book says of mugs."""
        return self.partner.on_hand(self.scene.clock.now)["MUG"]

    def available(self) -> int:
        """Return what he would report as available."""
        return self.partner.available(self.scene.clock.now)["MUG"]


def test_an_order_goes_its_way() -> None:
    """Received, packed, confirmed, collected, delivered, completed; goods leave at the scan."""
    building = Building()
    order = building.order(2)
    seen = []
    for seconds in (12, 10, 10, 10, 10):
        building.run(seconds)
        seen.append((building.status(order), building.shelf.on_shelf(MUG)))

    assert seen == [
        ("AWAITING_SHIPMENT", 10),
        ("AWAITING_COLLECTION", 10),
        ("IN_TRANSIT", 8),
        ("DELIVERED", 8),
        ("COMPLETED", 8),
    ]


@pytest.mark.parametrize(
    ("event", "lag_s", "seconds"),
    [
        (DeductsAt.PACK, 0, 12),
        (DeductsAt.SHIP_CONFIRM, 0, 22),
        (DeductsAt.CARRIER_SCAN, 0, 32),
        (DeductsAt.CARRIER_SCAN, 5, 37),
    ],
)
def test_the_book_deducts_at_its_event(event: DeductsAt, lag_s: float, seconds: int) -> None:
    """The units come off when the chosen event is posted, not a second before."""
    building = Building(event, lag_s)
    building.order(3)
    building.run(seconds - 1)
    before = building.on_hand()
    building.run(1)

    assert (before, building.on_hand()) == (10, 7)


def test_an_available_feed_knows_orders_after_its_lag() -> None:
    """An order is taken off when he has received it, once, and back on when it is off."""
    building = Building()
    order = building.order(3)
    unknown = building.available()
    building.run(2)
    known = building.available()
    building.run(40)
    departed = building.available()
    second = building.order(1)
    building.run(3)
    building.scene.world.cancel(second.order_id, "BUYER", "changed my mind")
    still_known = building.available()
    building.run(2)

    assert (unknown, known, departed) == (10, 7, 7)
    assert (still_known, building.available()) == (6, 7)
    assert building.status(order) == "DELIVERED"


def test_unpaid_orders_never_reach_him() -> None:
    """An order that was not released is in no feed (counterexample 6)."""
    building = Building()
    building.scene.buy(building.sku, 4)
    building.run(60)

    assert building.available() == 10


def test_a_deducted_order_that_is_cancelled_comes_back_to_the_book() -> None:
    """Packed and taken off, then called off before the carrier came: the book is whole again."""
    building = Building(DeductsAt.PACK)
    order = building.order(3)
    building.run(13)
    packed = building.on_hand()
    building.scene.world.cancel(order.order_id, "BUYER", "changed my mind")
    building.run(60)

    assert (packed, building.on_hand(), building.shelf.on_shelf(MUG)) == (7, 10, 10)


def test_an_order_for_missing_goods_ends_in_a_sellers_cancellation() -> None:
    """He waits for goods, gives up, and cancels as out of stock."""
    building = Building(gives_up_after_s=30, mugs=0)
    order = building.order()
    building.run(31)
    waiting = building.status(order)
    building.run(5)

    cancelled = building.scene.world.orders[order.order_id]
    assert waiting == "AWAITING_SHIPMENT"
    assert (cancelled.cancelled_by, cancelled.cancel_reason) == (
        "SELLER",
        "seller_cancel_reason_out_of_stock",
    )


def test_a_delivery_saves_a_waiting_order() -> None:
    """Goods that arrive in time are packed, and are in the book at once."""
    building = Building(mugs=0)
    order = building.order()
    building.run(20)
    building.partner.receive("MUG", 5)
    building.run(30)

    assert building.status(order) == "IN_TRANSIT"
    assert building.on_hand() == 4


def test_goods_that_vanish_after_packing_hold_the_parcel_back() -> None:
    """The carrier finds nothing to collect and comes again."""
    building = Building(mugs=1)
    order = building.order()
    building.run(25)
    building.shelf.lose(MUG, 1)
    building.run(20)
    stuck = building.status(order)
    building.shelf.find(MUG, 1)
    building.run(2)

    assert (stuck, building.status(order)) == ("AWAITING_COLLECTION", "IN_TRANSIT")


def test_shrinkage_is_unseen_until_the_stocktake() -> None:
    """The book keeps the lost mugs until somebody counts."""
    building = Building()
    building.shelf.lose(MUG, 4)
    before = building.on_hand()

    assert building.partner.stocktake() == {"MUG": -4}
    assert (before, building.on_hand()) == (10, 6)
    assert building.partner.stocktake() == {}


def test_a_feed_states_the_book_at_its_as_of() -> None:
    """The as-of is the moment to the millisecond, and the quantity is the book's at it."""
    building = Building()
    building.scene.clock.wait(0.1239)
    building.order(3)
    building.run(40)

    name, content = building.partner.make_feed(NOON + 0.1239)
    later = building.partner.make_feed(building.scene.clock.now)[1].decode()

    assert name == "east_on_hand_1700000000_0001.csv"
    assert content.decode() == "sku,quantity,as_of\r\nMUG,10,2023-11-14T22:13:20.123Z\r\n"
    assert "MUG,7," in later


def test_both_kinds_of_feed_differ_by_the_live_orders() -> None:
    """`available` has already lost what `on_hand` still holds."""
    building = Building()
    building.order(3)
    building.run(5)
    now = building.scene.clock.now

    assert b"MUG,10," in building.partner.make_feed(now, "on_hand")[1]
    assert b"MUG,7," in building.partner.make_feed(now, "available")[1]


@pytest.mark.parametrize("count", [1, 4])
def test_bad_rows_are_there_and_spare_the_good(count: int) -> None:
    """As many bad rows as were asked for, none of them about a listed item."""
    building = Building()
    _, content = building.partner.make_feed(building.scene.clock.now, bad_rows=count)

    _, good, *bad = csv.reader(io.StringIO(content.decode()))

    assert good[:2] == ["MUG", "10"]
    assert count <= len(bad) <= 2 * count
    assert all(row[0] != "MUG" for row in bad)


def reads_well(row: list[str]) -> bool:
    """Whether a careless eye finds nothing wrong with a row."""
    return len(row) == 3 and bool(row[0].strip()) and row[1].isascii() and row[1].isdigit()


@pytest.mark.parametrize("kind", [kind for kind in BadRow if kind is not BadRow.DUPLICATE_SKU])
def test_every_bad_row_is_bad(kind: BadRow) -> None:
    """No bad row is a SKU, a plain whole number and an as-of."""
    (row,) = csv.reader(bad_lines(kind, "X", as_of_text(NOON)))

    assert not reads_well(row)


def test_a_duplicate_is_two_good_rows_that_differ() -> None:
    """Each of the two reads well; together they contradict each other."""
    rows = list(csv.reader(bad_lines(BadRow.DUPLICATE_SKU, "X", as_of_text(NOON))))

    assert [reads_well(row) for row in rows] == [True, True]
    assert rows[0][0] == rows[1][0]
    assert rows[0][1] != rows[1][1]


def test_a_file_is_dropped_in_one_move(tmp_path: Path) -> None:
    """Only the final name is left, and it holds the whole file."""
    building = Building()
    path = building.partner.drop_feed(tmp_path, building.scene.clock.now, bad_rows=1)

    assert list(tmp_path.iterdir()) == [path]
    assert path.read_bytes().startswith(b"sku,quantity,as_of\r\nMUG,10,")


def test_a_feed_without_goods_has_its_header() -> None:
    """An empty building still sends a file that can be read."""
    assert feed_bytes({}, NOON) == b"sku,quantity,as_of\r\n"
