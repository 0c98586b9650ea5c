"""Leases: who alone may do a thing, for how long, with a fencing token that only grows.

A holder that was frozen past its lease finds a higher token in the row and must not act:
every outcome it records is compared with its own token first (design W1).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Double, bindparam, or_, select

from reconciliation.quantities import Instant

from .engine import insert_into
from .tables import LEASES


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A lease as its holder got it."""

    name: str
    holder: str
    fence: int
    expires_at: Instant


def take(
    connection: Connection, name: str, *, holder: str, now: Instant, for_s: float
) -> Lease | None:
    """Take the lease if it is free, expired or our own; return None if another has it."""
    asked = {"name": name, "holder": holder, "expires_at": now + for_s, "now": now}
    fence = connection.execute(_taking(connection.dialect.name), asked).scalar_one_or_none()
    if fence is None:
        return None
    return Lease(name=name, holder=holder, fence=fence, expires_at=Instant(now + for_s))


def take_some(
    connection: Connection, names: Iterable[str], *, holder: str, now: Instant, for_s: float
) -> tuple[Lease, ...]:
    """Take those of the leases that are free, expired or our own; the others are left out."""
    rows = [{"name": name, "holder": holder, "expires_at": now + for_s} for name in sorted(names)]
    taking = _taking_some(connection.dialect.name)
    taken = connection.execute(taking, [{**row, "now": now} for row in rows]) if rows else ()
    return tuple(
        Lease(name=row.name, holder=holder, fence=row.fence, expires_at=Instant(now + for_s))
        for row in taken
    )


@cache
def _taking(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts
    """Return one statement: of two that take a lease at once, the second finds the first."""
    return _taking_over(dialect).returning(LEASES.c.fence)


@cache
def _taking_some(dialect: str) -> Any:  # noqa: ANN401 - as above
    return _taking_over(dialect).returning(LEASES.c.name, LEASES.c.fence)


def _taking_over(dialect: str) -> Any:  # noqa: ANN401 - as above
    asked: dict[str, Any] = {name: bindparam(name) for name in ("name", "holder", "expires_at")}
    new = insert_into(dialect, LEASES).values(fence=1, **asked)
    is_free = LEASES.c.expires_at <= bindparam("now", type_=Double)
    return new.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "holder": new.excluded.holder,
            "fence": LEASES.c.fence + 1,
            "expires_at": new.excluded.expires_at,
        },
        where=or_(LEASES.c.holder == new.excluded.holder, is_free),
    )


def held_by_anybody(connection: Connection, now: Instant) -> frozenset[str]:
    """Return the names of all leases that are held at the moment `now`."""
    return frozenset(connection.execute(_held_now(), {"now": now}).scalars())


@cache
def _held_now() -> Any:  # noqa: ANN401 - the library's long names of a statement and its rows
    return select(LEASES.c.name).where(LEASES.c.expires_at > bindparam("now", type_=Double))


def still_held(connection: Connection, some: Collection[Lease], now: Instant) -> frozenset[str]:
    """Return the names of the leases that are still ours: same token, not expired."""
    rows = connection.execute(_held(), {"wanted": [lease.name for lease in some]})
    found = {row.name: (row.fence, row.expires_at) for row in rows}
    return frozenset(
        lease.name
        for lease in some
        if lease.name in found
        and found[lease.name][0] == lease.fence
        and found[lease.name][1] > now
    )


def give_up(connection: Connection, *some: Lease) -> None:
    """Free leases, but for those that another has taken since; their tokens stay used."""
    rows = [
        {"the_name": lease.name, "the_fence": lease.fence}
        for lease in sorted(some, key=lambda lease: lease.name)
    ]
    if rows:
        connection.execute(_giving_up(), rows)


@cache
def _held() -> Any:  # noqa: ANN401 - the library's long names of a statement and its rows
    columns = (LEASES.c.name, LEASES.c.fence, LEASES.c.expires_at)
    named = LEASES.c.name.in_(bindparam("wanted", expanding=True))
    # In one order, as they are taken.
    return select(*columns).where(named).order_by(LEASES.c.name).with_for_update()


@cache
def _giving_up() -> Any:  # noqa: ANN401 - as above
    is_ours = (LEASES.c.name == bindparam("the_name"), LEASES.c.fence == bindparam("the_fence"))
    return LEASES.update().where(*is_ours).values(expires_at=0.0)
