"""What `risk` says: the cancellations at the seller's fault to come, by shop, cause and item.

Worked out from the record alone by the rules of `reconciliation.risk`, whose docstring names
what they assume.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from connectors.store.engine import reading
from reconciliation.risk import EXPECTED_CAUSES, Cause, projected_sfcr, sum_of

from ..services import Services
from ..settings.values import cancellation_limit
from .harm import measured_harm
from .moments import iso
from .risk_survey import ItemRisk, Scope, survey_pools


ITEMS_LISTED_MAX = 20
"""Items at risk that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopRisk:
    """A shop's seller-fault cancellations: those that were, those to expect, and the rate.

    `expected_cancelled_orders` has every cause of orders to come, `projected_sfcr_by_cause`
    also what is already cancelled; its parts sum to `projected_sfcr_ratio`.
    """

    shop: str
    market: str | None
    orders_in_window: int
    seller_fault_cancelled: int
    expected_cancelled_orders: dict[str, float]
    projected_sfcr_by_cause: dict[str, float]
    projected_sfcr_ratio: float
    sfcr_limit_ratio: float
    window_days: float

    @property
    def above_limit(self) -> bool:
        """Tell whether the shop is on its way beyond what TikTok allows."""
        return self.projected_sfcr_ratio > self.sfcr_limit_ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskReport:
    """The risk of every shop, and the items that it comes from, the highest first."""

    at: str | None
    shops: tuple[ShopRisk, ...]
    items: tuple[ItemRisk, ...]

    @property
    def well(self) -> bool:
        """Tell whether every shop stays within its limit."""
        return not any(shop.above_limit for shop in self.shops)


def risk(
    services: Services,
    *,
    items_max: int = ITEMS_LISTED_MAX,
    shops: Collection[str] | None = None,
) -> RiskReport:
    """Return what is at risk in some shops or all, from the record alone.

    At most `items_max` items, of those that the shops sell; their numbers are of all shops,
    since all share the goods.
    """
    now, settings = services.now(), services.settings
    named = tuple(each for each in settings.shops if shops is None or each in shops)
    with reading(services.engine) as connection:
        harm = measured_harm(connection, services, now=now)
        scope = Scope(shops=frozenset(named), harm=harm, items_max=items_max)
        survey = survey_pools(connection, services, scope, now=now)
    found = tuple(
        _shop_risk(
            services,
            shop,
            orders=harm.placed[shop],
            cancelled=len(harm.blamed[shop]),
            expected=survey.expected_of(shop),
        )
        for shop in named
    )
    return RiskReport(at=iso(now), shops=found, items=survey.items)


def _shop_risk(
    services: Services,
    shop: str,
    *,
    orders: int,
    cancelled: int,
    expected: Mapping[Cause, float],
) -> ShopRisk:
    limit = cancellation_limit(services.settings, shop)
    parts = projected_sfcr(orders=orders, cancelled=cancelled, expected=expected)
    return ShopRisk(
        shop=shop,
        market=services.settings.shops[shop].market,
        orders_in_window=orders,
        seller_fault_cancelled=cancelled,
        expected_cancelled_orders={
            cause.value: expected.get(cause, 0.0) for cause in EXPECTED_CAUSES
        },
        projected_sfcr_by_cause={cause.value: part for cause, part in parts.items()},
        projected_sfcr_ratio=sum_of(parts),
        sfcr_limit_ratio=limit.sfcr_limit_ratio,
        window_days=limit.sfcr_window_days,
    )
