"""Promotions as calls show them (API page, section 3): pages are asked for in the body here."""

from .activities import Activity
from .calls import Call
from .envelope import JsonObject
from .paging import page_of
from .refusals import ApiRefusal


DEFAULT_PAGE_SIZE = 50
MOST_ON_A_PAGE = 100


def search_activities(call: Call) -> JsonObject:
    """POST /promotion/202309/activities/search: without the products."""
    status = call.text("status")
    found = [
        each
        for each in call.world.activities.values()
        if each.shop == call.shop.name and status in (None, each.status(call.now))
    ]
    page = page_of(
        found,
        lambda each: (each.activity_id,),
        size=_page_size(call),
        token=call.text("page_token") or "",
    )
    return {
        "next_page_token": page.next_page_token,
        "total_count": page.total_count,
        "activities": [_activity_data(each, call.now) for each in page.rows],
    }


def activity_detail(call: Call) -> JsonObject:
    """GET /promotion/202309/activities/{activity_id}: with products, SKUs and their limits."""
    activity = call.world.activities.get(call.path["activity_id"])
    if activity is None or activity.shop != call.shop.name:
        raise ApiRefusal(17029001, "The activity does not exist")
    by_product: dict[str, list[JsonObject]] = {}
    for sku_id, units_max in activity.limits.items():
        product_id = call.world.registry.sku(sku_id).product_id
        row = {"id": sku_id, "quantity_limit": units_max, "quantity_per_user": -1}
        by_product.setdefault(product_id, []).append(row)
    return {
        **_activity_data(activity, call.now),
        "products": [
            {"id": product_id, "quantity_limit": -1, "skus": skus}
            for product_id, skus in by_product.items()
        ],
    }


def _activity_data(activity: Activity, now: float) -> JsonObject:
    return {
        "id": activity.activity_id,
        "title": activity.title,
        "activity_type": activity.kind,
        "product_level": "VARIATION",
        "status": activity.status(now),
        "begin_time": int(activity.begins_at),
        "end_time": int(activity.ends_at),
    }


def _page_size(call: Call) -> int:
    size = call.body.get("page_size", DEFAULT_PAGE_SIZE)
    if not isinstance(size, int) or not 0 < size <= MOST_ON_A_PAGE:
        raise ApiRefusal(36009004, f"page_size must be from 1 to {MOST_ON_A_PAGE}")
    return size
