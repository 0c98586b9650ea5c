"""Learns from new snapshots what went unexplained since the ones before them.

Part of the transaction that puts the snapshots in force, under their warehouse's ledger: a report
counts once, whatever is told twice. Orders that are not recorded yet count later.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from connectors.store import declines, orders
from connectors.store.intake import NewSnapshot
from reconciliation.decline import DeclineHistory, learn
from reconciliation.decline_seen import observe
from reconciliation.position import FeedTerms, Snapshot
from reconciliation.quantities import Instant, later

from ..services import Services
from ..settings.values import feed_terms


COMPARED_S_MAX = 14 * 86_400.0
"""Two reports further apart teach nothing: an item that was gone from the files for weeks says
little of a partner's errors, and would have all orders since then read."""


def learn_decline(
    connection: Connection, services: Services, feed: str, snapshots: Sequence[NewSnapshot]
) -> None:
    """Add what new snapshots show of unexplained decline to what is known of their pools.

    The first snapshot of a pool, one after a long gap and one after another feed's teach nothing.
    """
    terms = feed_terms(services.settings, feed)
    compared = [
        (new, before) for new in snapshots if (before := _comparable(new, feed, terms)) is not None
    ]
    if not compared:
        return
    warehouse = services.settings.feeds[feed].warehouse
    tolerance_s = services.policies.assumptions.clock_tolerance_s
    histories = declines.of_warehouse(connection, warehouse)
    oldest = _oldest([before for _, before in compared], tolerance_s)
    claims = orders.claims_in(connection, warehouse, oldest=oldest)
    learned = {}
    for new, before in compared:
        history = histories.get(new.pool.sku, DeclineHistory())
        interval = observe(
            before,
            Snapshot(units=new.units, as_of=new.as_of, terms=terms),
            claims.get(new.pool.sku, ()),
            pending_units=history.pending_units,
            clock_tolerance_s=tolerance_s,
        )
        if interval is not None:
            learned[new.pool.sku] = learn(history, interval)
    declines.save(connection, warehouse, learned)


def _comparable(new: NewSnapshot, feed: str, terms: FeedTerms) -> Snapshot | None:
    """Return the snapshot to compare a new one with, None where there is none."""
    if new.before_units is None or new.before_as_of is None or new.before_feed != feed:
        return None
    if new.as_of - new.before_as_of > COMPARED_S_MAX:
        return None
    return Snapshot(units=new.before_units, as_of=new.before_as_of, terms=terms)


def _oldest(before: Sequence[Snapshot], tolerance_s: float) -> Instant:
    """Return a moment before every older snapshot, less the lags of the feed."""
    terms = before[0].terms
    lag_s = max(terms.posting_lag_s, terms.order_lag_s) + tolerance_s
    return later(Instant(min(each.as_of for each in before)), -lag_s)
