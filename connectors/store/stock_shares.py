"""What of TikTok SKUs' stock campaigns and creators were promised, as last read."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, delete, select

from reconciliation.quantities import Instant, Units

from .engine import upsert
from .market_tables import STOCK_SHARES
from .wanted import among


@dataclass(frozen=True, slots=True, kw_only=True)
class StockShare:
    """Units of a SKU in all its warehouses, inside what it shows."""

    shop: str
    sku_id: str
    campaign_units: Units
    creator_units: Units


def load(
    connection: Connection, skus: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], StockShare]:
    """Return the shares of SKUs, each named by shop and id; one without any is left out."""
    wanted = sorted(set(skus))
    if not wanted:
        return {}
    rows = connection.execute(_by_sku(), {"wanted": wanted})
    return {
        (row.shop, row.sku_id): StockShare(
            shop=row.shop,
            sku_id=row.sku_id,
            campaign_units=row.campaign_units,
            creator_units=row.creator_units,
        )
        for row in rows
    }


@cache
def _by_sku() -> Select[*tuple[Any, ...]]:
    return select(STOCK_SHARES).where(among(STOCK_SHARES.c.shop, STOCK_SHARES.c.sku_id))


def save(
    connection: Connection,
    skus: Iterable[tuple[str, str]],
    shares: Iterable[StockShare],
    read_at: Instant,
) -> None:
    """Store what a read of SKUs showed; of those that are not among `shares` nothing is promised.

    Nothing is written where nothing has changed, which is the rule.
    """
    known = load(connection, skus)
    seen = {(each.shop, each.sku_id): each for each in shares}
    for shop, sku_id in known.keys() - seen.keys():
        gone = (STOCK_SHARES.c.shop == shop, STOCK_SHARES.c.sku_id == sku_id)
        connection.execute(delete(STOCK_SHARES).where(*gone))
    rows = [
        {
            "shop": each.shop,
            "sku_id": each.sku_id,
            "campaign_units": each.campaign_units,
            "creator_units": each.creator_units,
            "read_at": read_at,
        }
        for key, each in sorted(seen.items())
        if known.get(key) != each
    ]
    upsert(connection, STOCK_SHARES, rows)
