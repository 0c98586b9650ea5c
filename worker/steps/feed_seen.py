"""What was seen in a partner's file, as plain values: kept with its delivery, told in receipts.

A receipt can be written anew from it whenever a person decides something about the file.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from connectors.feeds.errors import FileTooLarge
from connectors.feeds.receipts import (
    Fault,
    Outcome,
    Receipt,
    Rows,
    TheirRows,
    Told,
    rejects_name,
    told_elsewhere,
    told_faults,
)
from connectors.store.intake import Delivery
from reconciliation.feed import FileFault, ParsedFeed
from reconciliation.feed_gate import Contrast, Verdict
from reconciliation.quantities import Instant

from ..reports.moments import iso


SKUS_KEPT = 50
"""How many of the SKUs that are gone, or at 0, are kept by name."""


def seen_of(
    parsed: ParsedFeed, verdict: Verdict, *, unmapped: int | None, repeats: int | None
) -> dict[str, Any]:
    """Return what was seen in a file that could be read."""
    return {
        "figures": asdict(verdict.figures),
        "reasons": [asdict(reason) for reason in verdict.reasons],
        "notes": list(verdict.notes),
        "changes": _changes(verdict.seen),
        "faults": [asdict(fault) for fault in told_faults(parsed.faults)],
        "elsewhere": [asdict(each) for each in told_elsewhere(parsed.elsewhere)],
        "unmapped": unmapped,
        "repeats": repeats,
    }


def seen_of_unreadable(fault: FileFault | FileTooLarge) -> dict[str, Any]:
    """Return what was seen in a file of which nothing can be trusted."""
    if isinstance(fault, FileFault):
        reason = {"objection": fault.cause.value, "cause": fault.detail, "remedy": fault.remedy}
        return {"reasons": [reason], "has_file_fault": True}
    cause, _, remedy = str(fault).partition(": ")
    return {"reasons": [{"objection": "too_large", "cause": cause, "remedy": remedy}]}


def _changes(seen: Contrast) -> dict[str, Any]:
    return {
        "lost": list(seen.lost[:SKUS_KEPT]),
        "zeroed": list(seen.zeroed[:SKUS_KEPT]),
        "largest": [asdict(move) for move in seen.largest],
    }


def reasons_of(seen: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what speaks against a file, each in one line with its remedy."""
    return tuple(f"{each['cause']}; {each['remedy']}" for each in seen.get("reasons", ()))


def receipt_of(
    delivery_id: int,
    delivery: Delivery,
    seen: Mapping[str, Any],
    outcome: Outcome,
    *,
    now: Instant,
    decided: str | None = None,
) -> Receipt:
    """Return what the partner is told of a file: by what was seen, and what became of it.

    Once a person has put a file in force, what spoke against it is told no more.
    """
    figures = seen.get("figures")
    has_rejects = seen.get("has_file_fault") or (figures and figures["bad_rows"])
    spoken_for = decided is not None and outcome is Outcome.TAKEN
    reasons = () if spoken_for else seen.get("reasons", ())
    return Receipt(
        file=delivery.file_name,
        feed=delivery.feed,
        delivery=delivery_id,
        outcome=outcome,
        sha256=delivery.sha256,
        arrived_at=iso(delivery.arrived_at),
        as_of=iso(delivery.as_of),
        repeats=seen.get("repeats"),
        decided=decided,
        rows=_rows(figures, seen.get("unmapped")) if figures else None,
        reasons=tuple(Told(cause=each["cause"], remedy=each["remedy"]) for each in reasons),
        notes=tuple(seen.get("notes", ())),
        elsewhere=tuple(TheirRows(**each) for each in seen.get("elsewhere", ())),
        first_faults=tuple(Fault(**fault) for fault in seen.get("faults", ())),
        refused_rows_file=rejects_name(delivery.file_name) if has_rejects else None,
        written_at=iso(now),
    )


def _rows(figures: Mapping[str, Any], unmapped: int | None) -> Rows:
    return Rows(
        read=figures["data_rows"],
        good=figures["accepted_rows"],
        refused=figures["bad_rows"],
        merged=figures["merged_rows"],
        gone=figures.get("gone_rows", 0),
        unmapped=unmapped,
    )
