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
        assert leases.still_held(connection, [first], NOW) == {first.name}
        assert not leases.still_held(connection, [first], Instant(NOW + 11))
    take(engine, "two", Instant(NOW + 11))
    with writing(engine) as connection:
        assert not leases.still_held(connection, [first], Instant(NOW + 12))


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

        assert leases.still_held(connection, [second], Instant(NOW + 12))


def test_of_several_leases_those_that_are_free_are_taken(engine: Engine) -> None:
    """What another holds is left out, and keeps its holder and token."""
    held = take(engine, "one")
    assert held is not None
    with writing(engine) as connection:
        some = leases.take_some(
            connection, [held.name, "shop/y", "shop/z"], holder="two", now=NOW, for_s=10.0
        )

        assert {lease.name for lease in some} == {"shop/y", "shop/z"}
        assert leases.still_held(connection, [held, *some], NOW) == {held.name, "shop/y", "shop/z"}


def test_several_leases_are_given_up_together(engine: Engine) -> None:
    """All are free, but for the one that another has taken since."""
    with writing(engine) as connection:
        some = leases.take_some(connection, ["a", "b"], holder="one", now=NOW, for_s=10.0)
        later = leases.take_some(
            connection, ["b"], holder="two", now=Instant(NOW + 11), for_s=10.0
        )
        leases.give_up(connection, *some)

        assert leases.still_held(connection, [*some, *later], Instant(NOW + 12)) == {"b"}
