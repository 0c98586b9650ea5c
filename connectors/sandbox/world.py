"""TikTok's servers as one world: shops, listings, orders, and the checkout that is never wrong.

Every public act is atomic. The checkout enforces each listing's own quantity and nothing else:
whether two listings sell the same goods is not TikTok's business, and so not this module's.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from .marketplace import Marketplace
from .merchandise import ListedSku, Product, ProductStatus
from .orders import COMMITTED, LineItem, Order, OrderBook, OrderKind, OrderStatus, Role
from .refusals import NotForSale, SoldOut
from .stock import Stock, StockKey
from .switches import SandboxSwitches
from .timeline import Clock


OrderListener = Callable[[Order, Order | None], None]
"""Called with an order after and before each step (None before the first), inside the act.

An exception from a listener undoes the act: it is asked before anything is written down.
"""

UNPAID_REASON = "system_cancel_unpaid_time_out"
SHIPPING_REASON = "system_cancel_order_reason_shipping_timeout"
OUT_OF_STOCK_REASON = "seller_cancel_reason_out_of_stock"
SOLD_OUT_REASON = "platform_cancel"
BUYER_REASON = "buyer_cancel_no_longer_needed"

_UNSHIPPED = frozenset({OrderStatus.AWAITING_SHIPMENT})
_UNCOLLECTED = _UNSHIPPED | {OrderStatus.AWAITING_COLLECTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSnapshot:
    """All that a client could change or see, as values that compare equal when nothing moved."""

    stocks: tuple[tuple[StockKey, Stock], ...]
    orders: tuple[Order, ...]
    products: tuple[Product, ...]


class SandboxWorld(Marketplace):
    """TikTok as seen from all sides: shoppers', sellers', and (through `api`) programs'."""

    def __init__(
        self, *, clock: Clock, rng: random.Random, switches: SandboxSwitches | None = None
    ) -> None:
        super().__init__(clock=clock, rng=rng, switches=switches)
        self.orders = OrderBook()
        self._listeners: list[OrderListener] = []
        self._auto_restock: dict[str, bool] = {}
        self._takes_nothing_yet: set[str] = set()

    def listen(self, listener: OrderListener) -> None:
        """Tell `listener` of every step of every order."""
        self._listeners.append(listener)

    def snapshot(self) -> WorldSnapshot:
        """Return everything as one value, for comparing."""
        with self.turn():
            return WorldSnapshot(
                stocks=self.stocks.all(),
                orders=tuple(self.orders.all()),
                products=tuple(self.registry.products()),
            )

    def set_auto_restock(self, shop_or_sku_id: str, *, enabled: bool) -> None:
        """Say whether cancelled units come back by themselves; a SKU outranks its shop."""
        with self.turn():
            self._auto_restock[shop_or_sku_id] = enabled

    def restocks(self, shop: str, sku_id: str) -> bool:
        """Tell whether cancelled units of a SKU come back by themselves."""
        of_shop = self._auto_restock.get(shop, self.switches.auto_restock)
        return self._auto_restock.get(sku_id, of_shop)

    # --- buying and its consequences ---------------------------------------------------------

    def checkout(
        self, shop: str, sku_id: str, units: int, warehouse_id: str | None = None
    ) -> Order:
        """Sell `units` or nothing. Raises `SoldOut`, `NotForSale`, `Unknown`."""
        with self.turn() as now:
            sku = self._for_sale(shop, sku_id)
            place = warehouse_id or sku.warehouse_ids[0]
            self._require_open(place, sku)
            return self._place(self._new_order(sku, units, place, now), now)

    def send(
        self, shop: str, sku_id: str, units: int, kind: OrderKind, *, lowers_listing: bool
    ) -> Order:
        """Place an order that is no ordinary sale; it is paid for, or costs nothing.

        Raises as `checkout` does; one that leaves the listing as it is never raises `SoldOut`.
        """
        with self.turn() as now:
            sku = self._for_sale(shop, sku_id)
            order = self._new_order(sku, units, sku.warehouse_ids[0], now)
            placed = self._place(replace(order, kind=kind, lowers_listing=lowers_listing), now)
            return self.pay(placed.order_id)

    def pay(self, order_id: str) -> Order:
        """Take the money: the order waits out the remorse period, or is released at once."""
        with self.turn() as now:
            order = replace(self.orders[order_id], paid_at=now)
            if not self._takes_what_was_promised(order, now):
                return self.cancel(order_id, Role.SYSTEM, SOLD_OUT_REASON)
            hold_s = self.switches.remorse_hold_s
            if not hold_s:
                return self._release(order, now)
            held = self._step(order.moved(OrderStatus.ON_HOLD, now), now)
            self.later(hold_s, lambda: self._end_hold(order_id))
            return held

    def confirm_shipment(self, order_id: str) -> Order:
        """Let the seller declare the parcel ready: AWAITING_COLLECTION, with a package."""
        with self.turn() as now:
            order = self.orders[order_id].moved(OrderStatus.AWAITING_COLLECTION, now)
            return self._step(replace(order, package_id=self.identities.new("package")), now)

    def collect(self, order_id: str) -> Order:
        """Let the carrier scan the parcel: IN_TRANSIT; the units are no longer committed."""
        return self._advance(order_id, OrderStatus.IN_TRANSIT)

    def deliver(self, order_id: str) -> Order:
        """Let the parcel arrive."""
        return self._advance(order_id, OrderStatus.DELIVERED)

    def complete(self, order_id: str) -> Order:
        """Let the time for returns run out."""
        return self._advance(order_id, OrderStatus.COMPLETED)

    def cancel(self, order_id: str, by: Role | str, reason: str) -> Order:
        """Call an order off; its units come back as `auto_restock` and its delay say."""
        with self.turn() as now:
            order = self.orders[order_id].cancelled(Role(by), reason, now)
            self._step(order, now)
            if order_id in self._takes_nothing_yet:
                return order
            for sku_id, units in order.listed_units().items():
                if self.restocks(order.shop, sku_id):
                    self._restock_later((sku_id, order.warehouse_id), units)
            return order

    # --- inside ------------------------------------------------------------------------------

    def _for_sale(self, shop: str, sku_id: str) -> ListedSku:
        sku = self.registry.sku(sku_id)
        product = self.registry.product(sku.product_id)
        if (
            sku.shop != shop
            or product.status is not ProductStatus.ACTIVATE
            or sku.status != "NORMAL"
        ):
            raise NotForSale(f"{shop} does not sell SKU {sku_id}: its product is {product.status}")
        return sku

    def _place(self, order: Order, now: float) -> Order:
        place = order.warehouse_id
        stocks = {(part, place): count for part, count in order.listed_units().items()}
        if not all(self.stocks[key].sells(count) for key, count in stocks.items()):
            line = order.lines[0]
            raise SoldOut(f"{order.shop} shows fewer than {order.units} of {line.seller_sku}")
        self._record(order, None, now)
        self._take(order, stocks, now)
        self.later(self.switches.unpaid_timeout_s, lambda: self._time_out(order.order_id))
        return order

    def _require_open(self, warehouse_id: str, sku: ListedSku) -> None:
        if (
            warehouse_id not in sku.warehouse_ids
            or not self.registry.warehouse(warehouse_id).sells
        ):
            raise NotForSale(f"warehouse {warehouse_id} does not sell SKU {sku.sku_id}")

    def _new_order(self, sku: ListedSku, units: int, warehouse_id: str, now: float) -> Order:
        lines = tuple(
            LineItem(
                line_id=self.identities.new("line"),
                sku_id=sku.sku_id,
                product_id=sku.product_id,
                seller_sku=sku.seller_sku,
                combined_skus=sku.combined_skus,
            )
            for _ in range(units)
        )
        return Order(
            order_id=self.identities.new("order"),
            shop=sku.shop,
            warehouse_id=warehouse_id,
            lines=lines,
            created_at=now,
            updated_at=now,
        )

    def _take(self, order: Order, stocks: Mapping[StockKey, int], now: float) -> None:
        """Take an order's units off sale, or note that its payment will."""
        for key, units in stocks.items():
            held = self.stocks[key].sold(units)
            if not self.switches.unpaid_holds_stock:
                self._takes_nothing_yet.add(order.order_id)
                held = self.stocks[key].moved(unpaid=units, committed=0)
            self.stocks.put(key, held, now)

    def _takes_what_was_promised(self, order: Order, now: float) -> bool:
        """Take the units of an order that holds none yet; tell whether they were there."""
        if order.order_id not in self._takes_nothing_yet:
            return True
        stocks = {
            (sku_id, order.warehouse_id): units for sku_id, units in order.listed_units().items()
        }
        if not all(self.stocks[key].sells(units) for key, units in stocks.items()):
            return False
        self._takes_nothing_yet.discard(order.order_id)
        for key, units in stocks.items():
            taken = self.stocks[key].sold(units).moved(unpaid=-units, committed=0)
            self.stocks.put(key, taken, now)
        return True

    def _advance(self, order_id: str, status: OrderStatus) -> Order:
        with self.turn() as now:
            return self._step(self.orders[order_id].moved(status, now), now)

    def _release(self, order: Order, now: float) -> Order:
        released = self._step(order.moved(OrderStatus.AWAITING_SHIPMENT, now), now)
        order_id, switches = order.order_id, self.switches
        if switches.cancels_unshipped_orders:
            self.later(switches.shipping_due_s, lambda: self._cancel_late(order_id, _UNSHIPPED))
        if switches.cancels_uncollected_orders:
            self.later(
                switches.collection_due_s, lambda: self._cancel_late(order_id, _UNCOLLECTED)
            )
        return released

    def _end_hold(self, order_id: str) -> None:
        with self.turn() as now:
            if self.orders[order_id].status is OrderStatus.ON_HOLD:
                self._release(self.orders[order_id], now)

    def _time_out(self, order_id: str) -> None:
        if self.orders[order_id].status is OrderStatus.UNPAID:
            self.cancel(order_id, Role.SYSTEM, UNPAID_REASON)

    def _cancel_late(self, order_id: str, late: frozenset[OrderStatus]) -> None:
        if self.orders[order_id].status in late:
            self.cancel(order_id, Role.SYSTEM, SHIPPING_REASON)

    def _step(self, after: Order, now: float) -> Order:
        before = self.orders[after.order_id]
        self._record(after, before, now)
        unpaid = (after.status is OrderStatus.UNPAID) - (before.status is OrderStatus.UNPAID)
        committed = (after.status in COMMITTED) - (before.status in COMMITTED)
        for sku_id, units in after.listed_units().items():
            key = (sku_id, after.warehouse_id)
            stock = self.stocks[key].moved(unpaid=unpaid * units, committed=committed * units)
            self.stocks.put(key, stock, now)
        return after

    def _record(self, after: Order, before: Order | None, now: float) -> None:
        for listener in self._listeners:
            listener(after, before)
        self.orders.put(after, now)

    def _restock_later(self, key: StockKey, units: int) -> None:
        self.later(self.switches.restock_delay_s, lambda: self._restock(key, units))

    def _restock(self, key: StockKey, units: int) -> None:
        with self.turn() as now:
            self.stocks.put(key, self.stocks[key].returned(units), now)
