"""Learns from new snapshots what went unexplained since the ones before them.

Part of the transaction that puts the snapshots in force, under their warehouse's ledger: a report
counts once, whatever is told twice. Orders that are not recorded yet count later.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from connectors.store import declines, orders
from connectors.store.intake import NewSnapshot
from reconciliation.decline import Interval
from reconciliation.decline_law import SECONDS_PER_HOUR
from reconciliation.decline_seen import observe, unexplained_interval
from reconciliation.position import FeedTerms, Snapshot
from reconciliation.quantities import Instant, Sku, Units, later

from ..services import Services
from ..settings.values import feed_terms


COMPARED_S_MAX = 14 * 86_400.0
"""Two reports further apart teach nothing: an item that was gone from the files for weeks says
little of a partner's errors, and would have all orders since then read."""


def learn_decline(
    connection: Connection, services: Services, feed: str, snapshots: Sequence[NewSnapshot]
) -> bool:
    """Add what new snapshots show of unexplained decline to what is known of their pools.

    The first snapshot of a pool, one after a long gap and one after another feed's teach nothing.
    Returns whether any units went: by that all pools of the partner are judged. It is left to the
    caller to sum up (`declines.sum_up`).
    """
    compared = [report for new in snapshots if (report := _comparable(new, feed)) is not None]
    if not compared:
        return False
    warehouse, terms = services.settings.feeds[feed].warehouse, feed_terms(services.settings, feed)
    tolerance_s = services.policies.assumptions.clock_tolerance_s
    claims = orders.claims_in(connection, warehouse, oldest=_oldest(compared, terms, tolerance_s))
    pending = declines.pending_units(connection, warehouse)
    told: dict[Sku, Interval] = {}
    for each in compared:
        sku = each.new.pool.sku
        interval = each.unexplained()
        if sku in claims or sku in pending:
            interval = observe(
                Snapshot(units=each.before_units, as_of=each.before_as_of, terms=terms),
                Snapshot(units=each.new.units, as_of=each.new.as_of, terms=terms),
                claims.get(sku, ()),
                pending_units=pending.get(sku, 0),
                clock_tolerance_s=tolerance_s,
            )
        if interval is not None:
            told[sku] = interval
    declines.learn(connection, warehouse, told)
    return any(interval.counts and interval.units for interval in told.values())


class _Report(NamedTuple):
    """A new snapshot, and the one that it is compared with."""

    new: NewSnapshot
    before_units: Units
    before_as_of: Instant

    def unexplained(self) -> Interval | None:
        """Return what it says where no order has to do with it; None: it is not the later one."""
        passed_s = self.new.as_of - self.before_as_of
        if passed_s <= 0:
            return None
        hours = passed_s / SECONDS_PER_HOUR
        return unexplained_interval(self.before_units, self.new.units, hours)


def _comparable(new: NewSnapshot, feed: str) -> _Report | None:
    """Return a new snapshot with the one to compare it with, None where there is none."""
    if new.before_units is None or new.before_as_of is None or new.before_feed != feed:
        return None
    if new.as_of - new.before_as_of > COMPARED_S_MAX:
        return None
    return _Report(new, new.before_units, new.before_as_of)


def _oldest(compared: Sequence[_Report], terms: FeedTerms, tolerance_s: float) -> Instant:
    """Return a moment before every older snapshot, less the lags of the feed."""
    oldest = Instant(min(each.before_as_of for each in compared))
    return claims_begin(oldest, terms, tolerance_s)


def claims_begin(as_of: Instant, terms: FeedTerms, tolerance_s: float) -> Instant:
    """Return since when orders may matter to a figure, by the lags of its feed."""
    lag_s = max(terms.posting_lag_s, terms.order_lag_s) + terms.tolerance_s(tolerance_s)
    return later(as_of, -lag_s)
