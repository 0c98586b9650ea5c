"""The gauges of cancellation risk: what a risk report says, as figures.

The report is handed in as a function, so that whatever works it out can be told apart from what
shows it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from prometheus_client import Metric as Family

from reconciliation.quantities import Instant

from ..services import Services
from .catalogue import RISK_GAUGES
from .families import Sample, gauge_families, sample
from .readings import NEVER_S, Group


SECONDS_PER_DAY = 86_400.0


class ShopTerms(Protocol):
    """A shop's part of a risk report, as far as it is shown here."""

    @property
    def shop(self) -> str:
        """The shop's name."""

    @property
    def orders_in_window(self) -> int:
        """Orders placed in the window over which TikTok counts."""

    @property
    def expected_cancelled_orders(self) -> Mapping[str, float]:
        """Orders to be expected to be cancelled at the seller's fault, by cause."""

    @property
    def cancellation_chance(self) -> float:
        """The chance that at least one of them is."""

    @property
    def limit_crossed_in_days(self) -> float | None:
        """In how many days the shop is above its limit at the present pace, None if never."""

    @property
    def projected_sfcr_by_cause(self) -> Mapping[str, float]:
        """What each cause adds to the projected rate."""

    @property
    def sfcr_limit_ratio(self) -> float:
        """The rate above which TikTok punishes the shop."""


class ItemTerms(Protocol):
    """An item at risk, as far as it is shown here."""

    @property
    def warehouse(self) -> str:
        """The warehouse's code."""

    @property
    def sku(self) -> str:
        """The item's SKU."""

    @property
    def expected_cancelled_orders(self) -> float:
        """Orders to be expected to be cancelled."""

    @property
    def shortage_units(self) -> int:
        """Units by which the item is short."""


class ReportTerms(Protocol):
    """A risk report: its shops, and its items, those at the highest risk first."""

    @property
    def shops(self) -> Sequence[ShopTerms]:
        """Every shop of the configuration."""

    @property
    def items(self) -> Sequence[ItemTerms]:
        """The items at risk."""


class RiskOf(Protocol):
    """Works out the risk report of the present moment."""

    def __call__(self, services: Services, *, items_max: int) -> ReportTerms:
        """Return the report, with at most `items_max` items."""


def risk_group(risk: RiskOf) -> Group:
    """Return the group of gauges that shows what `risk` reports."""

    def read(services: Services, _now: Instant) -> tuple[Family, ...]:
        most = services.settings.metrics.top_items
        report = risk(services, items_max=most)
        return gauge_families(RISK_GAUGES, [*_shops(report), *_items(report, most)])

    return Group(name="risk", read=read)


def _shops(report: ReportTerms) -> Iterator[Sample]:
    for each in report.shops:
        yield sample("orders_in_window", each.orders_in_window, shop=each.shop)
        yield sample("sfcr_limit_ratio", each.sfcr_limit_ratio, shop=each.shop)
        yield sample("cancellation_chance_ratio", each.cancellation_chance, shop=each.shop)
        days = each.limit_crossed_in_days
        in_s = NEVER_S if days is None else days * SECONDS_PER_DAY
        yield sample("sfcr_limit_reached_in_seconds", in_s, shop=each.shop)
        for cause, orders in each.expected_cancelled_orders.items():
            yield sample("expected_cancelled_orders", orders, shop=each.shop, cause=cause)
        for cause, ratio in each.projected_sfcr_by_cause.items():
            yield sample("projected_sfcr_ratio", ratio, shop=each.shop, cause=cause)


def _items(report: ReportTerms, most: int) -> Iterator[Sample]:
    # Cut here as well: an item is the one label here that grows with the catalogue.
    for each in report.items[:most]:
        item = {"warehouse": each.warehouse, "sku": each.sku}
        orders = each.expected_cancelled_orders
        yield sample("item_expected_cancelled_orders", orders, **item)
        yield sample("item_shortage_units", each.shortage_units, **item)
