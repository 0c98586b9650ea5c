"""Where each market's sellers consent (API page, section 2).

Sellers of the United States consent at a host of their own. Tokens of all markets are had at one
host as far as the documentation says: see `access.AUTH_URL`.
"""

from urllib.parse import urlencode


CONSENT_URL = "https://services.tiktokshop.com/open/authorize"
"""Where sellers consent, but for those of `CONSENT_URLS`."""

CONSENT_URLS = {"US": "https://services.tiktokshops.us/open/authorize"}
"""Where the sellers of a market consent."""


def consent_url(market: str | None, service_id: str, state: str, *, base_url: str = "") -> str:
    """Return the link under which a seller of a market lets the app into his shop.

    `state` comes back with the answer. `base_url` takes the place of TikTok's own.
    """
    at = base_url or CONSENT_URLS.get(market or "", CONSENT_URL)
    return f"{at}?{urlencode({'service_id': service_id, 'state': state})}"
