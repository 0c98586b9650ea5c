"""The calls about a shop besides stock and orders: cancellations, promotions, products' state.

Each takes the client and what opens the shop, and raises as the client does.
"""

import math
from collections.abc import Sequence
from functools import partial

from reconciliation.quantities import Instant

from . import translate_market
from .access import ShopAccess
from .client import TikTokShopClient
from .market_seen import ActivityPage, ActivitySeen, CancellationPage, ChangeAnswer, LimitSeen
from .paging import turned
from .wire import Call, json_bytes


CANCELLATIONS_PAGE_SIZE = 50
"""The most cancellations on a page (API page, section 5)."""

ACTIVITIES_PAGE_SIZE = 100
"""The most promotions on a page; here size and token go into the body (section 3)."""

PRODUCTS_MAX = 20
"""The most products that are taken off sale or put back in one call (section 3)."""

RESTOCK_SKUS_MAX = 500
"""The most SKUs of one change of the stock settings (section 3)."""

STANDING = ("ONGOING", "NOT_START")
"""The states of promotions that lock stock, or will."""


def cancellations(
    client: TikTokShopClient, access: ShopAccess, since: Instant, until: Instant
) -> tuple[CancellationPage, ...]:
    """Return all pages of the cancellations updated from `since` to before `until`.

    The version is the first that says whether the units go back on sale.
    """
    window = {"update_time_ge": math.floor(since), "update_time_lt": math.ceil(until)}

    def turn(token: str) -> CancellationPage:
        call = Call(
            operation="search_cancellations",
            method="POST",
            path="/return_refund/202602/cancellations/search",
            query=(
                ("page_size", str(CANCELLATIONS_PAGE_SIZE)),
                ("sort_field", "update_time"),
                ("sort_order", "ASC"),
                ("page_token", token),
            ),
            body=json_bytes(window),
        )
        return client.ask(access, call, translate_market.cancellation_page)

    return tuple(turned(turn, lambda page: page.next_page_token))


def activities(client: TikTokShopClient, access: ShopAccess) -> tuple[ActivitySeen, ...]:
    """Return the promotions that run or are to come."""
    found: dict[str, ActivitySeen] = {}
    for status in STANDING:
        for page in turned(
            partial(_activity_page, client, access, status), lambda page: page.next_page_token
        ):
            found.update((each.activity_id, each) for each in page.activities)
    return tuple(found.values())


def _activity_page(
    client: TikTokShopClient, access: ShopAccess, status: str, token: str
) -> ActivityPage:
    body = {"page_size": ACTIVITIES_PAGE_SIZE, "status": status, "page_token": token}
    call = Call(
        operation="search_activities",
        method="POST",
        path="/promotion/202309/activities/search",
        body=json_bytes({name: value for name, value in body.items() if value}),
    )
    return client.ask(access, call, translate_market.activity_page)


def activity_limits(
    client: TikTokShopClient, access: ShopAccess, activity_id: str
) -> tuple[LimitSeen, ...]:
    """Return the products of a promotion, and how many units each sells at most."""
    call = Call(
        operation="activity",
        method="GET",
        path=f"/promotion/202309/activities/{_digits(activity_id)}",
    )
    return client.ask(access, call, translate_market.activity_limits)


def take_off_sale(
    client: TikTokShopClient, access: ShopAccess, product_ids: Sequence[str]
) -> ChangeAnswer:
    """Deactivate products, at most 20."""
    return _change_products(client, access, "deactivate", product_ids)


def put_on_sale(
    client: TikTokShopClient, access: ShopAccess, product_ids: Sequence[str]
) -> ChangeAnswer:
    """Activate products, at most 20: each is on sale once TikTok has audited it."""
    return _change_products(client, access, "activate", product_ids)


def _change_products(
    client: TikTokShopClient, access: ShopAccess, verb: str, product_ids: Sequence[str]
) -> ChangeAnswer:
    if not 0 < len(product_ids) <= PRODUCTS_MAX:
        raise ValueError(f"1 to {PRODUCTS_MAX} products, not {len(product_ids)}")
    call = Call(
        operation=f"{verb}_products",
        method="POST",
        path=f"/product/202309/products/{verb}",
        body=json_bytes({"product_ids": list(product_ids)}),
        is_write=True,
    )
    translated = partial(translate_market.change_answer, asked=product_ids, name="product_id")
    return client.change(access, call, translated)


def switch_restock_off(
    client: TikTokShopClient, access: ShopAccess, seller_id: str, sku_ids: Sequence[str]
) -> ChangeAnswer:
    """Ask that cancelled units of SKUs, at most 500, do not go back on sale by themselves."""
    if not 0 < len(sku_ids) <= RESTOCK_SKUS_MAX:
        raise ValueError(f"1 to {RESTOCK_SKUS_MAX} SKUs, not {len(sku_ids)}")
    body = {
        "seller_id": seller_id,
        "sku_ids": list(sku_ids),
        "stock_operation_setting": {"enable_auto_restock": False},
    }
    call = Call(
        operation="stock_settings",
        method="POST",
        path="/product/202608/inventory/operation/settings",
        body=json_bytes(body),
        is_write=True,
    )
    translated = partial(translate_market.change_answer, asked=sku_ids, name="sku_id")
    return client.change(access, call, translated)


def _digits(identity: str) -> str:
    # It goes into a path: nothing in it may mean anything there.
    if not identity.isalnum():
        raise ValueError(f"{identity!r} is no TikTok id")
    return identity
