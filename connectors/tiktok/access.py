"""What lets us in: the app's key and secret, and a shop's token and cipher. No repr shows them."""

import re
from dataclasses import dataclass, field


API_URL = "https://open-api.tiktokglobalshop.com"
"""TikTok's one API host; there is no sandbox host (API page, section 1)."""

AUTH_URL = "https://auth.tiktok-shops.com"
"""TikTok's host for tokens (API page, section 2)."""

_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppAccess:
    """The app as it is registered with TikTok."""

    app_key: str
    app_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse blank and unprintable ones, without showing them."""
        require_visible("app key", self.app_key)
        require_visible("app secret", self.app_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAccess:
    """One shop, under the name our configuration gives it, and what opens it.

    `cipher` names the shop to TikTok; `base_url` is where TikTok, or a sandbox, is.
    """

    shop: str
    cipher: str = field(repr=False)
    access_token: str = field(repr=False)
    base_url: str = API_URL

    def __post_init__(self) -> None:
        """Refuse blank and unprintable ones, without showing them."""
        require_visible(f"shop cipher of {self.shop!r}", self.cipher)
        require_visible(f"access token of {self.shop!r}", self.access_token)


def require_visible(name: str, value: str) -> None:
    """Raise `ValueError` unless `value` is printable ASCII without spaces; it is not quoted."""
    if not _VISIBLE.fullmatch(value):
        raise ValueError(f"the {name} must be printable ASCII without spaces, and not empty")
