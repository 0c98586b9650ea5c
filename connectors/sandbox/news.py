"""What notifications tell of stock and of products (API page, section 6): types 5, 27, 37, 71.

The traps are theirs: ids as numbers in 5, 37 and 71, moments as text in 71, and in 27 an
`available_quantity` that leaves out what campaigns and creators hold, unlike everywhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from .merchandise import ListedSku, Product, ProductStatus
from .stock import Stock


Data = dict[str, object]
"""What stands under `data`."""

LOW_STOCK_UNITS = 5
"""From so many units on a SKU is told to run low; the threshold is the seller's own to set."""

TRIGGER = "UNSPECIFIED"
"""`trigger_source` in 71: its words are not in any copy of the documentation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The units of a SKU over all its warehouses, as notifications tell them."""

    available: int
    committed: int
    campaign: int
    creator: int

    @classmethod
    def of(cls, stocks: Sequence[Stock], *, counts_unpaid: bool) -> "Held":
        """Return the sum of the warehouses; `counts_unpaid`: unpaid orders are committed."""
        return cls(
            available=sum(stock.available for stock in stocks),
            committed=sum(
                stock.committed + (stock.unpaid if counts_unpaid else 0) for stock in stocks
            ),
            campaign=sum(stock.locked for stock in stocks),
            creator=sum(stock.promised_to_creators for stock in stocks),
        )

    @property
    def in_shop(self) -> int:
        """Units that neither campaigns nor creators hold."""
        return self.available - self.campaign - self.creator

    @property
    def total(self) -> int:
        """Units on sale and units ordered."""
        return self.available + self.committed

    @property
    def status(self) -> str:
        """What 27 calls it."""
        if not self.available:
            return "OUT_OF_STOCK"
        return "LOW_STOCK" if self.available <= LOW_STOCK_UNITS else "SUFFICIENT_STOCK"


def stock_changed(
    sku: ListedSku, shop_id: str, before: Held, after: Held, *, at: float, number: str
) -> Data:
    """Return what 71 tells of one change; `number` is an id that no other change has."""
    occurred_at = datetime.fromtimestamp(at, UTC).isoformat()
    return {
        "event_id": number,
        "occurred_at": occurred_at,
        "shop_id": int(shop_id),
        "product_id": int(sku.product_id),
        "sku_id": int(sku.sku_id),
        "quantity_snapshot_after_change": {
            "total_quantity": after.total,
            "total_available_quantity": after.available,
            "total_committed_quantity": after.committed,
            "in_shop_quantity": after.in_shop,
            "campaign_locked_quantity": after.campaign,
            "creator_locked_quantity": after.creator,
        },
        "change_detail": [
            {
                "idempotency_key": f"{number}-1",
                "trigger_source": TRIGGER,
                "occurred_at": occurred_at,
                "total_quantity_delta": after.total - before.total,
                "available_quantity_delta": after.available - before.available,
                "committed_quantity_delta": after.committed - before.committed,
                "in_shop_quantity_delta": after.in_shop - before.in_shop,
                "campaign_locked_quantity_delta": after.campaign - before.campaign,
                "creator_locked_quantity_delta": after.creator - before.creator,
            }
        ],
    }


def stock_status(sku: ListedSku, held: Held, *, at: float) -> Data:
    """Return what 27 tells when a SKU runs low, runs out, or has enough again."""
    return {
        "product_id": sku.product_id,
        "sku_id": sku.sku_id,
        "trigger_reason": {"alert_type": "REALTIME", "low_stock_threshold": LOW_STOCK_UNITS},
        "current_inventory_status": held.status,
        "inventory_distribution": {
            "total_quantity": held.total,
            "available_quantity": held.in_shop,
            "creator_reserved_quantity": held.creator,
            "campaign_reserved_quantity": held.campaign,
            "committed_quantity": held.committed,
        },
        "update_time": int(at),
    }


def product_status(product: Product) -> Data:
    """Return what 5 tells of a product's change of status."""
    is_failed = product.status is ProductStatus.FAILED
    return {
        "product_id": int(product.product_id),
        "status": "PRODUCT_AUDIT_FAILURE" if is_failed else "PRODUCT_STATUS_CHANGED",
        "suspended_reason": "",
        "update_time": int(product.updated_at),
    }


def product_audit(product: Product) -> Data:
    """Return what 37 tells of a product's audit."""
    audits = {ProductStatus.PENDING: "AUDITING", ProductStatus.FAILED: "FAILED"}
    return {
        "product_id": int(product.product_id),
        "audit": {"status": audits.get(product.status, "APPROVED"), "pre_approved_reasons": []},
        "update_time": int(product.updated_at),
    }
