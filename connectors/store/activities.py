"""Promotions that run or are to come, and how many units of what they sell at most."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, and_, or_, select

from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant, Units

from .engine import upsert
from .market_tables import ACTIVITIES, ACTIVITY_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredActivity:
    """A promotion of a shop, as it was read at `read_at`."""

    shop: str
    activity_id: str
    title: str
    kind: str
    status: str
    begins_at: Instant | None
    ends_at: Instant | None
    read_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLimit:
    """A product in a promotion, or one SKU of it; `units_max` None: it sells any number."""

    activity_id: str
    product_id: str
    sku_id: str
    units_max: Units | None


def save(
    connection: Connection,
    shop: str,
    seen: Sequence[StoredActivity],
    limits: Sequence[StoredLimit],
) -> None:
    """Store a shop's promotions in place of those that were stored; the others are over."""
    connection.execute(ACTIVITY_LIMITS.delete().where(ACTIVITY_LIMITS.c.shop == shop))
    connection.execute(ACTIVITIES.delete().where(ACTIVITIES.c.shop == shop))
    upsert(connection, ACTIVITIES, [asdict(each) for each in seen])
    upsert(connection, ACTIVITY_LIMITS, [{"shop": shop, **asdict(each)} for each in limits])


def with_listing(
    connection: Connection, key: ListingKey
) -> tuple[tuple[StoredActivity, Units | None], ...]:
    """Return the promotions that a listing is in, the earliest first, each with its limit."""
    same = and_(
        ACTIVITY_LIMITS.c.shop == ACTIVITIES.c.shop,
        ACTIVITY_LIMITS.c.activity_id == ACTIVITIES.c.activity_id,
    )
    limits = ACTIVITY_LIMITS.c
    rows = connection.execute(
        select(ACTIVITIES, limits.units_max)
        .join(ACTIVITY_LIMITS, same)
        .where(
            limits.shop == key.shop,
            limits.product_id == key.product_id,
            or_(limits.sku_id == key.sku_id, limits.sku_id == ""),
        )
        .order_by(ACTIVITIES.c.begins_at, ACTIVITIES.c.activity_id)
    )
    return tuple(
        (
            StoredActivity(**{name: getattr(row, name) for name in StoredActivity.__slots__}),
            row.units_max,
        )
        for row in rows
    )
