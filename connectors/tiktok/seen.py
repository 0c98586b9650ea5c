"""What a look at TikTok Shop shows, as values; where the rules have a word for it, it is theirs.

(`ListingSeen` is in `reconciliation.catalog`, `LineSeen` in `reconciliation.orders`.)
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from reconciliation.catalog import ListingSeen
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant, Units


StockWrite = tuple[str, str, Units]
"""One line of a write: TikTok SKU, TikTok warehouse, and the quantity it shall have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSeen:
    """A shop that a token opens; `cipher` names it in all other calls."""

    shop_id: str
    name: str
    region: str
    seller_type: str
    cipher: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSeen:
    """A warehouse as TikTok knows it (API page, section 3, "Warehouses")."""

    warehouse_id: str
    name: str
    effect_status: str
    warehouse_type: str
    is_default: bool = False

    @property
    def sells(self) -> bool:
        """Whether stock in it can be bought: a sales warehouse, open and not on holiday."""
        return self.warehouse_type == "SALES_WAREHOUSE" and self.effect_status == "ENABLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockSeen:
    """What TikTok shows of one SKU in one warehouse.

    `available_units` can be bought, campaign and creator allocations included;
    `committed_units` are ordered and not yet shipped, on top (API page, section 4).
    """

    product_id: str
    sku_id: str
    warehouse_id: str
    available_units: Units
    committed_units: Units


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareSeen:
    """Units of a SKU, in all its warehouses, that campaigns and creators were promised.

    They are inside what is available (API page, section 4): they can be bought.
    """

    sku_id: str
    campaign_units: Units
    creator_units: Units


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRead:
    """One inventory read of at most 600 SKUs, and between which moments it was made.

    `absent_sku_ids` were asked for and not answered: their stock is unknown, not zero. `shares`
    has the SKUs of which campaigns or creators were promised units.
    """

    stocks: tuple[StockSeen, ...]
    absent_sku_ids: tuple[str, ...]
    began_at: Instant
    finished_at: Instant
    shares: tuple[ShareSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """One page of the product search; `total_count` counts products, not listings."""

    listings: tuple[ListingSeen, ...]
    total_count: int
    next_page_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRefusal:
    """A line of a write that TikTok named in its answer, and why."""

    sku_id: str
    warehouse_id: str
    code: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAnswer:
    """What TikTok said of each line of one write. Every line is in exactly one of the three.

    `accepted` had a clean answer; that is no proof that it took effect (design W7). `refused`
    had surely no effect. `unclear` lines were named with a code that does not say so, or belong
    to a SKU of which another warehouse was refused: they count as unsettled.
    """

    accepted: tuple[tuple[str, str], ...]
    refused: tuple[LineRefusal, ...]
    unclear: tuple[LineRefusal, ...]
    request_id: str
    began_at: Instant
    finished_at: Instant


class OrderTime(StrEnum):
    """Which time of an order a window is about."""

    CREATED = "create_time"
    UPDATED = "update_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWindow:
    """The orders created, or last updated, from `since` to before `until`.

    TikTok counts in whole seconds: the window is widened to them.
    """

    by: OrderTime
    since: Instant
    until: Instant

    def __post_init__(self) -> None:
        """Refuse a window that holds nothing."""
        if not self.since < self.until:
            raise ValueError(f"the window ends at {self.until}, not after {self.since}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """One page of an order search. `total_count` is TikTok's count for the whole window."""

    order_ids: tuple[str, ...]
    lines: tuple[LineSeen, ...]
    total_count: int
    next_page_token: str
    began_at: Instant
    finished_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersRead:
    """At most 50 orders asked for by id; `absent_order_ids` were not answered."""

    lines: tuple[LineSeen, ...]
    absent_order_ids: tuple[str, ...]
    began_at: Instant
    finished_at: Instant


def absent(asked: Sequence[str], answered: Collection[str]) -> tuple[str, ...]:
    """Return what was asked for and not answered, in the order it was asked."""
    return tuple(each for each in asked if each not in answered)


def is_whole(pages: Sequence[OrderPage]) -> bool:
    """Whether the pages hold every order of their window (design W5).

    They do where the last page is there, and the distinct ids are as many as TikTok counted, on
    every page alike: a count that changed on the way tells of orders that moved between pages.
    """
    if not pages or pages[-1].next_page_token:
        return False
    distinct = {order_id for page in pages for order_id in page.order_ids}
    return {page.total_count for page in pages} == {len(distinct)}
