"""Which SKUs a feed's last accepted files named in rows that were refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from reconciliation.quantities import Sku

from .feed_tables import DELIVERY_DETAILS
from .standing import stands
from .tables import DELIVERIES


_KEY = "refused_skus"


def with_refused(seen: Mapping[str, Any], skus: Sequence[Sku]) -> dict[str, Any]:
    """Return what was seen in a file, with the SKUs of its refused rows."""
    return {**seen, _KEY: list(skus)}


def refused_before(connection: Connection, feed: str, *, files: int) -> list[frozenset[Sku]]:
    """Return the refused SKUs of each of the last accepted files, the newest first.

    The files are those of `absences.named_before`. None where they were not kept.
    """
    query = (
        select(DELIVERY_DETAILS.c.seen)
        .select_from(DELIVERIES)
        .join(DELIVERY_DETAILS, DELIVERY_DETAILS.c.delivery_id == DELIVERIES.c.id, isouter=True)
        .where(DELIVERIES.c.feed == feed, stands())
        .order_by(DELIVERIES.c.id.desc())
        .limit(files)
    )
    found = connection.execute(query).scalars().all()
    return [frozenset(map(Sku, (seen or {}).get(_KEY, ()))) for seen in found]
