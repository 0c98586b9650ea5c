"""The ledger of order lines: recorded once, moved by the table of `reconciliation.orders`."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    or_,
    select,
    tuple_,
)

from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.orders import CANCELLED, COMMITTED, LineSeen, LineState, OrderLine, record
from reconciliation.position import Claim
from reconciliation.quantities import Instant, Sku, Units

from .catalog import KEY_COLUMNS, listing_key
from .engine import AnyRow, upsert
from .tables import LINE_PARTS, ORDER_LINES, RECIPE_LINES
from .wanted import among


LINE_FIELDS = tuple(OrderLine.__dataclass_fields__)
"""The columns of `order_lines` that hold the ledger's own state of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """A ledger line that one look moved: `before` is None for a line never seen before."""

    seen: LineSeen
    before: OrderLine | None
    after: OrderLine

    @property
    def is_sale(self) -> bool:
        """Tell whether the look told of a sale for the first time."""
        return self.before is None

    @property
    def moves_stock(self) -> bool:
        """Tell whether what may be sold can differ now: a sale, or a cancellation's meaning.

        A unit on its way out of the building was taken off already when it was ordered.
        """
        if self.before is None:
            return True
        return {self.before.state, self.after.state} & CANCELLED != set() and (
            self.before.state is not self.after.state
        )

    @property
    def is_cancellation(self) -> bool:
        """Tell whether the look told of the line's cancellation for the first time."""
        was = self.before is not None and self.before.cancelled_at is not None
        return not was and self.after.cancelled_at is not None


TouchedListings = list[tuple[LineChange, ListingKey, Units]]
"""A change of the ledger, a listing it concerns, and the units sold on it."""


def record_lines(
    connection: Connection, looks: Sequence[LineSeen], *, now: Instant
) -> tuple[LineChange, ...]:
    """Record looks at order lines and return those that changed the ledger, in order."""
    stored = _stored(connection, looks)
    changes = []
    for seen in looks:
        key = (seen.shop, seen.order_id, seen.line_id)
        before = stored.get(key)
        after = record(before, seen)
        if after != before:
            stored[key] = after
            changes.append(LineChange(seen=seen, before=before, after=after))
    for change in changes:
        _store(connection, change, now)
    return tuple(changes)


def _stored(
    connection: Connection, looks: Iterable[LineSeen]
) -> dict[tuple[str, str, str], OrderLine]:
    orders = sorted({(seen.shop, seen.order_id) for seen in looks})
    rows = connection.execute(
        select(ORDER_LINES).where(tuple_(ORDER_LINES.c.shop, ORDER_LINES.c.order_id).in_(orders))
    )
    return {(row.shop, row.order_id, row.line_id): _line(row) for row in rows}


def lines_of(connection: Connection, shop: str, order_id: str) -> tuple[OrderLine, ...]:
    """Return the lines of an order."""
    same = (ORDER_LINES.c.shop == shop, ORDER_LINES.c.order_id == order_id)
    return tuple(map(_line, connection.execute(select(ORDER_LINES).where(*same))))


def _line(row: AnyRow) -> OrderLine:
    terms = {name: getattr(row, name) for name in LINE_FIELDS if name != "state"}
    return OrderLine(state=LineState(row.state), **terms)


def _store(connection: Connection, change: LineChange, now: Instant) -> None:
    seen = change.seen
    key = {"shop": seen.shop, "order_id": seen.order_id, "line_id": seen.line_id}
    row = {
        **key,
        "package_id": seen.package_id,
        "warehouse_id": seen.warehouse_id,
        "status": seen.status,
        "updated_at": seen.updated_at,
        "recorded_at": now,
        **asdict(change.after),
    }
    upsert(connection, ORDER_LINES, [row], keep=("recorded_at",))
    parts = [
        {**key, "sku_id": sku_id, "warehouse_id": seen.warehouse_id, "units": units}
        for sku_id, units in seen.decrements()
    ]
    upsert(connection, LINE_PARTS, parts)


def claims_on(
    connection: Connection, pools: Sequence[PoolKey], *, oldest: Instant
) -> dict[PoolKey, list[Claim]]:
    """Return the order lines that may still matter to each pool.

    `oldest` is a moment before every snapshot in force, less all lags: a line that left or was
    cancelled before it is inside every figure. An order without a warehouse is counted in
    every warehouse of its SKU, since it may be taken from any.
    """
    asked = {"wanted": [(pool.warehouse, pool.sku) for pool in pools], "oldest": oldest}
    claims: dict[PoolKey, list[Claim]] = {pool: [] for pool in pools}
    for row in connection.execute(_claims_on(), asked):
        pool = PoolKey(warehouse=row.warehouse, sku=Sku(row.sku))
        claims[pool].append(Claim(line=_line(row), units=row.taken))
    return claims


def claims_in(
    connection: Connection, warehouse: str, *, oldest: Instant
) -> dict[Sku, list[Claim]]:
    """Return the same of everything in a warehouse; an item without any is left out."""
    claims: dict[Sku, list[Claim]] = {}
    for row in connection.execute(_claims_in(), {"code": warehouse, "oldest": oldest}):
        claims.setdefault(Sku(row.sku), []).append(Claim(line=_line(row), units=row.taken))
    return claims


def claimed_skus(connection: Connection, warehouse: str, *, oldest: Instant) -> frozenset[Sku]:
    """Return the items of a warehouse on which `claims_in` would find an order line."""
    rows = connection.execute(_claimed_skus(), {"code": warehouse, "oldest": oldest})
    return frozenset(Sku(sku) for sku in rows.scalars())


@cache
def _claimed_skus() -> Select[*tuple[Any, ...]]:
    claims = _claims_in().subquery()
    return select(claims.c.sku).distinct()


@cache
def _claims_on() -> Select[*tuple[Any, ...]]:
    return _claims(among(RECIPE_LINES.c.warehouse, RECIPE_LINES.c.sku))


@cache
def _claims_in() -> Select[*tuple[Any, ...]]:
    return _claims(RECIPE_LINES.c.warehouse == bindparam("code"))


def _claims(wanted: ColumnElement[bool]) -> Select[*tuple[Any, ...]]:
    recipes = _recipe_by_sku(wanted)
    same_sku = and_(
        recipes.c.shop == LINE_PARTS.c.shop,
        recipes.c.sku_id == LINE_PARTS.c.sku_id,
        or_(LINE_PARTS.c.warehouse_id == recipes.c.warehouse_id, LINE_PARTS.c.warehouse_id == ""),
    )
    return (
        select(
            recipes.c.warehouse,
            recipes.c.sku,
            (recipes.c.units * LINE_PARTS.c.units).label("taken"),
            *(ORDER_LINES.c[name] for name in LINE_FIELDS),
        )
        .select_from(recipes.join(LINE_PARTS, same_sku).join(ORDER_LINES, _same_line()))
        .where(_still_matters())
    )


def _same_line() -> ColumnElement[bool]:
    names = ("shop", "order_id", "line_id")
    return and_(*(LINE_PARTS.c[name] == ORDER_LINES.c[name] for name in names))


def _recipe_by_sku(wanted: ColumnElement[bool]) -> Subquery:
    """Return the recipes of the wanted pools, one row per TikTok SKU and warehouse.

    One TikTok SKU belongs to one product, so that grouping only merges what is the same.
    """
    names = ("shop", "sku_id", "warehouse_id", "warehouse", "sku")
    columns = [RECIPE_LINES.c[name] for name in names]
    return (
        select(*columns, func.max(RECIPE_LINES.c.units).label("units"))
        .where(wanted)
        .group_by(*columns)
        .subquery()
    )


def _still_matters() -> ColumnElement[bool]:
    gone = [LineState.DEPARTED, *CANCELLED]
    oldest = bindparam("oldest", type_=Double)
    return or_(
        ORDER_LINES.c.state.not_in(gone),
        and_(ORDER_LINES.c.state == LineState.DEPARTED, ORDER_LINES.c.departed_at >= oldest),
        and_(ORDER_LINES.c.state.in_(CANCELLED), ORDER_LINES.c.cancelled_at >= oldest),
    )


def listings_of(connection: Connection, changes: Iterable[LineChange]) -> TouchedListings:
    """Return, for each changed line, the joined listings that it concerns, with units.

    A line without a warehouse may concern the SKU's listing in any of its warehouses.
    """
    touched: TouchedListings = []
    for change in changes:
        for sku_id, units in change.seen.decrements():
            rows = connection.execute(_joined_listings(change.seen, sku_id))
            touched.extend((change, listing_key(row), units) for row in rows)
    return touched


def _joined_listings(seen: LineSeen, sku_id: str) -> Select[*tuple[str, ...]]:
    query = select(*(RECIPE_LINES.c[name] for name in KEY_COLUMNS)).where(
        RECIPE_LINES.c.shop == seen.shop, RECIPE_LINES.c.sku_id == sku_id
    )
    if seen.warehouse_id:
        query = query.where(RECIPE_LINES.c.warehouse_id == seen.warehouse_id)
    return query.distinct()


def sold_of_sku(connection: Connection, key: ListingKey, since: Instant) -> Units:
    """Return the units of a listing's SKU ordered since a moment, here or nobody knows where."""
    query = (
        select(func.coalesce(func.sum(LINE_PARTS.c.units), 0))
        .join(ORDER_LINES, _same_line())
        .where(
            LINE_PARTS.c.shop == key.shop,
            LINE_PARTS.c.sku_id == key.sku_id,
            LINE_PARTS.c.warehouse_id.in_(["", key.warehouse_id]),
            ORDER_LINES.c.placed_at >= since,
        )
    )
    return int(connection.execute(query).scalar_one())


def has_open_lines(connection: Connection, key: ListingKey, since: Instant) -> bool:
    """Tell whether orders of a listing's SKU are not shipped yet, or changed since a moment."""
    recent = or_(ORDER_LINES.c.departed_at >= since, ORDER_LINES.c.cancelled_at >= since)
    query = (
        select(LINE_PARTS.c.line_id)
        .join(ORDER_LINES, _same_line())
        .where(
            LINE_PARTS.c.shop == key.shop,
            LINE_PARTS.c.sku_id == key.sku_id,
            or_(ORDER_LINES.c.state.in_(COMMITTED), recent),
        )
        .limit(1)
    )
    return connection.execute(query).first() is not None


def order_count(connection: Connection) -> int:
    """Return how many orders the ledger holds."""
    found = select(ORDER_LINES.c.shop, ORDER_LINES.c.order_id).distinct().subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())
