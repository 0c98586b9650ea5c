"""Whether a shop may be written to: its mode, the switch, and whether TikTok lets us in."""

from collections.abc import Iterable

from sqlalchemy import Connection

from connectors.store import shop_states, shops
from reconciliation.shop_state import WRITES_IN, remedy

from .services import Services
from .settings.model import ShopMode


def written_to(
    connection: Connection, services: Services, wanted: Iterable[str]
) -> frozenset[str]:
    """Return those of the shops that are in write mode, not stopped, and open to us."""
    configured = services.settings.shops
    in_mode = {
        shop for shop in wanted if shop in configured and configured[shop].mode is ShopMode.WRITE
    }
    return (
        frozenset(in_mode)
        - shops.stopped(connection, in_mode)
        - shop_states.shut(connection, in_mode)
    )


def why_not(connection: Connection, services: Services, shop: str) -> str:
    """Return in words why a shop is not written to, empty if it is."""
    settings = services.settings.shops.get(shop)
    if settings is None:
        return "the shop is not in the configuration"
    if settings.mode is not ShopMode.WRITE:
        return "the shop is in observe mode"
    if shops.load(connection, shop).writes_stopped:
        return "writing to the shop is stopped"
    known = shop_states.load(connection, shop)
    if known is not None and known.state not in WRITES_IN:
        return f"the shop is {known.state.value.replace('_', ' ')}: {remedy(known.state, shop)}"
    return ""
