"""What the settings say of the app: its access, where its tokens are had, what seals them."""

from collections.abc import Callable

from connectors.http_client import HttpClient
from connectors.store.sealing import Sealer
from connectors.tiktok.access import AppAccess
from connectors.tiktok.tokens import ShopTokens, refresh_tokens

from ..settings.model import Settings


def app_of(settings: Settings) -> AppAccess:
    """Return the app as it is registered with TikTok."""
    return AppAccess(
        app_key=settings.tiktok.app_key.get_secret_value(),
        app_secret=settings.tiktok.app_secret.get_secret_value(),
    )


def token_url(settings: Settings, shop: str) -> str:
    """Return where the tokens of a shop are had: its market's place, where one is named."""
    market = settings.shops[shop].market or ""
    return settings.authorisation.token_urls.get(market, settings.tiktok.auth_url)


def exchange_of(
    settings: Settings, http: HttpClient, app: AppAccess
) -> Callable[[str, str], ShopTokens]:
    """Return what has a shop's refresh token exchanged for a new pair."""

    def exchange(shop: str, refresh_token: str) -> ShopTokens:
        return refresh_tokens(http, app, refresh_token, base_url=token_url(settings, shop))

    return exchange


def sealer_of(settings: Settings) -> Sealer:
    """Return what seals tokens in the record.

    Without a secret of their own the app's seals them: whoever has that and the record could use
    the tokens anyway, and no one can without it. Every secret that may have sealed still opens.
    """
    tiktok, authorisation = settings.tiktok, settings.authorisation
    secrets = (
        authorisation.sealing_secret or tiktok.app_secret,
        authorisation.previous_sealing_secret,
        tiktok.app_secret,
        tiktok.previous_app_secret,
    )
    return Sealer([each.get_secret_value() for each in secrets if each is not None])
