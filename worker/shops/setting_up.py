"""What follows the consent: listings, notifications, open orders, and units nobody explains.

Every part may be run again, and is whole by itself: one that fails leaves those before it.
"""

from dataclasses import dataclass

from ..services import Services
from ..steps.sync_catalogue import sync_catalogue
from .baseline import Unexplained, unexplained
from .open_orders import Imported, import_open_orders
from .registering import Registered, register_webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What was done to set a shop up; `unexplained` waits for a person's word."""

    shop: str
    mode: str
    webhooks: Registered
    orders: Imported
    unexplained: tuple[Unexplained, ...]

    @property
    def well(self) -> bool:
        """Whether nothing was refused and nothing waits."""
        waits = any(each.is_open for each in self.unexplained)
        return not (self.webhooks.refused or self.orders.moving or waits)


def set_up(services: Services, shop: str) -> SetUp:
    """Set a connected shop up. Raises as calls to TikTok do."""
    sync_catalogue(services, shop)
    registered = register_webhooks(services, shop)
    imported = import_open_orders(services, shop)
    return SetUp(
        shop=shop,
        mode=services.settings.shops[shop].mode.value,
        webhooks=registered,
        orders=imported,
        unexplained=unexplained(services, shop),
    )
