"""What the tests of the risk report say: selling, recording, and reading the report."""

from dataclasses import replace

from connectors.store import orders
from connectors.store.engine import writing
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant
from worker.reports.risk import RiskReport, ShopRisk
from worker.reports.risk_survey import ItemRisk
from worker.services import Services

from ..support.shopfront import Shopfront


def sell(front: Shopfront, *shops: str) -> list[str]:
    """Sell one unit in each shop, one after the other, paid at once; return the orders."""
    sold = []
    for shop in shops:
        order = front.buy(shop)
        front.world.pay(order.order_id)
        sold.append(order.order_id)
        front.work(2.0)
    return sold


def show(front: Shopfront, **units_by_shop: int) -> None:
    """Have shops show these units."""
    for shop, units in units_by_shop.items():
        sku = front.skus[shop].sku_id
        front.world.edit_stock_by_hand(sku, front.warehouse_ids[shop], available=units)


def feed_expected_every(front: Shopfront, seconds: float) -> Services:
    """Return the program's services with a feed that is expected so often."""
    settings = front.services.settings
    feed = settings.feeds["east"].model_copy(update={"expected_every_s": seconds})
    return replace(front.services, settings=settings.model_copy(update={"feeds": {"east": feed}}))


def by_shop(report: RiskReport) -> dict[str, ShopRisk]:
    """Return the shops by name."""
    return {shop.shop: shop for shop in report.shops}


def expected(report: RiskReport, cause: str) -> dict[str, float]:
    """Return the orders that each shop is expected to lose for a cause."""
    return {shop.shop: shop.expected_cancelled_orders[cause] for shop in report.shops}


def only_item(report: RiskReport) -> ItemRisk:
    """Return the one item at risk."""
    (item,) = report.items
    return item


def with_shop(front: Shopfront, shop: str, **fields: object) -> Services:
    """The program's services, with some settings of one shop changed."""
    settings = front.services.settings
    shops = settings.shops | {shop: settings.shops[shop].model_copy(update=fields)}
    return replace(front.services, settings=settings.model_copy(update={"shops": shops}))


def line(line_id: str, front: Shopfront, **fields: object) -> LineSeen:
    """A line of one order of alpha, placed just now."""
    seen = {
        "shop": "alpha",
        "order_id": "o",
        "line_id": line_id,
        "sku_id": front.skus["alpha"].sku_id,
        "warehouse_id": front.warehouse_ids["alpha"],
        "status": "AWAITING_SHIPMENT",
        "placed_at": Instant(front.now),
        "updated_at": Instant(front.now),
        **fields,
    }
    return LineSeen(**seen)  # type: ignore[arg-type]  # a builder: each test names its fields


def record(front: Shopfront, *lines: LineSeen) -> None:
    """Put lines into the ledger."""
    with writing(front.services.engine) as connection:
        orders.record_lines(connection, lines, now=Instant(front.now))
