"""An order becomes lines, one for each unit, and no time is taken for more than it says."""

from typing import Any

import pytest

from connectors.errors import AnswerUnreadable
from connectors.tiktok import translate_orders
from connectors.tiktok.json_parts import JsonPart
from connectors.tiktok.seen import OrderPage, is_whole
from reconciliation.orders import LineSeen, LineState, OrderLine, Seen, record, signs_of
from reconciliation.quantities import Instant

from .rig import NOW, data_of


Json = dict[str, Any]

PACKED_AT, LEFT_AT = Instant(1_500), Instant(1_600)


def item(line_id: str = "L1", **fields: object) -> Json:
    """One row of an order: one unit."""
    return {"id": line_id, "sku_id": "S1", "display_status": "AWAITING_SHIPMENT", **fields}


def order(*items: Json, **fields: object) -> Json:
    """An order as the search gives it."""
    return {
        "id": "576461413038785752",
        "status": "AWAITING_SHIPMENT",
        "create_time": 1_000,
        "update_time": 2_000,
        "warehouse_id": "W1",
        "line_items": list(items or (item(),)),
        **fields,
    }


def lines(*items: Json, **fields: object) -> tuple[LineSeen, ...]:
    """The lines of one order."""
    whole = JsonPart(value=order(*items, **fields), path="data.orders[0]")
    return translate_orders.order_lines(whole, "uk")


def page(*order_ids: str, total_count: int, next_page_token: str = "") -> OrderPage:
    """A page of a search."""
    return OrderPage(
        order_ids=order_ids,
        lines=(),
        total_count=total_count,
        next_page_token=next_page_token,
        began_at=Instant(NOW),
        finished_at=Instant(NOW),
    )


def test_each_row_is_one_unit() -> None:
    """Two rows of one SKU are two lines."""
    assert lines(item("L1"), item("L2")) == tuple(
        LineSeen(
            shop="uk",
            order_id="576461413038785752",
            line_id=line_id,
            sku_id="S1",
            warehouse_id="W1",
            status="AWAITING_SHIPMENT",
            placed_at=Instant(1_000),
            updated_at=Instant(2_000),
        )
        for line_id in ("L1", "L2")
    )


@pytest.mark.parametrize(
    ("own", "of_order", "expected"),
    [
        ("IN_TRANSIT", "PARTIALLY_SHIPPING", "IN_TRANSIT"),
        ("CANCELLED", "AWAITING_SHIPMENT", "CANCELLED"),
        ("TO_SHIP", "UNPAID", "UNPAID"),
        ("", "ON_HOLD", "ON_HOLD"),
        (None, "CANCEL", "CANCEL"),
    ],
)
def test_the_line_speaks_for_itself(own: str | None, of_order: str, expected: str) -> None:
    """Its own status counts where we know it, else the order's."""
    (line,) = lines(item(display_status=own), status=of_order)

    assert line.status == expected


def test_an_unknown_status_is_passed_on() -> None:
    """The rules hold its unit for it; the other orders of the page are not lost over it."""
    (line,) = lines(item(display_status="TO_SHIP"), status="TELEPORTED")

    assert line.status == "TELEPORTED"
    assert signs_of(line) == (Seen.WAITING,)


def test_the_only_package_has_the_times_of_the_order() -> None:
    """Where all that is known is one package, the order's times are its own."""
    (line,) = lines(
        item(package_id="K1\n"),
        packages=[{"id": "K1"}],
        rts_time=1_500,
        collection_time=1_600,
    )

    assert (line.package_id, line.packed_at, line.departed_at) == ("K1", PACKED_AT, LEFT_AT)


@pytest.mark.parametrize(
    "fields",
    [
        {"packages": [{"id": "K1"}, {"id": "K2"}]},
        {"packages": [{"id": "K2"}]},
        {"packages": [{"id": "K1"}], "split_or_combine_tag": "SPLIT"},
    ],
)
def test_a_collection_may_be_of_another_package(fields: Json) -> None:
    """Counterexample 10: with a second package in play, the line is not taken for departed."""
    (line,) = lines(item(package_id="K1"), rts_time=1_500, collection_time=1_600, **fields)

    assert (line.packed_at, line.departed_at) == (None, None)


def test_a_line_without_a_package_has_not_left() -> None:
    """The other line's package was collected; this one's is not made yet."""
    packed, waiting = lines(
        item("L1", package_id="K1"), item("L2"), packages=[{"id": "K1"}], collection_time=1_600
    )

    assert (packed.departed_at, waiting.departed_at) == (LEFT_AT, None)


def test_the_line_knows_best_when_it_was_packed() -> None:
    """A line's own time of packing counts, however many packages there are."""
    first, second = lines(
        item("L1", package_id="K1", rts_time=1_500), item("L2", package_id="K2"), rts_time=1_550
    )

    assert (first.packed_at, second.packed_at) == (PACKED_AT, None)


def test_a_cancellation_is_of_the_cancelled_lines() -> None:
    """The order's time and reason of cancelling say nothing of a line that ships."""
    gone, stays = lines(
        item("L1", display_status="CANCELLED"),
        item("L2"),
        cancel_time=1_600,
        cancel_reason="Pricing error",
    )

    assert (gone.cancelled_at, gone.cancel_reason) == (LEFT_AT, "pricing_error")
    assert (stays.cancelled_at, stays.cancel_reason) == (None, "")


@pytest.mark.parametrize(
    "reason", ["Out of stock", "seller_cancel_reason_out_of_stock", "OUT OF STOCK."]
)
@pytest.mark.parametrize("status", ["CANCEL", "CANCELLED"])
def test_want_of_stock_is_known_in_words_and_in_codes(reason: str, status: str) -> None:
    """However it is spelt, the unit was never there and does not come back."""
    (line,) = lines(item(display_status=status, cancel_reason=reason))

    waiting = OrderLine(state=LineState.WAITING, placed_at=Instant(1_000))
    assert record(waiting, line).state is LineState.CANCELLED_MISSING


def test_a_line_has_its_own_reason() -> None:
    """The line's reason goes before the order's."""
    (line,) = lines(
        item(display_status="CANCELLED", cancel_reason="Out of stock"),
        cancel_reason="Pricing error",
    )

    assert line.cancel_reason == "out_of_stock"


@pytest.mark.parametrize(
    ("of_line", "of_order", "expected"),
    [
        ("OPERATOR", "SYSTEM", "OPERATOR"),
        ("seller", None, "SELLER"),
        (None, "BUYER", "BUYER"),
        (None, None, ""),
    ],
)
def test_who_cancelled_is_taken_from_the_line_first(
    of_line: str | None, of_order: str | None, expected: str
) -> None:
    """Only the line's field tells TikTok's staff from its system."""
    (line,) = lines(
        item(display_status="CANCELLED", cancel_user=of_line), cancellation_initiator=of_order
    )

    assert line.cancelled_by == expected


def test_a_line_that_ships_was_cancelled_by_nobody() -> None:
    """The order's initiator is of the lines that are cancelled."""
    (line,) = lines(item(), cancellation_initiator="SELLER")

    assert line.cancelled_by == ""


def test_an_order_says_by_when_it_must_go() -> None:
    """Its due times are those of each of its lines; 0 is none."""
    told, untold = (
        lines(shipping_due_time=1_700, collection_due_time="1800")[0],
        lines(shipping_due_time=0)[0],
    )

    due = (Instant(1_700), Instant(1_800))
    assert (told.shipping_due_at, told.collection_due_at) == due
    assert (untold.shipping_due_at, untold.collection_due_at) == (None, None)


def test_a_virtual_bundle_takes_its_components() -> None:
    """The components are decremented, as many units of each as TikTok says."""
    parts = [{"sku_id": "S7", "sku_count": 2}, {"sku_id": 8, "sku_count": "1"}]

    (line,) = lines(item(combined_listing_skus=parts))

    assert line.decrements() == (("S7", 2), ("8", 1))


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({"fulfillment_type": "FULFILLMENT_BY_TIKTOK"}, 0),
        ({"fulfillment_type": "FULFILLMENT_BY_SELLER"}, 1),
        ({"is_sample_order": True}, 1),
        ({"is_replacement_order": True}, 1),
        ({}, 1),
    ],
)
def test_what_ships_from_us_counts(fields: Json, taken: int) -> None:
    """Samples and replacements take a unit of ours; what TikTok ships does not."""
    (line,) = lines(**fields)

    assert len(line.decrements()) == taken


@pytest.mark.parametrize(
    ("fields", "lowers"),
    [
        ({}, True),
        ({"order_type": "NORMAL", "fulfillment_type": "FULFILLMENT_BY_SELLER"}, True),
        ({"is_sample_order": True}, False),
        ({"is_replacement_order": True}, False),
        ({"is_exchange_order": True}, False),
        ({"order_type": "PRE_ORDER"}, False),
        ({"order_type": "BACK_ORDER"}, False),
        ({"order_type": "MADE_TO_ORDER"}, False),
        ({"order_type": "ZERO_LOTTERY"}, False),
        ({"order_type": "NEVER_HEARD_OF"}, False),
        ({"fulfillment_type": "FULFILLMENT_BY_DILAYANI_TOKOPEDIA"}, False),
    ],
)
def test_only_an_ordinary_sale_surely_lowers_its_listing(fields: Json, *, lowers: bool) -> None:
    """Of every other kind it is not known: what the listing shows counts on until it is read."""
    (line,) = lines(**fields)

    assert line.lowers_listing is lowers


def test_an_order_may_have_no_warehouse_yet() -> None:
    """Then the lines say so, and the order is not lost."""
    assert lines(warehouse_id=None)[0].warehouse_id == ""


@pytest.mark.parametrize("name", ["id", "create_time", "update_time", "status"])
def test_a_missing_field_is_named(name: str) -> None:
    """The path of the order and the name of the field."""
    with pytest.raises(AnswerUnreadable, match=rf"data\.orders\[0\]\.{name}"):
        lines(item(display_status=None), **{name: None})


def test_a_page_counts_and_names_its_orders() -> None:
    """An order without lines is an order; the total is TikTok's."""
    data = data_of({"orders": [order(), order(id="2", line_items=[])], "total_count": 22})

    read = translate_orders.order_page(data, "uk")

    assert read.order_ids == ("576461413038785752", "2")
    assert (len(read.lines), read.total_count, read.next_page_token) == (1, 22, "")


def test_an_empty_page_is_a_page() -> None:
    """A window without orders has a count of 0, but it must have a count."""
    assert translate_orders.order_page(data_of({"total_count": 0}), "uk").order_ids == ()
    with pytest.raises(AnswerUnreadable, match="total_count"):
        translate_orders.order_page(data_of({}), "uk")


def test_orders_not_answered_are_named() -> None:
    """An order that was asked for and is not there is not taken for empty."""
    read = translate_orders.orders_read(data_of({"orders": [order(id="2")]}), "uk", ["1", "2"])

    assert read.absent_order_ids == ("1",)


@pytest.mark.parametrize(
    ("pages", "whole"),
    [
        ([page("1", total_count=3, next_page_token="T"), page("2", "3", total_count=3)], True),
        ([page(total_count=0)], True),
        ([], False),
        ([page("1", total_count=1, next_page_token="T")], False),
        ([page("1", "2", total_count=3)], False),
        ([page("1", "2", total_count=2, next_page_token="T"), page("2", total_count=2)], True),
        ([page("1", total_count=2, next_page_token="T"), page("1", total_count=2)], False),
        ([page("1", total_count=2, next_page_token="T"), page("2", "3", total_count=3)], False),
    ],
)
def test_a_window_is_whole_when_the_ids_are_counted(
    pages: list[OrderPage], *, whole: bool
) -> None:
    """Design W5: distinct ids equal the total, which stood still while pages were turned."""
    assert is_whole(pages) is whole
