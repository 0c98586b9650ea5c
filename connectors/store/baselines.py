"""Committed units that no order explains: what the ledger explains, and what people accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Double, Select, and_, bindparam, case, func, select

from reconciliation.catalog import ListingKey
from reconciliation.orders import COMMITTED
from reconciliation.quantities import Instant, Units

from .catalog import KEY_COLUMNS, listing_key
from .engine import upsert
from .shop_tables import BASELINES
from .tables import LINE_PARTS, ORDER_LINES


UNPAID = "UNPAID"
"""Orders of which is not known whether TikTok counts them as committed (API page, section 4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """The open order lines of a SKU in a warehouse: those that TikTok surely counts, and others.

    `unsure_units` are unpaid, or of no warehouse that is known.
    """

    sure_units: Units = 0
    unsure_units: Units = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Units of a listing that a person accepted as sold by orders that nobody can show us."""

    key: ListingKey
    units: Units
    hold_ids: tuple[int, ...]
    who: str
    why: str
    at: Instant
    expires_at: Instant


def explained(
    connection: Connection, shop: str, placed_before: Instant
) -> dict[tuple[str, str], Explained]:
    """Return what open orders placed before a moment explain, by SKU and warehouse.

    An order of no known warehouse is found under the SKU and an empty warehouse.
    """
    asked = {"the_shop": shop, "placed_before": placed_before}
    rows = connection.execute(_explaining(), asked)
    return {
        (row.sku_id, row.warehouse_id): Explained(
            sure_units=int(row.sure), unsure_units=int(row.unsure)
        )
        for row in rows
    }


@cache
def _explaining() -> Select[*tuple[Any, ...]]:
    is_sure = and_(ORDER_LINES.c.status != UNPAID, LINE_PARTS.c.warehouse_id != "")
    same = and_(
        *(LINE_PARTS.c[name] == ORDER_LINES.c[name] for name in ("shop", "order_id", "line_id"))
    )
    return (
        select(
            LINE_PARTS.c.sku_id,
            LINE_PARTS.c.warehouse_id,
            func.sum(case((is_sure, LINE_PARTS.c.units), else_=0)).label("sure"),
            func.sum(case((is_sure, 0), else_=LINE_PARTS.c.units)).label("unsure"),
        )
        .join(ORDER_LINES, same)
        .where(
            LINE_PARTS.c.shop == bindparam("the_shop"),
            ORDER_LINES.c.state.in_(COMMITTED),
            ORDER_LINES.c.placed_at < bindparam("placed_before", type_=Double),
        )
        .group_by(LINE_PARTS.c.sku_id, LINE_PARTS.c.warehouse_id)
    )


def accepted(connection: Connection, shop: str) -> dict[ListingKey, Baseline]:
    """Return what was accepted of a shop, whether it still counts or has expired."""
    rows = connection.execute(select(BASELINES).where(BASELINES.c.shop == shop))
    return {
        listing_key(row): Baseline(
            key=listing_key(row),
            units=row.units,
            hold_ids=tuple(row.hold_ids),
            who=row.who,
            why=row.why,
            at=row.at,
            expires_at=row.expires_at,
        )
        for row in rows
    }


def save(connection: Connection, some: Iterable[Baseline]) -> None:
    """Store what was accepted, in place of what was accepted of the same listings before."""
    rows = [
        {
            **{name: getattr(each.key, name) for name in KEY_COLUMNS},
            "units": each.units,
            "hold_ids": list(each.hold_ids),
            "who": each.who,
            "why": each.why,
            "at": each.at,
            "expires_at": each.expires_at,
        }
        for each in some
    ]
    upsert(connection, BASELINES, rows)


def forget(connection: Connection, keys: Iterable[ListingKey]) -> None:
    """Delete what was accepted of listings."""
    for key in sorted(keys):
        same = (BASELINES.c[name] == getattr(key, name) for name in KEY_COLUMNS)
        connection.execute(BASELINES.delete().where(*same))
