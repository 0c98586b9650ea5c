"""Whose fault a cancellation is, line by line of the table; in doubt the seller's."""

import pytest

from reconciliation.cancellation import (
    BLAME,
    UNPAID_REASONS,
    fuller_reason,
    more_to_blame,
    plain_reason,
    seller_fault,
)


BUYERS_WISH = "seller_cancel_paid_reason_buyer_requested_cancellation"


@pytest.mark.parametrize(
    ("cancelled_by", "reason", "counts"),
    [
        ("SELLER", "seller_cancel_reason_out_of_stock", True),
        ("SELLER", "seller_cancel_reason_out_of_stock_uk", True),
        ("SELLER", "seller_cancel_unpaid_reason_out_of_stock", True),
        ("SELLER", "out_of_stock", True),
        ("SELLER", "seller_cancel_reason_wrong_price", True),
        ("SELLER", "pricing_error", True),
        ("SELLER", "seller_cancel_paid_reason_address_not_deliver", True),
        ("SELLER", "a_reason_of_next_year", True),
        ("SELLER", "", True),
        ("SELLER", "seller_cancel_paid_reason_buyer_requested_cancellation", False),
        ("SELLER", "seller_cancel_unpaid_reason_buyer_requested_cancellation", False),
        ("SELLER", "buyer_requested_cancellation", False),
        ("SELLER", "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed", False),
        ("SELLER", "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed_uk", False),
        ("SELLER", "buyer_did_not_pay_on_time", False),
        ("SELLER", "package_lost", True),
        ("SYSTEM", "system_cancel_order_reason_shipping_timeout", True),
        ("SYSTEM", "system_cancel_order_reason_shipping_timeout_uk", True),
        ("SYSTEM", "automatically_cancelled_due_to_collection_time_out", True),
        ("SYSTEM", "system_cancel_order_untracked", True),
        ("SYSTEM", "system_cancel_order_untracked_uk", True),
        ("SYSTEM", "system_cancel_order_exceed_edt_not_arrive", True),
        ("SYSTEM", "platform_cancel", True),
        ("SYSTEM", "", True),
        ("SYSTEM", "system_cancel_unpaid_time_out", False),
        ("SYSTEM", "system_cancel_unpaid_time_out_uk", False),
        ("SYSTEM", "buyer_payment_overdue", False),
        ("SYSTEM", "ecom_order_unpaid_canceled_reason_not_want_pay", False),
        ("SYSTEM", "buyer_hasn_t_paid", False),
        ("SYSTEM", "package_lost", False),
        ("SYSTEM", "package_damaged_uk", False),
        ("SYSTEM", "package_scrap", False),
        ("SYSTEM", "package_scrapped", False),
        ("SYSTEM", "threepl_breach", False),
        ("SYSTEM", "returned_to_shipper_refused", False),
        ("SYSTEM", "package_rejected", False),
        ("SYSTEM", "returned_to_shipper_other", False),
        ("SYSTEM", "package_delivery_failed", False),
        ("SYSTEM", "system_cancel_anti_span_block", False),
        ("SYSTEM", "failed_to_pass_risk_review", False),
        ("SYSTEM", "system_cancel_add_address_overtime", False),
        ("BUYER", "ecom_order_to_ship_canceled_reason_no_longer_needed", False),
        ("BUYER", "a_reason_of_next_year", False),
        ("BUYER", "", False),
        ("BUYER", "ecom_order_to_ship_canceled_reason_not_shipped_on_time", True),
        ("BUYER", "item_wasn_t_shipped_on_time", True),
        ("BUYER", "product_wasn_t_shipped_on_time", True),
        ("BUYER", "buyer_cancel_late_shipment", True),
        ("BUYER", "late_shipment", True),
        ("OPERATOR", "system_cancel_order_reason_potential_fraud", False),
        ("OPERATOR", "", False),
        ("OPERATOR", "system_cancel_order_reason_nrr_related", True),
        ("OPERATOR", "system_cancel_order_reason_shipping_timeout", True),
        ("OPERATOR", "system_cancel_order_untracked", True),
        ("", "", True),
        ("", "system_cancel_unpaid_time_out", False),
        ("", "buyer_requested_cancellation", False),
        ("WIZARD", "package_lost", True),
    ],
)
def test_the_table_says_whose_fault_it_is(cancelled_by: str, reason: str, *, counts: bool) -> None:
    """Who cancelled and why decide; what is not in the table counts where it is in doubt."""
    assert seller_fault(cancelled_by, reason) is counts


@pytest.mark.parametrize(
    ("cancelled_by", "counts"),
    [("SELLER", True), ("SYSTEM", True), ("", True), ("BUYER", False), ("OPERATOR", False)],
)
@pytest.mark.parametrize("reason", ["buyer_requested_cancellation", BUYERS_WISH])
def test_in_thailand_the_buyers_wish_excuses_no_seller(
    cancelled_by: str, reason: str, *, counts: bool
) -> None:
    """Every cancellation by a seller counts there; one by the buyer does not."""
    assert seller_fault(cancelled_by, reason, market="TH") is counts


@pytest.mark.parametrize("market", ["US", "GB", "ID", "XX", None])
def test_elsewhere_the_buyers_wish_excuses_the_seller(market: str | None) -> None:
    """Also where we know nothing of the market."""
    assert not seller_fault("SELLER", BUYERS_WISH, market=market)


@pytest.mark.parametrize("market", ["TH", None])
@pytest.mark.parametrize("cancelled_by", BLAME)
@pytest.mark.parametrize("reason", UNPAID_REASONS)
def test_an_order_never_paid_is_nobodys_fault(
    cancelled_by: str, reason: str, market: str | None
) -> None:
    """An unpaid order that runs out of time never counts, whoever says so, and wherever."""
    assert not seller_fault(cancelled_by, reason, market=market)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Item wasn't shipped on time", "item_wasn_t_shipped_on_time"),
        (" Out of stock. ", "out_of_stock"),
        ("package_lost", "package_lost"),
    ],
)
def test_words_become_codes(text: str, plain: str) -> None:
    """TikTok's words and codes are compared in one form."""
    assert plain_reason(text) == plain


@pytest.mark.parametrize(
    ("one", "other", "kept"),
    [
        ("", "BUYER", "BUYER"),
        ("SYSTEM", "OPERATOR", "SYSTEM"),
        ("BUYER", "SELLER", "SELLER"),
        ("WIZARD", "SELLER", "WIZARD"),
    ],
)
def test_of_two_cancellers_the_dearer_is_kept(one: str, other: str, kept: str) -> None:
    """Doubt counts against the seller, in either order."""
    assert more_to_blame(one, other) == more_to_blame(other, one) == kept


def test_a_code_is_kept_rather_than_words() -> None:
    """The longer of two reasons says more, in either order; any is better than none."""
    words, code = "out_of_stock", "seller_cancel_reason_out_of_stock"

    assert fuller_reason(words, code) == fuller_reason(code, words) == code
    assert fuller_reason("", words) == words
