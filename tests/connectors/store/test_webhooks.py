"""Notifications are kept once, and found until they are dealt with."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from connectors.store import webhooks
from connectors.store.engine import reading, writing
from connectors.store.webhooks import WebhookRow
from reconciliation.quantities import Instant


NOW = Instant(1_000.0)


def row(
    notification: str, *, shop: str = "alpha", received_at: float = 1_000.0, body: str = "{}"
) -> WebhookRow:
    """Return a notification that asks for work."""
    return WebhookRow(
        notification=notification,
        shop=shop,
        type=1,
        told_at=NOW,
        received_at=Instant(received_at),
        body=body,
    )


def store(engine: Engine, *rows: WebhookRow) -> frozenset[str]:
    """Keep notifications in a transaction of their own."""
    with writing(engine) as connection:
        return webhooks.store(connection, rows)


def waiting(engine: Engine, shop: str = "alpha", most: int = 10) -> list[str]:
    """Return which of a shop's notifications ask for work."""
    with reading(engine) as connection:
        return [each.notification for each in webhooks.unhandled(connection, shop, most=most)]


def test_only_what_was_not_kept_before_is_new(engine: Engine) -> None:
    """A batch says which of its notifications were new."""
    store(engine, row("a"), row("b"))

    assert store(engine, row("b"), row("c")) == {"c"}


def test_the_first_of_equal_ones_is_kept(engine: Engine) -> None:
    """Within a batch and between batches, what came first stays."""
    store(engine, row("a", body="first"), row("a", body="second"))
    store(engine, row("a", body="third"))
    with reading(engine) as connection:
        (kept,) = webhooks.unhandled(connection, "alpha", most=10)

    assert kept == row("a", body="first")


def test_nothing_to_keep_is_nothing_new(engine: Engine) -> None:
    """An empty batch is no fault."""
    assert store(engine) == frozenset()


def test_many_at_once_keep_one(engine: Engine) -> None:
    """Of eight writers that bring the same notifications, each is new to exactly one."""
    rows = [row(str(number)) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        kept = list(pool.map(lambda _: store(engine, *rows), range(8)))

    assert sorted(key for each in kept for key in each) == sorted(str(n) for n in range(20))


def test_what_waits_is_found_oldest_first_and_not_all_at_once(engine: Engine) -> None:
    """A shop's own, as many as asked for."""
    store(engine, row("c", received_at=3.0), row("b", received_at=2.0), row("a", received_at=4.0))
    store(engine, row("other", shop="beta", received_at=1.0))

    assert waiting(engine, most=2) == ["b", "c"]


def test_what_is_handled_asks_no_more(engine: Engine) -> None:
    """It stays in the record and is not found again."""
    store(engine, row("a"), row("b"))
    with writing(engine) as connection:
        webhooks.mark_handled(connection, ["a"], NOW)

    assert waiting(engine) == ["b"]
    assert store(engine, row("a")) == frozenset()


def test_what_waited_too_long_is_given_up(engine: Engine) -> None:
    """Of one shop, and only what came before the moment."""
    store(engine, row("old", received_at=1.0), row("new", received_at=9.0))
    store(engine, row("other", shop="beta", received_at=1.0))
    with writing(engine) as connection:
        count = webhooks.give_up_before(connection, "alpha", Instant(5.0), now=NOW)

    assert count == 1
    assert (waiting(engine), waiting(engine, "beta")) == (["new"], ["other"])


def test_old_notifications_are_forgotten(engine: Engine) -> None:
    """Those received before a moment are deleted, handled or not."""
    store(engine, row("old", received_at=1.0), row("new", received_at=9.0))
    with writing(engine) as connection:
        webhooks.forget_before(connection, Instant(5.0))

    assert waiting(engine) == ["new"]
