"""The sales of listings and shops, learned as they are told.

What a transaction tells of is stored at its end, each listing by one upsert, each shop by one
and each hour of a week by one, in the order of their keys. A listing's row is read, worked on
and written back: whoever tells of a listing has the locks of its pools (`locks`), so that nobody
else does at the same time. The rows of a shop are for many, so nothing is read there: what
changed is added in the database, and the row is locked for the instant of the commit only.

The level of a shop costs one row to read, that of the catalogue one row a shop, however many
listings there are. Rounding piles up in neither: old orders weigh ever less.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, Table, func, select

from reconciliation.catalog import ListingKey
from reconciliation.quantities import Instant, Units
from reconciliation.sales_history import (
    BURSTS_S,
    SIZES,
    Contribution,
    SalesHistory,
    contribution,
    difference,
    first_seen,
    record_on_sale,
    record_order,
    summed,
)
from reconciliation.week_shape import HOURS, WeekShape, hour_of_week, hour_weight_at, learned_week

from .catalog import KEY_COLUMNS, key_values, listing_key
from .engine import AnyRow, at_the_end, insert_into, upsert
from .tables import LISTING_DEMAND, SHOP_DEMAND, SHOP_HOURS
from .wanted import among


SIZE_COLUMNS = tuple(f"orders_of_{size}" for size in SIZES)
"""The columns that count orders, one for each size."""

BURST_COLUMNS = tuple(f"burst_{half_life_s}_s" for half_life_s in BURSTS_S)
"""The columns that count orders of late, one for each half-life."""

Lesson: TypeAlias = Callable[[SalesHistory | None], SalesHistory]
"""What one thing that was told makes of a listing's history."""


class _Lessons:
    """All that a transaction tells of; stored at its end."""

    def __init__(self) -> None:
        self.listings: dict[ListingKey, list[Lesson]] = {}
        self.hours: dict[tuple[str, int], float] = {}

    def __call__(self, connection: Connection) -> None:
        # Two processes that touch the same rows wait in one line, and never each for the other.
        keys = sorted(self.listings)
        histories = load(connection, keys)
        shops: dict[str, list[Contribution]] = {}
        rows = []
        for key in keys:
            before = histories.get(key)
            after = _taught(before, self.listings[key])
            rows.append({**key_values(key), **_history_values(after)})
            shops.setdefault(key.shop, []).append(_change(before, after))
        upsert(connection, LISTING_DEMAND, rows)
        _add(connection, SHOP_DEMAND, [_shop_row(*each) for each in shops.items()])
        _add(connection, SHOP_HOURS, [_hour_row(*each) for each in sorted(self.hours.items())])


def _taught(history: SalesHistory | None, lessons: Sequence[Lesson]) -> SalesHistory:
    first, *others = lessons
    taught = first(history)
    for lesson in others:
        taught = lesson(taught)
    return taught


def _change(before: SalesHistory | None, after: SalesHistory) -> Contribution:
    was = contribution(before) if before is not None else Contribution()
    return difference(contribution(after), was)


# -- learning ---------------------------------------------------------------------------------


def learn_order(
    connection: Connection,
    key: ListingKey,
    *,
    units: Units,
    placed_at: Instant,
    share: float = 1.0,
) -> None:
    """Learn of an order on a listing; tell it once, in the transaction that records it.

    `share` is less than 1 where the order may have been made on other listings as well.
    """

    def lesson(history: SalesHistory | None) -> SalesHistory:
        known = history or first_seen(placed_at, is_on_sale=True)
        return record_order(known, units=units, placed_at=placed_at, share=share)

    _lessons(connection).listings.setdefault(key, []).append(lesson)


def learn_on_sale(
    connection: Connection, key: ListingKey, *, is_on_sale: bool, at: Instant
) -> None:
    """Learn that a listing came on sale or sold out; time in which it was not says nothing."""

    def lesson(history: SalesHistory | None) -> SalesHistory:
        known = history or first_seen(at, is_on_sale=is_on_sale)
        return record_on_sale(known, is_on_sale=is_on_sale, at=at)

    _lessons(connection).listings.setdefault(key, []).append(lesson)


def learn_hour(connection: Connection, shop: str, placed_at: Instant) -> None:
    """Learn in which hour of the week a shop had an order; tell it once an order."""
    hours, hour = _lessons(connection).hours, (shop, hour_of_week(placed_at))
    hours[hour] = hours.get(hour, 0.0) + hour_weight_at(placed_at)


def _lessons(connection: Connection) -> _Lessons:
    return at_the_end(connection, "demand", _Lessons)


# -- what was learned -------------------------------------------------------------------------


def load(connection: Connection, keys: Sequence[ListingKey]) -> dict[ListingKey, SalesHistory]:
    """Return the histories of listings, as of when each was last told of; none: left out."""
    wanted = [tuple(key_values(key).values()) for key in keys]
    rows = connection.execute(_by_key(), {"wanted": wanted})
    return {listing_key(row): _history(row) for row in rows}


@cache
def _by_key() -> Select[*tuple[Any, ...]]:
    return select(LISTING_DEMAND).where(among(*(LISTING_DEMAND.c[name] for name in KEY_COLUMNS)))


def load_shop(connection: Connection, shop: str) -> Contribution:
    """Return what a shop's listings sold together."""
    rows = connection.execute(select(SHOP_DEMAND).where(SHOP_DEMAND.c.shop == shop))
    return summed(_contribution(row) for row in rows)


def load_catalogue(connection: Connection) -> Contribution:
    """Return what all shops sold together."""
    names = ("listings_on_sale", "closed_s", *SIZE_COLUMNS)
    sums = [func.coalesce(func.sum(SHOP_DEMAND.c[name]), 0).label(name) for name in names]
    return _contribution(connection.execute(select(*sums)).one())


def load_week(connection: Connection, shop: str, now: Instant) -> WeekShape:
    """Return the hours of a shop's week, from its orders as they weigh now."""
    weight = hour_weight_at(now)
    orders = [0.0] * HOURS
    for row in connection.execute(select(SHOP_HOURS).where(SHOP_HOURS.c.shop == shop)):
        orders[row.hour] = row.orders / weight
    return learned_week(orders)


# -- rows -------------------------------------------------------------------------------------


def _history_values(history: SalesHistory) -> dict[str, object]:
    return {
        "since": history.since,
        "updated_at": history.updated_at,
        "is_on_sale": history.is_on_sale,
        "on_sale_s": history.on_sale_s,
        **dict(zip(BURST_COLUMNS, history.bursts, strict=True)),
        **_by_size(history.orders),
    }


def _history(row: AnyRow) -> SalesHistory:
    return SalesHistory(
        since=row.since,
        updated_at=row.updated_at,
        is_on_sale=row.is_on_sale,
        on_sale_s=row.on_sale_s,
        orders=_orders(row),
        bursts=tuple(getattr(row, name) for name in BURST_COLUMNS),
    )


def _shop_row(shop: str, changes: Sequence[Contribution]) -> dict[str, object]:
    change = summed(changes)
    return {
        "shop": shop,
        "listings_on_sale": change.listings_on_sale,
        "closed_s": change.closed_s,
        **_by_size(change.orders),
    }


def _contribution(row: AnyRow) -> Contribution:
    return Contribution(
        orders=_orders(row),
        closed_s=float(row.closed_s),
        listings_on_sale=int(row.listings_on_sale),
    )


def _hour_row(hour: tuple[str, int], orders: float) -> dict[str, object]:
    return {"shop": hour[0], "hour": hour[1], "orders": orders}


def _by_size(orders: Sequence[float]) -> dict[str, float]:
    return dict(zip(SIZE_COLUMNS, orders, strict=True))


def _orders(row: AnyRow) -> tuple[float, ...]:
    return tuple(float(getattr(row, name)) for name in SIZE_COLUMNS)


def _add(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Add to what is stored under the rows' keys, beginning those that are not there yet."""
    if rows:
        connection.execute(_adding(connection.dialect.name, table), list(rows))


@cache
def _adding(dialect: str, table: Table) -> Any:  # noqa: ANN401 - two dialects' inserts
    keys = [column.name for column in table.primary_key]
    statement = insert_into(dialect, table)
    sums = {
        column.name: column + statement.excluded[column.name]
        for column in table.c
        if column.name not in keys
    }
    return statement.on_conflict_do_update(index_elements=keys, set_=sums)
