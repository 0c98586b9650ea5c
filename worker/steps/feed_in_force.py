"""Puts a partner's quantities in force, and asks for the decisions that follow.

Part of the transaction that records the delivery, under its warehouse's ledger.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import absences, declines, intake, trail, unmapped, work
from connectors.store.intake import Delivery, NewSnapshot
from connectors.store.trail import Event
from reconciliation.catalog import PoolKey
from reconciliation.feed import FeedRow, ParsedFeed, StatedRows
from reconciliation.quantities import Instant, Sku, Units

from ..holding import Word
from ..queues import CATALOGUE, PLAN, pool_work
from ..services import Services
from .follow_file import follow_file, learn_by_following, to_decide_for
from .learn_decline import learn_decline
from .plan_backlog import MANY_POOLS, ask_for_backlog


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What came into force: the pools' new snapshots, and how many items no listing sells.

    `repeated` are pools whose figure is the same, and that are to be decided for all the same.
    """

    snapshots: tuple[NewSnapshot, ...] = ()
    repeated: tuple[PoolKey, ...] = ()
    unmapped: int | None = None

    @property
    def names_new_items(self) -> bool:
        """Tell whether a pool is stated for the first time."""
        return any(snapshot.before_units is None for snapshot in self.snapshots)

    @property
    def pools(self) -> list[PoolKey]:
        """Return the pools that are to be decided for."""
        return [*(snapshot.pool for snapshot in self.snapshots), *self.repeated]


def record(
    connection: Connection, services: Services, delivery: Delivery, word: Word | None = None
) -> int:
    """Store a delivery, note it in the trail with who decided it, and return its number."""
    said = {} if word is None else {"who": word.who.strip(), "why": word.why.strip()}
    trail.note(
        connection,
        Event(
            at=services.now(),
            event="feed",
            subject=delivery.feed,
            detail={
                "file_name": delivery.file_name,
                "ruling": delivery.verdict,
                "reasons": list(delivery.reasons),
                "rows_accepted": delivery.rows_accepted,
                "rows_refused": delivery.rows_refused,
                **said,
            },
        ),
    )
    return intake.record_delivery(connection, delivery)


def put_in_force(
    connection: Connection,
    services: Services,
    feed: str,
    delivery_id: int,
    parsed: ParsedFeed,
    *,
    gone: Sequence[FeedRow] = (),
) -> InForce:
    """Store the quantities, learn from them, and note in the trail what changed.

    `gone` are at 0 because the file leaves them out.
    """
    warehouse = services.settings.feeds[feed].warehouse
    had_learned = declines.has_learned(connection, warehouse)
    followed = follow_file(connection, services, feed, delivery_id, parsed.rows)
    stated = parsed.rows if followed is None else tuple(followed.others)
    snapshots = intake.put_in_force(
        connection,
        delivery_id,
        feed=feed,
        warehouse=warehouse,
        stated=stated,
        followed_as_of=None if followed is None else followed.file.as_of,
    )
    snapshots += _by_absence(connection, delivery_id, feed, warehouse, gone)
    units_went = learn_decline(connection, services, feed, snapshots)
    repeated: tuple[PoolKey, ...] = ()
    if followed is not None:
        learn_by_following(connection, followed, snapshots)
        repeated = to_decide_for(
            connection, followed, errs_as_before=had_learned and not units_went
        )
    declines.sum_up(connection, warehouse)
    # Of what is put back under an older moment nothing can be learned: no time has passed.
    snapshots += absences.put_back(
        connection, delivery_id, feed=feed, warehouse=warehouse, stated=stated
    )
    note_snapshots(
        connection,
        services.now(),
        parsed.file_name,
        ((new.pool, new.before_units, new.units) for new in snapshots),
    )
    # What was named just now has had no chance to be joined to a listing.
    new_items = sum(snapshot.before_units is None for snapshot in snapshots)
    unsold = _unsold_rows(parsed.rows, unmapped.sold_skus(connection, warehouse))
    return InForce(snapshots=snapshots, repeated=repeated, unmapped=max(unsold - new_items, 0))


def _unsold_rows(rows: Sequence[FeedRow], sold: frozenset[Sku]) -> int:
    """Return of how many rows no listing is made so far."""
    counted = (
        rows.count_of(sold) if isinstance(rows, StatedRows) else sum(r.sku in sold for r in rows)
    )
    return len(rows) - counted


def _by_absence(
    connection: Connection, delivery_id: int, feed: str, warehouse: str, gone: Sequence[FeedRow]
) -> tuple[NewSnapshot, ...]:
    """Store what a file says by leaving it out: as its own lines, and marked."""
    if not gone:
        return ()
    absences.mark_absent(connection, delivery_id, (row.sku for row in gone))
    return intake.put_in_force(
        connection, delivery_id, feed=feed, warehouse=warehouse, stated=gone
    )


def note_snapshots(
    connection: Connection,
    at: Instant,
    file_name: str,
    moves: Iterable[tuple[PoolKey, Units | None, Units]],
) -> None:
    """Note in each item's trail where its quantity is another than before."""
    trail.note_all(
        connection,
        [
            Event(
                at=at,
                event="snapshot",
                subject=str(pool),
                sku=pool.sku,
                detail={"from": before, "to": units, "file_name": file_name},
            )
            for pool, before, units in moves
            if units != before
        ],
    )


def ask_for_decisions(
    connection: Connection, services: Services, pools: Sequence[PoolKey], *, new_items: bool
) -> tuple[str, ...]:
    """Ask for what follows from new snapshots; return the keys to ring for after the commit."""
    now = services.now()
    if new_items:
        # They may join listings. Not here: a fault of the mapping must not stop a feed.
        work.ask(connection, CATALOGUE, services.settings.shops, due_at=now)
    asked = work.ask(connection, PLAN, map(pool_work, pools), due_at=now, fact_at=now)
    ask_for_backlog(connection, len(asked), due_at=now)
    # Whoever is rung goes on with the rest: a ring for each few of very many would be a flood.
    return asked[:MANY_POOLS]
