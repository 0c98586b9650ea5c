"""Which of our shops a notification is for, by the id under which TikTok knows it."""

import asyncio

from connectors.store import shop_tokens
from connectors.store.engine import reading

from ..services import Services


LOOK_AGAIN_S = 10.0
"""How often the record is asked at most: ids that are none of ours come again and again."""


class KnownShops:
    """The shops of the settings, and those that were connected since the program began."""

    def __init__(self, services: Services) -> None:
        """Take the ids of the settings; the record is asked for others."""
        self._services = services
        configured = services.settings.shops.items()
        self._of_settings = {shop.shop_id: name for name, shop in configured if shop.shop_id}
        self._of_record: dict[str, str] = {}
        self._looked_at = -float("inf")

    async def named(self, shop_id: str) -> str:
        """Return our name of a shop, empty if it is none of ours."""
        known = self._known(shop_id)
        now = self._services.now()
        if known or not shop_id or 0 <= now - self._looked_at < LOOK_AGAIN_S:
            return known
        self._looked_at = now
        self._of_record = await asyncio.to_thread(self._read)
        return self._known(shop_id)

    def _known(self, shop_id: str) -> str:
        return self._of_settings.get(shop_id) or self._of_record.get(shop_id, "")

    def _read(self) -> dict[str, str]:
        with reading(self._services.engine) as connection:
            found = shop_tokens.shop_ids(connection)
        configured = self._services.settings.shops
        return {shop_id: name for shop_id, name in found.items() if name in configured}
