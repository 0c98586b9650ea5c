"""Leases: who alone may do a thing, for how long, with a fencing token that only grows.

A holder that was frozen past its lease finds a higher token in the row and must not act:
every outcome it records is compared with its own token first (design W1).
"""

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


@cache
def _taking(dialect: str) -> Any:  # noqa: ANN401 - two dialects' inserts
    """Return one statement: of two that take a lease at once, the second finds the first."""
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
    ).returning(LEASES.c.fence)


def holds(connection: Connection, lease: Lease, now: Instant) -> bool:
    """Tell whether the lease is still ours: same token, not expired."""
    row = connection.execute(_held(), {"the_name": lease.name}).one_or_none()
    return row is not None and row.fence == lease.fence and row.expires_at > now


def give_up(connection: Connection, lease: Lease) -> None:
    """Free the lease, unless another has taken it since; its token stays used."""
    connection.execute(_giving_up(), {"the_name": lease.name, "the_fence": lease.fence})


@cache
def _held() -> Any:  # noqa: ANN401 - the library's long names of a statement and its rows
    columns = (LEASES.c.fence, LEASES.c.expires_at)
    return select(*columns).where(LEASES.c.name == bindparam("the_name")).with_for_update()


@cache
def _giving_up() -> Any:  # noqa: ANN401 - as above
    is_ours = (LEASES.c.name == bindparam("the_name"), LEASES.c.fence == bindparam("the_fence"))
    return LEASES.update().where(*is_ours).values(expires_at=0.0)
