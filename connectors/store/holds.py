"""Holds: a person's word that listings show at most so much, or that units are set aside."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Double, Select, bindparam, select

from reconciliation.quantities import Instant, Sku, Units

from .tables import HOLDS


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRow:
    """A hold as it is stored; exactly one of `units_max` and `set_aside_units` is given.

    An empty `shop` means every shop, an empty `warehouse` every warehouse. One that `freezes`
    forbids every increase as well.
    """

    hold_id: int
    sku: Sku
    shop: str
    warehouse: str
    units_max: Units | None
    set_aside_units: Units | None
    who: str
    why: str
    began_at: Instant
    expires_at: Instant
    freezes: bool = False


def add(connection: Connection, hold: HoldRow) -> int:
    """Store a hold (its `hold_id` is given by the store) and return its number."""
    inserted = connection.execute(
        HOLDS.insert()
        .values(
            sku=hold.sku,
            shop=hold.shop,
            warehouse=hold.warehouse,
            units_max=hold.units_max,
            set_aside_units=hold.set_aside_units,
            freezes=hold.freezes,
            who=hold.who,
            why=hold.why,
            began_at=hold.began_at,
            expires_at=hold.expires_at,
        )
        .returning(HOLDS.c.id)
    )
    return int(inserted.scalar_one())


def release(connection: Connection, hold_ids: Sequence[int], *, who: str, now: Instant) -> None:
    """End holds before they expire."""
    connection.execute(
        HOLDS.update()
        .where(HOLDS.c.id.in_(hold_ids), HOLDS.c.released_at.is_(None))
        .values(released_at=now, released_by=who)
    )


def in_force(connection: Connection, now: Instant) -> tuple[HoldRow, ...]:
    """Return every hold that was neither released nor has expired."""
    rows = connection.execute(_in_force(), {"now": now})
    return tuple(
        HoldRow(
            hold_id=row.id,
            sku=Sku(row.sku),
            shop=row.shop,
            warehouse=row.warehouse,
            units_max=row.units_max,
            set_aside_units=row.set_aside_units,
            who=row.who,
            why=row.why,
            began_at=row.began_at,
            expires_at=row.expires_at,
            freezes=bool(row.freezes),
        )
        for row in rows
    )


@cache
def _in_force() -> Select[*tuple[Any, ...]]:
    is_over = HOLDS.c.expires_at <= bindparam("now", type_=Double)
    return select(HOLDS).where(HOLDS.c.released_at.is_(None), ~is_over).order_by(HOLDS.c.id)
