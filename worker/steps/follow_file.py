"""Takes in a large file of a feed: what it repeats is followed, all else is put in force by rows.

Theory of operation
-------------------
A row that says what the row before it said is no news but for its moment, which it shares with
all others. Its pool follows the file (`connectors.store.following`): nothing of it is written, it
learns a quiet interval with all that follow, and it is decided for only where its age had changed
what was decided (`connectors.store.repeating`).

A pool on which an order lies that may matter to the older or the newer figure does not follow, nor
does one with units that wait to be explained: their rows are put in force one by one, and decided
for. So is every row with another figure, or with a moment of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import (
    declines,
    followed_declines,
    following,
    orders,
    repeating,
    settling,
    stated_files,
)
from connectors.store.following import FollowedFile
from connectors.store.intake import NewSnapshot
from reconciliation.catalog import PoolKey
from reconciliation.decline_law import SECONDS_PER_HOUR
from reconciliation.feed import FeedRow, StatedRows
from reconciliation.feed_coverage import FeedScope
from reconciliation.quantities import Sku

from ..services import Services
from ..settings.values import coverage, feed_terms
from .last_stated import stated_columns
from .learn_decline import COMPARED_S_MAX, claims_begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """A file that pools follow, and `before` it another, None where none did.

    `others` are the rows that are to be put in force one by one.
    """

    file: FollowedFile
    before: FollowedFile | None
    others: Sequence[FeedRow]


def follow_file(
    connection: Connection,
    services: Services,
    feed: str,
    delivery_id: int,
    rows: Sequence[FeedRow],
) -> Following | None:
    """Keep an accepted file, and have pools that it leaves out follow nothing any more.

    What it repeats follows it from `learn_by_following` on. None for a file that cannot be
    followed: a small one, or one that leaves out what stands. All its rows are to be put in force.
    """
    file = _file(services, feed, delivery_id, rows)
    if file is None:
        settling.settle_all(connection, feed)
        return None
    from connectors.feeds.stated_columns import columns_of, part  # noqa: PLC0415 - polars is loaded where it is used

    columns = columns_of(rows)
    stated_files.keep(connection, delivery_id, file.warehouse, columns.frame)
    before = following.followed(connection, feed)
    if before is None or file.as_of < before.as_of:
        settling.settle_all(connection, feed)
        return Following(file=file, before=None, others=columns)
    loud = _loud(connection, services, before)
    stated = stated_columns(connection, before.delivery_id)
    parted = part(columns, stated, but_for=loud)
    settling.settle(connection, file.warehouse, parted.left_out)
    return Following(file=file, before=before, others=parted.others)


def _file(
    services: Services, feed: str, delivery_id: int, rows: Sequence[FeedRow]
) -> FollowedFile | None:
    is_full = coverage(services.settings, feed).scope is FeedScope.FULL
    as_of = rows.newest_as_of if isinstance(rows, StatedRows) else None
    if not is_full or as_of is None:
        return None
    warehouse = services.settings.feeds[feed].warehouse
    return FollowedFile(feed=feed, warehouse=warehouse, delivery_id=delivery_id, as_of=as_of)


def _loud(connection: Connection, services: Services, before: FollowedFile) -> frozenset[Sku]:
    """Return the SKUs that do not follow, whatever is stated of them."""
    terms = feed_terms(services.settings, before.feed)
    tolerance_s = services.policies.assumptions.clock_tolerance_s
    oldest = claims_begin(before.as_of, terms, tolerance_s)
    return (
        following.strangers(connection, before)
        | declines.pending_units(connection, before.warehouse).keys()
        | orders.claimed_skus(connection, before.warehouse, oldest=oldest)
    )


def learn_by_following(
    connection: Connection, followed: Following, snapshots: Sequence[NewSnapshot]
) -> None:
    """Have what follows move on to a file and learn from it, with what the file put in force."""
    file, before = followed.file, followed.before
    following.follow(connection, file)
    passed_s = 0.0 if before is None else file.as_of - before.as_of
    if 0 < passed_s <= COMPARED_S_MAX:
        followed_declines.move_on(connection, file.feed, hours=passed_s / SECONDS_PER_HOUR)
    followed_declines.begin(connection, file)
    followed_declines.join(connection, file, (new.pool.sku for new in snapshots))


def to_decide_for(
    connection: Connection, followed: Following, *, errs_as_before: bool
) -> tuple[PoolKey, ...]:
    """Return the pools that follow and are to be decided for all the same.

    All that are sold where the partner errs otherwise than was known, because units went or it
    is the first time that anything is known: more may have to be held back of each of them.
    """
    if followed.before is None:
        return ()
    find = repeating.unsettled if errs_as_before else repeating.sold
    return find(connection, followed.file)
