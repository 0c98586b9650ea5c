"""How each report looks on a terminal."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from ..holding import HoldView, Switched
from ..ingest import Ingested
from ..reconcile.result import ReconcileResult
from .explain import Decided, Explanation, ListingReport, PoolTerms
from .history import History
from .moments import span_text
from .printing import facts, table
from .status import Status


def reconcile_view(result: ReconcileResult) -> Iterator[RenderableType]:
    """Show each listing with before, after and reason, then what is short."""
    title = "What a reconcile would write" if result.dry_run else "Reconciled"
    columns = (
        "listing", "seller SKU", "pools", "before", "after", "target", "state", "ending", "reason"
    )  # fmt: skip
    yield table(
        title,
        columns,
        (
            (
                row.listing,
                row.seller_sku,
                row.pools,
                row.before_units,
                row.after_units,
                row.target_units,
                row.state,
                row.ending.value,
                row.reason,
            )
            for row in result.rows
        ),
    )
    for shortage in result.shortages:
        yield Text(f"shortage: {shortage.pool} is {shortage.units} units short", style="bold red")
    changed = sum(row.before_units != row.after_units for row in result.rows)
    what = "would change" if result.dry_run else "changed"
    yield Text(f"{len(result.rows)} listings, {changed} {what}, {result.seconds:g} s")


def explain_view(explanation: Explanation) -> Iterator[RenderableType]:
    """Show all terms of each listing that sells the item."""
    if not explanation.listings:
        yield Text(f"{explanation.sku} is in a feed, and no listing sells it.")
    for report in explanation.listings:
        yield from _listing(report)
        yield Text("")
    if explanation.weighed:
        yield facts("how risk is weighed now", [("", each) for each in explanation.weighed])


def _listing(report: ListingReport) -> Iterator[RenderableType]:
    yield facts(
        report.listing,
        [
            ("seller SKU", report.seller_sku),
            ("title", report.title),
            ("product", report.product_status),
            *([("problem", report.problem)] if report.problem else []),
            *([("not written", report.not_written_because)] if report.not_written_because else []),
        ],
    )
    if report.decision is None:
        yield Text("  It was never decided on.")
    else:
        yield facts("  decision", _decision(report.decision))
        for pool in report.decision.pools:
            yield facts(f"  goods: {pool.pool}", _pool(pool))
        yield facts("  exposure", _exposure(report.decision))
    yield facts("  what would change it", [("", each) for each in report.what_would_change])
    if report.last_write is not None:
        write = report.last_write
        yield facts(
            "  last write",
            [
                ("quantity", f"{write.from_units} -> {write.to_units} ({write.write_class})"),
                ("why", write.reason),
                ("outcome", f"{write.outcome} {write.detail}".strip()),
                ("intended at", write.intended_at),
                ("answered at", write.answered_at),
                ("settled at", write.settled_at),
            ],
        )


def _decision(decision: Decided) -> Iterator[tuple[str, object]]:
    version = decision.policy_version
    yield "policy", f"version {version}" if version else "the settings'"
    yield "guard state", decision.state
    yield "since", decision.since
    yield "feed age", decision.staleness
    yield "supply", decision.supply_units
    yield "cap", f"{decision.cap_units} ({decision.cap_rule})"
    yield "target", decision.target_units
    yield "shown", decision.shown_units
    yield "to be written", decision.write_units
    yield "obstacle", decision.obstacle or "none"
    yield "reason", decision.reason


def _pool(pool: PoolTerms) -> Iterator[tuple[str, object]]:
    if not pool.known:
        yield "snapshot", "none: no accepted feed has named it"
        return
    yield "units per sale", pool.units_per_sale
    yield "snapshot", pool.snapshot_units
    yield "as of", f"{pool.as_of} ({span_text(pool.age_s)} ago)"
    yield "- committed", pool.committed_units
    yield "- departed since", pool.departed_units
    yield "- missing", pool.missing_units
    yield "+ returned", pool.returned_units
    yield "- set aside", pool.set_aside_units
    yield "= available to sell", _ats(pool)
    yield "- safety stock", f"{pool.safety_units}{' (capped)' if pool.safety_capped else ''}"
    if pool.safety_because:
        yield "  because", pool.safety_because
    yield "= sellable", pool.sellable_units
    for shop, units in pool.kept_units.items():
        yield f"kept for {shop or 'nobody'}", units
    yield "slack under the bound", pool.slack_units
    yield "overlap", _overlap(pool)


def _overlap(pool: PoolTerms) -> str:
    if pool.race is None:
        return "none: each unit is promised once"
    return f"a cancelled order weighed {pool.race['price']:.3g} lost sales"


def _ats(pool: PoolTerms) -> str:
    return f"{pool.ats_units}" + (" (shortage)" if pool.ats_units < 0 else "")


def _exposure(decision: Decided) -> Iterator[tuple[str, object]]:
    exposure = decision.exposure
    yield "shown", exposure.shown_units
    yield "+ unsettled writes", exposure.unsettled_units
    yield "+ pending restocks", exposure.restock_units
    yield "+ doubt", exposure.doubt_units
    yield "= in all", exposure.total_units
    yield "known", exposure.known


def history_view(history: History) -> Iterator[RenderableType]:
    """Show the trail, newest first."""
    yield table(
        f"History of {history.sku}",
        ("at (UTC)", "event", "subject", "what"),
        ((each.at, each.event, each.subject, each.text) for each in history.events),
    )


def holds_view(title: str, holds: Iterable[HoldView]) -> Iterator[RenderableType]:
    """Show holds."""
    yield table(
        title,
        ("hold", "SKU", "shop", "warehouse", "at most", "set aside", "who", "why", "until (UTC)"),
        (
            (
                each.hold_id,
                each.sku,
                each.shop or "all",
                each.warehouse or "all",
                each.at_most_units,
                each.set_aside_units,
                each.who,
                each.why,
                each.expires_at,
            )
            for each in holds
        ),
    )


def switched_view(switched: Iterable[Switched]) -> Iterator[RenderableType]:
    """Show which shops are written to now."""
    for each in switched:
        now = "stopped" if each.stopped else "on"
        same = " already" if each.stopped == each.stopped_before else ""
        yield Text(f"{each.shop}: writing is {now}{same}")


def ingested_view(taken: Ingested) -> Iterator[RenderableType]:
    """Show what became of a file."""
    verdict = {"accept": "accepted", "quarantine": "quarantined", "refuse": "refused"}
    yield facts(
        f"{taken.file_name}: {verdict[taken.ruling.value]}",
        [
            ("rows accepted", taken.rows_accepted),
            ("rows refused", taken.rows_refused),
            ("as of", taken.as_of),
            *(("because", reason) for reason in taken.reasons),
            *([("all faults", taken.receipt)] if taken.receipt else []),
            ("decisions due", taken.decisions_due),
        ],
    )
    if taken.faults:
        rows = ((each.row, each.column, each.cause, each.text) for each in taken.faults)
        yield table("First faults", ("row", "column", "cause", "text"), rows)


def status_view(status: Status) -> Iterator[RenderableType]:
    """Show how everything stands."""
    yield _shops(status)
    yield _feeds(status)
    if status.pools_at_risk:
        title = f"Pools: {status.pools_short} short, {status.pools_near_zero} near zero"
        rows = (
            (p.pool, _ats(p), p.sellable_units, p.slack_units, span_text(p.age_s))
            for p in status.pools_at_risk
        )
        yield table(title, ("pool", "available", "sellable", "slack", "feed age"), rows)
    if status.problems:
        title = f"Listings without goods: {status.problems_found}"
        problems = ((p.listing, p.seller_sku, p.problem, p.remedy) for p in status.problems)
        yield table(title, ("listing", "seller SKU", "problem", "remedy"), problems)
    work = ((each.queue, each.due, "\n".join(each.errors)) for each in status.work)
    yield table("Work that is due", ("queue", "rows", "errors"), work)
    style = "bold red" if status.bound_breaches else ""
    yield Text(f"breaches of the exposure bound: {status.bound_breaches}", style=style)


def _shops(status: Status) -> RenderableType:
    return table(
        "Shops",
        (
            *("shop", "mode", "state", "writing", "listings"),
            *("orders complete up to", "open writes", "trouble"),
        ),
        (
            (
                shop.shop,
                shop.mode,
                shop.state,
                "stopped" if shop.writes_stopped else "on",
                _counted(shop.listings_by_state),
                _moment(shop.ledger_complete_up_to, shop.ledger_age_s),
                _counted(shop.open_writes),
                "\n".join(each for each in (shop.trouble, shop.remedy) if each),
            )
            for shop in status.shops
        ),
    )


def _feeds(status: Status) -> RenderableType:
    return table(
        "Feeds",
        ("feed", "warehouse", "last file", "verdict", "rows", "arrived", "as of", "overdue"),
        (
            (
                feed.feed,
                feed.warehouse,
                feed.last_file,
                "; ".join([feed.verdict, *feed.reasons]),
                f"{feed.rows_accepted} taken, {feed.rows_refused} refused",
                _moment(feed.arrived_at, feed.arrived_age_s),
                _moment(feed.as_of, feed.as_of_age_s),
                feed.overdue,
            )
            for feed in status.feeds
        ),
    )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _moment(at: str | None, age_s: float | None) -> str:
    return f"{at} ({span_text(age_s)} ago)" if at is not None else "never"
