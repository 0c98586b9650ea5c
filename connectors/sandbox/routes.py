"""Which paths exist, what each asks of its caller, and who answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .auth_routes import authorized_shops
from .calls import Respond
from .cancellation_routes import search_cancellations
from .envelope import refusal
from .inventory_routes import search_inventory, update_inventory
from .order_routes import order_details, search_orders
from .product_routes import (
    activate_products,
    deactivate_products,
    list_warehouses,
    product_detail,
    search_products,
)
from .promotion_routes import activity_detail, search_activities
from .stock_setting_routes import change_stock_settings
from .webhook_routes import delete_webhook, list_webhooks, put_webhook


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One API: its name here, its method and path, the scope and cipher it needs."""

    name: str
    method: str
    path: str
    scope: str
    respond: Respond
    takes_cipher: bool = True

    def match(self, path: str) -> Mapping[str, str] | None:
        """Return the ids in `path` if it is this route's, else None."""
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.path)
        found = re.fullmatch(pattern, path)
        return found.groupdict() if found else None


TOKEN_GET_PATH = "/api/v2/token/get"  # noqa: S105 - a path, not a secret
TOKEN_REFRESH_PATH = "/api/v2/token/refresh"  # noqa: S105 - a path, not a secret

PRODUCT_READ = "seller.product.basic"
PRODUCT_WRITE = "seller.product.write"
ORDER_READ = "seller.order.info"
RETURN_READ = "seller.return_refund.basic"
PROMOTION_READ = "seller.promotion.info"

AUTHORISATION = "seller.authorization.info"

ROUTES = (
    Route(
        name="shops",
        method="GET",
        path="/authorization/202309/shops",
        scope=AUTHORISATION,
        respond=authorized_shops,
        takes_cipher=False,
    ),
    Route(
        name="warehouses",
        method="GET",
        path="/logistics/202309/warehouses",
        scope="seller.logistics",
        respond=list_warehouses,
    ),
    Route(
        name="products_search",
        method="POST",
        path="/product/202502/products/search",
        scope=PRODUCT_READ,
        respond=search_products,
    ),
    Route(
        name="product_detail",
        method="GET",
        path="/product/202309/products/{product_id}",
        scope=PRODUCT_READ,
        respond=product_detail,
    ),
    Route(
        name="products_activate",
        method="POST",
        path="/product/202309/products/activate",
        scope=PRODUCT_READ,
        respond=activate_products,
    ),
    Route(
        name="products_deactivate",
        method="POST",
        path="/product/202309/products/deactivate",
        scope=PRODUCT_READ,
        respond=deactivate_products,
    ),
    Route(
        name="inventory_search",
        method="POST",
        path="/product/202309/inventory/search",
        scope=PRODUCT_READ,
        respond=search_inventory,
    ),
    Route(
        name="inventory_update",
        method="POST",
        path="/product/202309/products/{product_id}/inventory/update",
        scope=PRODUCT_WRITE,
        respond=update_inventory,
    ),
    Route(
        name="orders_search",
        method="POST",
        path="/order/202309/orders/search",
        scope=ORDER_READ,
        respond=search_orders,
    ),
    *(
        Route(
            name="orders_detail",
            method="GET",
            path=f"/order/{version}/orders",
            scope=ORDER_READ,
            respond=order_details,
        )
        for version in ("202507", "202309")
    ),
    *(
        Route(
            name=name,
            method=method,
            path="/event/202309/webhooks",
            scope=AUTHORISATION,
            respond=respond,
        )
        for name, method, respond in (
            ("webhooks_list", "GET", list_webhooks),
            ("webhooks_put", "PUT", put_webhook),
            ("webhooks_delete", "DELETE", delete_webhook),
        )
    ),
    *(
        Route(
            name="cancellations_search",
            method="POST",
            path=f"/return_refund/{version}/cancellations/search",
            scope=RETURN_READ,
            respond=search_cancellations,
        )
        for version in ("202602", "202309")
    ),
    Route(
        name="activities_search",
        method="POST",
        path="/promotion/202309/activities/search",
        scope=PROMOTION_READ,
        respond=search_activities,
    ),
    Route(
        name="activity_detail",
        method="GET",
        path="/promotion/202309/activities/{activity_id}",
        scope=PROMOTION_READ,
        respond=activity_detail,
    ),
    Route(
        name="stock_settings",
        method="POST",
        path="/product/202608/inventory/operation/settings",
        scope=PRODUCT_WRITE,
        respond=change_stock_settings,
    ),
)
"""Every signed API, in the order of the API page."""


def find_route(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Return the route and the ids in its path. Raises 36009009 bad path, 36009010 bad method."""
    matches = [(route, ids) for route in ROUTES if (ids := route.match(path)) is not None]
    if not matches:
        raise refusal(36009009)
    for route, ids in matches:
        if route.method == method:
            return route, ids
    raise refusal(36009010)
