"""Reading and overwriting quantities (API page, section 4).

An update judges each SKU by itself: a SKU with a fault keeps all its quantities, the others
take effect, and the answer is `code: 0` with the faults in `data.errors`.
"""

from collections.abc import Iterator, Mapping

from .calls import Call
from .envelope import CHECK_FAILED, MESSAGES, JsonObject, refusal
from .inventory_checks import Judged, judge_sku, require_updatable, sku_entries
from .merchandise import ListedSku
from .product_routes import own_product
from .refusals import ApiRefusal
from .stock import Stock


MOST_PRODUCT_IDS = 100
MOST_SKU_IDS = 600


def search_inventory(call: Call) -> JsonObject:
    """POST /product/202309/inventory/search: sku_ids win; unknown ids are left out."""
    sku_ids = call.texts("sku_ids", MOST_SKU_IDS, 12019015)
    product_ids = call.texts("product_ids", MOST_PRODUCT_IDS, 12019120)
    if not sku_ids and not product_ids:
        raise refusal(12052910)
    if not all(each.isdigit() for each in product_ids):
        raise refusal(12019008)
    moment = call.world.reading_moment()
    by_product: dict[str, list[JsonObject]] = {}
    for sku in call.world.registry.skus(call.shop.name):
        if sku.sku_id in sku_ids or (not sku_ids and sku.product_id in product_ids):
            by_product.setdefault(sku.product_id, []).append(_sku_inventory(sku, call, moment))
    return {
        "inventory": [
            {"product_id": product_id, "skus": skus} for product_id, skus in by_product.items()
        ]
    }


def update_inventory(call: Call) -> JsonObject:
    """POST /product/202309/products/{product_id}/inventory/update: absolute, and in parts."""
    product = own_product(call, call.path["product_id"])
    entries = sku_entries(call.body)
    require_updatable(product, call.world.switches)
    judged = [judge_sku(entry, product, call) for entry in entries]
    if call.fails_in_part:
        judged[0] = _unlucky(judged[0])
    if not call.world.switches.partial_failures:
        _refuse_whole(judged)
    for each in judged:
        for write in each.writes if each.error is None else ():
            call.world.overwrite(write.key, write.quantity, write.backorder)
    errors = [each.error for each in judged if each.error is not None]
    return {"errors": errors} if errors else {}


def _unlucky(judged: Judged) -> Judged:
    extra = {"code": 36009003, "message": MESSAGES[36009003]}
    extras = [{"warehouse_id": write.key[1], **extra} for write in judged.writes]
    detail = {"sku_id": judged.sku_id, "extra_errors": extras}
    error = {"code": CHECK_FAILED, "message": MESSAGES[CHECK_FAILED], "detail": detail}
    return Judged(sku_id=judged.sku_id, error=judged.error or error)


def _refuse_whole(judged: list[Judged]) -> None:
    for each in judged:
        if each.code is not None:
            raise ApiRefusal(each.code, MESSAGES[each.code])


def _sku_inventory(sku: ListedSku, call: Call, moment: float) -> JsonObject:
    stocks = {
        place: call.world.shown_stock(sku.sku_id, place, moment) for place in sku.warehouse_ids
    }
    counts_unpaid = call.world.switches.unpaid_in_committed
    committed = {
        place: stock.committed + (stock.unpaid if counts_unpaid else 0)
        for place, stock in stocks.items()
    }
    return {
        "id": sku.sku_id,
        "seller_sku": sku.seller_sku,
        "total_available_quantity": sum(stock.available for stock in stocks.values()),
        "total_committed_quantity": sum(committed.values()),
        "warehouse_inventory": [
            {
                "warehouse_id": place,
                "available_quantity": stock.available,
                "committed_quantity": committed[place],
            }
            for place, stock in stocks.items()
        ],
        "total_available_inventory_distribution": _distribution(stocks),
    }


def _distribution(stocks: Mapping[str, Stock]) -> JsonObject:
    return {
        "campaign_inventory": list(
            _shares((stock.locked for stock in stocks.values()), "campaign_name", "Big Sale")
        ),
        "creator_inventory": list(
            _shares(
                (stock.promised_to_creators for stock in stocks.values()), "creator_name", "py001"
            )
        ),
        "in_shop_inventory": {"quantity": sum(stock.in_shop for stock in stocks.values())},
    }


def _shares(units: Iterator[int], label: str, name: str) -> Iterator[JsonObject]:
    total = sum(units)
    if total:
        yield {"quantity": total, label: name}
