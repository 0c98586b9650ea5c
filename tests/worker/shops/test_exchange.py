"""Where tokens are had, and what seals them, follows from the settings."""

from pathlib import Path
from typing import Any

import httpx

from connectors.http_client import HttpClient
from connectors.tiktok.access import AUTH_URL
from connectors.tiktok.markets import consent_url
from reconciliation.quantities import Instant
from worker.settings.model import Settings
from worker.shops.exchange import app_of, exchange_of, sealer_of, token_url


NOW = Instant(1_800_000_000.0)


def settings(*, tiktok: dict[str, str] | None = None, **authorisation: Any) -> Settings:  # noqa: ANN401 - any setting
    """Settings with a shop in the United States and one in Britain."""
    return Settings.model_validate(
        {
            "data_dir": Path("unused"),
            "tiktok": {"app_key": "key", "app_secret": "app-secret", **(tiktok or {})},
            "authorisation": authorisation,
            "shops": {"us": {"market": "US"}, "uk": {"market": "GB"}},
        }
    )


def opens(made: Settings, later: Settings) -> bool:
    """Tell whether what one process sealed is opened by another with later settings."""
    sealed = sealer_of(made).seal("us", {"token": "x"}, NOW)
    try:
        return sealer_of(later).unseal("us", sealed) == {"token": "x"}
    except ValueError:
        return False


def test_a_market_with_a_host_of_its_own_is_refreshed_there() -> None:
    """All others are where TikTok's documentation says."""
    made = settings(token_urls={"US": "https://auth.us.example"})

    assert [token_url(made, shop) for shop in ("us", "uk")] == [
        "https://auth.us.example",
        AUTH_URL,
    ]


def test_a_refresh_goes_to_the_market_s_host() -> None:
    """The very call, not only its name."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        pair = {"access_token": "a", "refresh_token": "r", "open_id": "o", "granted_scopes": ["s"]}
        ends = {"access_token_expire_in": 1_900_000_000, "refresh_token_expire_in": 1_900_000_000}
        return httpx.Response(200, json={"code": 0, "data": pair | ends})

    made = settings(token_urls={"US": "https://auth.us.example"})
    wire = httpx.MockTransport(answer)
    http = HttpClient(clock=lambda: NOW, sleep=lambda _: None, transport=wire)
    fresh = exchange_of(made, http, app_of(made))("us", "refresh")
    http.close()

    assert asked == ["auth.us.example"]
    assert (fresh.open_id, fresh.scopes) == ("o", frozenset({"s"}))


def test_a_link_of_our_own_takes_the_place_of_tiktok_s() -> None:
    """A sandbox has its own page of consent."""
    link = consent_url("US", "71", "state", base_url="https://sandbox.test/consent")

    assert link == "https://sandbox.test/consent?service_id=71&state=state"


def test_without_a_secret_of_its_own_the_app_s_seals() -> None:
    """Every process has it, on whichever machine."""
    assert opens(settings(), settings())


def test_a_new_app_secret_still_opens_beside_the_one_before() -> None:
    """The setting that webhooks need for a while serves here too."""
    renewed = {"app_secret": "new-secret", "previous_app_secret": "app-secret"}

    assert opens(settings(), settings(tiktok=renewed))
    assert not opens(settings(), settings(tiktok={"app_secret": "new-secret"}))


def test_a_sealing_secret_takes_over_from_the_app_s() -> None:
    """What the app's secret sealed is opened, and sealed anew by the next look."""
    own = settings(sealing_secret="s" * 40)

    assert opens(settings(), own)
    assert not opens(own, settings())


def test_the_secret_before_opens_and_does_not_seal() -> None:
    """It may be forgotten once all is sealed anew."""
    both = settings(sealing_secret="n" * 40, previous_sealing_secret="o" * 40)

    assert opens(settings(sealing_secret="o" * 40), both)
    assert opens(both, settings(sealing_secret="n" * 40))
