"""Writes out what pools have from the files that they follow, so that they follow no more.

Their last figure is kept as a line of the file that last stated it: with the line at which it
began it tells how long it stood, and it is what a rollback finds. Whoever calls this has the
warehouse's ledger.
"""

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Update, bindparam, select

from reconciliation.decline import SUMS
from reconciliation.quantities import Sku

from . import followed_declines, following, histories
from .engine import insert_into
from .feed_tables import FOLLOWED_TIMES
from .tables import POOL_DECLINES, POOLS, SNAPSHOT_LINES
from .wanted import among


def settle(
    connection: Connection,
    warehouse: str,
    skus: Collection[Sku],
    *,
    overwritten: Collection[Sku] = (),
) -> None:
    """Have some pools of a warehouse follow no more, those that do.

    The rows of those that are `overwritten` next are left as they are.
    """
    if not skus or not following.is_followed(connection, warehouse):
        return
    followed_declines.leave(connection, warehouse, skus)
    asked = {"wanted": [(warehouse, sku) for sku in skus]}
    *keeping, ending = _settling(connection.dialect.name)
    for statement in keeping:
        connection.execute(statement, asked)
    stay = set(overwritten)
    if ended := [(warehouse, sku) for sku in skus if sku not in stay]:
        connection.execute(ending, {"wanted": ended})


def settle_all(connection: Connection, feed: str) -> None:
    """Have all pools of a feed follow no more: it has a file that nobody can follow."""
    if following.followed(connection, feed) is None:
        return
    for statement in _settling_feed(connection.dialect.name):
        connection.execute(statement, {"of_feed": feed})
    followed_declines.forget(connection, feed)
    following.forget(connection, feed)


@cache
def _settling(dialect: str) -> tuple[Any, ...]:
    return _all_of(dialect, among(POOLS.c.warehouse, POOLS.c.sku))


@cache
def _settling_feed(dialect: str) -> tuple[Any, ...]:
    return _all_of(dialect, POOLS.c.feed == bindparam("of_feed"))


def _all_of(dialect: str, wanted: ColumnElement[bool]) -> tuple[Any, ...]:
    return _keep_lines(dialect, wanted), _keep_histories(dialect, wanted), _end(wanted)


def _keep_lines(dialect: str, wanted: ColumnElement[bool]) -> Any:  # noqa: ANN401 - two dialects' inserts
    columns = {
        "delivery_id": following.delivery_id(),
        "sku": POOLS.c.sku,
        "warehouse": POOLS.c.warehouse,
        "units": POOLS.c.snapshot_units,
        "as_of": following.as_of(),
    }
    lines = select(*columns.values()).where(POOLS.c.follows, wanted)
    insert = insert_into(dialect, SNAPSHOT_LINES).from_select(list(columns), lines)
    # One that began with that very file is there.
    return insert.on_conflict_do_nothing(index_elements=["delivery_id", "sku"])


def _keep_histories(dialect: str, wanted: ColumnElement[bool]) -> Any:  # noqa: ANN401 - two dialects' inserts
    terms: Mapping[str, ColumnElement[Any]] = histories.grown_terms()
    names = ["warehouse", "sku", *terms]
    learned: Select[*tuple[Any, ...]] = (
        select(POOLS.c.warehouse, POOLS.c.sku, *terms.values())
        .select_from(histories.of_followers())
        .where(wanted, FOLLOWED_TIMES.c.looks > 0)
    )
    insert = insert_into(dialect, POOL_DECLINES).from_select(names, learned)
    changed = {name: insert.excluded[name] for name in SUMS}
    return insert.on_conflict_do_update(index_elements=["warehouse", "sku"], set_=changed)


def _end(wanted: ColumnElement[bool]) -> Update:
    return (
        POOLS.update()
        .where(POOLS.c.follows, wanted)
        .values(as_of=following.as_of(), delivery_id=following.delivery_id(), follows=False)
    )
