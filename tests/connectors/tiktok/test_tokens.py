"""Tokens are got and refreshed, and never seen."""

import httpx
import pytest

from connectors.errors import ConnectorError, Mend, NotAuthorised, OutcomeUnknown, TryLater
from connectors.tiktok.tokens import ShopTokens, get_tokens, refresh_tokens
from reconciliation.quantities import Instant

from .rig import APP, Rig, always, answer


TOKENS = {
    "access_token": "canary-new-access",
    "access_token_expire_in": 1_700_604_800,
    "refresh_token": "canary-new-refresh",
    "refresh_token_expire_in": 1_731_536_000,
    "open_id": "x",
}


def refreshed(response: httpx.Response) -> ShopTokens:
    """A refresh that gets this answer."""
    return refresh_tokens(Rig(always(lambda: response)).http, APP, "canary-old-refresh")


def failed(response: httpx.Response) -> ConnectorError:
    """How a refresh fails that gets this answer."""
    with pytest.raises(ConnectorError) as caught:
        refreshed(response)
    return caught.value


def test_a_code_becomes_a_pair() -> None:
    """The code goes to the host for tokens, unsigned, and both expiries are moments."""
    rig = Rig(always(lambda: answer(TOKENS)))

    tokens = get_tokens(rig.http, APP, "the-code")

    (sent,) = rig.requests
    assert sent.url.host == "auth.tiktok-shops.com"
    assert sent.url.path == "/api/v2/token/get"
    assert dict(sent.url.params) == {
        "app_key": APP.app_key,
        "app_secret": APP.app_secret,
        "auth_code": "the-code",
        "grant_type": "authorized_code",
    }
    assert tokens.access_token == "canary-new-access"
    assert tokens.access_expires_at == Instant(1_700_604_800)


def test_a_refresh_gives_a_new_pair() -> None:
    """The refresh token is sent as such, and a new one comes back."""
    rig = Rig(always(lambda: answer(TOKENS)))

    tokens = refresh_tokens(rig.http, APP, "canary-old-refresh", base_url="https://auth.example")

    assert str(rig.requests[0].url).startswith("https://auth.example/api/v2/token/refresh?")
    assert rig.requests[0].url.params["grant_type"] == "refresh_token"
    assert tokens.refresh_token == "canary-new-refresh"


@pytest.mark.parametrize("code", [36004004, 105002, 98001004])
def test_a_refused_token_asks_for_mending(code: int) -> None:
    """Whatever code TikTok has for a bad token, it is missing access and nothing else."""
    assert isinstance(failed(answer(None, code)), NotAuthorised)


def test_an_undocumented_refusal_asks_for_consent() -> None:
    """A refresh that is refused cannot be mended by a refresh."""
    error = failed(answer(None, 36004004, "bad refresh token canary-old-refresh"))

    assert isinstance(error, NotAuthorised)
    assert error.mend is Mend.CONSENT
    assert "canary" not in str(error)


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        (httpx.Response(502, text="<html>"), OutcomeUnknown),
        (httpx.Response(500, json={"code": 5, "message": "oops"}), OutcomeUnknown),
        (answer(None, 36009003), OutcomeUnknown),
        (answer(None, 36009002), TryLater),
        (httpx.Response(200, text="canary-new-access"), OutcomeUnknown),
    ],
)
def test_a_failure_is_no_refusal(response: httpx.Response, expected: type[Exception]) -> None:
    """TikTok's own trouble does not send a seller to consent again."""
    assert type(failed(response)) is expected


@pytest.mark.parametrize(
    "change",
    [
        {"access_token_expire_in": 604_800},
        {"access_token": {"odd": "canary-new-access"}},
        {"access_token": "canary new access"},
        {"refresh_token": None},
        {"refresh_token_expire_in": "canary-new-refresh"},
    ],
)
def test_an_odd_pair_is_refused_without_being_shown(change: dict[str, object]) -> None:
    """A duration in place of a moment, a token that is no token: named, and not quoted."""
    error = failed(answer(TOKENS | change))

    assert isinstance(error, OutcomeUnknown)
    assert "canary" not in f"{error} {error!r}"


def test_data_of_another_shape_is_not_shown() -> None:
    """Tokens in a list are no pair, and are not quoted either."""
    assert "canary" not in str(failed(answer([TOKENS])))


def test_a_refresh_is_made_once() -> None:
    """It uses up what it is given, so nobody repeats it unasked."""
    rig = Rig(always(lambda: httpx.Response(503)))

    with pytest.raises(OutcomeUnknown):
        refresh_tokens(rig.http, APP, "canary-old-refresh")

    assert len(rig.requests) == 1


def test_a_pair_shows_no_token_and_knows_its_time() -> None:
    """The repr has the expiries only."""
    tokens = refreshed(answer(TOKENS))

    assert "canary" not in repr(tokens)
    assert tokens.holds_until(Instant(1_700_604_799))
    assert not tokens.holds_until(Instant(1_700_604_800))
