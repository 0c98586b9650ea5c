"""What is offered where: shops, TikTok warehouses, products and their SKUs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from .refusals import Unknown


Thing = TypeVar("Thing")


class ProductStatus(StrEnum):
    """The states of a product (API page, section 3); only ACTIVATE sells."""

    DRAFT = "DRAFT"
    PENDING = "PENDING"
    FAILED = "FAILED"
    ACTIVATE = "ACTIVATE"
    SELLER_DEACTIVATED = "SELLER_DEACTIVATED"
    PLATFORM_DEACTIVATED = "PLATFORM_DEACTIVATED"
    FREEZE = "FREEZE"
    DELETED = "DELETED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """One shop of the seller; `name` is how tests speak of it, `cipher` how calls do."""

    name: str
    shop_id: str
    cipher: str
    open_id: str
    code: str
    region: str = "US"


@dataclass(frozen=True, slots=True, kw_only=True)
class TikTokWarehouse:
    """A warehouse as one shop knows it; not the partner's building, which shops share."""

    warehouse_id: str
    shop: str
    name: str
    effect_status: str = "ENABLED"
    kind: str = "SALES_WAREHOUSE"
    is_default: bool = False

    @property
    def sells(self) -> bool:
        """Whether shoppers can buy from it: RESTRICTED is a holiday, not a sale."""
        return self.effect_status == "ENABLED" and self.kind == "SALES_WAREHOUSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedSku:
    """A component of a virtual bundle and the units of it in one bundle."""

    sku_id: str
    sku_count: int


def parts_of(sku_id: str, combined_skus: tuple[CombinedSku, ...]) -> dict[str, int]:
    """Return the SKUs whose stock one unit takes: the components, or the SKU itself."""
    return {part.sku_id: part.sku_count for part in combined_skus} or {sku_id: 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSku:
    """A SKU to be listed: the seller's own name for it and the warehouses that stock it."""

    seller_sku: str
    warehouse_ids: tuple[str, ...]
    combined_skus: tuple[CombinedSku, ...] = ()
    is_shared_from_source_shop: bool = False

    def __post_init__(self) -> None:
        """Refuse a SKU that no warehouse stocks."""
        if not self.warehouse_ids:
            raise ValueError(f"{self.seller_sku!r} needs at least one warehouse")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSku:
    """A SKU as TikTok keeps it; a virtual bundle has components and no stock of its own."""

    sku_id: str
    product_id: str
    shop: str
    seller_sku: str
    warehouse_ids: tuple[str, ...]
    combined_skus: tuple[CombinedSku, ...] = ()
    is_shared_from_source_shop: bool = False
    status: str = "NORMAL"
    deactivation_source: str | None = None

    def draws_on(self) -> dict[str, int]:
        """Return the SKUs whose stock one sale takes, and the units of each."""
        return parts_of(self.sku_id, self.combined_skus)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A product page with its SKUs; times are Unix seconds."""

    product_id: str
    shop: str
    title: str
    status: ProductStatus
    sku_ids: tuple[str, ...]
    created_at: float
    updated_at: float


class Registry:
    """All that is listed, by the names and ids that calls use. Every miss raises `Unknown`."""

    def __init__(self) -> None:
        self._shops: dict[str, Shop] = {}
        self._warehouses: dict[str, TikTokWarehouse] = {}
        self._products: dict[str, Product] = {}
        self._skus: dict[str, ListedSku] = {}

    def add(self, thing: Shop | TikTokWarehouse | Product | ListedSku) -> None:
        """Enter a new thing, or a new version of a known one."""
        match thing:
            case Shop():
                self._shops[thing.name] = thing
            case TikTokWarehouse():
                self._warehouses[thing.warehouse_id] = thing
            case Product():
                self._products[thing.product_id] = thing
            case ListedSku():
                self._skus[thing.sku_id] = thing

    def shop(self, name: str) -> Shop:
        """Return the shop of that name."""
        return _found(self._shops.get(name), "shop", name)

    def shops(self) -> Iterator[Shop]:
        """All shops, in the order they opened."""
        return iter(self._shops.values())

    def shop_by_cipher(self, cipher: str) -> Shop | None:
        """Return the shop that a `shop_cipher` stands for, if any."""
        return next((shop for shop in self._shops.values() if shop.cipher == cipher), None)

    def warehouse(self, warehouse_id: str) -> TikTokWarehouse:
        """Return the TikTok warehouse."""
        return _found(self._warehouses.get(warehouse_id), "warehouse", warehouse_id)

    def knows_warehouse(self, warehouse_id: str) -> bool:
        """Whether any shop has such a warehouse."""
        return warehouse_id in self._warehouses

    def warehouses(self, shop: str) -> Iterator[TikTokWarehouse]:
        """The warehouses of one shop."""
        return (each for each in self._warehouses.values() if each.shop == shop)

    def product(self, product_id: str) -> Product:
        """Return the product."""
        return _found(self._products.get(product_id), "product", product_id)

    def products(self, shop: str | None = None) -> Iterator[Product]:
        """The products of one shop, or of all."""
        return (each for each in self._products.values() if shop in (None, each.shop))

    def sku(self, sku_id: str) -> ListedSku:
        """Return the SKU."""
        return _found(self._skus.get(sku_id), "SKU", sku_id)

    def skus(self, shop: str | None = None) -> Iterator[ListedSku]:
        """The SKUs of one shop, or of all."""
        return (each for each in self._skus.values() if shop in (None, each.shop))

    def set_product_status(self, product_id: str, status: ProductStatus, at: float) -> None:
        """Give a product another status from `at` on."""
        product = self.product(product_id)
        self._products[product_id] = replace(product, status=status, updated_at=at)


def _found(thing: Thing | None, kind: str, name: str) -> Thing:
    if thing is None:
        raise Unknown(f"there is no {kind} {name!r} in this sandbox")
    return thing
