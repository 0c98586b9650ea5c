"""TikTok's JSON about cancellations, promotions and products' state becomes our values. Pure."""

from collections.abc import Sequence

from reconciliation.cancellation import plain_reason
from reconciliation.quantities import Units

from .json_parts import JsonPart
from .market_seen import (
    ActivityPage,
    ActivitySeen,
    CancellationPage,
    CancellationSeen,
    ChangeAnswer,
    LimitSeen,
)
from .wire import Data


UNLIMITED = -1
"""How a promotion says that it sells any number of units (API page, section 3)."""


def cancellation_page(data: Data) -> CancellationPage:
    """Translate a page of a search for cancellations (section 3)."""
    return CancellationPage(
        cancellations=tuple(_cancellation(each) for each in data.part.parts("cancellations")),
        total_count=data.part.units("total_count"),
        next_page_token=data.part.text("next_page_token", ""),
    )


def _cancellation(part: JsonPart) -> CancellationSeen:
    told = part.value.get("should_replenish_stock")
    lines = part.parts("cancel_line_items")
    return CancellationSeen(
        cancel_id=part.identity("cancel_id"),
        order_id=part.identity("order_id"),
        line_ids=tuple(
            line_id for line in lines if (line_id := line.identity("order_line_item_id", ""))
        ),
        role=part.text("role", "").upper(),
        # The code says more than its text, and is the same in every language.
        reason=plain_reason(part.text("cancel_reason", "") or part.text("cancel_reason_text", "")),
        kind=part.text("cancel_type", ""),
        status=_status(part.text("cancel_status")),
        restocks=told if isinstance(told, bool) else None,
        updated_at=part.instant("update_time"),
    )


def _status(told: str) -> str:
    # Some pages leave out the beginning (API page, sections 3 and 6).
    return told if told.startswith("CANCELLATION_") else f"CANCELLATION_REQUEST_{told}"


def activity_page(data: Data) -> ActivityPage:
    """Translate a page of a search for promotions, which names no products (section 3)."""
    return ActivityPage(
        activities=tuple(
            ActivitySeen(
                activity_id=each.identity("id"),
                title=each.text("title", ""),
                kind=each.text("activity_type", ""),
                status=each.text("status", ""),
                begins_at=each.instant_if_any("begin_time"),
                ends_at=each.instant_if_any("end_time"),
            )
            for each in data.part.parts("activities")
        ),
        next_page_token=data.part.text("next_page_token", ""),
    )


def activity_limits(data: Data) -> tuple[LimitSeen, ...]:
    """Translate the products of a promotion: one limit for each SKU, or for a whole product."""
    return tuple(
        LimitSeen(
            product_id=product.identity("id"),
            sku_id=sku.identity("id") if sku is not product else "",
            units_max=_limit(sku),
        )
        for product in data.part.parts("products")
        for sku in (*product.parts("skus"),) or (product,)
    )


def _limit(part: JsonPart) -> Units | None:
    found = part.value.get("quantity_limit")
    return None if found in (None, "", UNLIMITED, str(UNLIMITED)) else part.units("quantity_limit")


def change_answer(data: Data, asked: Sequence[str], name: str) -> ChangeAnswer:
    """Translate the answer to a change: `code: 0` may hide refusals in `data.errors` (section 3).

    An error that names none of what was asked is about all of it.
    """
    refused: dict[str, tuple[int, str]] = {}
    for error in data.part.parts("errors"):
        named = error.part("detail").identity(name, "")
        for each in (named,) if named in asked else asked:
            refused[each] = (error.number("code"), error.text("message", ""))
    return ChangeAnswer(refused=refused)
