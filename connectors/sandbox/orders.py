"""Orders, with one row per unit, and the steps they can take."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from .merchandise import CombinedSku, parts_of
from .refusals import Unknown, WrongStatus


class OrderStatus(StrEnum):
    """The states of an order (API page, section 3)."""

    UNPAID = "UNPAID"
    ON_HOLD = "ON_HOLD"
    AWAITING_SHIPMENT = "AWAITING_SHIPMENT"
    AWAITING_COLLECTION = "AWAITING_COLLECTION"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class Role(StrEnum):
    """Who cancels (`cancel_user`); OPERATOR is TikTok's own staff."""

    BUYER = "BUYER"
    SELLER = "SELLER"
    OPERATOR = "OPERATOR"
    SYSTEM = "SYSTEM"


class OrderKind(StrEnum):
    """What an order is besides a sale (API page, section 3: the flags and `order_type`)."""

    NORMAL = "NORMAL"
    SAMPLE = "SAMPLE"
    """Sent to a creator for nothing."""
    REPLACEMENT = "REPLACEMENT"
    EXCHANGE = "EXCHANGE"
    BY_TIKTOK = "BY_TIKTOK"
    """Shipped from TikTok's own warehouse: it takes nothing that lies on our shelf."""
    PRE_ORDER = "PRE_ORDER"
    MADE_TO_ORDER = "MADE_TO_ORDER"
    BACK_ORDER = "BACK_ORDER"


STEPS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.UNPAID: frozenset(
        {OrderStatus.ON_HOLD, OrderStatus.AWAITING_SHIPMENT, OrderStatus.CANCELLED}
    ),
    OrderStatus.ON_HOLD: frozenset({OrderStatus.AWAITING_SHIPMENT, OrderStatus.CANCELLED}),
    OrderStatus.AWAITING_SHIPMENT: frozenset(
        {OrderStatus.AWAITING_COLLECTION, OrderStatus.CANCELLED}
    ),
    OrderStatus.AWAITING_COLLECTION: frozenset({OrderStatus.IN_TRANSIT, OrderStatus.CANCELLED}),
    # A parcel lost on its way is cancelled after it has left (counterexample 7d).
    OrderStatus.IN_TRANSIT: frozenset({OrderStatus.DELIVERED, OrderStatus.CANCELLED}),
    OrderStatus.DELIVERED: frozenset({OrderStatus.COMPLETED}),
    OrderStatus.COMPLETED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}
"""The states each state can lead to."""

COMMITTED = frozenset(
    {OrderStatus.ON_HOLD, OrderStatus.AWAITING_SHIPMENT, OrderStatus.AWAITING_COLLECTION}
)
"""Paid and not shipped: the states whose units TikTok counts as committed."""

_TIME_OF_STATUS = {
    OrderStatus.AWAITING_SHIPMENT: "released_at",
    OrderStatus.AWAITING_COLLECTION: "ready_at",
    OrderStatus.IN_TRANSIT: "collected_at",
    OrderStatus.DELIVERED: "delivered_at",
    OrderStatus.CANCELLED: "cancelled_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """One unit of an order: `line_items` has no quantity field, it has rows."""

    line_id: str
    sku_id: str
    product_id: str
    seller_sku: str
    combined_skus: tuple[CombinedSku, ...] = ()

    def draws_on(self) -> dict[str, int]:
        """Return the SKUs whose stock this unit took, and how many of each."""
        return parts_of(self.sku_id, self.combined_skus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stood at `updated_at`; all times are Unix seconds, None if not reached.

    `lowers_listing`: its units came off what the listing shows, which for other kinds than sales
    nobody knows of TikTok.
    """

    order_id: str
    shop: str
    warehouse_id: str
    lines: tuple[LineItem, ...]
    created_at: float
    updated_at: float
    status: OrderStatus = OrderStatus.UNPAID
    package_id: str | None = None
    paid_at: float | None = None
    released_at: float | None = None
    ready_at: float | None = None
    collected_at: float | None = None
    delivered_at: float | None = None
    cancelled_at: float | None = None
    cancelled_by: Role | None = None
    cancel_reason: str | None = None
    kind: OrderKind = OrderKind.NORMAL
    lowers_listing: bool = True

    def __post_init__(self) -> None:
        """Refuse an order for nothing."""
        if not self.lines:
            raise ValueError("an order has at least one unit")

    @property
    def units(self) -> int:
        """How many units were ordered."""
        return len(self.lines)

    @property
    def is_cancelled(self) -> bool:
        """Whether the order is off."""
        return self.status is OrderStatus.CANCELLED

    def listed_units(self) -> dict[str, int]:
        """Return the units that came off what TikTok shows of each SKU."""
        return self.stock_units() if self.lowers_listing else {}

    def stock_units(self) -> dict[str, int]:
        """Return the units of each SKU that leave our shelf; a bundle names its components."""
        if self.kind is OrderKind.BY_TIKTOK:
            return {}
        units: dict[str, int] = {}
        for line in self.lines:
            for sku_id, count in line.draws_on().items():
                units[sku_id] = units.get(sku_id, 0) + count
        return units

    def moved(self, status: OrderStatus, at: float) -> "Order":
        """Return the order after its step to `status`. Raises `WrongStatus`."""
        if status not in STEPS[self.status]:
            raise WrongStatus(f"order {self.order_id} is {self.status}, it cannot go {status}")
        field = _TIME_OF_STATUS.get(status)
        time_of_step: dict[str, Any] = {field: at} if field else {}
        return replace(self, status=status, updated_at=at, **time_of_step)

    def cancelled(self, by: Role, reason: str, at: float) -> "Order":
        """Return the order after its cancellation. Raises `WrongStatus`."""
        return replace(
            self.moved(OrderStatus.CANCELLED, at), cancelled_by=by, cancel_reason=reason
        )


class OrderBook:
    """All orders in all their versions: what search shows lags behind what is."""

    def __init__(self) -> None:
        self._versions: dict[str, list[tuple[float, Order]]] = {}

    def __getitem__(self, order_id: str) -> Order:
        """Return the order as it is. Raises `Unknown`."""
        versions = self._versions.get(order_id)
        if versions is None:
            raise Unknown(f"there is no order {order_id!r} in this sandbox")
        return versions[-1][1]

    def __contains__(self, order_id: str) -> bool:
        return order_id in self._versions

    def put(self, order: Order, at: float) -> None:
        """Let this version hold from `at` on."""
        self._versions.setdefault(order.order_id, []).append((at, order))

    def all(self) -> Iterator[Order]:
        """Every order as it is, oldest first."""
        return (versions[-1][1] for versions in self._versions.values())

    def as_of(self, at: float) -> Iterator[Order]:
        """Every order known at `at`, as it was then."""
        for versions in self._versions.values():
            known = [order for since, order in versions if since <= at]
            if known:
                yield known[-1]
