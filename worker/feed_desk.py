"""The quarantine desk: a person approves or refuses a file, or takes one that counted back.

Each decision is stored once for all with who made it and why, in the transaction that puts
quantities in force; then the file is moved and the partner told. A process that dies between
leaves a file in the wrong folder, and no quantity in doubt.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from connectors.feeds import stored_files
from connectors.feeds.errors import FileGone
from connectors.feeds.receipts import Outcome, write_receipt
from connectors.feeds.stored_files import Shelf
from connectors.store import filed, intake, locks, rollback, settling, stated_files
from connectors.store.engine import reading, writing
from connectors.store.filed import Decided, Filed, State
from connectors.store.rollback import Restored, Zeros
from connectors.store.standing import ROLLBACK, Decision
from reconciliation.feed import ParsedFeed
from reconciliation.feed_gate import Fate, Reason, Ruling
from reconciliation.quantities import Instant

from .holding import Word
from .metrics.counting import ACCEPTED, REFUSED, count_file
from .queues import PLAN
from .reports.lookup import Unknown, require_feed
from .services import Services
from .steps.feed_in_force import ask_for_decisions, note_snapshots, put_in_force, record
from .steps.feed_judging import Judged, judge_file, with_refused_skus
from .steps.feed_seen import reasons_of, receipt_of, seen_of
from .steps.take_feed import keep_content, read_dated


class NotDecided(ValueError):
    """A decision that cannot be made as asked; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


class NotApproved(NotDecided):
    """A file that no person can put in force, by what is in force now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of a decision: the delivery that it made, and how many pools have new figures."""

    delivery_id: int
    decision: Decision
    made_id: int
    restored_id: int | None
    feed: str
    file_name: str
    pools_changed: int


def load(services: Services, delivery_id: int) -> Filed:
    """Return a delivery. Raises `lookup.Unknown`."""
    with reading(services.engine) as connection:
        return _load(connection, delivery_id)


def _load(connection: Connection, delivery_id: int) -> Filed:
    found = filed.load(connection, delivery_id)
    if found is None:
        raise Unknown(f"there is no delivery {delivery_id}", "`feed list` shows their numbers")
    return found


def _waiting(found: Filed) -> Filed:
    if found.state is not State.QUARANTINED:
        raise NotDecided(
            f"delivery {found.delivery_id} does not wait: it is {found.state.value}",
            "`feed list --state quarantined` shows what waits",
        )
    return found


# -- approve --------------------------------------------------------------------------------------


def approve(services: Services, delivery_id: int, word: Word) -> Settled:
    """Put a file that waits in force, judged anew by what is in force now.

    Raises `lookup.Unknown`, `NotDecided`, `NotApproved`, `FileFault` where the feed's settings no
    longer read the file, and `ConnectorError`.
    """
    waiting = _waiting(load(services, delivery_id))
    require_feed(services.settings, waiting.delivery.feed)
    parsed = _read_again(services, waiting)
    settled, seen, keys = _approve(services, waiting, parsed, word)
    services.ring_all(PLAN, keys)
    rows = {ACCEPTED: len(parsed.rows), REFUSED: parsed.bad_rows}
    count_file(services.meter, settled.feed, Ruling.ACCEPT, repeated=False, rows=rows)
    _end(services, waiting, settled, word, Outcome.TAKEN, seen)
    return settled


def _read_again(services: Services, waiting: Filed) -> ParsedFeed:
    delivery = waiting.delivery
    home = services.inboxes[delivery.feed].home
    path = stored_files.find(home, Shelf.QUARANTINE, delivery.sha256, delivery.file_name)
    with reading(services.engine) as connection:
        before = filed.first_arrival(connection, delivery.feed, delivery.sha256)
    return read_dated(
        services,
        delivery.feed,
        stored_files.content(path, delivery.sha256),
        name=delivery.file_name,
        arrived_at=delivery.arrived_at,
        before=before,
    )


def _approve(
    services: Services, waiting: Filed, parsed: ParsedFeed, word: Word
) -> tuple[Settled, dict[str, Any], tuple[str, ...]]:
    feed = waiting.delivery.feed
    with writing(services.engine) as connection:
        _lock(connection, services, feed)
        # Somebody may have decided, or a newer file have come, since it was looked at.
        _waiting(_load(connection, waiting.delivery_id))
        judged = _judged_anew(connection, services, waiting, parsed)
        seen = seen_of(parsed, judged.verdict, unmapped=None, repeats=None)
        seen = with_refused_skus(services, feed, parsed, seen)
        delivery = replace(
            waiting.delivery,
            verdict=Ruling.ACCEPT.value,
            as_of=parsed.as_of,
            reasons=reasons_of(seen),
            rows_accepted=len(parsed.rows),
        )
        made_id = record(connection, services, delivery, word)
        decided = _decided(services, waiting, Decision.APPROVE, made_id, word)
        filed.decide(connection, decided)
        keep_content(connection, made_id, parsed)
        came = put_in_force(connection, services, feed, made_id, parsed, gone=judged.gone)
        seen["unmapped"] = came.unmapped
        filed.keep_details(connection, made_id, header=parsed.header, seen=seen)
        keys = ask_for_decisions(connection, services, came.pools, new_items=came.names_new_items)
    return _settled(waiting, decided, pools_changed=len(came.pools)), seen, keys


def _judged_anew(
    connection: Connection, services: Services, waiting: Filed, parsed: ParsedFeed
) -> Judged:
    """Return the verdict as of now. Raises `NotApproved` for what no person can put in force."""
    feed = waiting.delivery.feed
    earlier = filed.earlier(connection, feed, parsed.content_sha256)
    judged = judge_file(
        connection,
        services,
        feed,
        parsed,
        arrived_at=waiting.delivery.arrived_at,
        # That it waits is why it is looked at.
        earlier=earlier if earlier is not None and earlier.fate is Fate.TAKEN else None,
    )
    if judged.verdict.ruling is Ruling.REFUSE:
        raise _not_approved(waiting, judged.verdict.reasons)
    return judged


def _not_approved(waiting: Filed, reasons: tuple[Reason, ...]) -> NotApproved:
    causes = "; ".join(reason.cause for reason in reasons)
    number = waiting.delivery_id
    return NotApproved(
        f"delivery {number} cannot be put in force any more: {causes}",
        f"`feed refuse {number}`, and ask the partner for a new export if one is needed",
    )


# -- refuse ---------------------------------------------------------------------------------------


def refuse(services: Services, delivery_id: int, word: Word) -> Settled:
    """Refuse a file that waits, for good. Raises `lookup.Unknown` and `NotDecided`."""
    waiting = _waiting(load(services, delivery_id))
    require_feed(services.settings, waiting.delivery.feed)
    with writing(services.engine) as connection:
        _lock(connection, services, waiting.delivery.feed)
        _waiting(_load(connection, delivery_id))
        seen = filed.details(connection, delivery_id)
        made_id = record(
            connection, services, replace(waiting.delivery, verdict=Ruling.REFUSE.value), word
        )
        decided = _decided(services, waiting, Decision.REFUSE, made_id, word)
        filed.decide(connection, decided)
        filed.share_content(connection, delivery_id, made_id)
        filed.keep_details(connection, made_id, header=(), seen=seen)
    settled = _settled(waiting, decided, pools_changed=0)
    _end(services, waiting, settled, word, Outcome.REFUSED, seen)
    return settled


# -- roll back ------------------------------------------------------------------------------------


def roll_back(services: Services, feed: str, word: Word) -> Settled:
    """Take the newest accepted file of a feed back, and put what was before it in force again.

    Raises `lookup.Unknown`, and `NotDecided` where nothing was accepted before.
    """
    require_feed(services.settings, feed)
    with writing(services.engine) as connection:
        _lock(connection, services, feed)
        newest, before = _last_two(connection, feed)
        made_id = record(connection, services, _rollback_of(before), word)
        decided = replace(
            _decided(services, newest, Decision.ROLL_BACK, made_id, word),
            restored_id=before.delivery_id,
        )
        filed.decide(connection, decided)
        settling.settle_all(connection, feed)
        stated_files.write_out(connection, before.delivery_id)
        restored = rollback.restore(
            connection, newest.delivery_id, _zeros(connection, feed, made_id)
        )
        seen = filed.details(connection, newest.delivery_id)
        keys = _follow_up(connection, services, restored, before)
    services.ring_all(PLAN, keys)
    settled = _settled(newest, decided, pools_changed=len(restored))
    _tell(services, newest, settled, word, Outcome.ROLLED_BACK, seen)
    return settled


def _last_two(connection: Connection, feed: str) -> tuple[Filed, Filed]:
    """Return the file that is in force, and the one before it. Raises `NotDecided`."""
    standing = filed.standing(connection, feed, most=2)
    if not standing:
        raise NotDecided(f"no file of feed {feed!r} is in force", "there is nothing to take back")
    if len(standing) == 1:
        raise NotDecided(
            f"delivery {standing[0].delivery_id} is the only file of feed {feed!r} that counts: "
            "there is none before it to go back to",
            "hold what it states wrongly (`hold SKU --at-most 0`), and ask for a new export",
        )
    return standing[0], standing[1]


def _rollback_of(before: Filed) -> intake.Delivery:
    """Return the delivery that says: what this file stated is in force again, as old as it is."""
    return replace(before.delivery, verdict=ROLLBACK, reasons=(), rows_refused=0)


def _zeros(connection: Connection, feed: str, made_id: int) -> Zeros:
    """Return how pools are stated that nobody vouches for: as of the files that are left."""
    as_of = intake.newest_as_of(connection).get(feed, Instant(0.0))
    return Zeros(delivery_id=made_id, feed=feed, as_of=as_of)


def _follow_up(
    connection: Connection, services: Services, restored: tuple[Restored, ...], before: Filed
) -> tuple[str, ...]:
    moves = ((each.pool, each.before_units, each.units) for each in restored)
    note_snapshots(connection, services.now(), before.delivery.file_name, moves)
    pools = [each.pool for each in restored]
    return ask_for_decisions(connection, services, pools, new_items=False)


# -- what all have in common ----------------------------------------------------------------------


def _lock(connection: Connection, services: Services, feed: str) -> None:
    locks.lock_ledger(connection, f"warehouse/{services.settings.feeds[feed].warehouse}")


def _decided(
    services: Services, about: Filed, decision: Decision, made_id: int, word: Word
) -> Decided:
    return Decided(
        delivery_id=about.delivery_id,
        decision=decision,
        made_id=made_id,
        who=word.who.strip(),
        why=word.why.strip(),
        at=services.now(),
    )


def _settled(about: Filed, decided: Decided, *, pools_changed: int) -> Settled:
    return Settled(
        delivery_id=about.delivery_id,
        decision=decided.decision,
        made_id=decided.made_id,
        restored_id=decided.restored_id,
        feed=about.delivery.feed,
        file_name=about.delivery.file_name,
        pools_changed=pools_changed,
    )


def _end(
    services: Services,
    waiting: Filed,
    settled: Settled,
    word: Word,
    outcome: Outcome,
    seen: Mapping[str, Any],
) -> None:
    """Tell the partner, and put the file where it belongs."""
    _tell(services, waiting, settled, word, outcome, seen)
    delivery = waiting.delivery
    home = services.inboxes[delivery.feed].home
    # The decision stands whatever became of the file meanwhile.
    with suppress(FileGone):
        path = stored_files.find(home, Shelf.QUARANTINE, delivery.sha256, delivery.file_name)
        stored_files.move(home, path, _SHELVES[outcome])


_SHELVES = {Outcome.TAKEN: Shelf.ARCHIVE, Outcome.REFUSED: Shelf.REJECTED}


def _tell(
    services: Services,
    about: Filed,
    settled: Settled,
    word: Word,
    outcome: Outcome,
    seen: Mapping[str, Any],
) -> None:
    said = {
        Decision.APPROVE: "put in force by the shop's staff",
        Decision.REFUSE: "refused by the shop's staff",
        Decision.ROLL_BACK: "taken back by the shop's staff",
    }[settled.decision]
    receipt = receipt_of(
        settled.made_id,
        about.delivery,
        seen,
        outcome,
        now=services.now(),
        decided=f"{said}: {word.why.strip()}",
    )
    write_receipt(services.inboxes[about.delivery.feed].outbox, receipt)
