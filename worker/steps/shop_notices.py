"""What TikTok notifies of a shop's consent: it is looked at, and believed as far as it shows.

A notification may be old, doubled or sent again by somebody who has seen it: it shuts no shop.
"""

from collections.abc import Sequence

from connectors.errors import NotAuthorised
from connectors.store.engine import writing
from connectors.store.webhooks import WebhookRow
from connectors.tiktok.webhooks import CONSENT_ENDS_SOON, CONSENT_WITHDRAWN
from reconciliation.shop_state import Sign

from ..services import Services
from ..shops.signs import Learned, note


def look_at_access(services: Services, shop: str, waiting: Sequence[WebhookRow]) -> None:
    """Look at what notifications say of a shop's consent. Raises as a call to TikTok does."""
    kinds = {row.type for row in waiting}
    if CONSENT_WITHDRAWN in kinds:
        _look_for_consent(services, shop)
    if CONSENT_ENDS_SOON in kinds:
        _look_for_end(services, shop)


def _look_for_consent(services: Services, shop: str) -> None:
    try:
        services.tiktok.shops_opened(shop)
    except NotAuthorised as error:
        why = f"TikTok tells that the consent was withdrawn, and refuses the call: {error}"
        services.tiktok.keeper.note(Learned(shop=shop, sign=Sign.REVOKED, why=why))


def _look_for_end(services: Services, shop: str) -> None:
    keeper, now = services.tiktok.keeper, services.now()
    try:
        pair = keeper.open(shop).row.pair
    except NotAuthorised:
        return
    with writing(services.engine) as connection:
        if pair.refresh_expires_at is not None:
            keeper.note_end_of_consent(connection, shop, pair, now)
            return
        why = "TikTok tells that the consent ends soon"
        note(connection, Learned(shop=shop, sign=Sign.ENDS_SOON, why=why), now)
