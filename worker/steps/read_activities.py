"""Reads a shop's promotions, so that a lock is known before it refuses a write.

What a promotion does to stock TikTok does not say; that one runs, until when and on how many units
is what a person needs who asks why a quantity cannot be lowered. Platform campaigns are not among
them: they show in the stock that is read (API page, section 3).
"""

from connectors.store import activities, work
from connectors.store.activities import StoredActivity, StoredLimit
from connectors.store.engine import writing
from connectors.tiktok import market
from connectors.tiktok.market_seen import ActivitySeen
from reconciliation.quantities import EPOCH, Instant, later

from ..queues import ACTIVITIES
from ..services import Services
from .missing_scope import if_consented


EVERY_S = 900.0
"""How often promotions are read of which no notification has told."""

LOOKED_INTO_MAX = 200
"""The most promotions whose products are read at once: the earliest count."""


def read_activities(services: Services, shop: str) -> None:
    """Store a shop's promotions with their limits, and ask to do so again."""
    with if_consented(services, ACTIVITIES, shop):
        _read(services, shop)


def _read(services: Services, shop: str) -> None:
    now = services.now()
    with services.tiktok.calling(shop) as (client, access):
        seen = sorted(market.activities(client, access), key=_begins_at)
        limits = [
            StoredLimit(
                activity_id=each.activity_id,
                product_id=limit.product_id,
                sku_id=limit.sku_id,
                units_max=limit.units_max,
            )
            for each in seen[:LOOKED_INTO_MAX]
            for limit in market.activity_limits(client, access, each.activity_id)
        ]
    with writing(services.engine) as connection:
        activities.save(connection, shop, [_stored(shop, each, now) for each in seen], limits)
        work.ask(connection, ACTIVITIES, [shop], due_at=later(services.now(), EVERY_S))


def _begins_at(seen: ActivitySeen) -> tuple[Instant, str]:
    return (seen.begins_at or EPOCH, seen.activity_id)


def _stored(shop: str, seen: ActivitySeen, now: Instant) -> StoredActivity:
    return StoredActivity(
        shop=shop,
        activity_id=seen.activity_id,
        title=seen.title,
        kind=seen.kind,
        status=seen.status,
        begins_at=seen.begins_at,
        ends_at=seen.ends_at,
        read_at=now,
    )
