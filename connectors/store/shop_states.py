"""In which state each shop is with TikTok, since when, and why."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from reconciliation.quantities import Instant
from reconciliation.shop_state import WRITES_IN, ShopState

from .engine import AnyRow, upsert
from .shop_tables import SHOP_STATES


WHY_LETTERS_MAX = 500
"""How much is kept of what TikTok said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A shop's state. `why` is what TikTok said, without any secret."""

    shop: str
    state: ShopState
    since: Instant
    why: str = ""


def load(connection: Connection, shop: str, *, to_change: bool = False) -> StateRow | None:
    """Return a shop's state, None if none was ever noted; `to_change` keeps others from it."""
    query = _of_shop().with_for_update() if to_change else _of_shop()
    row = connection.execute(query, {"the_shop": shop}).one_or_none()
    return None if row is None else _row(row)


@cache
def _of_shop() -> Select[*tuple[Any, ...]]:
    return select(SHOP_STATES).where(SHOP_STATES.c.shop == bindparam("the_shop"))


def save(connection: Connection, row: StateRow) -> None:
    """Store a shop's state."""
    values = {
        "shop": row.shop,
        "state": row.state.value,
        "since": row.since,
        "why": row.why[:WHY_LETTERS_MAX],
    }
    upsert(connection, SHOP_STATES, [values])


def everywhere(connection: Connection) -> dict[str, StateRow]:
    """Return the states of all shops that have one."""
    return {row.shop: _row(row) for row in connection.execute(select(SHOP_STATES))}


def shut(connection: Connection, wanted: Iterable[str]) -> frozenset[str]:
    """Return those of the shops that may not be written to in their state."""
    rows = connection.execute(_shut(), {"wanted": sorted(wanted)})
    return frozenset(rows.scalars())


@cache
def _shut() -> Select[*tuple[Any, ...]]:
    named = SHOP_STATES.c.shop.in_(bindparam("wanted", expanding=True))
    writes_in = [state.value for state in WRITES_IN]
    return select(SHOP_STATES.c.shop).where(named, SHOP_STATES.c.state.not_in(writes_in))


def _row(row: AnyRow) -> StateRow:
    return StateRow(shop=row.shop, state=ShopState(row.state), since=row.since, why=row.why)
