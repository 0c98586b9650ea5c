"""Whether cancelled units go back on sale by themselves, SKU by SKU (API page, section 3)."""

from .calls import Call
from .envelope import JsonObject, refusal
from .refusals import ApiRefusal


MOST_SKUS = 500


def change_stock_settings(call: Call) -> JsonObject:
    """POST /product/202608/inventory/operation/settings: a foreign SKU is refused alone."""
    if code := call.world.restock_setting_refusal:
        raise ApiRefusal(code, "This setting is not available to the shop")
    sku_ids = call.texts("sku_ids", MOST_SKUS, 12019015)
    setting = call.body.get("stock_operation_setting")
    enabled = setting.get("enable_auto_restock") if isinstance(setting, dict) else None
    if not sku_ids or not isinstance(enabled, bool):
        raise refusal(12052910)
    own = {sku.sku_id for sku in call.world.registry.skus(call.shop.name)}
    for sku_id in own.intersection(sku_ids):
        call.world.set_auto_restock(sku_id, enabled=enabled)
    errors = [
        {"code": 12052556, "message": "The SKU id not exist.", "detail": {"sku_id": sku_id}}
        for sku_id in sku_ids
        if sku_id not in own
    ]
    return {"errors": errors} if errors else {}
