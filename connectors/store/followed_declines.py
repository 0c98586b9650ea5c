"""What pools that follow a feed's files have learned, without a row of each of them being touched.

With each file they all learn one quiet interval (`decline_followed`): the times since each
delivery move on, and so do their sums. Pools that begin to follow, or leave, are added to the sums
and taken off. Whoever calls this has the warehouse's ledger.
"""

from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Select,
    Update,
    and_,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
)

from reconciliation.decline import DeclineTotals, kept_after
from reconciliation.decline_followed import FollowedSums, QuietTimes
from reconciliation.quantities import Sku

from . import histories
from .engine import upsert
from .feed_tables import FOLLOWED_DECLINES, FOLLOWED_TIMES
from .following import FollowedFile
from .tables import POOL_DECLINES, POOLS
from .wanted import among


_SUMS = tuple(each.name for each in fields(FollowedSums))
_TOTALS = tuple(each.name for each in fields(DeclineTotals) if each.name in _SUMS)


def begin(connection: Connection, file: FollowedFile) -> None:
    """Begin to count the time of the pools that follow a file from itself on."""
    times = {"delivery_id": file.delivery_id, "feed": file.feed, **asdict(QuietTimes())}
    upsert(connection, FOLLOWED_TIMES, [times])


def move_on(connection: Connection, feed: str, *, hours: float) -> None:
    """Have all pools that follow learn one more quiet interval."""
    told = {"of_feed": feed, "hours": hours, "faded": kept_after(hours)}
    connection.execute(_moving_on(), told)
    sums = _stored(connection, feed)
    if sums is not None:
        changed = asdict(sums.after(hours))
        of_feed = FOLLOWED_DECLINES.c.feed == feed
        connection.execute(FOLLOWED_DECLINES.update().where(of_feed).values(changed))


@cache
def _moving_on() -> Update:
    """Return the statement of `QuietTimes.after`."""
    times = FOLLOWED_TIMES.c
    hours, kept = (bindparam(name, type_=Double) for name in ("hours", "faded"))
    return (
        FOLLOWED_TIMES.update()
        .where(times.feed == bindparam("of_feed"))
        .values(
            kept=kept * times.kept,
            looks=kept * times.looks + 1.0,
            watched_hours=kept * times.watched_hours + hours,
            hours_squared=kept * times.hours_squared + hours * hours,
        )
    )


def join(connection: Connection, file: FollowedFile, skus: Iterable[Sku]) -> None:
    """Add pools to the sums that follow a file from itself on."""
    known = _stored(connection, file.feed) or FollowedSums()
    wanted = {"wanted": [(file.warehouse, sku) for sku in skus]}
    joining = _sums_by_feed(connection, _of_pools(), wanted).get(file.feed, FollowedSums())
    row = {"feed": file.feed, "warehouse": file.warehouse, **asdict(known + joining)}
    upsert(connection, FOLLOWED_DECLINES, [row])


def leave(connection: Connection, warehouse: str, skus: Iterable[Sku]) -> None:
    """Take pools off the sums that are about to follow no more, those that do follow."""
    wanted = {"wanted": [(warehouse, sku) for sku in skus]}
    for feed, leaving in _sums_by_feed(connection, _of_pools(), wanted).items():
        known = _stored(connection, feed) or FollowedSums()
        of_feed = FOLLOWED_DECLINES.c.feed == feed
        left = asdict(known - leaving)
        connection.execute(FOLLOWED_DECLINES.update().where(of_feed).values(left))


def forget(connection: Connection, feed: str) -> None:
    """Forget the times and sums of a feed whose files no pool follows any more."""
    for table in (FOLLOWED_TIMES, FOLLOWED_DECLINES):
        connection.execute(delete(table).where(table.c.feed == feed))


def _stored(connection: Connection, feed: str) -> FollowedSums | None:
    query = select(*(FOLLOWED_DECLINES.c[name] for name in _SUMS))
    row = connection.execute(query.where(FOLLOWED_DECLINES.c.feed == feed)).one_or_none()
    return None if row is None else FollowedSums(**dict(zip(_SUMS, row, strict=True)))


def _sums_by_feed(
    connection: Connection, query: Select[*tuple[Any, ...]], wanted: dict[str, Any]
) -> dict[str, FollowedSums]:
    rows = connection.execute(query, wanted)
    return {
        feed: FollowedSums(**{name: each or 0.0 for name, each in zip(_SUMS, sums, strict=True)})
        for feed, *sums in rows
    }


@cache
def _of_pools() -> Select[*tuple[Any, ...]]:
    terms = _terms()
    sums = [func.sum(terms[name]).label(name) for name in _SUMS]
    return (
        select(POOLS.c.feed, *sums)
        .select_from(histories.of_followers())
        .where(among(POOLS.c.warehouse, POOLS.c.sku))
        .group_by(POOLS.c.feed)
    )


def _terms() -> dict[str, ColumnElement[Any]]:
    """Return what a pool adds to each of the sums."""
    units, known = POOLS.c.snapshot_units, histories.grown_terms()
    has_history = or_(POOL_DECLINES.c.sku.is_not(None), FOLLOWED_TIMES.c.looks > 0)
    stocked = case((units != 0, 1.0), else_=0.0)
    return {
        **known,
        "followers": literal(1.0),
        "stocked": stocked,
        "stocked_units": case((units > 0, units), else_=0),
        "stocked_hours": stocked * known["hours"],
        "pools": case((has_history, 1.0), else_=0.0),
        "pool_units_squared": known["units"] * known["units"],
        "pool_hours_squared": known["hours"] * known["hours"],
    }


def totals(connection: Connection, warehouse: str) -> DeclineTotals | None:
    """Return what is known of the pools of a warehouse that follow, None where none does."""
    names = ("feed", *_SUMS)
    query = select(*(FOLLOWED_DECLINES.c[name] for name in names))
    rows = connection.execute(query.where(FOLLOWED_DECLINES.c.warehouse == warehouse)).all()
    if not rows:
        return None
    known = FollowedSums()
    for _, *sums in rows:
        known += FollowedSums(**dict(zip(_SUMS, sums, strict=True)))
    scattered = connection.execute(_scattered(), {"of_warehouse": warehouse}).one()
    scatter = {name: each or 0.0 for name, each in scattered._mapping.items()}  # noqa: SLF001 - its public name, by SQLAlchemy's own word
    return replace(DeclineTotals(**{name: getattr(known, name) for name in _TOTALS}), **scatter)


@cache
def _scattered() -> Select[*tuple[Any, ...]]:
    """Return what no rule for sums tells: it is nothing but of pools that have lost units."""
    terms = histories.scatter_terms(histories.grown_terms())
    joined = POOL_DECLINES.join(POOLS, histories.same_pool())
    since = and_(POOLS.c.follows, FOLLOWED_TIMES.c.delivery_id == POOLS.c.delivery_id)
    lost = and_(POOL_DECLINES.c.warehouse == bindparam("of_warehouse"), POOL_DECLINES.c.units > 0)
    return (
        select(*(func.sum(term).label(name) for name, term in terms.items()))
        .select_from(joined.join(FOLLOWED_TIMES, since))
        .where(lost)
    )
