"""What each pool has learned by now, in SQL: its own row, and what following a file adds to it.

The same as `decline_followed.followed`: a pool that follows its feed's files learns a quiet
interval from each of them without being touched, from the delivery on with which it began.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, exists, func, literal, select

from reconciliation.decline import SUMS, DeclineHistory

from .feed_tables import FOLLOWED_TIMES
from .tables import POOL_DECLINES, POOLS


FIELDS = tuple(each.name for each in fields(DeclineHistory))
"""What is known of a pool, in the order in which it is asked for."""


def known() -> Select[*tuple[Any, ...]]:
    """Return the query for the pools that have a row of their own: keys, then `FIELDS`."""
    keys = (POOL_DECLINES.c.warehouse, POOL_DECLINES.c.sku)
    joined = POOL_DECLINES.outerjoin(POOLS, same_pool()).outerjoin(FOLLOWED_TIMES, _since())
    return select(*keys, *_grown(has_row=True)).select_from(joined)


def begun() -> Select[*tuple[Any, ...]]:
    """Return the query for the pools that have learned by following alone: as `known`."""
    keys = (POOLS.c.warehouse, POOLS.c.sku)
    joined = POOLS.join(FOLLOWED_TIMES, _since())
    without = ~exists().where(same_pool())
    learned = FOLLOWED_TIMES.c.looks > 0
    return select(*keys, *_grown(has_row=False)).select_from(joined).where(learned, without)


def of_followers() -> FromClause:
    """Return the pools that follow, beside what they have learned before and since."""
    joined = POOLS.join(FOLLOWED_TIMES, _since())
    return joined.outerjoin(POOL_DECLINES, same_pool())


def same_pool() -> ColumnElement[bool]:
    """Join a pool to the row of what it has learned."""
    return and_(POOL_DECLINES.c.warehouse == POOLS.c.warehouse, POOL_DECLINES.c.sku == POOLS.c.sku)


def _since() -> ColumnElement[bool]:
    return and_(POOLS.c.follows, FOLLOWED_TIMES.c.delivery_id == POOLS.c.delivery_id)


def grown_terms() -> dict[str, ColumnElement[Any]]:
    """Return the fields of what a pool has learned by now, of those in `of_followers`."""
    return {column.name: column for column in _grown(has_row=True)}


def _grown(*, has_row: bool) -> list[Any]:
    since, units = FOLLOWED_TIMES.c, POOLS.c.snapshot_units
    told = case((units != 0, 1.0), else_=0.0)
    added: dict[str, ColumnElement[Any]] = {
        "looks": since.looks,
        "watched_hours": since.watched_hours,
        "intervals": told * since.looks,
        "hours": told * since.watched_hours,
        "expected_units": case((units > 0, units), else_=0) * since.looks,
        "hours_squared": told * since.hours_squared,
    }
    kept = func.coalesce(since.kept, 1.0)
    sums = []
    for name in SUMS:
        before = kept * func.coalesce(POOL_DECLINES.c[name], 0.0) if has_row else literal(0.0)
        more = func.coalesce(added[name], 0.0) if name in added else literal(0.0)
        sums.append((before + more).label(name))
    pending = func.coalesce(POOL_DECLINES.c.pending_units, 0) if has_row else literal(0)
    return [*sums, pending.label("pending_units")]


def scatter_terms(known: Mapping[str, ColumnElement[Any]]) -> dict[str, ColumnElement[Any]]:
    """Return what a pool adds to a partner's spread, as `decline.totals_of` has it.

    They are the squared differences of its intervals from its own rate, and the units that a
    spread of 1 would have them at.
    """
    units, intervals, hours = known["units"], known["intervals"], known["hours"]
    rate = units / func.nullif(hours, 0)
    squares = known["units_squared"] - 2 * rate * known["units_by_hours"]
    scatter = squares + rate * rate * known["hours_squared"]
    freedom = units * (1.0 - 1.0 / func.nullif(intervals, 0))
    return {
        "scatter": case((hours > 0, scatter), else_=0.0),
        "scatter_units": case((intervals > 1, freedom), else_=0.0),
    }
