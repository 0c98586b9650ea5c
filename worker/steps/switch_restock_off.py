"""Asks TikTok not to put cancelled units back on sale by itself, where a policy says so.

Such a unit is sellable before we know of it, even while the goods are below the safety stock
(design 3.4). The setting is new and nobody has seen that TikTok keeps to it: pending restocks are
counted as before. Whether units go back is read from each cancellation.
"""

from collections.abc import Sequence
from itertools import islice

import structlog

from connectors.errors import RequestRefused
from connectors.store import catalog, listings, restock_settings
from connectors.store.engine import reading, writing
from connectors.tiktok import market
from reconciliation.policy import AutoRestock
from reconciliation.quantities import later

from ..modes import written_to
from ..queues import RESTOCK
from ..races import listing_policy
from ..services import Services
from .missing_scope import if_consented


REFUSED_S = 86_400.0
"""When a SKU is asked for again of which TikTok refused it."""

_LOG = structlog.get_logger("oversell_guard")


def switch_restock_off(services: Services, shop: str) -> None:
    """Ask for those SKUs of a shop that are not switched off yet, after each catalogue read."""
    with if_consented(services, RESTOCK, shop):
        while wanted := _wanted(services, shop):
            if not _ask(services, shop, wanted):
                return


def _wanted(services: Services, shop: str) -> list[str]:
    """Return the SKUs to ask for in one call; none of a shop that we do not write to."""
    refused_before = later(services.now(), -REFUSED_S)
    with reading(services.engine) as connection:
        if shop not in written_to(connection, services, [shop]):
            return []
        keys = listings.keys_of_shop(connection, shop)
        done = restock_settings.settled(connection, shop, asked_after=refused_before)
        recipes = catalog.recipes_of(connection, [key for key in keys if key.sku_id not in done])
    skus = {
        key.sku_id
        for key, listing in recipes.items()
        if listing_policy(services, listing).auto_restock is AutoRestock.SWITCH_OFF
    }
    return list(islice(sorted(skus), market.RESTOCK_SKUS_MAX))


def _ask(services: Services, shop: str, wanted: Sequence[str]) -> bool:
    """Ask for SKUs and store what came of it; return False where it could not be asked."""
    seller_id = services.settings.shops[shop].shop_id
    if seller_id is None:
        _LOG.warning("restock_not_switched_off", shop=shop, error=f"set shops.{shop}.shop_id")
        return False
    try:
        with services.tiktok.calling(shop) as (client, access):
            answer = market.switch_restock_off(client, access, seller_id, wanted)
        refused = {sku_id: f"{code} {text}" for sku_id, (code, text) in answer.refused.items()}
    except RequestRefused as error:
        refused = dict.fromkeys(wanted, str(error))
    if refused:
        _LOG.warning("restock_not_switched_off", shop=shop, skus=len(refused))
    with writing(services.engine) as connection:
        restock_settings.save(connection, shop, wanted, refused, services.now())
    return True
