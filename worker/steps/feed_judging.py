"""Gathers what a file is judged by: the last one, what is in force, and what it leaves out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connectors.store import absences
from connectors.store.refused_skus import refused_before, with_refused
from reconciliation.feed import FeedRow, ParsedFeed
from reconciliation.feed_coverage import (
    Coverage,
    FeedScope,
    MissingRows,
    refused_skus,
    stated_by_absence,
)
from reconciliation.feed_gate import Earlier, LastFeed, LastStated, LeftOut, Verdict, judge
from reconciliation.feed_left_out import left_out_of_delta
from reconciliation.quantities import Instant, Sku

from ..services import Services
from ..settings.values import coverage, gate_limits
from .last_stated import last_stated


REFUSED_SKUS_KEPT = 20_000
"""How many SKUs of refused rows are kept of a file: 1 % of two million rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The verdict on a file, what it was held against, and what is at 0 once it is accepted.

    The last are `gone`, because they are not in it; `last` is None for the first file.
    """

    verdict: Verdict
    last: LastStated | None = None
    gone: tuple[FeedRow, ...] = ()


def judge_file(
    connection: Connection,
    services: Services,
    feed: str,
    parsed: ParsedFeed,
    *,
    arrived_at: Instant,
    earlier: Earlier | None,
) -> Judged:
    """Return what becomes of a file, before it is recorded.

    What it says by leaving it out is judged with what it states: the gate comes first.
    """
    last, left_out = _beside(connection, services, feed, parsed)
    verdict = judge(
        parsed,
        last,
        gate_limits(services.settings, feed),
        arrived_at=arrived_at,
        earlier=earlier,
        left_out=left_out,
    )
    return Judged(verdict=verdict, last=last, gone=left_out.gone)


def _beside(
    connection: Connection, services: Services, feed: str, parsed: ParsedFeed
) -> tuple[LastStated | None, LeftOut]:
    """Return what a file is held against, and what it says of the SKUs that it leaves out."""
    last = last_stated(connection, feed, parsed.rows)
    rule = coverage(services.settings, feed)
    if rule.scope is FeedScope.DELTA:
        in_force = _in_force(connection, services, feed)
        return _all_of(last, in_force), left_out_of_delta(parsed, in_force)
    if last is None or rule.missing_rows is MissingRows.KEEP:
        return last, LeftOut()
    gone = stated_by_absence(
        parsed,
        {sku: row.units for sku, row in _in_force(connection, services, feed).items()},
        _in_files_before(connection, feed, rule),
        rule,
    )
    return last, LeftOut(gone=gone)


def _in_files_before(connection: Connection, feed: str, rule: Coverage) -> list[frozenset[Sku]]:
    """Return the SKUs that were in each of the last files, in good rows or in refused ones."""
    named = absences.named_before(connection, feed, files=rule.files_before)
    refused = refused_before(connection, feed, files=rule.files_before)
    return [one | other for one, other in zip(named, refused, strict=True)]


def with_refused_skus(
    services: Services, feed: str, parsed: ParsedFeed, seen: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what was seen in a file, with the SKUs of refused rows where later files need them.

    Of very many the first are kept: a SKU that is not counts as left out, and so errs towards 0.
    """
    if not coverage(services.settings, feed).files_before:
        return dict(seen)
    return with_refused(seen, sorted(refused_skus(parsed))[:REFUSED_SKUS_KEPT])


def _in_force(connection: Connection, services: Services, feed: str) -> dict[Sku, FeedRow]:
    return absences.in_force(connection, feed, services.settings.feeds[feed].warehouse)


def _all_of(last: LastStated | None, in_force: Mapping[Sku, FeedRow]) -> LastFeed | None:
    """Return all that a feed has in force as if the last of its deltas had stated it."""
    if last is None:
        return None
    return LastFeed(
        sha256=last.sha256,
        header=last.header,
        units={sku: row.units for sku, row in in_force.items()},
        as_of={sku: row.as_of for sku, row in in_force.items()},
    )
