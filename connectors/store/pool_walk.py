"""Every pool that listings draw on, page by page: for what looks at the whole catalogue."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, String, bindparam, func, select, tuple_

from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku

from .tables import RECIPE_LINES


_BEFORE_ALL = PoolKey(warehouse="", sku=Sku(""))


def count(connection: Connection) -> int:
    """Return how many pools listings draw on."""
    return int(connection.execute(_counting()).scalar_one())


@cache
def _counting() -> Select[*tuple[Any, ...]]:
    pools = select(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku).distinct().subquery()
    return select(func.count()).select_from(pools)


def page(connection: Connection, after: PoolKey | None, *, most: int) -> tuple[PoolKey, ...]:
    """Return the pools that come after one in the store's order, or the first; none at the end."""
    begun = after if after is not None else _BEFORE_ALL
    asked = {"the_warehouse": begun.warehouse, "the_sku": begun.sku, "most": most}
    rows = connection.execute(_paging(), asked)
    return tuple(PoolKey(warehouse=row.warehouse, sku=Sku(row.sku)) for row in rows)


@cache
def _paging() -> Select[*tuple[Any, ...]]:
    columns = (RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku)
    begun = (bindparam("the_warehouse", type_=String), bindparam("the_sku", type_=String))
    return (
        select(*columns)
        .where(tuple_(*columns) > tuple_(*begun))
        .distinct()
        .order_by(*columns)
        .limit(bindparam("most", type_=Integer))
    )


def pages(connection: Connection, *, most: int) -> Iterator[tuple[PoolKey, ...]]:
    """Yield all pools in pages of at most so many, within one transaction."""
    pools = page(connection, None, most=most)
    while pools:
        yield pools
        pools = page(connection, pools[-1], most=most)
