"""The consent links that were made: an answer that brings another state is not to our link."""

import hashlib
import hmac

from sqlalchemy import Connection, select

from reconciliation.quantities import Instant

from .engine import upsert
from .shop_tables import CONSENT_REQUESTS


def ask(connection: Connection, shop: str, state: str, now: Instant) -> None:
    """Remember the state of the link last made for a shop."""
    row = {"shop": shop, "state_sha256": _digest(state), "made_at": now}
    upsert(connection, CONSENT_REQUESTS, [row])


def asked_for(connection: Connection, shop: str, state: str) -> bool:
    """Tell whether a state is that of the link last made for a shop."""
    of_shop = CONSENT_REQUESTS.c.shop == shop
    known = select(CONSENT_REQUESTS.c.state_sha256).where(of_shop)
    found = connection.execute(known).scalar_one_or_none()
    return hmac.compare_digest(found or "", _digest(state))


def end(connection: Connection, shop: str) -> None:
    """Forget the link of a shop: it was answered."""
    connection.execute(CONSENT_REQUESTS.delete().where(CONSENT_REQUESTS.c.shop == shop))


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
