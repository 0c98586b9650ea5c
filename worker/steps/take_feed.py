"""Takes what waits in a feed's inbox: parse, judge, put in force, and tell the partner.

The database comes first: a file is recorded with its rows in one transaction, then moved. If
the process dies between the two, the file comes back, its content is known already, and it is
moved without counting twice.
"""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.feeds.errors import ClaimLost, FileChanged, FileTooLarge
from connectors.feeds.inbox import Claim, Inbox
from connectors.feeds.reading import read_feed
from connectors.feeds.receipts import write_rejects
from connectors.store import intake, locks, trail, work
from connectors.store.engine import writing
from connectors.store.intake import Delivery, NewSnapshot
from connectors.store.trail import Event
from connectors.store.work_rows import Job
from reconciliation.feed import FileFault, ParsedFeed, RowFault
from reconciliation.feed_gate import Ruling, judge
from reconciliation.quantities import Instant, later

from ..metrics.counting import ACCEPTED, REFUSED, count_file
from ..queues import CATALOGUE, FEED, PLAN, pool_work
from ..services import Services
from ..settings.values import dialect, gate_limits
from .learn_decline import learn_decline
from .plan_backlog import MANY_POOLS, ask_for_backlog


RECOVER_AFTER_S = 30.0
"""A claimed file that nobody finished within this time goes back into the inbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one file: the gate's ruling, its reasons, and the rows by their fate."""

    file_name: str
    ruling: Ruling
    reasons: tuple[str, ...]
    rows_accepted: int
    rows_refused: int
    as_of: Instant | None = None
    repeated: bool = False


def take_feed(services: Services, job: Job) -> None:
    """Take every settled file of a feed's inbox, finish the row, and ask to look again later."""
    feed = job.key
    inbox = services.inboxes[feed]
    inbox.recover(older_than_s=RECOVER_AFTER_S)
    for path in inbox.waiting():
        claim = inbox.claim(path)
        if claim is not None:
            with suppress(FileChanged):
                take_file(services, feed, inbox, claim)
    with writing(services.engine) as connection:
        due_at = later(services.now(), services.settings.schedule.inbox_scan_s)
        work.finish_at_the_end(connection, job)
        work.ask(connection, FEED, [feed], due_at=due_at)
    services.ring_at(FEED, feed, due_at)


def take_file(
    services: Services, feed: str, inbox: Inbox, claim: Claim, *, approved: bool = False
) -> Taken:
    """Take one claimed file to its end, whatever that is.

    A file that a person `approved` is put in force although the gate would hold it.
    Raises `FileChanged` for one that is still being written to: it goes back into the inbox.
    """
    faults: tuple[RowFault, ...] = ()
    whole: FileFault | None = None
    try:
        parsed = _read(services, feed, inbox, claim)
    except (FileFault, FileTooLarge) as fault:
        taken = _refuse_whole(services, feed, claim, str(fault))
        whole = fault if isinstance(fault, FileFault) else None
    except FileChanged:
        inbox.release(claim)
        raise
    else:
        taken = _take_parsed(services, feed, claim, parsed, approved=approved)
        faults = parsed.faults
    if faults or whole is not None:
        write_rejects(inbox.outbox, claim.name, faults, file_fault=whole)
    _move(inbox, claim, taken)
    _count(services, feed, taken)
    return taken


def _count(services: Services, feed: str, taken: Taken) -> None:
    rows = {ACCEPTED: taken.rows_accepted, REFUSED: taken.rows_refused}
    count_file(services.meter, feed, taken.ruling, repeated=taken.repeated, rows=rows)


def _read(services: Services, feed: str, inbox: Inbox, claim: Claim) -> ParsedFeed:
    return read_feed(
        inbox.read(claim),
        dialect(services.settings, feed),
        file_name=claim.name,
        arrived_at=claim.arrived_at,
    )


def _move(inbox: Inbox, claim: Claim, taken: Taken) -> None:
    """Put the file where it belongs; a repeat of what was taken belongs to the archive."""
    move = Inbox.archive if taken.repeated else _MOVES[taken.ruling]
    with suppress(ClaimLost):
        # Lost means that another process found the claim stale and has taken it to its end.
        move(inbox, claim)


_MOVES = {
    Ruling.ACCEPT: Inbox.archive,
    Ruling.QUARANTINE: Inbox.quarantine,
    Ruling.REFUSE: Inbox.reject,
}


def _refuse_whole(services: Services, feed: str, claim: Claim, why: str) -> Taken:
    """Record a file of which nothing can be trusted."""
    taken = Taken(
        file_name=claim.name,
        ruling=Ruling.REFUSE,
        reasons=(why,),
        rows_accepted=0,
        rows_refused=0,
    )
    with writing(services.engine) as connection:
        _record(connection, services, feed, claim, taken)
    return taken


def _take_parsed(
    services: Services, feed: str, claim: Claim, parsed: ParsedFeed, *, approved: bool
) -> Taken:
    """Judge a parsed file and, if it is accepted, put its quantities in force."""
    with writing(services.engine) as connection:
        locks.lock_ledger(connection, f"warehouse/{services.settings.feeds[feed].warehouse}")
        verdict = judge(
            parsed,
            intake.last_accepted(connection, feed),
            gate_limits(services.settings, feed),
            arrived_at=claim.arrived_at,
            taken_as_of=intake.taken_as_of(connection, feed, parsed.sha256),
        )
        held = verdict.ruling is Ruling.QUARANTINE
        ruling = Ruling.ACCEPT if held and approved else verdict.ruling
        accepted = ruling is Ruling.ACCEPT
        taken = Taken(
            file_name=claim.name,
            ruling=ruling,
            reasons=tuple(f"{each.cause}; {each.remedy}" for each in verdict.reasons),
            rows_accepted=len(parsed.rows) if accepted else 0,
            rows_refused=parsed.bad_rows,
            as_of=parsed.as_of,
            repeated=verdict.harmless,
        )
        delivery_id = _record(connection, services, feed, claim, taken)
        keys = _put_in_force(connection, services, feed, delivery_id, parsed) if accepted else ()
    services.ring_all(PLAN, keys)
    return taken


def _record(
    connection: Connection, services: Services, feed: str, claim: Claim, taken: Taken
) -> int:
    """Store the delivery and note it in the trail."""
    trail.note(
        connection,
        Event(
            at=services.now(),
            event="feed",
            subject=feed,
            detail={
                "file_name": taken.file_name,
                "ruling": taken.ruling.value,
                "reasons": list(taken.reasons),
                "rows_accepted": taken.rows_accepted,
                "rows_refused": taken.rows_refused,
            },
        ),
    )
    return intake.record_delivery(
        connection,
        Delivery(
            feed=feed,
            file_name=taken.file_name,
            sha256=claim.sha256,
            arrived_at=claim.arrived_at,
            as_of=taken.as_of,
            verdict=taken.ruling.value,
            reasons=taken.reasons,
            rows_accepted=taken.rows_accepted,
            rows_refused=taken.rows_refused,
        ),
    )


def _put_in_force(
    connection: Connection,
    services: Services,
    feed: str,
    delivery_id: int,
    parsed: ParsedFeed,
) -> tuple[str, ...]:
    """Store the quantities; where they name new items, join the listings anew."""
    warehouse = services.settings.feeds[feed].warehouse
    snapshots = intake.put_in_force(
        connection, delivery_id, feed=feed, warehouse=warehouse, stated=parsed.rows
    )
    learn_decline(connection, services, feed, snapshots)
    now = services.now()
    trail.note_all(
        connection,
        [
            _snapshot_event(parsed, snapshot, now)
            for snapshot in snapshots
            if snapshot.units != snapshot.before_units
        ],
    )
    if any(snapshot.before_units is None for snapshot in snapshots):
        # New items may join listings. Not here: a fault of the mapping must not stop a feed.
        work.ask(connection, CATALOGUE, services.settings.shops, due_at=now)
    keys = [pool_work(snapshot.pool) for snapshot in snapshots]
    asked = work.ask(connection, PLAN, keys, due_at=now, fact_at=now)
    ask_for_backlog(connection, len(asked), due_at=now)
    # Whoever is rung goes on with the rest: a ring for each few of very many would be a flood.
    return asked[:MANY_POOLS]


def _snapshot_event(parsed: ParsedFeed, snapshot: NewSnapshot, now: Instant) -> Event:
    """Return what an item's trail says where a file states another quantity than before."""
    return Event(
        at=now,
        event="snapshot",
        subject=str(snapshot.pool),
        sku=snapshot.pool.sku,
        detail={
            "from": snapshot.before_units,
            "to": snapshot.units,
            "file_name": parsed.file_name,
        },
    )
