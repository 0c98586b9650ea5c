"""What `feed list` and `feed show` say of delivered files, and what a decision came to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import RenderableType

from connectors.store import filed
from connectors.store.engine import reading
from connectors.store.filed import Decided, Filed, State

from ..services import Services
from .lookup import Unknown, require_feed
from .moments import iso
from .printing import facts, table
from .sight import EVERYTHING, Sight


LISTED_MAX = 50
"""How many deliveries are listed unless more are asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """What a person decided, and what came of it.

    `about` is the delivery that it is about, `made` the one that it made, and `restored` the one
    that a rollback put back in force.
    """

    decision: str
    about: int
    made: int
    restored: int | None
    who: str
    why: str
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivered file, and where it stands."""

    delivery: int
    feed: str
    file: str
    state: str
    arrived_at: str | None
    as_of: str | None
    rows_accepted: int
    rows_refused: int
    sha256: str
    reasons: tuple[str, ...]
    decided: DecisionView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """A delivered file with what was seen in it: figures, notes, changes and first faults.

    `elsewhere` counts rows of other warehouses by their codes, `unsold_rows` those that no listing
    sold when they came into force. `repeats` is the delivery that had the same content, which says
    all that this one says.
    """

    delivery: DeliveryView
    figures: Mapping[str, Any]
    notes: tuple[str, ...]
    lost: tuple[str, ...]
    zeroed: tuple[str, ...]
    largest: tuple[Mapping[str, Any], ...]
    faults: tuple[Mapping[str, Any], ...]
    elsewhere: tuple[Mapping[str, Any], ...] = ()
    unsold_rows: int | None = None
    repeats: int | None = None


def read_state(text: str | None) -> State | None:
    """Return the state of that name. Raises `lookup.Unknown`."""
    if text is None:
        return None
    try:
        return State(text)
    except ValueError as fault:
        raise Unknown(f"there is no state {text[:64]!r}", f"it is {', '.join(State)}") from fault


def deliveries(
    services: Services,
    *,
    feed: str | None = None,
    state: State | None = None,
    sight: Sight = EVERYTHING,
) -> tuple[DeliveryView, ...]:
    """Return the newest deliveries in sight, the newest first. Raises `lookup.Unknown`."""
    if feed is not None:
        require_feed(services.settings, feed)
    with reading(services.engine) as connection:
        found = filed.newest(connection, feed=feed, state=state, most=LISTED_MAX)
    return tuple(_view(each) for each in found if _in_sight(services, each, sight))


def _in_sight(services: Services, each: Filed, sight: Sight) -> bool:
    declared = services.settings.feeds.get(each.delivery.feed)
    if declared is None:
        return sight.whole
    return declared.warehouse in sight.warehouses_of(services.settings)


def delivery_report(services: Services, delivery_id: int) -> DeliveryReport:
    """Return a delivery with what was seen in it. Raises `lookup.Unknown`."""
    with reading(services.engine) as connection:
        found = filed.load(connection, delivery_id)
        seen = filed.details(connection, delivery_id)
    if found is None:
        raise Unknown(f"there is no delivery {delivery_id}", "`feed list` shows their numbers")
    changes = seen.get("changes", {})
    return DeliveryReport(
        delivery=_view(found),
        figures=seen.get("figures") or {},
        notes=tuple(seen.get("notes", ())),
        lost=tuple(changes.get("lost", ())),
        zeroed=tuple(changes.get("zeroed", ())),
        largest=tuple(changes.get("largest", ())),
        faults=tuple(seen.get("faults", ())),
        elsewhere=tuple(seen.get("elsewhere", ())),
        unsold_rows=seen.get("unmapped"),
        repeats=seen.get("repeats"),
    )


def _view(found: Filed) -> DeliveryView:
    delivery = found.delivery
    return DeliveryView(
        delivery=found.delivery_id,
        feed=delivery.feed,
        file=delivery.file_name,
        state=found.state.value,
        arrived_at=iso(delivery.arrived_at),
        as_of=iso(delivery.as_of),
        rows_accepted=delivery.rows_accepted,
        rows_refused=delivery.rows_refused,
        sha256=delivery.sha256,
        reasons=delivery.reasons,
        decided=None if found.decided is None else _decision(found.decided),
    )


def _decision(decided: Decided) -> DecisionView:
    return DecisionView(
        decision=decided.decision.value,
        about=decided.delivery_id,
        made=decided.made_id,
        restored=decided.restored_id,
        who=decided.who,
        why=decided.why,
        at=iso(decided.at),
    )


# -- on a terminal --------------------------------------------------------------------------------


def deliveries_view(found: tuple[DeliveryView, ...]) -> Iterator[RenderableType]:
    """Show deliveries in a table."""
    columns = ("id", "feed", "file", "state", "arrived", "as of", "rows", "because", "decided by")
    yield table(
        "Deliveries",
        columns,
        (
            (
                each.delivery,
                each.feed,
                each.file,
                each.state,
                each.arrived_at,
                each.as_of,
                f"{each.rows_accepted} taken, {each.rows_refused} refused",
                "; ".join(each.reasons),
                _who(each.decided),
            )
            for each in found
        ),
    )


def _who(decided: DecisionView | None) -> str:
    return f"{decided.who}: {decided.why}" if decided is not None else ""


def report_view(report: DeliveryReport) -> Iterator[RenderableType]:
    """Show a delivery, where it parts from the file before it, and what to do."""
    head = report.delivery
    yield facts(
        f"Delivery {head.delivery}: {head.file}, {head.state}",
        [
            ("feed", head.feed),
            ("arrived", head.arrived_at),
            ("as of", head.as_of),
            ("sha256", head.sha256),
            *(("because", reason) for reason in head.reasons),
            *(("note", note) for note in report.notes),
            *([("repeats delivery", report.repeats)] if report.repeats is not None else []),
            *_decision_facts(head.decided),
            *((name.replace("_", " "), value) for name, value in report.figures.items()),
            *([("that no listing sells", report.unsold_rows)] if report.unsold_rows else []),
            *([("gone", report.lost)] if report.lost else []),
            *([("at 0 now", report.zeroed)] if report.zeroed else []),
            *_next_words(head),
        ],
    )
    if report.largest:
        moves = ((each["sku"], each["before_units"], each["units"]) for each in report.largest)
        yield table("Largest moves", ("SKU", "from", "to"), moves)
    if report.elsewhere:
        codes = ("code", "rows", "known")
        yield table(
            "Rows of other warehouses",
            codes,
            ([each[name] for name in codes] for each in report.elsewhere),
        )
    if report.faults:
        names = ("row", "column", "cause", "text", "remedy")
        yield table(
            "First faults", names, ([each[name] for name in names] for each in report.faults)
        )


def _decision_facts(decided: DecisionView | None) -> Iterator[tuple[str, object]]:
    if decided is None:
        return
    yield "decided", f"{decided.decision} of delivery {decided.about}, at {decided.at}"
    yield "by", _who(decided)
    yield "made delivery", decided.made
    if decided.restored is not None:
        yield "back in force", decided.restored


def _next_words(head: DeliveryView) -> Iterator[tuple[str, object]]:
    if head.state == State.QUARANTINED:
        yield (
            "to do",
            (
                f"`feed approve {head.delivery} --why TEXT` if it is true, "
                f"else `feed refuse {head.delivery} --why TEXT`"
            ),
        )
    elif head.state == State.TAKEN:
        yield "to undo", f"`feed rollback {head.feed} --why TEXT` takes the newest taken file back"
