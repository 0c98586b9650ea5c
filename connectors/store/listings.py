"""The books of listings, the guard's states, and what is to be read next."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    Select,
    String,
    Update,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.types import TypeEngine

from reconciliation.catalog import ListingKey
from reconciliation.exposure import Doubt, ListingBook, ListingRead, OpenWrite, Restock
from reconciliation.guard import GuardState
from reconciliation.quantities import Instant, Units

from .catalog import KEY_COLUMNS, key_values, listing_key
from .demand import learn_on_sale
from .engine import AnyRow, upsert
from .given_rows import Given, execute_for_rows, given
from .tables import LISTINGS, RECIPE_LINES, RESTOCKS
from .wanted import among
from .writes import open_writes, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRow:
    """What is stored of a listing besides its recipe."""

    key: ListingKey
    seller_sku: str
    product_status: str
    stranded_because: str
    problem: str
    backorder_units: Units
    read_due_at: Instant | None
    fact_at: Instant | None
    state: GuardState
    since: Instant
    book: ListingBook
    decision: dict[str, Any] | None


def load(connection: Connection, keys: Sequence[ListingKey]) -> dict[ListingKey, ListingRow]:
    """Return the stored listings with their books."""
    wanted = [tuple(key_values(key).values()) for key in keys]
    if not wanted:
        return {}
    writes, restocks = open_writes(connection, wanted), _open_restocks(connection, wanted)
    # All at once: a row that cannot be read would leave the query open, and SQLite with the state
    # of that moment, in which nothing can be written any more.
    rows = connection.execute(_by_key(), {"wanted": wanted}).all()
    return {
        key: _listing_row(row, writes.get(key, ()), restocks.get(key, ()))
        for row in rows
        for key in [listing_key(row)]
    }


@cache
def _by_key() -> Select[*tuple[Any, ...]]:
    return select(LISTINGS).where(among(*(LISTINGS.c[name] for name in KEY_COLUMNS)))


def _listing_row(
    row: AnyRow, writes: tuple[OpenWrite, ...], restocks: tuple[Restock, ...]
) -> ListingRow:
    read = None
    if row.read_finished_at is not None:
        read = ListingRead(
            units=row.read_units, began_at=row.read_began_at, finished_at=row.read_finished_at
        )
    book = ListingBook(
        read=read,
        unproven_since=row.unproven_since,
        shown_units=row.shown_units,
        writes=writes,
        restocks=restocks,
        doubts=tuple(Doubt(units=units, seen_at=seen_at) for units, seen_at in row.doubts),
        ahead_units=row.ahead_units,
        unasked_units=row.unasked_units,
        unasked_since=row.unasked_since,
    )
    return ListingRow(
        key=listing_key(row),
        seller_sku=row.seller_sku,
        product_status=row.product_status,
        stranded_because=row.stranded_because,
        problem=row.problem,
        read_due_at=row.read_due_at,
        fact_at=row.fact_at,
        backorder_units=row.backorder_units,
        state=GuardState(row.state),
        since=row.since,
        book=book,
        decision=row.decision,
    )


def _open_restocks(
    connection: Connection, wanted: Sequence[tuple[str, ...]]
) -> dict[ListingKey, tuple[Restock, ...]]:
    rows = connection.execute(_unsettled_restocks(), {"wanted": list(wanted)})
    grouped: dict[ListingKey, tuple[Restock, ...]] = {}
    for row in rows:
        restock = Restock(units=row.units, cancelled_at=row.cancelled_at)
        grouped[listing_key(row)] = (*grouped.get(listing_key(row), ()), restock)
    return grouped


@cache
def _unsettled_restocks() -> Select[*tuple[Any, ...]]:
    return select(RESTOCKS).where(
        among(*(RESTOCKS.c[name] for name in KEY_COLUMNS)), RESTOCKS.c.settled_at.is_(None)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChange:
    """A listing's book before and after something became known."""

    key: ListingKey
    before: ListingBook
    after: ListingBook

    @property
    def settled(self) -> tuple[int, ...]:
        """The sequences of the writes that were settled by it."""
        open_still = {write.sequence for write in self.after.writes}
        return tuple(w.sequence for w in self.before.writes if w.sequence not in open_still)


def save_books(connection: Connection, changes: Iterable[BookChange], now: Instant) -> None:
    """Store what changed between books, the writes and restocks included that were settled.

    Intents, answers and refusals of writes have statements of their own.
    """
    some = sorted(changes, key=lambda change: change.key)
    _change(connection, {change.key: _columns_of(change.after) for change in some})
    for change in some:
        _learn_on_sale(connection, change, now)
        _settle_restocks(connection, change.key, change.before, change.after, now)
    settle(connection, [sequence for change in some for sequence in change.settled], now)


def _learn_on_sale(connection: Connection, change: BookChange, now: Instant) -> None:
    """Tell the demand where a listing came on sale or sold out."""
    before, after = change.before, change.after
    if after.read is None or (before.read is not None and _sells(before) is _sells(after)):
        return
    learn_on_sale(connection, change.key, is_on_sale=_sells(after), at=now)


def _sells(book: ListingBook) -> bool:
    return book.shown_units > 0


def _columns_of(book: ListingBook) -> dict[str, object]:
    read = book.read
    return {
        "read_units": read.units if read else None,
        "read_began_at": read.began_at if read else None,
        "read_finished_at": read.finished_at if read else None,
        "unproven_since": book.unproven_since,
        "shown_units": book.shown_units,
        "doubts": [[doubt.units, doubt.seen_at] for doubt in book.doubts],
        "ahead_units": book.ahead_units,
        "unasked_units": book.unasked_units,
        "unasked_since": book.unasked_since,
    }


def _settle_restocks(
    connection: Connection, key: ListingKey, before: ListingBook, after: ListingBook, now: Instant
) -> None:
    """Close the restocks that a read has shown: those no longer among the book's."""
    gone = {restock.cancelled_at for restock in before.restocks} - {
        restock.cancelled_at for restock in after.restocks
    }
    if gone:
        connection.execute(
            RESTOCKS.update()
            .where(
                *(RESTOCKS.c[name] == getattr(key, name) for name in KEY_COLUMNS),
                RESTOCKS.c.settled_at.is_(None),
                RESTOCKS.c.cancelled_at.in_(gone),
            )
            .values(settled_at=now)
        )


def add_restock(
    connection: Connection,
    key: ListingKey,
    *,
    order_id: str,
    line_id: str,
    units: Units,
    cancelled_at: Instant,
) -> None:
    """Store a pending restock once per order line."""
    row = {
        **key_values(key),
        "order_id": order_id,
        "line_id": line_id,
        "units": units,
        "cancelled_at": cancelled_at,
    }
    upsert(connection, RESTOCKS, [row], keep=("units", "cancelled_at"))


def strand(connection: Connection, key: ListingKey, because: str) -> None:
    """Mark a listing as one that cannot be written, or as writable again with empty text."""
    _change(connection, {key: {"stranded_because": because}})


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """The guard's state since a moment, and the terms of the newest decision, as plain data.

    `fact_at`: when the oldest fact arrived that TikTok does not show yet, None if it shows all.
    """

    state: GuardState
    since: Instant
    decision: dict[str, Any]
    fact_at: Instant | None


def save_decisions(connection: Connection, stored: Mapping[ListingKey, StoredDecision]) -> None:
    """Store what was decided for listings."""
    names = StoredDecision.__slots__
    _change(connection, {k: {n: getattr(each, n) for n in names} for k, each in stored.items()})


def _change(connection: Connection, changes: Mapping[ListingKey, Mapping[str, object]]) -> None:
    """Set the same columns of listings' rows, each to values of its own."""
    rows = [{**_named(key), **values} for key, values in changes.items()]
    columns = tuple(next(iter(changes.values()), ()))
    execute_for_rows(connection, _changing(connection.dialect.name, columns), rows)


def _named(key: ListingKey) -> dict[str, str]:
    return {f"the_{name}": value for name, value in key_values(key).items()}


@cache
def _changing(dialect: str, columns: tuple[str, ...]) -> Update:
    new = given(dialect, _NAMES | {name: LISTINGS.c[name].type for name in columns})
    return LISTINGS.update().where(_is_listing(new)).values({name: new[name] for name in columns})


_NAMES: dict[str, TypeEngine[Any]] = {f"the_{name}": String() for name in KEY_COLUMNS}


def _is_listing(new: Given) -> ColumnElement[bool]:
    """Return the condition that a row is the listing of what is given as `the_...`."""
    return and_(*(LISTINGS.c[name] == new[f"the_{name}"] for name in KEY_COLUMNS))


def want_read(connection: Connection, keys: Iterable[ListingKey], due_at: Instant) -> None:
    """Ask for a read of listings at `due_at`, or earlier where one is already wanted."""
    rows = [{"due_at": due_at, **_named(key)} for key in sorted(set(keys))]
    execute_for_rows(connection, _wanting_read(connection.dialect.name), rows)


@cache
def _wanting_read(dialect: str) -> Update:
    new = given(dialect, _NAMES | {"due_at": Double()})
    is_sooner = or_(LISTINGS.c.read_due_at.is_(None), LISTINGS.c.read_due_at > new["due_at"])
    return LISTINGS.update().where(_is_listing(new), is_sooner).values(read_due_at=new["due_at"])


def reads_due(
    connection: Connection, shops: Iterable[str], now: Instant
) -> dict[str, dict[ListingKey, float | None]]:
    """Return, for each of the shops that has any, its listings whose read is due.

    With each stands how often it is to be read closely, None where it is not.
    """
    rows = connection.execute(_reads_due(), {"shops": list(shops), "now": now})
    due: dict[str, dict[ListingKey, float | None]] = {}
    for row in rows:
        due.setdefault(row.shop, {})[listing_key(row)] = row.every_s
    return due


@cache
def _reads_due() -> Select[*tuple[Any, ...]]:
    is_due = LISTINGS.c.read_due_at <= bindparam("now", type_=Double)
    every_s = LISTINGS.c.decision["read_closely_every_s"].as_float()
    return (
        select(*(LISTINGS.c[name] for name in KEY_COLUMNS), every_s.label("every_s"))
        .where(LISTINGS.c.shop.in_(bindparam("shops", expanding=True)), is_due)
        .order_by(LISTINGS.c.read_due_at)
    )


def next_reads_due(connection: Connection, shops: Iterable[str]) -> dict[str, Instant]:
    """Return when the next read of each shop's listings is due, for those where one is wanted."""
    rows = connection.execute(_next_reads_due(), {"shops": list(shops)})
    return {row[0]: Instant(row[1]) for row in rows}


@cache
def _next_reads_due() -> Select[*tuple[Any, ...]]:
    return (
        select(LISTINGS.c.shop, func.min(LISTINGS.c.read_due_at))
        .where(
            LISTINGS.c.shop.in_(bindparam("shops", expanding=True)),
            LISTINGS.c.read_due_at.is_not(None),
        )
        .group_by(LISTINGS.c.shop)
        .order_by(LISTINGS.c.shop)
    )


def plan_next_reads(connection: Connection, due: Mapping[ListingKey, Instant | None]) -> None:
    """Set when listings are to be read next, whatever was wanted before."""
    _change(connection, {key: {"read_due_at": due[key]} for key in sorted(due)})


def keys_in_doubt(connection: Connection, shop: str) -> tuple[ListingKey, ...]:
    """Return the listings of a shop whose books wait for the order ledger."""
    columns = [LISTINGS.c[name] for name in KEY_COLUMNS]
    waits = or_(LISTINGS.c.unproven_since.is_not(None), cast(LISTINGS.c.doubts, String) != "[]")
    rows = connection.execute(select(*columns).where(LISTINGS.c.shop == shop, waits))
    return tuple(listing_key(row) for row in rows)


def keys_waiting_for_proof(connection: Connection, shop: str) -> tuple[ListingKey, ...]:
    """Return the listings of a shop whose raise waits for a read or a complete ledger."""
    columns = [LISTINGS.c[name] for name in KEY_COLUMNS]
    waits = LISTINGS.c.decision["waits_for_proof"].as_boolean()
    rows = connection.execute(select(*columns).where(LISTINGS.c.shop == shop, waits))
    return tuple(listing_key(row) for row in rows)


def keys_of_shop(connection: Connection, shop: str) -> tuple[ListingKey, ...]:
    """Return every listing of a shop."""
    columns = [LISTINGS.c[name] for name in KEY_COLUMNS]
    rows = connection.execute(select(*columns).where(LISTINGS.c.shop == shop).order_by(*columns))
    return tuple(listing_key(row) for row in rows)


def keys_of_products(
    connection: Connection, products: Iterable[tuple[str, str]]
) -> tuple[ListingKey, ...]:
    """Return every listing of products, each named by its shop and product id."""
    rows = connection.execute(_of_products(), {"wanted": sorted(products)})
    return tuple(listing_key(row) for row in rows)


@cache
def _of_products() -> Select[*tuple[Any, ...]]:
    columns = [LISTINGS.c[name] for name in KEY_COLUMNS]
    return select(*columns).where(among(LISTINGS.c.shop, LISTINGS.c.product_id)).order_by(*columns)


def state_counts(connection: Connection) -> dict[tuple[str, GuardState], int]:
    """Return how many joined listings of each shop are in each of the guard's states."""
    rows = connection.execute(
        select(LISTINGS.c.shop, LISTINGS.c.state, func.count())
        .where(LISTINGS.c.problem == "")
        .group_by(LISTINGS.c.shop, LISTINGS.c.state)
    )
    return {(row[0], GuardState(row[1])): int(row[2]) for row in rows}


def unread_keys(connection: Connection) -> tuple[ListingKey, ...]:
    """Return every joined listing that was never read."""
    columns = [LISTINGS.c[name] for name in KEY_COLUMNS]
    joined = and_(*(LISTINGS.c[name] == RECIPE_LINES.c[name] for name in KEY_COLUMNS))
    rows = connection.execute(
        select(*columns)
        .join(RECIPE_LINES, joined)
        .where(LISTINGS.c.read_finished_at.is_(None))
        .distinct()
    )
    return tuple(listing_key(row) for row in rows)


def all_keys(connection: Connection) -> tuple[ListingKey, ...]:
    """Return every listing of every shop."""
    columns = [LISTINGS.c[name] for name in KEY_COLUMNS]
    return tuple(
        listing_key(row) for row in connection.execute(select(*columns).order_by(*columns))
    )
