"""Leases: who alone may do a thing, for how long, with a fencing token that only grows.

A holder that was frozen past its lease finds a higher token in the row and must not act:
every outcome it records is compared with its own token first (design W1).
"""

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

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
    new = insert_into(connection, LEASES).values(
        name=name, holder=holder, fence=1, expires_at=now + for_s
    )
    # One statement: of two that take a lease at the same instant, the second finds the first.
    taken = new.on_conflict_do_update(
        index_elements=["name"],
        set_={
            "holder": new.excluded.holder,
            "fence": LEASES.c.fence + 1,
            "expires_at": new.excluded.expires_at,
        },
        where=or_(LEASES.c.holder == new.excluded.holder, LEASES.c.expires_at <= now),
    ).returning(LEASES.c.fence)
    fence = connection.execute(taken).scalar_one_or_none()
    if fence is None:
        return None
    return Lease(name=name, holder=holder, fence=fence, expires_at=Instant(now + for_s))


def holds(connection: Connection, lease: Lease, now: Instant) -> bool:
    """Tell whether the lease is still ours: same token, not expired."""
    row = connection.execute(
        select(LEASES.c.fence, LEASES.c.expires_at)
        .where(LEASES.c.name == lease.name)
        .with_for_update()
    ).one_or_none()
    return row is not None and row.fence == lease.fence and row.expires_at > now


def give_up(connection: Connection, lease: Lease) -> None:
    """Free the lease, unless another has taken it since; its token stays used."""
    connection.execute(
        LEASES.update()
        .where(LEASES.c.name == lease.name, LEASES.c.fence == lease.fence)
        .values(expires_at=0.0)
    )
