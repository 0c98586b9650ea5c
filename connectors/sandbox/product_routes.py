"""Products and warehouses as calls show them (API page, section 3)."""

from collections.abc import Callable

from .calls import Call
from .envelope import JsonObject, refusal
from .merchandise import ListedSku, Product, ProductStatus, TikTokWarehouse
from .paging import page_of
from .refusals import ApiRefusal, WrongStatus


MOST_FILTER_SKUS = 10
MOST_PRODUCTS_PER_CHANGE = 20
MOST_RESULTS = 10_000


def search_products(call: Call) -> JsonObject:
    """POST /product/202502/products/search: time windows are inclusive at both ends here."""
    size = call.page_size()
    wanted = _sku_filter(call)
    found = [
        product
        for product in call.world.registry.products(call.shop.name)
        if _in_status(product, call) and _in_windows(product, call) and wanted(product)
    ]
    if len(found) > MOST_RESULTS:
        raise refusal(12052180)
    page = page_of(
        found,
        lambda product: (product.product_id,),
        size=size,
        token=call.query.get("page_token", ""),
        life=call.token_life(),
    )
    moment = call.world.reading_moment()
    return {
        "total_count": page.total_count,
        "next_page_token": page.next_page_token,
        "products": [_found_data(product, call, moment) for product in page.rows],
    }


def product_detail(call: Call) -> JsonObject:
    """GET /product/202309/products/{product_id}: not for FREEZE and DELETED."""
    product = own_product(call, call.path["product_id"])
    if product.status in {ProductStatus.FREEZE, ProductStatus.DELETED}:
        raise refusal(12052901)
    moment = call.world.reading_moment()
    skus = [call.world.registry.sku(sku_id) for sku_id in product.sku_ids]
    return _product_data(product) | {
        "skus": [_sku_data(sku, call, moment) | _parts_data(sku, call) for sku in skus]
    }


def list_warehouses(call: Call) -> JsonObject:
    """GET /logistics/202309/warehouses."""
    own = call.world.registry.warehouses(call.shop.name)
    return {"warehouses": [_warehouse_data(warehouse) for warehouse in own]}


def deactivate_products(call: Call) -> JsonObject:
    """POST /product/202309/products/deactivate: ACTIVATE becomes SELLER_DEACTIVATED."""
    return _change_each(call, call.world.deactivate)


def activate_products(call: Call) -> JsonObject:
    """POST /product/202309/products/activate: PENDING first, ACTIVATE after an audit."""
    return _change_each(call, call.world.activate)


def own_product(call: Call, product_id: str) -> Product:
    """Return the product, if it is this shop's. Raises 12052031, 12052260, 12052048."""
    if not product_id.isdigit():
        raise refusal(12052031)
    registry = call.world.registry
    product = next((each for each in registry.products() if each.product_id == product_id), None)
    if product is None:
        raise refusal(12052260)
    if product.shop != call.shop.name:
        raise refusal(12052048)
    return product


def _change_each(call: Call, change: Callable[[str], None]) -> JsonObject:
    errors = []
    for product_id in call.texts("product_ids", MOST_PRODUCTS_PER_CHANGE, 12019120):
        try:
            change(own_product(call, product_id).product_id)
        except ApiRefusal as refused:
            errors.append(_product_error(product_id, refused))
        except WrongStatus:
            errors.append(_product_error(product_id, refusal(12052901)))
    return {"errors": errors} if errors else {}


def _product_error(product_id: str, refused: ApiRefusal) -> JsonObject:
    detail = {"product_id": product_id, "extra_errors": []}
    return {"code": refused.code, "message": refused.message, "detail": detail}


def _sku_filter(call: Call) -> Callable[[Product], bool]:
    sku_ids = set(call.texts("sku_ids", MOST_FILTER_SKUS))
    seller_skus = set(call.texts("seller_skus", MOST_FILTER_SKUS))

    def wanted(product: Product) -> bool:
        names = {call.world.registry.sku(sku_id).seller_sku for sku_id in product.sku_ids}
        return (not sku_ids or not sku_ids.isdisjoint(product.sku_ids)) and (
            not seller_skus or not seller_skus.isdisjoint(names)
        )

    return wanted


def _in_status(product: Product, call: Call) -> bool:
    status = call.text("status")
    if status is not None and status != "ALL" and status not in set(ProductStatus):
        raise refusal(12052910)
    return status in (None, "ALL", product.status)


def _in_windows(product: Product, call: Call) -> bool:
    moments = {"create_time": product.created_at, "update_time": product.updated_at}
    return all(
        (call.second(f"{name}_ge") or 0) <= int(moment) <= (call.second(f"{name}_le") or moment)
        for name, moment in moments.items()
    )


def _found_data(product: Product, call: Call, moment: float) -> JsonObject:
    """Return a product as the search shows it: of a bundle it does not tell the parts."""
    skus = [call.world.registry.sku(sku_id) for sku_id in product.sku_ids]
    return _product_data(product) | {
        "skus": [_sku_data(sku, call, moment) for sku in skus],
        "sales_regions": [call.shop.region],
    }


def _product_data(product: Product) -> dict[str, object]:
    return {
        "id": product.product_id,
        "title": product.title,
        "status": product.status.value,
        "audit": {"status": "AUDITING" if product.status is ProductStatus.PENDING else "APPROVED"},
        "create_time": int(product.created_at),
        "update_time": int(product.updated_at),
        "is_not_for_sale": False,
        "has_draft": False,
    }


def _sku_data(sku: ListedSku, call: Call, moment: float) -> dict[str, object]:
    info = {"status": sku.status, "deactivation_source": sku.deactivation_source}
    data: dict[str, object] = {
        "id": sku.sku_id,
        "seller_sku": sku.seller_sku,
        "price": {"currency": "USD", "tax_exclusive_price": "19.90", "sale_price": "19.90"},
        "inventory": [_inventory_data(sku, place, call, moment) for place in sku.warehouse_ids],
        "status_info": {name: value for name, value in info.items() if value},
    }
    return data


def _parts_data(sku: ListedSku, call: Call) -> dict[str, object]:
    parts = [
        {
            "product_id": call.world.registry.sku(part.sku_id).product_id,
            "sku_id": part.sku_id,
            "sku_count": part.sku_count,
        }
        for part in sku.combined_skus
    ]
    return {"combined_skus": parts} if parts else {}


def _inventory_data(sku: ListedSku, warehouse_id: str, call: Call, moment: float) -> JsonObject:
    stock = call.world.shown_stock(sku.sku_id, warehouse_id, moment)
    data: dict[str, object] = {"warehouse_id": warehouse_id, "quantity": stock.available}
    if stock.backorder:
        data["backorder_quantity"] = stock.backorder
    if stock.handling_days is not None:
        data["handling_time"] = stock.handling_days
    return data


def _warehouse_data(warehouse: TikTokWarehouse) -> JsonObject:
    return {
        "id": warehouse.warehouse_id,
        "entity_id": f"entity_{warehouse.warehouse_id}",
        "name": warehouse.name,
        "effect_status": warehouse.effect_status,
        "type": warehouse.kind,
        "sub_type": "DOMESTIC_WAREHOUSE",
        "is_default": warehouse.is_default,
        # The docs really spell it `distict` (section 3).
        "address": {"region": "United States", "city": "San Jose", "distict": "Santa Clara"},
    }
