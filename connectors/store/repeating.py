"""Which pools have to be decided for although a file only repeats their figure.

Of a pool that follows its feed's files nothing has moved: its figure is the same, and no order
matters to it. Deciding for it anew would come to the same, but for what its age has changed
before: goods held back because the figure grew old, or because partners err, a rung of the ladder,
and a pause that waits for a newer file. Where a listing's last decision had none of these, the
pool is passed over; it is looked at when its feed next grows old, and with all others when the
shop's listings are joined anew. Where its partner turns out to err more than was known, all pools
that are `sold` have to be decided for.
"""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, and_, bindparam, func, or_, select

from reconciliation.catalog import PoolKey
from reconciliation.guard import GuardState, Staleness
from reconciliation.quantities import Sku

from .catalog import KEY_COLUMNS
from .following import FollowedFile
from .tables import LISTINGS, POOL_STOCKS, POOLS, RECIPE_LINES


UNMOVED = (GuardState.OPEN, GuardState.THROTTLED)
"""The states of a listing that wait for nothing which a newer file brings."""


def sold(connection: Connection, file: FollowedFile) -> tuple[PoolKey, ...]:
    """Return the pools that listings draw on and that have followed up to this file."""
    return _pools(connection, file, _sold())


def unsettled(connection: Connection, file: FollowedFile) -> tuple[PoolKey, ...]:
    """Return those among them for which a newer file may change what is decided."""
    return _pools(connection, file, _unsettled())


def _pools(
    connection: Connection, file: FollowedFile, query: Select[*tuple[Any, ...]]
) -> tuple[PoolKey, ...]:
    asked = {
        "of_warehouse": file.warehouse,
        "of_feed": file.feed,
        "of_delivery": file.delivery_id,
    }
    skus = connection.execute(query, asked).scalars()
    return tuple(PoolKey(warehouse=file.warehouse, sku=Sku(sku)) for sku in skus)


@cache
def _sold() -> Select[*tuple[Any, ...]]:
    same = and_(POOLS.c.warehouse == RECIPE_LINES.c.warehouse, POOLS.c.sku == RECIPE_LINES.c.sku)
    # What the file has put in force itself is decided for in any case.
    follows = and_(POOLS.c.follows, POOLS.c.delivery_id != bindparam("of_delivery", type_=Integer))
    return (
        select(RECIPE_LINES.c.sku)
        .join(POOLS, same)
        .where(
            RECIPE_LINES.c.warehouse == bindparam("of_warehouse"),
            POOLS.c.feed == bindparam("of_feed"),
            follows,
        )
        .distinct()
        .order_by(RECIPE_LINES.c.sku)
    )


@cache
def _unsettled() -> Select[*tuple[Any, ...]]:
    listing = and_(*(LISTINGS.c[name] == RECIPE_LINES.c[name] for name in KEY_COLUMNS))
    stock = and_(
        POOL_STOCKS.c.warehouse == RECIPE_LINES.c.warehouse,
        POOL_STOCKS.c.sku == RECIPE_LINES.c.sku,
    )
    rung = func.coalesce(LISTINGS.c.decision["staleness"].as_string(), "")
    return (
        _sold()
        .join(LISTINGS, listing)
        .outerjoin(POOL_STOCKS, stock)
        .where(
            or_(
                LISTINGS.c.state.not_in(UNMOVED),
                rung != Staleness.FRESH.name.lower(),
                POOL_STOCKS.c.sku.is_(None),
                ~POOL_STOCKS.c.known,
                POOL_STOCKS.c.for_errors_units > 0,
            )
        )
    )
