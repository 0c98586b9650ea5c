"""Whether a shop may be written to: its mode in the settings, and the switch in the record."""

from sqlalchemy import Connection

from connectors.store import shops

from .services import Services
from .settings.model import ShopMode


def may_write(connection: Connection, services: Services, shop: str) -> bool:
    """Tell whether a shop is in write mode and its writing is not stopped."""
    return not why_not(connection, services, shop)


def why_not(connection: Connection, services: Services, shop: str) -> str:
    """Return in words why a shop is not written to, empty if it is."""
    settings = services.settings.shops.get(shop)
    if settings is None:
        return "the shop is not in the configuration"
    if settings.mode is not ShopMode.WRITE:
        return "the shop is in observe mode"
    if shops.load(connection, shop).writes_stopped:
        return "writing to the shop is stopped"
    return ""
