"""Cancellations, promotions, changes of products: what is asked, and how answers are read."""

from typing import Any

import pytest

from connectors.errors import OutcomeUnknown
from connectors.tiktok import market, translate_market
from connectors.tiktok.market_seen import CancellationPage, ChangeAnswer, LimitSeen, is_whole
from reconciliation.quantities import Instant

from .rig import SHOP, Rig, always, answer, data_of


Json = dict[str, Any]


def cancellation(**fields: object) -> Json:
    """A cancellation as the search gives it."""
    return {
        "cancel_id": "C1",
        "order_id": "O1",
        "cancel_type": "CANCEL",
        "cancel_status": "CANCELLATION_REQUEST_SUCCESS",
        "role": "SELLER",
        "cancel_reason": "seller_cancel_reason_out_of_stock",
        "update_time": 2_000,
        **fields,
    }


def page(
    *some: Json, total_count: int | None = None, next_page_token: str = ""
) -> CancellationPage:
    """A page of cancellations."""
    count = len(some) if total_count is None else total_count
    told = {"cancellations": list(some), "total_count": count, "next_page_token": next_page_token}
    return translate_market.cancellation_page(data_of(told))


@pytest.mark.parametrize(
    ("status", "happened"),
    [
        ("CANCELLATION_REQUEST_SUCCESS", True),
        ("CANCELLATION_REQUEST_COMPLETE", True),
        ("SUCCESS", True),
        ("CANCELLATION_REQUEST_PENDING", False),
        ("CANCELLATION_REQUEST_CANCEL", False),
        ("CANCELLATION_REQUEST_CANCELLED", False),
        ("NEVER_HEARD_OF", False),
    ],
)
def test_only_what_was_carried_out_has_happened(status: str, *, happened: bool) -> None:
    """A request may be withdrawn; TikTok's pages spell the states in two ways."""
    (seen,) = page(cancellation(cancel_status=status)).cancellations

    assert seen.happened is happened


@pytest.mark.parametrize("told", [True, False, None, "yes"])
def test_what_is_restocked_is_known_only_where_it_is_told(told: object) -> None:
    """The older version has no such field."""
    (seen,) = page(cancellation(should_replenish_stock=told)).cancellations

    assert seen.restocks is (told if isinstance(told, bool) else None)


def test_a_cancellation_of_single_lines_names_them() -> None:
    """By the ids that they have in the order."""
    lines = [{"order_line_item_id": 7, "sku_id": "S1"}, {"sku_id": "S2"}]
    (seen,) = page(cancellation(cancel_line_items=lines)).cancellations

    assert seen.line_ids == ("7",)


def test_without_a_code_the_text_is_the_reason() -> None:
    """In the form in which reasons are compared."""
    told = cancellation(cancel_reason=None, cancel_reason_text="Out of stock")
    (seen,) = page(told).cancellations

    assert seen.reason == "out_of_stock"


def test_pages_are_whole_when_all_that_is_counted_is_there() -> None:
    """Else the reading does not move on."""
    first = page(cancellation(), total_count=2, next_page_token="T")
    last = page(cancellation(cancel_id="C2"), total_count=2)

    assert is_whole([first, last])
    assert not is_whole([first])
    assert not is_whole([page(cancellation(), total_count=2)])


def test_a_search_is_asked_for_in_whole_seconds_and_in_order() -> None:
    """From the oldest, so that a new one moves none of the others."""
    rig = Rig(always(lambda: answer({"cancellations": [], "total_count": 0})))
    market.cancellations(rig.client(), SHOP, Instant(1.6), Instant(2.2))

    assert rig.bodies() == [{"update_time_ge": 1, "update_time_lt": 3}]
    assert rig.requests[0].url.params["sort_order"] == "ASC"


def test_a_limit_is_the_skus_where_there_are_skus() -> None:
    """Else the whole product's; -1 is any number."""
    products = [
        {"id": "P1", "quantity_limit": -1, "skus": [{"id": 8, "quantity_limit": 50}]},
        {"id": "P2", "quantity_limit": -1},
        {"id": "P3", "quantity_limit": "9"},
    ]

    assert translate_market.activity_limits(data_of({"products": products})) == (
        LimitSeen(product_id="P1", sku_id="8", units_max=50),
        LimitSeen(product_id="P2", sku_id="", units_max=None),
        LimitSeen(product_id="P3", sku_id="", units_max=9),
    )


def test_running_and_coming_promotions_are_asked_for() -> None:
    """Size and token are in the body, and an empty token is left out."""
    rig = Rig(always(lambda: answer({"activities": []})))
    market.activities(rig.client(), SHOP)

    assert rig.bodies() == [
        {"page_size": 100, "status": "ONGOING"},
        {"page_size": 100, "status": "NOT_START"},
    ]


def test_a_refusal_under_code_0_is_seen() -> None:
    """`code: 0` is no success (design W7)."""
    errors = [{"code": 12052093, "message": "limit", "detail": {"product_id": "P1"}}]
    rig = Rig(always(lambda: answer({"errors": errors})))

    assert market.put_on_sale(rig.client(), SHOP, ["P1", "P2"]) == ChangeAnswer(
        refused={"P1": (12052093, "limit")}
    )


def test_a_refusal_that_names_nothing_is_about_all() -> None:
    """Nothing is taken for done that may not be."""
    errors = [{"code": 12052093, "message": "limit"}]
    told = translate_market.change_answer(data_of({"errors": errors}), ["S1", "S2"], "sku_id")

    assert told.refused.keys() == {"S1", "S2"}


def test_a_change_is_never_repeated() -> None:
    """It may have had its effect."""
    rig = Rig(always(lambda: answer(None, 36009003, "Internal error")))
    with pytest.raises(OutcomeUnknown):
        market.take_off_sale(rig.client(), SHOP, ["P1"])

    assert len(rig.requests) == 1


@pytest.mark.parametrize("count", [0, 21])
def test_too_many_products_are_a_fault_of_ours(count: int) -> None:
    """TikTok's limit is kept here first."""
    rig = Rig(always(lambda: answer({})))
    with pytest.raises(ValueError, match="1 to 20 products"):
        market.take_off_sale(rig.client(), SHOP, ["P"] * count)

    assert rig.requests == []
