"""What `risk` shows to people: each shop's rate and what makes it up, and the items at risk."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.text import Text

from .moments import span_text
from .printing import table
from .risk import RiskReport, ShopRisk
from .risk_survey import ItemRisk


SMALL_CHANCE = 0.001
"""A chance below this is told as less than it."""


def risk_view(report: RiskReport) -> Iterator[RenderableType]:
    """Show each shop's rate, the causes that make it up, and the items at risk, worst first."""
    shops = sorted(report.shops, key=lambda each: -_limit_used(each))
    yield _rates(shops)
    causes = [row for shop in shops for row in _causes(shop)]
    if causes:
        heads = ("shop", "cause", "orders", "chance of any", "part of the rate")
        yield table("Why", heads, causes)
    if report.items:
        yield _items(report.items)
    for shop in shops:
        if shop.above_limit:
            limit = f"{_percent(shop.sfcr_limit_ratio)} ({shop.limit_source})"
            yield Text(f"{shop.shop} is on its way beyond its limit of {limit}", style="bold red")


def _limit_used(shop: ShopRisk) -> float:
    return shop.projected_sfcr_ratio / shop.sfcr_limit_ratio


def _rates(shops: Sequence[ShopRisk]) -> RenderableType:
    heads = (
        "shop",
        "market",
        "orders",
        "cancelled",
        "to be expected",
        "chance of any",
        "projected",
        "limit",
        "days",
        "above it",
    )
    rows = (
        (
            shop.shop,
            shop.market,
            shop.orders_in_window,
            shop.seller_fault_cancelled,
            _orders(sum(shop.expected_cancelled_orders.values())),
            _chance(shop.cancellation_chance),
            _percent(shop.projected_sfcr_ratio),
            _percent(shop.sfcr_limit_ratio),
            shop.window_days,
            _crossed(shop.limit_crossed_in_days),
        )
        for shop in shops
    )
    return table("Seller-fault cancellation rate (SFCR)", heads, rows)


def _items(items: Sequence[ItemRisk]) -> RenderableType:
    heads = (
        "pool",
        "partner",
        "orders to be cancelled",
        "chance of any",
        "units short",
        "next feed",
        "why",
    )
    rows = (
        (
            f"{item.warehouse}/{item.sku}",
            item.partner,
            _orders(item.expected_cancelled_orders),
            _chance(item.cancellation_chance),
            item.shortage_units,
            _next_feed(item),
            ", ".join(f"{cause} {orders:.2f}" for cause, orders in item.causes.items()),
        )
        for item in items
    )
    return table("Items at risk until their next feed", heads, rows)


def _causes(shop: ShopRisk) -> Iterator[tuple[object, ...]]:
    orders = {
        **shop.expected_cancelled_orders,
        "already_cancelled": float(shop.seller_fault_cancelled),
    }
    for cause, part in shop.projected_sfcr_by_cause.items():
        if part > 0:
            chance = shop.cancellation_chance_by_cause.get(cause, 1.0)
            yield (shop.shop, cause, _orders(orders[cause]), _chance(chance), _percent(part))


def _chance(chance: float) -> str:
    """Return a chance in percent; one that is small is not told as none."""
    return "< 0.1%" if 0 < chance < SMALL_CHANCE else f"{chance:.1%}"


def _crossed(in_days: float | None) -> str:
    """Return when a shop crosses its limit at the present pace."""
    if in_days is None:
        return "never at this pace"
    return f"in {in_days:g} days" if in_days else "now"


def _next_feed(item: ItemRisk) -> str:
    """Return in how long an item's next feed is to be expected."""
    in_time = f"in {span_text(item.next_feed_in_s)}"
    return f"overdue, {in_time}" if item.feed_overdue else in_time


def _orders(expected: float) -> float:
    """Return an expected number of orders as people read it."""
    return round(expected, 2)


def _percent(ratio: float) -> str:
    return f"{ratio:.2%}"
