"""Leases: one holder at a time, and a token that tells an old holder from a new one."""

from sqlalchemy import Engine

from connectors.store import leases
from connectors.store.engine import writing
from connectors.store.leases import Lease
from reconciliation.quantities import Instant


NOW = Instant(1_000.0)


def take(engine: Engine, holder: str, now: Instant = NOW) -> Lease | None:
    """Take the lease of these tests for ten seconds."""
    with writing(engine) as connection:
        return leases.take(connection, "shop/a", holder=holder, now=now, for_s=10.0)


def test_a_lease_has_one_holder(engine: Engine) -> None:
    """While one holds the lease another gets nothing."""
    take(engine, "one")

    assert take(engine, "two") is None


def test_an_expired_lease_passes_on_with_a_higher_token(engine: Engine) -> None:
    """The next holder's fencing token is higher than the last one's."""
    first = take(engine, "one")
    second = take(engine, "two", Instant(NOW + 11))

    assert first is not None
    assert second is not None
    assert second.fence > first.fence


def test_a_holder_frozen_past_its_lease_does_not_hold_it(engine: Engine) -> None:
    """The token check fails for one whose lease was taken over, and for an expired one."""
    first = take(engine, "one")
    assert first is not None
    with writing(engine) as connection:
        assert leases.holds(connection, first, NOW)
        assert not leases.holds(connection, first, Instant(NOW + 11))
    take(engine, "two", Instant(NOW + 11))
    with writing(engine) as connection:
        assert not leases.holds(connection, first, Instant(NOW + 12))


def test_a_lease_that_is_given_up_is_free(engine: Engine) -> None:
    """Giving up frees the lease at once; the token goes on counting."""
    first = take(engine, "one")
    assert first is not None
    with writing(engine) as connection:
        leases.give_up(connection, first)
    second = take(engine, "two")

    assert second is not None
    assert second.fence == first.fence + 1


def test_giving_up_late_takes_nothing_from_the_next_holder(engine: Engine) -> None:
    """One who was overtaken cannot free the lease of another."""
    first = take(engine, "one")
    second = take(engine, "two", Instant(NOW + 11))
    assert first is not None
    assert second is not None
    with writing(engine) as connection:
        leases.give_up(connection, first)

        assert leases.holds(connection, second, Instant(NOW + 12))
