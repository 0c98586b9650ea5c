"""API tokens as they are stored: found by id, ended once, their use noted once a minute."""

from dataclasses import replace

from sqlalchemy import Engine

from connectors.store import api_tokens
from connectors.store.api_tokens import TokenRow
from connectors.store.engine import reading, writing
from reconciliation.quantities import Instant, later


NOW = Instant(1_000.0)

TOKEN = TokenRow(
    token_id="a1",
    sha256="digest",
    name="dashboard",
    role="reader",
    shops=("alpha",),
    created_at=NOW,
    expires_at=later(NOW, 60.0),
)


def stored(engine: Engine) -> TokenRow | None:
    """Return the token of these tests as it is stored."""
    with reading(engine) as connection:
        return api_tokens.load(connection, "a1")


def use_at(engine: Engine, moment: Instant) -> None:
    """Note a use."""
    with writing(engine) as connection:
        api_tokens.note_use(connection, "a1", now=moment)


def add(engine: Engine, *tokens: TokenRow) -> None:
    """Store tokens."""
    with writing(engine) as connection:
        for token in tokens:
            api_tokens.add(connection, token)


def test_a_token_is_found_as_it_was_stored(engine: Engine) -> None:
    """Name, role, shops and moments come back."""
    add(engine, TOKEN)

    assert stored(engine) == TOKEN


def test_a_token_that_never_was_is_none(engine: Engine) -> None:
    """An id that nobody has stands for nothing."""
    assert stored(engine) is None


def test_all_tokens_are_listed_the_oldest_first(engine: Engine) -> None:
    """By age, whatever their ids."""
    younger = replace(TOKEN, token_id="a0", sha256="other", created_at=later(NOW, 1.0))
    add(engine, younger, TOKEN)

    with reading(engine) as connection:
        assert [each.token_id for each in api_tokens.all_tokens(connection)] == ["a1", "a0"]


def test_a_token_is_revoked_once(engine: Engine) -> None:
    """The moment of the first time stays."""
    add(engine, TOKEN)
    with writing(engine) as connection:
        api_tokens.revoke(connection, "a1", now=NOW)
        api_tokens.revoke(connection, "a1", now=later(NOW, 5.0))

    assert stored(engine) == replace(TOKEN, revoked_at=NOW)


def test_a_use_within_a_minute_of_the_last_is_not_written(engine: Engine) -> None:
    """However often a token is used, the store is written once a minute."""
    add(engine, TOKEN)
    use_at(engine, NOW)
    use_at(engine, later(NOW, 59.0))

    assert stored(engine) == replace(TOKEN, last_used_at=NOW)


def test_a_use_after_a_minute_is_written(engine: Engine) -> None:
    """What is shown as the last use is at most a minute old."""
    add(engine, TOKEN)
    use_at(engine, NOW)
    use_at(engine, later(NOW, 60.0))

    assert stored(engine) == replace(TOKEN, last_used_at=later(NOW, 60.0))


def test_a_token_does_not_print_its_digest() -> None:
    """A log line that shows a row shows whose it is and no more."""
    assert "digest" not in repr(TOKEN)
