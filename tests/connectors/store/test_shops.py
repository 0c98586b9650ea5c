"""What is stored of shops: up to when each ledger is complete."""

from sqlalchemy import Engine

from connectors.store import shops
from connectors.store.engine import reading, writing
from reconciliation.quantities import Instant


def test_each_shop_has_its_own_ledger(engine: Engine) -> None:
    """Proven, not proven, never stored, and one that nobody asks for."""
    with writing(engine) as connection:
        for shop, complete in (("alpha", Instant(7.0)), ("beta", None), ("delta", Instant(9.0))):
            shops.save_progress(connection, shop, polled_up_to=None, complete_up_to=complete)
    with reading(engine) as connection:
        ledgers = shops.ledgers_complete_up_to(connection, ["gamma", "beta", "alpha"])

    assert ledgers == {"alpha": Instant(7.0), "beta": None}
