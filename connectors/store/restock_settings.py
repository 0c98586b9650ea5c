"""Of which TikTok SKUs we asked that cancelled units do not go back on sale by themselves."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, or_, select

from reconciliation.quantities import Instant

from .engine import upsert
from .market_tables import RESTOCK_SETTINGS


def settled(connection: Connection, shop: str, *, asked_after: Instant) -> frozenset[str]:
    """Return the SKUs of a shop that are switched off, or were refused after a moment."""
    rows = RESTOCK_SETTINGS.c
    done = or_(rows.switched_off_at.is_not(None), rows.asked_at > asked_after)
    return frozenset(
        connection.execute(select(rows.sku_id).where(rows.shop == shop, done)).scalars()
    )


def save(
    connection: Connection,
    shop: str,
    asked: Iterable[str],
    refused: Mapping[str, str],
    now: Instant,
) -> None:
    """Store what came of asking for SKUs: those that are not `refused` are switched off."""
    rows = [
        {
            "shop": shop,
            "sku_id": sku_id,
            "switched_off_at": None if sku_id in refused else now,
            "refused": refused.get(sku_id, ""),
            "asked_at": now,
        }
        for sku_id in sorted(set(asked))
    ]
    upsert(connection, RESTOCK_SETTINGS, rows)


def refusals(connection: Connection, shop: str) -> dict[str, str]:
    """Return the SKUs of a shop for which TikTok refused it, and its words."""
    rows = RESTOCK_SETTINGS.c
    query = select(rows.sku_id, rows.refused).where(rows.shop == shop, rows.refused != "")
    return {row.sku_id: row.refused for row in connection.execute(query)}
