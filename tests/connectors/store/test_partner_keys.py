"""Partners' keys as they are stored: each partner's own, and a revoked one stays revoked."""

from dataclasses import replace

from sqlalchemy import Engine

from connectors.store import partner_keys
from connectors.store.engine import reading, writing
from connectors.store.partner_keys import PartnerKeyRow
from reconciliation.quantities import Instant, later


NOW = Instant(1_000.0)

KEY = PartnerKeyRow(
    partner="north",
    fingerprint="SHA256:a",
    public_key="ssh-ed25519 AAAA",
    label="ann",
    added_at=NOW,
    added_by="bob",
    expires_at=later(NOW, 60.0),
    addresses=("203.0.113.0/24",),
)


def put(engine: Engine, *keys: PartnerKeyRow) -> None:
    """Store keys."""
    with writing(engine) as connection:
        for key in keys:
            partner_keys.put(connection, key)


def stored(engine: Engine, partner: str = "north") -> tuple[PartnerKeyRow, ...]:
    """Return a partner's keys as they are stored."""
    with reading(engine) as connection:
        return partner_keys.of_partner(connection, partner)


def test_a_key_is_found_as_it_was_stored(engine: Engine) -> None:
    """With its terms."""
    put(engine, KEY)

    assert stored(engine) == (KEY,)


def test_a_partner_has_its_own_keys(engine: Engine) -> None:
    """The oldest first; one key may be several partners'."""
    second = replace(KEY, fingerprint="SHA256:b", added_at=later(NOW, 1.0))
    put(engine, second, KEY, replace(KEY, partner="south"))

    assert stored(engine) == (KEY, second)


def test_a_key_that_is_stored_again_has_new_terms(engine: Engine) -> None:
    """The last word counts."""
    put(engine, KEY, replace(KEY, expires_at=None, addresses=()))

    assert stored(engine) == (replace(KEY, expires_at=None, addresses=()),)


def test_a_key_is_revoked_once(engine: Engine) -> None:
    """It keeps the first moment."""
    put(engine, KEY)
    for moment in (NOW, later(NOW, 5.0)):
        with writing(engine) as connection:
            partner_keys.revoke(connection, "north", "SHA256:a", now=moment)

    assert stored(engine) == (replace(KEY, revoked_at=NOW),)
