"""The broker's address: what it may be, and that a password in it is never quoted."""

import pytest

from worker.settings.faults import ConfigFaults
from worker.settings.loading import load_settings


CANARY = "secret-canary-9"


def loaded(redis_url: str) -> str | None:
    """The address as the settings have it."""
    environ = {
        "OVERSELL_GUARD_TIKTOK__APP_KEY": "key",
        "OVERSELL_GUARD_TIKTOK__APP_SECRET": "secret",
        "OVERSELL_GUARD_REDIS_URL": redis_url,
    }
    return load_settings(None, environ).redis_url


@pytest.mark.parametrize(
    "url", ["redis://host", "rediss://:word@host:6380/2", "unix:///run/valkey.sock?db=1"]
)
def test_an_address_of_a_redis_is_taken(url: str) -> None:
    """By network, by TLS, or by a socket of this machine."""
    assert loaded(url) == url


@pytest.mark.parametrize(
    "url",
    [
        f"redis://:{CANARY}/x@host:6379",
        f"redis://host:6379/0?password={CANARY}",
        f"http://:{CANARY}@host",
    ],
)
def test_an_address_that_is_none_is_not_quoted(url: str) -> None:
    """A slash in a password, a password as a parameter, another scheme: all without the word."""
    with pytest.raises(ConfigFaults, match="no address of a Redis") as caught:
        loaded(url)

    assert CANARY not in str(caught.value)
