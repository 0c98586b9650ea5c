"""Who called an order off and why, and whether TikTok counts it against the seller.

TikTok gives no fault per cancellation; it has to be told from who cancelled and for what reason
(API page, sections 3 and 7), and in which market. The reasons are those of TikTok's page "Cancel
reasons", as codes and as the words of the same rows, which stand on orders in place of the codes.
`seller_fault` reads them in the form that `plain_reason` gives. What is not in a table counts
against the seller where the seller or TikTok's system cancelled: the guard fails closed.
"""

import re

from .market import rule_of


BUYER, OPERATOR, SYSTEM, SELLER = "BUYER", "OPERATOR", "SYSTEM", "SELLER"

BLAME = ("", BUYER, OPERATOR, SYSTEM, SELLER)
"""Who cancels, the most to the seller's fault last; the empty text is nobody knows."""

_MARKET_SUFFIX = "_uk"

NEVER_PAID = frozenset(
    {
        "system_cancel_unpaid_time_out",
        "buyer_payment_overdue",
        "ecom_order_unpaid_canceled_reason_not_want_pay",
        "buyer_hasn_t_paid",
        "seller_cancel_unpaid_reason_buyer_hasnt_paid_within_time_allowed",
        "buyer_did_not_pay_on_time",
    }
)
"""The order was never confirmed, so that it counts nowhere (section 7: unpaid time-out)."""

UNPAID_REASONS = tuple(sorted(NEVER_PAID | {f"{reason}{_MARKET_SUFFIX}" for reason in NEVER_PAID}))
"""The same as a list for a query, in each market's spelling."""

_ASKED_FOR_BY_BUYER = frozenset(
    {
        "seller_cancel_paid_reason_buyer_requested_cancellation",
        "seller_cancel_unpaid_reason_buyer_requested_cancellation",
        "buyer_requested_cancellation",
    }
)
"""The seller cancelled because the buyer wished it (section 7: buyer-requested, but not in TH)."""

_CARRIERS_OR_BUYERS = frozenset(
    {
        "package_lost",
        "package_damaged",
        "package_scrap",
        "package_scrapped",
        "threepl_breach",
        "returned_to_shipper_refused",
        "package_rejected",
        "returned_to_shipper_other",
        "package_delivery_failed",
        "system_cancel_anti_span_block",
        "failed_to_pass_risk_review",
        "system_cancel_add_address_overtime",
    }
)
"""The parcel had left, or the buyer failed TikTok's checks (section 7 names no such fault)."""

_NOT_SHIPPED_IN_TIME = frozenset(
    {
        "ecom_order_to_ship_canceled_reason_not_shipped_on_time",
        "item_wasn_t_shipped_on_time",
        "product_wasn_t_shipped_on_time",
        "buyer_cancel_late_shipment",
        "late_shipment",
    }
)
"""The buyer gave up on a late seller (section 7: it hurts in TH; counted in every market)."""

_SYSTEM_BLAMES_SELLER = frozenset(
    {
        "system_cancel_order_reason_shipping_timeout",
        "system_cancel_order_untracked",
        "system_cancel_order_reason_nrr_related",
    }
)
"""Not handed over, not tracked, not compliant (section 7), in the name of TikTok's staff too."""

_COUNTS_UNLESS = {
    SELLER: NEVER_PAID | _ASKED_FOR_BY_BUYER,
    SYSTEM: NEVER_PAID | _CARRIERS_OR_BUYERS,
}
_COUNTS_ONLY_IF = {BUYER: _NOT_SHIPPED_IN_TIME, OPERATOR: _SYSTEM_BLAMES_SELLER}


def plain_reason(text: str) -> str:
    """Return a reason as a code: TikTok gives codes in some places and words in others."""
    return re.sub(r"\W+", "_", text.lower()).strip("_")


def seller_fault(cancelled_by: str, reason: str, *, market: str | None = None) -> bool:
    """Tell whether a cancellation counts in the seller-fault cancellation rate of a market.

    Where nobody knows who cancelled, it counts unless the reason excuses every seller. Where the
    market counts every seller's cancellation, the buyer's wish excuses none.
    """
    plain = reason.removesuffix(_MARKET_SUFFIX)
    rule = rule_of(market)
    if plain in _ASKED_FOR_BY_BUYER and rule is not None and rule.every_seller_cancellation:
        return cancelled_by not in _COUNTS_ONLY_IF
    if cancelled_by in _COUNTS_ONLY_IF:
        return plain in _COUNTS_ONLY_IF[cancelled_by]
    return plain not in _COUNTS_UNLESS.get(cancelled_by, NEVER_PAID | _ASKED_FOR_BY_BUYER)


def more_to_blame(one: str, other: str) -> str:
    """Return which of two told cancellers is kept: any is better than none.

    Two looks at one cancellation should name the same; where they do not, the one that costs the
    seller more counts, and a word that we do not know most of all.
    """
    return max(one, other, key=_blame)


def _blame(cancelled_by: str) -> tuple[int, str]:
    known = cancelled_by in BLAME
    return (BLAME.index(cancelled_by) if known else len(BLAME), cancelled_by)


def fuller_reason(one: str, other: str) -> str:
    """Return which of two told reasons is kept: the longer, since codes say more than words."""
    return max(one, other, key=lambda reason: (len(reason), reason))
