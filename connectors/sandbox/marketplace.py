"""What is listed and shown: shops, products, quantities, and those who may call.

The half of the world that needs no orders. `world.SandboxWorld` adds the selling.
"""

import random
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from .activities import Activity
from .identity import Identities
from .merchandise import (
    ListedSku,
    NewSku,
    Product,
    ProductStatus,
    Registry,
    Shop,
    TikTokWarehouse,
)
from .refusals import WrongStatus
from .stock import Stock, StockBook, StockKey
from .switches import SandboxSwitches
from .timeline import Action, Clock, Timeline
from .tokens import TokenDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAccess:
    """What a client must know to call for one shop; expiries are Unix seconds."""

    name: str
    shop_id: str
    cipher: str
    app_key: str
    app_secret: str
    access_token: str
    access_token_expires_at: float
    refresh_token: str
    refresh_token_expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """A quantity that a program set: when (Unix seconds), where, and what was on sale."""

    at: float
    key: StockKey
    before: int
    after: int


ProductListener = Callable[[Product], None]
"""Called with a product after its status changed, inside the act."""

LANDED_MAX = 10_000
"""Quantities that are remembered one by one: hours of a busy program, some megabytes."""


class Marketplace:
    """Shops and what they show. Every public act is atomic."""

    def __init__(
        self, *, clock: Clock, rng: random.Random, switches: SandboxSwitches | None = None
    ) -> None:
        self.switches = switches or SandboxSwitches()
        self.app_key = "sandboxapp1"
        self.app_secret = f"no-secret-of-{self.app_key}"
        self.registry = Registry()
        self.stocks = StockBook(memory_s=self.switches.read_staleness_s)
        self.tokens = TokenDesk(self.switches)
        self.webhooks: dict[str, dict[str, tuple[str, int]]] = {}
        self._rng = rng
        self._timeline = Timeline(lambda: clock() + self.switches.clock_ahead_s)
        self.identities = Identities()
        self.refusals: dict[str, int] = {}
        """The code with which a quantity of a SKU is refused, by the SKU's id."""
        self.activities: dict[str, Activity] = {}
        self.restock_setting_refusal = 0
        """The code that refuses the setting of automatic restocks; 0: it can be set."""
        self._product_listeners: list[ProductListener] = []
        self._writes_landed = 0
        self._landed: deque[Landed] = deque(maxlen=LANDED_MAX)

    @contextmanager
    def turn(self) -> Iterator[float]:
        """Hold the world still for one act of several steps; yields the moment (Unix seconds)."""
        with self._timeline.turn() as now:
            yield now

    def later(self, delay_s: float, action: Action) -> None:
        """Let something happen by itself `delay_s` seconds from now."""
        self._timeline.later(delay_s, action)

    def listen_to_products(self, listener: ProductListener) -> None:
        """Tell `listener` of every product that has come into another status."""
        self._product_listeners.append(listener)

    def set_switches(self, switches: SandboxSwitches) -> None:
        """Let this TikTok behave like that from now on; what was ordered or issued stays."""
        with self.turn():
            self.switches = self.tokens.switches = switches
            self.stocks.memory_s = switches.read_staleness_s

    # --- setting the scene -------------------------------------------------------------------

    def open_shop(self, name: str, region: str = "US") -> Shop:
        """Open a shop and grant the app access to it."""
        with self.turn() as now:
            shop_id = self.identities.new("shop")
            shop = Shop(
                name=name,
                shop_id=shop_id,
                cipher=f"ROW_{name}_{shop_id[-6:]}",
                open_id=f"open_{shop_id}",
                code=f"{region}LC{shop_id[-6:]}",
                region=region,
            )
            self.registry.add(shop)
            self.tokens.grant(name, now)
            return shop

    def add_warehouse(
        self,
        shop: str,
        name: str,
        *,
        effect_status: str = "ENABLED",
        kind: str = "SALES_WAREHOUSE",
        is_default: bool = False,
    ) -> TikTokWarehouse:
        """Give a shop a TikTok warehouse."""
        with self.turn():
            warehouse = TikTokWarehouse(
                warehouse_id=self.identities.new("warehouse"),
                shop=self.registry.shop(shop).name,
                name=name,
                effect_status=effect_status,
                kind=kind,
                is_default=is_default,
            )
            self.registry.add(warehouse)
            return warehouse

    def list_product(
        self,
        shop: str,
        title: str,
        skus: Sequence[NewSku],
        status: ProductStatus = ProductStatus.ACTIVATE,
    ) -> tuple[ListedSku, ...]:
        """List a product; returns its SKUs, which show 0 until somebody sets a quantity."""
        with self.turn() as now:
            product_id = self.identities.new("product")
            listed = tuple(
                self._listed(self.registry.shop(shop).name, product_id, sku) for sku in skus
            )
            self.registry.add(
                Product(
                    product_id=product_id,
                    shop=shop,
                    title=title,
                    status=status,
                    sku_ids=tuple(sku.sku_id for sku in listed),
                    created_at=now,
                    updated_at=now,
                )
            )
            return listed

    def _listed(self, shop: str, product_id: str, new: NewSku) -> ListedSku:
        sku = ListedSku(
            sku_id=self.identities.new("sku"),
            product_id=product_id,
            shop=shop,
            seller_sku=new.seller_sku,
            warehouse_ids=new.warehouse_ids,
            combined_skus=new.combined_skus,
            is_shared_from_source_shop=new.is_shared_from_source_shop,
        )
        self.registry.add(sku)
        return sku

    def access(self, shop: str) -> ShopAccess:
        """Return what a client needs to call for the shop now. Raises `KeyError` if revoked."""
        with self.turn():
            grant = self.tokens.grant_of(shop)
            if grant is None:
                raise KeyError(f"shop {shop!r} has revoked its grant")
            return ShopAccess(
                name=shop,
                shop_id=self.registry.shop(shop).shop_id,
                cipher=self.registry.shop(shop).cipher,
                app_key=self.app_key,
                app_secret=self.app_secret,
                access_token=grant.access_token,
                access_token_expires_at=grant.access_token_expires_at,
                refresh_token=grant.refresh_token,
                refresh_token_expires_at=grant.refresh_token_expires_at,
            )

    def issue_auth_code(self, shop: str) -> str:
        """Return a fresh authorisation code, as the seller's consent page would."""
        with self.turn() as now:
            return self.tokens.issue_code(self.registry.shop(shop).name, now)

    def expire_access_token(self, shop: str) -> None:
        """Let the shop's access token be expired from now on; a refresh mends it."""
        with self.turn() as now:
            self.tokens.expire(shop, now)

    def revoke(self, shop: str) -> None:
        """Let the seller withdraw his consent: no token of this shop works any more."""
        with self.turn():
            self.tokens.revoke(shop)

    def limit_scopes(self, shop: str, scopes: Collection[str]) -> None:
        """Let the shop's grant cover these scopes only."""
        with self.turn():
            self.tokens.limit_scopes(shop, scopes)

    # --- what a person does in Seller Center -------------------------------------------------

    def edit_stock_by_hand(self, sku_id: str, warehouse_id: str, **changes: int) -> None:
        """Set fields of `Stock` (`available`, `backorder`, `campaign`, `creator`) as a person."""
        with self.turn() as now:
            self.registry.sku(sku_id)
            key = (sku_id, self.registry.warehouse(warehouse_id).warehouse_id)
            self.stocks.put(key, replace(self.stocks[key], **changes), now)

    def promote(
        self, shop: str, title: str, limits: Mapping[str, int], *, begins_at: float, ends_at: float
    ) -> Activity:
        """Plan a promotion of SKUs, each with the units that it sells at most (-1: any number)."""
        with self.turn():
            activity = Activity(
                activity_id=self.identities.new("activity"),
                shop=self.registry.shop(shop).name,
                title=title,
                kind="FLASHSALE",
                begins_at=begins_at,
                ends_at=ends_at,
                limits=limits,
            )
            self.activities[activity.activity_id] = activity
            return activity

    def set_product_status(self, product_id: str, status: ProductStatus) -> None:
        """Move a product to another status, as the seller, the platform or an audit would."""
        with self.turn() as now:
            self.registry.set_product_status(product_id, status, now)
            for listener in self._product_listeners:
                listener(self.registry.product(product_id))

    def deactivate(self, product_id: str) -> None:
        """Take a product off sale. Raises `WrongStatus` unless it is ACTIVATE."""
        with self.turn():
            if self.registry.product(product_id).status is not ProductStatus.ACTIVATE:
                raise WrongStatus(f"product {product_id} is not ACTIVATE")
            self.set_product_status(product_id, ProductStatus.SELLER_DEACTIVATED)

    def activate(self, product_id: str) -> None:
        """Ask for a product back on sale: it is PENDING until its audit (section 3) is over."""
        with self.turn():
            if self.registry.product(product_id).status is not ProductStatus.SELLER_DEACTIVATED:
                raise WrongStatus(f"product {product_id} is not SELLER_DEACTIVATED")
            self.set_product_status(product_id, ProductStatus.PENDING)
            self.later(self.switches.audit_s, lambda: self._pass_audit(product_id))

    def _pass_audit(self, product_id: str) -> None:
        if self.registry.product(product_id).status is ProductStatus.PENDING:
            self.set_product_status(product_id, ProductStatus.ACTIVATE)

    # --- what programs do and everybody sees -------------------------------------------------

    def overwrite(self, key: StockKey, quantity: int, backorder: int | None = None) -> None:
        """Set the quantity ABSOLUTELY, whatever was sold since the writer last looked."""
        with self.turn() as now:
            stock = self.stocks[key]
            units = self._available_of(quantity, stock)
            self.stocks.put(key, stock.overwritten(units, backorder), now)
            self._writes_landed += 1
            self._landed.append(Landed(at=now, key=key, before=stock.available, after=units))

    def _available_of(self, quantity: int, stock: Stock) -> int:
        """Return the units on sale that a quantity stands for (open in section 4)."""
        if self.switches.quantity_includes_committed:
            quantity = max(0, quantity - stock.committed)
        if self.switches.quantity_excludes_allocations:
            quantity += stock.allocated
        return quantity

    def listing_quantity(self, sku_id: str, warehouse_id: str) -> int:
        """Return the units that the listing can sell now without its backorders."""
        return self.shown_stock(sku_id, warehouse_id).available

    def shown_stock(self, sku_id: str, warehouse_id: str, at: float | None = None) -> Stock:
        """Return the stock shown now or at a past moment; a virtual bundle's is worked out."""
        with self.turn() as now:
            moment = now if at is None else at
            sku = self.registry.sku(sku_id)
            if not sku.combined_skus:
                return self.stocks.as_of((sku_id, warehouse_id), moment)
            parts = (
                self.stocks.as_of((part.sku_id, warehouse_id), moment).available // part.sku_count
                for part in sku.combined_skus
            )
            return Stock(available=min(parts))

    def reading_moment(self) -> float:
        """Return the moment that one read shows: now, less a staleness within the bound."""
        with self.turn() as now:
            bound_s = self.switches.read_staleness_s
            return now - self._rng.uniform(0.0, bound_s) if bound_s else now

    def writes_landed(self) -> int:
        """Return how many quantities programs have overwritten so far."""
        with self.turn():
            return self._writes_landed

    def landed(self) -> tuple[Landed, ...]:
        """Return the newest of them, oldest first."""
        with self.turn():
            return tuple(self._landed)

    def new_request_id(self) -> str:
        """Return an id for one call's answer."""
        return self.identities.new("request")
