"""Has TikTok notify us of a shop: what the API can register, and what only a person can."""

from dataclasses import dataclass

from connectors.errors import ConnectorError, NotAuthorised, TryLater
from connectors.tiktok.access import ShopAccess
from connectors.tiktok.setup import BY_HAND, REGISTRABLE, register_webhook, webhooks

from ..services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The notifications of a shop: those that were there, new ones, those that TikTok refused.

    `by_hand` are to be switched on in Partner Center, by type and name; `address` is where all of
    them go, empty where the settings do not say.
    """

    address: str
    already: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    refused: dict[str, str]
    by_hand: dict[int, str]


def missing_webhooks(services: Services, shop: str) -> tuple[str, ...]:
    """Return the notifications that are not registered for our address."""
    wanted = services.settings.authorisation.webhook_url
    with services.tiktok.opened(shop) as access:
        there = {
            each.event_type: each.address for each in webhooks(services.tiktok.client, access)
        }
    return tuple(name for name in REGISTRABLE.values() if there.get(name) != wanted)


def register_webhooks(services: Services, shop: str) -> Registered:
    """Register what is missing; what is there already is left alone."""
    address = services.settings.authorisation.webhook_url
    if not address:
        return Registered(address="", refused={}, by_hand=dict(BY_HAND))
    lacking = missing_webhooks(services, shop)
    refused: dict[str, str] = {}
    with services.tiktok.opened(shop) as access:
        for name in lacking:
            why = _register(services, access, name, address)
            if why:
                refused[name] = why
    return Registered(
        address=address,
        already=tuple(name for name in REGISTRABLE.values() if name not in lacking),
        added=tuple(name for name in lacking if name not in refused),
        refused=refused,
        by_hand=dict(BY_HAND),
    )


def _register(services: Services, access: ShopAccess, name: str, address: str) -> str:
    """Register one notification; return why TikTok refused it, empty if it did not.

    What refuses every call, or none for long, is raised.
    """
    try:
        register_webhook(services.tiktok.client, access, name, address)
    except (NotAuthorised, TryLater):
        raise
    except ConnectorError as error:
        return str(error)
    return ""
