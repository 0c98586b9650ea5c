"""TikTok's JSON becomes our values: shops, warehouses, listings, stock, and answers to writes.

Pure. Fields nobody needs are ignored; a field that is needed and odd raises `AnswerUnreadable`
with its path and value. Orders are translated next door, in `translate_orders`.
"""

from collections.abc import Sequence

from connectors.errors import AnswerUnreadable
from reconciliation.catalog import ListingKey, ListingSeen
from reconciliation.quantities import Units

from .codes import REMEDIES, Remedy
from .json_parts import JsonPart
from .seen import (
    LineRefusal,
    ListingPage,
    ShareSeen,
    ShopSeen,
    StockRead,
    StockSeen,
    StockWrite,
    WarehouseSeen,
    WriteAnswer,
    absent,
)
from .wire import Data


SKU_OFF = "SKU_DEACTIVATED_BY_"
"""How the status of a listing begins whose SKU alone was taken off sale; by whom follows."""


def shops(data: Data) -> tuple[ShopSeen, ...]:
    """Translate the authorised shops (API page, section 2)."""
    return tuple(
        ShopSeen(
            shop_id=shop.identity("id"),
            name=shop.text("name", ""),
            region=shop.text("region", ""),
            seller_type=shop.text("seller_type", ""),
            cipher=shop.text("cipher"),
        )
        for shop in data.part.parts("shops")
    )


def warehouses(data: Data) -> tuple[WarehouseSeen, ...]:
    """Translate the warehouses of a shop (API page, section 3)."""
    return tuple(
        WarehouseSeen(
            warehouse_id=each.identity("id"),
            name=each.text("name", ""),
            effect_status=each.text("effect_status"),
            warehouse_type=each.text("type"),
            is_default=each.flag("is_default"),
        )
        for each in data.part.parts("warehouses")
    )


def listing_page(data: Data, shop: str) -> ListingPage:
    """Translate a page of products: one listing for each SKU and warehouse (section 3)."""
    return ListingPage(
        listings=tuple(
            listing
            for product in data.part.parts("products")
            for sku in product.parts("skus")
            for listing in _listings(shop, product, sku)
        ),
        total_count=data.part.units("total_count"),
        next_page_token=data.part.text("next_page_token", ""),
    )


def product(data: Data, shop: str) -> tuple[ListingSeen, ...]:
    """Translate one product: a listing for each SKU and warehouse (section 3)."""
    return tuple(
        listing for sku in data.part.parts("skus") for listing in _listings(shop, data.part, sku)
    )


def _listings(shop: str, product: JsonPart, sku: JsonPart) -> tuple[ListingSeen, ...]:
    return tuple(
        ListingSeen(
            key=ListingKey(
                shop=shop,
                product_id=product.identity("id"),
                sku_id=sku.identity("id"),
                warehouse_id=place.identity("warehouse_id"),
            ),
            seller_sku=sku.text("seller_sku", ""),
            title=product.text("title", ""),
            product_status=_status(product, sku),
            backorder_units=place.units("backorder_quantity", 0),
            # A SKU put together from others is a virtual bundle: 12052850 if it were written.
            is_virtual_bundle=bool(sku.parts("combined_skus")),
        )
        for place in sku.parts("inventory")
    )


def _status(product: JsonPart, sku: JsonPart) -> str:
    """Return the product's status, or that of a SKU which was taken off sale by itself."""
    info = sku.part("status_info")
    if info.text("status", "") != "DEACTIVATED":
        return product.text("status")
    return f"{SKU_OFF}{info.text('deactivation_source', 'SOMEBODY')}"


def stock_read(data: Data, asked: Sequence[str]) -> StockRead:
    """Translate an inventory search for the SKUs `asked` (API page, section 4)."""
    skus = [
        (product, sku) for product in data.part.parts("inventory") for sku in product.parts("skus")
    ]
    stocks = tuple(
        _stock(product, sku, place)
        for product, sku in skus
        for place in sku.parts("warehouse_inventory")
    )
    shares = [_share(sku) for _, sku in skus]
    return StockRead(
        stocks=stocks,
        absent_sku_ids=absent(asked, {stock.sku_id for stock in stocks}),
        began_at=data.began_at,
        finished_at=data.finished_at,
        shares=tuple(each for each in shares if each.campaign_units or each.creator_units),
    )


def _share(sku: JsonPart) -> ShareSeen:
    distribution = sku.part("total_available_inventory_distribution")

    def promised(to_whom: str) -> Units:
        return sum(each.units("quantity", 0) for each in distribution.parts(to_whom))

    return ShareSeen(
        sku_id=sku.identity("id"),
        campaign_units=promised("campaign_inventory"),
        creator_units=promised("creator_inventory"),
    )


def _stock(product: JsonPart, sku: JsonPart, place: JsonPart) -> StockSeen:
    return StockSeen(
        product_id=product.identity("product_id", ""),
        sku_id=sku.identity("id"),
        warehouse_id=place.identity("warehouse_id"),
        available_units=place.units("available_quantity"),
        committed_units=place.units("committed_quantity"),
    )


def write_answer(data: Data, lines: Sequence[StockWrite]) -> WriteAnswer:
    """Translate the answer to a write of `lines`: which were accepted, refused, or unclear.

    `code: 0` may hide refusals in `data.errors` (API page, section 3). An error that names a
    SKU we did not send makes the whole answer unreadable.
    """
    sent = tuple((sku_id, warehouse_id) for sku_id, warehouse_id, _ in lines)
    named: dict[tuple[str, str], tuple[LineRefusal, bool]] = {}
    for error in data.part.parts("errors"):
        for line, is_sure in _refusals(error, sent):
            key = (line.sku_id, line.warehouse_id)
            # Named twice: the surer word does not count for more.
            known_sure = named[key][1] if key in named else True
            named[key] = (line, is_sure and known_sure)
    return WriteAnswer(
        accepted=tuple(key for key in sent if key not in named),
        refused=tuple(line for line, is_sure in named.values() if is_sure),
        unclear=tuple(line for line, is_sure in named.values() if not is_sure),
        request_id=data.request_id,
        began_at=data.began_at,
        finished_at=data.finished_at,
    )


def _refusals(error: JsonPart, sent: Sequence[tuple[str, str]]) -> list[tuple[LineRefusal, bool]]:
    """Return the sent lines that one error is about, each with whether it surely had no effect."""
    detail = error.part("detail")
    touched = _touched(detail, sent)
    extras = {extra.identity("warehouse_id", ""): extra for extra in detail.parts("extra_errors")}
    general = extras.get("", error)
    refusals = []
    for sku_id, warehouse_id in touched:
        cause = extras.get(warehouse_id, general)
        line = LineRefusal(
            sku_id=sku_id,
            warehouse_id=warehouse_id,
            code=cause.number("code"),
            message=cause.text("message", ""),
        )
        # Where other warehouses of the SKU are named and this one is not, it may have been set.
        is_meant = not extras or "" in extras or warehouse_id in extras
        refusals.append((line, is_meant and _is_sure(line.code, error.number("code"))))
    return refusals


def _touched(detail: JsonPart, sent: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    sku_id = detail.identity("sku_id", "")
    touched = [key for key in sent if sku_id in ("", key[0])]
    if not touched:
        raise AnswerUnreadable(f"{detail.path}.sku_id was not sent: {sku_id!r}")
    return touched


def _is_sure(*codes: int) -> bool:
    """Whether the codes together surely mean that nothing was done."""
    remedies = [REMEDIES.get(code) for code in codes]
    return Remedy.REPEAT not in remedies and any(remedies)
