"""The settings of how shops are connected: the consent link, the sealing of tokens, refreshes."""

from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, SecretStr, StringConstraints

from connectors.tiktok.access import require_visible

from .faults import SettingFault
from .section import Section


SEALING_LETTERS_MIN = 32
"""As many hexadecimal digits are 128 bits, which nobody guesses."""


def _unguessable(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    try:
        require_visible("sealing secret", text)
        is_long = len(text) >= SEALING_LETTERS_MIN
    except ValueError:
        is_long = False
    if not is_long:
        # No cause, which would show how long it is.
        raise SettingFault(
            f"the secret must be at least {SEALING_LETTERS_MIN} printable letters, no spaces",
            "make one with `openssl rand -hex 32`",
        )
    return secret


Market = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""A market, as two capitals."""

SealingSecret: TypeAlias = Annotated[SecretStr, AfterValidator(_unguessable)]
"""Shown nowhere; tokens in the record are sealed by what is derived from it."""


class AuthorisationSettings(Section):
    """How shops are connected, and how their tokens are kept."""

    service_id: str = Field(
        "", pattern=r"^[A-Za-z0-9_-]*$", description="the app's service id, for the consent link"
    )
    consent_url: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="where sellers consent, if not at TikTok's"
    )
    token_urls: dict[Market, str] = Field(
        default_factory=dict, description="where a market's tokens are had, if not at auth_url"
    )
    webhook_url: str = Field(
        "",
        pattern=r"^(https://\S+)?$",
        max_length=255,
        description="where TikTok reaches our webhooks from outside; `shop add` registers it",
    )
    sealing_secret: SealingSecret | None = Field(
        None, description="what seals tokens in the record; without it, the app's secret does"
    )
    previous_sealing_secret: SealingSecret | None = Field(
        None, description="the secret before: it still opens, and the next look seals anew"
    )
    refresh_ahead_s: float = Field(
        86_400.0,
        ge=3_600,
        le=604_800,
        description="how long before its end an access token is refreshed, at most half its life",
    )
    consent_ends_soon_s: float = Field(
        2_592_000.0, ge=0, description="how long before its end a consent is said to end soon"
    )
