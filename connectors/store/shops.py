"""What is stored of a shop: how far its order ledger is complete, its troubles, its switch."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from reconciliation.quantities import Instant

from .engine import upsert
from .tables import SHOPS
from .wanted import among


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopRow:
    """A shop as it is stored.

    `complete_up_to`: every order placed before that is in the ledger. `polled_up_to`: orders
    updated before that were seen, so the next poll starts there less the overlap.
    """

    shop: str
    complete_up_to: Instant | None = None
    polled_up_to: Instant | None = None
    writes_stopped: bool = False
    trouble: str = ""


def load(connection: Connection, shop: str) -> ShopRow:
    """Return a shop's row; one that was never stored is empty."""
    row = connection.execute(_of_shop(), {"the_shop": shop}).one_or_none()
    if row is None:
        return ShopRow(shop=shop)
    return ShopRow(
        shop=shop,
        complete_up_to=row.complete_up_to,
        polled_up_to=row.polled_up_to,
        writes_stopped=bool(row.writes_stopped),
        trouble="; ".join(each for each in (row.trouble, row.warehouse_trouble) if each),
    )


@cache
def _of_shop() -> Select[*tuple[Any, ...]]:
    return select(SHOPS).where(SHOPS.c.shop == bindparam("the_shop"))


def ledgers_complete_up_to(
    connection: Connection, shops: Iterable[str]
) -> dict[str, Instant | None]:
    """Return up to when the order ledger of each shop is complete; never stored: left out."""
    wanted = [(shop,) for shop in sorted(shops)]
    rows = connection.execute(_ledgers(), {"wanted": wanted})
    return {row.shop: row.complete_up_to for row in rows}


@cache
def _ledgers() -> Select[*tuple[Any, ...]]:
    return select(SHOPS.c.shop, SHOPS.c.complete_up_to).where(among(SHOPS.c.shop))


def save_progress(
    connection: Connection,
    shop: str,
    *,
    polled_up_to: Instant | None,
    complete_up_to: Instant | None,
) -> None:
    """Store how far the orders were polled, and how far the ledger was shown complete.

    None leaves what is stored.
    """
    progress = {"polled_up_to": polled_up_to, "complete_up_to": complete_up_to}
    known = {name: moment for name, moment in progress.items() if moment is not None}
    upsert(connection, SHOPS, [{"shop": shop, **known}])


def stop_writes(connection: Connection, shop: str, *, stopped: bool) -> None:
    """Stop or restart all writing to a shop."""
    upsert(connection, SHOPS, [{"shop": shop, "writes_stopped": stopped}])


def keep_switches(connection: Connection, wanted: Iterable[str]) -> None:
    """Let nobody stop or restart the writing to shops until the transaction ends."""
    connection.execute(_switches(), {"wanted": sorted(wanted)})


@cache
def _switches() -> Select[*tuple[Any, ...]]:
    named = SHOPS.c.shop.in_(bindparam("wanted", expanding=True))
    return select(SHOPS.c.shop).where(named).order_by(SHOPS.c.shop).with_for_update(read=True)


def stopped(connection: Connection, wanted: Iterable[str]) -> frozenset[str]:
    """Return those of the shops to which all writing is stopped."""
    rows = connection.execute(_stopped(), {"wanted": sorted(wanted)})
    return frozenset(rows.scalars())


@cache
def _stopped() -> Select[*tuple[Any, ...]]:
    named = SHOPS.c.shop.in_(bindparam("wanted", expanding=True))
    return select(SHOPS.c.shop).where(named, SHOPS.c.writes_stopped)


def complete_up_to(connection: Connection, wanted: Iterable[str]) -> dict[str, Instant]:
    """Return up to when each shop's ledger is complete, for those where anything is known."""
    rows = connection.execute(_complete_up_to(), {"wanted": sorted(wanted)})
    return {row.shop: row.complete_up_to for row in rows}


@cache
def _complete_up_to() -> Select[*tuple[Any, ...]]:
    named = SHOPS.c.shop.in_(bindparam("wanted", expanding=True))
    known = SHOPS.c.complete_up_to.is_not(None)
    return select(SHOPS.c.shop, SHOPS.c.complete_up_to).where(named, known)


def note_trouble(connection: Connection, shop: str, trouble: str) -> None:
    """Store what keeps a shop from being reached, empty when it is well."""
    upsert(connection, SHOPS, [{"shop": shop, "trouble": trouble[:500]}])


def note_warehouse_trouble(connection: Connection, shop: str, trouble: str) -> None:
    """Store which configured warehouses a shop lacks or does not sell from; empty: none."""
    upsert(connection, SHOPS, [{"shop": shop, "warehouse_trouble": trouble[:500]}])


def names(connection: Connection) -> frozenset[str]:
    """Return every shop of which anything is stored, configured still or not."""
    return frozenset(connection.execute(select(SHOPS.c.shop)).scalars())
