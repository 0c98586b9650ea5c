"""Takes all open orders of a shop into the ledger, however old: polling looks back some days."""

from dataclasses import dataclass

from connectors.tiktok.seen import OrderPage, is_whole
from connectors.tiktok.setup import OPEN_STATUSES, open_orders

from ..services import Services
from ..steps.record_orders import record_looks


ATTEMPTS = 3
"""How often a status is read whose orders moved on while their pages were turned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The open orders that TikTok showed, by status. `moving`: statuses not read without a gap."""

    orders_by_status: dict[str, int]
    moving: tuple[str, ...]


def import_open_orders(services: Services, shop: str) -> Imported:
    """Record every open order of a shop. Run twice it records nothing twice."""
    found: dict[str, int] = {}
    moving: list[str] = []
    for status in OPEN_STATUSES:
        pages = _pages(services, shop, status)
        found[status] = len({order_id for page in pages for order_id in page.order_ids})
        if not is_whole(pages):
            moving.append(status)
    return Imported(orders_by_status=found, moving=tuple(moving))


def _pages(services: Services, shop: str, status: str) -> list[OrderPage]:
    """Read and record all pages of a status, again where orders moved between them."""
    pages: list[OrderPage] = []
    for _ in range(ATTEMPTS):
        began_at = services.now()
        with services.tiktok.opened(shop) as access:
            pages = list(open_orders(services.tiktok.client, access, status))
        record_looks(services, [line for page in pages for line in page.lines], began_at)
        if is_whole(pages):
            break
    return pages
