"""What keeps TikTok from taking a quantity of a listing, or will: in words, from the record."""

from collections.abc import Iterator

from sqlalchemy import Connection

from connectors.store import activities, bars, stock_shares
from connectors.store.activities import StoredActivity
from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant, Units

from .moments import iso


def locks_of(connection: Connection, key: ListingKey, now: Instant) -> tuple[str, ...]:
    """Return what locks a listing's stock, the surest first: refusals, campaigns, promotions."""
    return (
        *_refusals(connection, key, now),
        *_shares(connection, key),
        *(
            _promotion(activity, units_max, now)
            for activity, units_max in activities.with_listing(connection, key)
            if activity.ends_at is None or activity.ends_at > now
        ),
    )


def _refusals(connection: Connection, key: ListingKey, now: Instant) -> Iterator[str]:
    bar = bars.load(connection, [key]).get(key)
    if bar is None or bar.ends_at <= now:
        return
    takes = "nothing" if bar.least_units is None else f"no fewer than {bar.least_units}"
    again = f"it is tried again at {iso(bar.ends_at)}"
    yield f"{bar.state}: TikTok takes {takes} ({bar.told}); {again}"


def _shares(connection: Connection, key: ListingKey) -> Iterator[str]:
    share = stock_shares.load(connection, [(key.shop, key.sku_id)]).get((key.shop, key.sku_id))
    if share is None:
        return
    for holder, units in (
        ("campaigns", share.campaign_units),
        ("creators", share.creator_units),
    ):
        if units:
            yield (
                f"{holder} were promised {units} of what its SKU shows: they can be bought, and "
                "TikTok may refuse to show fewer"
            )


def _promotion(activity: StoredActivity, units_max: Units | None, now: Instant) -> str:
    has_begun = activity.begins_at is None or activity.begins_at <= now
    begins = "runs" if has_begun else f"begins at {iso(activity.begins_at)} and runs"
    limit = "any number of" if units_max is None else f"at most {units_max}"
    return (
        f"promotion {activity.title!r} ({activity.kind}) {begins} until {iso(activity.ends_at)} "
        f"and sells {limit} units: TikTok may refuse a lower quantity while it does"
    )
