"""What `accuracy` says: how far a partner's figures can be trusted, and what that costs.

Bias and spread are of unexplained decline, as learned from report after report; older ones count
less. Punctuality is of the files of the last month. What is withheld is as last decided.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection

from connectors.store import declines, intake, pool_stocks
from connectors.store.engine import reading
from connectors.store.intake import Delivery
from reconciliation.decline import DeclineTotals
from reconciliation.feed_gate import Ruling
from reconciliation.quantities import Instant, later

from ..pool_declines import partner_totals
from ..services import Services
from ..settings.feeds import FeedSettings
from ..settings.values import partner_of
from .moments import iso


JUDGED_S = 30 * 86_400.0
"""The files of so long are looked at, as long as half of what was learned counts."""

LATE_INTERVALS = 1.25
"""A file is late from so many intervals after the one before it on, as on the ladder."""

HOURS_PER_DAY = 24.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPunctuality:
    """How the files of a feed came in the last month.

    `late_s_max` is the longest that a file, or the one now awaited, was behind the schedule; what
    has no schedule has no lateness.
    """

    feed: str
    warehouse: str
    expected_every_s: float | None
    files_judged: int
    files_accepted: int
    files_late: int | None
    late_s_max: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerAccuracy:
    """A partner's figures beside what orders explain.

    `bias_units_per_day` is what goes unexplained of an item in a day, `bias_ratio` the part of the
    expected units that is missing in a report, `spread_units` the standard deviation of what one
    report misses. All are None where nothing is learned yet. `hidden_ratio` is the part of the
    reports that told nothing, mostly since goods came. `withheld_units` are held back only because
    of all this.
    """

    partner: str
    items_watched: int
    reports_judged: float
    hidden_ratio: float | None
    flawless_ratio: float | None
    bias_units_per_day: float | None
    bias_ratio: float | None
    spread_units: float | None
    withheld_units: int
    feeds: tuple[FeedPunctuality, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyReport:
    """The accuracy of partners, by name."""

    at: str | None
    partners: tuple[PartnerAccuracy, ...]


def accuracy(services: Services, *, partners: Sequence[str]) -> AccuracyReport:
    """Return the accuracy of these partners, from the record alone."""
    now = services.now()
    with reading(services.engine) as connection:
        totals = partner_totals(services.settings, declines.totals_by_warehouse(connection))
        withheld = _withheld(connection, services)
        deliveries = intake.deliveries_since(connection, later(now, -JUDGED_S))
    feeds = _feeds(services, deliveries, now)
    return AccuracyReport(
        at=iso(now),
        partners=tuple(
            _partner(partner, totals.get(partner, DeclineTotals()), withheld[partner], feeds)
            for partner in partners
        ),
    )


def _withheld(connection: Connection, services: Services) -> dict[str, int]:
    """Return the units that each partner's errors keep from being sold."""
    units = defaultdict[str, int](int)
    for warehouse, held_back in pool_stocks.for_errors_units(connection).items():
        units[partner_of(services.settings, warehouse)] += held_back
    return units


def _partner(
    partner: str,
    totals: DeclineTotals,
    withheld_units: int,
    feeds: dict[str, tuple[FeedPunctuality, ...]],
) -> PartnerAccuracy:
    return PartnerAccuracy(
        partner=partner,
        items_watched=round(totals.pools),
        reports_judged=round(totals.intervals, 1),
        hidden_ratio=_ratio(totals.looks - totals.intervals, totals.looks),
        flawless_ratio=_ratio(totals.intervals - totals.declines, totals.intervals),
        bias_units_per_day=_ratio(totals.units * HOURS_PER_DAY, totals.hours),
        bias_ratio=_ratio(totals.units, totals.expected_units),
        spread_units=_spread(totals),
        withheld_units=withheld_units,
        feeds=feeds.get(partner, ()),
    )


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 6) if whole > 0 else None


def _spread(totals: DeclineTotals) -> float | None:
    if totals.intervals <= 0:
        return None
    mean = totals.units / totals.intervals
    variance = totals.units_squared / totals.intervals - mean * mean
    return round(math.sqrt(max(variance, 0.0)), 6)


# -- punctuality ----------------------------------------------------------------------------------


def _feeds(
    services: Services, deliveries: dict[str, tuple[Delivery, ...]], now: Instant
) -> dict[str, tuple[FeedPunctuality, ...]]:
    """Return the punctuality of each feed, by partner."""
    found: dict[str, tuple[FeedPunctuality, ...]] = {}
    for feed, declared in services.settings.feeds.items():
        told = _punctuality(feed, declared, files=deliveries.get(feed, ()), now=now)
        partner = partner_of(services.settings, declared.warehouse)
        found[partner] = (*found.get(partner, ()), told)
    return found


def _punctuality(
    feed: str, declared: FeedSettings, *, files: Sequence[Delivery], now: Instant
) -> FeedPunctuality:
    accepted = [each.arrived_at for each in files if each.verdict == Ruling.ACCEPT]
    late, late_s = _lateness([*accepted, now], declared.expected_every_s)
    return FeedPunctuality(
        feed=feed,
        warehouse=declared.warehouse,
        expected_every_s=declared.expected_every_s,
        files_judged=len(files),
        files_accepted=len(accepted),
        files_late=late,
        late_s_max=late_s,
    )


def _lateness(
    moments: Sequence[Instant], every_s: float | None
) -> tuple[int | None, float | None]:
    """Return how many files came late, and how much at most; the last moment is now."""
    waits_s = [after - before for before, after in pairwise(moments)]
    if every_s is None or not waits_s:
        return None, None
    late = sum(wait_s > LATE_INTERVALS * every_s for wait_s in waits_s)
    return late, round(max(max(waits_s) - every_s, 0.0), 1)
