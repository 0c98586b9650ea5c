"""Takes what waits in a feed's inbox: parse, judge, put in force, and tell the partner.

The database comes first: a file is recorded with its rows in one transaction, then moved. If
the process dies between the two, the file comes back, its content is known already, and it is
moved without counting twice.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connectors.feeds.errors import ClaimLost, FileChanged, FileTooLarge
from connectors.feeds.inbox import Claim, Inbox
from connectors.feeds.opening import open_feed
from connectors.feeds.receipts import Outcome, forget_rejects, write_receipt, write_rejects
from connectors.store import filed, locks, work
from connectors.store.engine import reading, writing
from connectors.store.filed import Decided
from connectors.store.intake import Delivery
from connectors.store.standing import Decision
from connectors.store.work_rows import Job
from reconciliation.feed import AsOfFileName, FileFault, ParsedFeed, RowFault
from reconciliation.feed_gate import Earlier, Fate, Ruling, Verdict
from reconciliation.quantities import Instant, later

from ..holding import Word
from ..metrics.counting import ACCEPTED, REFUSED, count_file
from ..queues import FEED, PLAN
from ..services import Services
from ..settings.values import dialect
from .feed_in_force import InForce, ask_for_decisions, put_in_force, record
from .feed_judging import judge_file, with_refused_skus
from .feed_seen import reasons_of, receipt_of, seen_of, seen_of_unreadable


RECOVER_AFTER_S = 30.0
"""A claimed file that nobody finished within this time goes back into the inbox."""


HANDED_IN = Word(who="ingest --approve", why="the file was handed in as true")
"""Who decides on a file that waits and is handed in once more, approved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one file: the gate's ruling, its reasons, and the rows by their fate.

    `outcome` is what the partner is told; a repeat shares that of the file which it repeats.
    """

    file_name: str
    ruling: Ruling
    reasons: tuple[str, ...]
    rows_accepted: int
    rows_refused: int
    outcome: Outcome
    as_of: Instant | None = None
    repeated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """A delivery as it was stored, and what was seen in it."""

    delivery_id: int
    delivery: Delivery
    seen: Mapping[str, Any]
    outcome: Outcome
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
        recorded = _refuse_whole(services, feed, claim, fault)
        whole = fault if isinstance(fault, FileFault) else None
    except FileChanged:
        inbox.release(claim)
        raise
    else:
        recorded = _take_parsed(services, feed, claim, parsed, approved=approved)
        faults = parsed.faults
    if faults or whole is not None:
        write_rejects(inbox.outbox, claim.name, faults, file_fault=whole)
    else:
        forget_rejects(inbox.outbox, claim.name)
    _tell(services, inbox, recorded)
    _move(inbox, claim, recorded.outcome)
    _count(services, recorded)
    return _taken(recorded)


def _tell(services: Services, inbox: Inbox, recorded: _Recorded) -> None:
    receipt = receipt_of(
        recorded.delivery_id,
        recorded.delivery,
        recorded.seen,
        recorded.outcome,
        now=services.now(),
    )
    write_receipt(inbox.outbox, receipt)


def _move(inbox: Inbox, claim: Claim, outcome: Outcome) -> None:
    """Put the file where it belongs; a repeat belongs where that is which it repeats."""
    with suppress(ClaimLost):
        # Lost means that another process found the claim stale and has taken it to its end.
        _MOVES[outcome](inbox, claim)


_MOVES = {
    Outcome.TAKEN: Inbox.archive,
    Outcome.QUARANTINED: Inbox.quarantine,
    Outcome.REFUSED: Inbox.reject,
}


def _count(services: Services, recorded: _Recorded) -> None:
    delivery = recorded.delivery
    rows = {ACCEPTED: delivery.rows_accepted, REFUSED: delivery.rows_refused}
    ruling = Ruling(delivery.verdict)
    count_file(services.meter, delivery.feed, ruling, repeated=recorded.repeated, rows=rows)


def _taken(recorded: _Recorded) -> Taken:
    delivery = recorded.delivery
    return Taken(
        file_name=delivery.file_name,
        ruling=Ruling(delivery.verdict),
        reasons=delivery.reasons,
        rows_accepted=delivery.rows_accepted,
        rows_refused=delivery.rows_refused,
        outcome=recorded.outcome,
        as_of=delivery.as_of,
        repeated=recorded.repeated,
    )


def _read(services: Services, feed: str, inbox: Inbox, claim: Claim) -> ParsedFeed:
    content = inbox.read(claim)
    with reading(services.engine) as connection:
        before = filed.first_arrival(connection, feed, claim.sha256)
    return read_dated(
        services, feed, content, name=claim.name, arrived_at=claim.arrived_at, before=before
    )


def read_dated(
    services: Services,
    feed: str,
    content: bytes,
    *,
    name: str,
    arrived_at: Instant,
    before: Instant | None,
) -> ParsedFeed:
    """Return what a file says; identical content keeps its first as-of. Raises `FileFault`.

    `before` is when the same bytes came first. Packed or saved anew, the same rows have other
    bytes: whether they came before can be asked once they are unpacked. Only a name can date
    them anew.
    """
    declared = dialect(services.settings, feed)
    if isinstance(declared.as_of, AsOfFileName):
        return open_feed(content, declared, file_name=name, arrived_at=arrived_at)
    first = _first_of(before, arrived_at)
    parsed = open_feed(content, declared, file_name=name, arrived_at=first)
    if parsed.content_sha256 == parsed.sha256:
        return parsed
    with reading(services.engine) as connection:
        told = filed.first_arrival(connection, feed, parsed.content_sha256)
    if _first_of(told, first) == first:
        return parsed
    return open_feed(content, declared, file_name=name, arrived_at=_first_of(told, first))


def _first_of(before: Instant | None, arrived_at: Instant) -> Instant:
    return arrived_at if before is None else min(before, arrived_at)


def keep_content(connection: Connection, delivery_id: int, parsed: ParsedFeed) -> None:
    """Store by which hash a file's content is known again, where its bytes do not tell."""
    if parsed.content_sha256 != parsed.sha256:
        filed.keep_content(connection, delivery_id, parsed.content_sha256)


def _refuse_whole(
    services: Services, feed: str, claim: Claim, fault: FileFault | FileTooLarge
) -> _Recorded:
    """Record a file of which nothing can be trusted."""
    seen = seen_of_unreadable(fault)
    delivery = _delivery(feed, claim, Ruling.REFUSE, seen)
    with writing(services.engine) as connection:
        delivery_id = record(connection, services, delivery)
        filed.keep_details(connection, delivery_id, header=(), seen=seen)
    return _Recorded(
        delivery_id=delivery_id, delivery=delivery, seen=seen, outcome=Outcome.REFUSED
    )


def _take_parsed(
    services: Services, feed: str, claim: Claim, parsed: ParsedFeed, *, approved: bool
) -> _Recorded:
    """Judge a parsed file and, if it is accepted, put its quantities in force."""
    keys: tuple[str, ...] = ()
    with writing(services.engine) as connection:
        locks.lock_ledger(connection, f"warehouse/{services.settings.feeds[feed].warehouse}")
        earlier = filed.earlier(connection, feed, parsed.content_sha256)
        waiting = earlier if approved and earlier and earlier.fate is Fate.WAITS else None
        judged = judge_file(
            connection,
            services,
            feed,
            parsed,
            arrived_at=claim.arrived_at,
            # What waits is not in the way of the person who decides it by handing it in.
            earlier=earlier if waiting is None else None,
        )
        verdict = judged.verdict
        held = verdict.ruling is Ruling.QUARANTINE
        ruling = Ruling.ACCEPT if held and approved else verdict.ruling
        seen = with_refused_skus(
            services,
            feed,
            parsed,
            seen_of(parsed, verdict, unmapped=None, repeats=_repeats(verdict, earlier)),
        )
        delivery = _delivery(feed, claim, ruling, seen, parsed)
        delivery_id = record(connection, services, delivery)
        keep_content(connection, delivery_id, parsed)
        came = InForce()
        if ruling is Ruling.ACCEPT:
            came = put_in_force(connection, services, feed, delivery_id, parsed, gone=judged.gone)
            _settle(connection, services, waiting, delivery_id)
        seen["unmapped"] = came.unmapped
        filed.keep_details(connection, delivery_id, header=parsed.header, seen=seen)
        keys = ask_for_decisions(connection, services, came.pools, new_items=came.names_new_items)
    services.ring_all(PLAN, keys)
    return _Recorded(
        delivery_id=delivery_id,
        delivery=delivery,
        seen=seen,
        outcome=outcome_of(ruling, verdict, earlier),
        repeated=verdict.harmless,
    )


def _settle(
    connection: Connection, services: Services, waiting: Earlier | None, made_id: int
) -> None:
    """Store that a waiting delivery was approved, if the file that was handed in is the same."""
    if waiting is not None:
        decided = Decided(
            delivery_id=waiting.delivery_id,
            decision=Decision.APPROVE,
            made_id=made_id,
            who=HANDED_IN.who,
            why=HANDED_IN.why,
            at=services.now(),
        )
        filed.decide(connection, decided)


def _repeats(verdict: Verdict, earlier: Earlier | None) -> int | None:
    """Return the delivery whose content a file repeats without a word of its own."""
    return earlier.delivery_id if earlier is not None and verdict.harmless else None


def outcome_of(ruling: Ruling, verdict: Verdict, earlier: Earlier | None) -> Outcome:
    """Return what the partner is told of a file: a repeat shares what became of the first."""
    if verdict.harmless:
        waits = earlier is not None and earlier.fate is Fate.WAITS
        return Outcome.QUARANTINED if waits else Outcome.TAKEN
    return OUTCOMES[ruling]


OUTCOMES = {
    Ruling.ACCEPT: Outcome.TAKEN,
    Ruling.QUARANTINE: Outcome.QUARANTINED,
    Ruling.REFUSE: Outcome.REFUSED,
}
"""What a partner reads of a ruling."""


def _delivery(
    feed: str,
    claim: Claim,
    ruling: Ruling,
    seen: Mapping[str, Any],
    parsed: ParsedFeed | None = None,
) -> Delivery:
    accepted = parsed is not None and ruling is Ruling.ACCEPT
    return Delivery(
        feed=feed,
        file_name=claim.name,
        sha256=claim.sha256,
        arrived_at=claim.arrived_at,
        as_of=parsed.as_of if parsed is not None else None,
        verdict=ruling.value,
        reasons=reasons_of(seen),
        rows_accepted=len(parsed.rows) if parsed is not None and accepted else 0,
        rows_refused=parsed.bad_rows if parsed is not None else 0,
    )
