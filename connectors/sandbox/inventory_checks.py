"""Judging an inventory update, SKU by SKU (API page, section 4 and its codes in section 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .calls import Call
from .envelope import CHECK_FAILED, MESSAGES, JsonObject, refusal
from .merchandise import ListedSku, Product, ProductStatus
from .stock import Stock, StockKey
from .switches import SandboxSwitches


MOST_SKUS = 100

_UPDATABLE = frozenset(
    {
        ProductStatus.DRAFT,
        ProductStatus.PENDING,
        ProductStatus.FAILED,
        ProductStatus.ACTIVATE,
        ProductStatus.SELLER_DEACTIVATED,
    }
)

Entry = Mapping[str, Any]
"""One JSON object of the request; what is in it is checked where it is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """One quantity to be set, in units."""

    key: StockKey
    quantity: int
    backorder: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A SKU of the request: its writes, or the error that stands for all of them."""

    sku_id: str
    writes: tuple[Write, ...] = ()
    error: JsonObject | None = None
    code: int | None = None


def sku_entries(body: Mapping[str, object]) -> list[Entry]:
    """Return the SKUs of a request. Raises for faults of the request as a whole."""
    entries = body.get("skus")
    if entries is None or entries == []:
        raise refusal(12052902)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise refusal(12052910)
    if len(entries) > MOST_SKUS:
        raise refusal(12052050)
    ids = [entry.get("id") for entry in entries]
    if not all(isinstance(each, str) and each for each in ids):
        raise refusal(12052036)
    if len(set(ids)) < len(ids):
        raise refusal(12052553)
    return entries


def require_updatable(product: Product, switches: SandboxSwitches) -> None:
    """Raise 12052901 for a product whose status allows no stock edit."""
    allowed = {ProductStatus.ACTIVATE} if switches.only_active_products_updatable else _UPDATABLE
    if product.status not in allowed:
        raise refusal(12052901)


def judge_sku(entry: Entry, product: Product, call: Call) -> Judged:
    """Return what one SKU's entry would write, or why it writes nothing."""
    sku_id = str(entry["id"])
    if sku_id not in product.sku_ids:
        return _refused(sku_id, 12052556)
    sku = call.world.registry.sku(sku_id)
    if code := call.world.refusals.get(sku_id):
        return _refused(sku_id, code)
    if sku.combined_skus:
        return _refused(sku_id, 12052850)
    if sku.is_shared_from_source_shop:
        return _refused(sku_id, 12052921)
    inventory = entry.get("inventory")
    if not isinstance(inventory, list) or not inventory:
        return _refused(sku_id, 12019022)
    return _judge_inventory(sku, inventory, call)


def _judge_inventory(sku: ListedSku, inventory: list[Entry], call: Call) -> Judged:
    only = sku.warehouse_ids[0] if len(sku.warehouse_ids) == 1 else None
    named = [row.get("warehouse_id", only) for row in inventory]
    places = [place if isinstance(place, str) else None for place in named]
    faults = {
        place: code
        for place, row in zip(places, inventory, strict=True)
        if place and (code := _fault_of(place, row, sku, call))
    }
    if faults:
        return _check_failed(sku.sku_id, faults)
    # No row may be missing, and none without its warehouse where there are several.
    if sorted(filter(None, places)) != sorted(sku.warehouse_ids):
        return _refused(sku.sku_id, 12019028)
    writes = (
        Write(
            key=(sku.sku_id, str(place)),
            quantity=row["quantity"],
            backorder=row.get("backorder_quantity"),
        )
        for place, row in zip(places, inventory, strict=True)
    )
    return Judged(sku_id=sku.sku_id, writes=tuple(writes))


def _fault_of(warehouse_id: str, row: Entry, sku: ListedSku, call: Call) -> int | None:
    return _warehouse_fault(warehouse_id, sku, call) or _quantity_fault(
        row, call.world.stocks[sku.sku_id, warehouse_id], call.world.switches
    )


def _warehouse_fault(warehouse_id: str, sku: ListedSku, call: Call) -> int | None:
    if not call.world.registry.knows_warehouse(warehouse_id):
        return 12052097
    warehouse = call.world.registry.warehouse(warehouse_id)
    verdicts = {
        12052530: warehouse.shop != call.shop.name,
        12052531: warehouse.effect_status == "DISABLED",
        12052532: warehouse.kind != "SALES_WAREHOUSE",
        12052533: warehouse_id not in sku.warehouse_ids,
    }
    return next((code for code, holds in verdicts.items() if holds), None)


def _quantity_fault(row: Entry, stock: Stock, switches: SandboxSwitches) -> int | None:
    quantities = [row.get("quantity"), row.get("backorder_quantity", 0)]
    if not all(type(units) is int and units >= 0 for units in quantities):
        return 12019024
    if any(units > switches.max_quantity for units in quantities):
        return 12052055
    quantity = row["quantity"]
    if quantity == 0 and not switches.zero_accepted:
        return switches.zero_refusal_code
    floor = stock.available if switches.campaign_floor_is_whole_stock else stock.locked
    if switches.quantity_excludes_allocations:
        floor = max(0, floor - stock.allocated)
    return 12052393 if stock.locked and quantity < floor else None


def _refused(sku_id: str, code: int) -> Judged:
    detail = {"sku_id": sku_id, "extra_errors": []}
    error = {"code": code, "message": MESSAGES.get(code, "Refused"), "detail": detail}
    return Judged(sku_id=sku_id, error=error, code=code)


def _check_failed(sku_id: str, faults: Mapping[str, int]) -> Judged:
    extras = [
        {"warehouse_id": place, "code": code, "message": MESSAGES[code]}
        for place, code in faults.items()
    ]
    detail = {"sku_id": sku_id, "extra_errors": extras}
    error = {"code": CHECK_FAILED, "message": MESSAGES[CHECK_FAILED], "detail": detail}
    return Judged(sku_id=sku_id, error=error, code=next(iter(faults.values())))
