"""Partners' public keys: by whom a file may be dropped, from where, until when."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from reconciliation.quantities import Instant

from .engine import AnyRow, upsert
from .partner_tables import PARTNER_KEYS


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerKeyRow:
    """A key as it is stored; no `addresses` means from anywhere, no `expires_at` until revoked."""

    partner: str
    fingerprint: str
    public_key: str
    label: str
    added_at: Instant
    added_by: str
    expires_at: Instant | None = None
    addresses: tuple[str, ...] = ()
    revoked_at: Instant | None = None


def put(connection: Connection, key: PartnerKeyRow) -> None:
    """Store a key, in place of what was said of it before."""
    row = {
        "partner": key.partner,
        "fingerprint": key.fingerprint,
        "public_key": key.public_key,
        "label": key.label,
        "added_at": key.added_at,
        "added_by": key.added_by,
        "expires_at": key.expires_at,
        "addresses": list(key.addresses),
        "revoked_at": key.revoked_at,
    }
    upsert(connection, PARTNER_KEYS, [row])


def load(connection: Connection, partner: str, fingerprint: str) -> PartnerKeyRow | None:
    """Return a partner's key, whatever its state, None if there never was one."""
    rows = (each for each in of_partner(connection, partner) if each.fingerprint == fingerprint)
    return next(rows, None)


def of_partner(connection: Connection, partner: str) -> tuple[PartnerKeyRow, ...]:
    """Return every key that a partner ever had, the oldest first."""
    return tuple(_key(row) for row in connection.execute(_of_partner(), {"partner": partner}))


@cache
def _of_partner() -> Select[*tuple[Any, ...]]:
    return (
        select(PARTNER_KEYS)
        .where(PARTNER_KEYS.c.partner == bindparam("partner"))
        .order_by(PARTNER_KEYS.c.added_at, PARTNER_KEYS.c.fingerprint)
    )


def revoke(connection: Connection, partner: str, fingerprint: str, *, now: Instant) -> None:
    """End a key; one that was revoked already stays as it is."""
    connection.execute(
        PARTNER_KEYS.update()
        .where(
            PARTNER_KEYS.c.partner == partner,
            PARTNER_KEYS.c.fingerprint == fingerprint,
            PARTNER_KEYS.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


def _key(row: AnyRow) -> PartnerKeyRow:
    return PartnerKeyRow(
        partner=row.partner,
        fingerprint=row.fingerprint,
        public_key=row.public_key,
        label=row.label,
        added_at=row.added_at,
        added_by=row.added_by,
        expires_at=row.expires_at,
        addresses=tuple(row.addresses),
        revoked_at=row.revoked_at,
    )
