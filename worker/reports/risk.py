"""What `risk` says: the cancellations at the seller's fault to come, by shop, cause and item.

Worked out from the record alone by the rules of `reconciliation.risk`, whose docstring names
what they assume.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass

from connectors.store.engine import reading
from reconciliation.pace import Pace
from reconciliation.quantities import Instant
from reconciliation.risk import (
    EXPECTED_CAUSES,
    NOTHING,
    Cause,
    any_of,
    projected_sfcr,
    sum_of,
)

from ..services import Services
from ..settings.values import CancellationLimit, cancellation_limit
from .harm import SECONDS_PER_DAY, measured_harm
from .moments import iso
from .risk_survey import ItemRisk, Scope, Survey, survey_pools


ITEMS_LISTED_MAX = 20
"""Items at risk that are listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopRisk:
    """A shop's seller-fault cancellations: those that were, those to expect, and the rate.

    `expected_cancelled_orders` has every cause of orders to come, each pool until its next feed,
    and `cancellation_chance` is that of at least one of them. `projected_sfcr_by_cause` also has
    what is already cancelled; its parts sum to `projected_sfcr_ratio`. At the present pace the
    shop is above its limit in `limit_crossed_in_days`: 0 if it is by now, None if it never is.
    `limit_source` says where the limit is from.
    """

    shop: str
    market: str | None
    orders_in_window: int
    seller_fault_cancelled: int
    expected_cancelled_orders: dict[str, float]
    cancellation_chance: float
    cancellation_chance_by_cause: dict[str, float]
    projected_sfcr_by_cause: dict[str, float]
    projected_sfcr_ratio: float
    sfcr_limit_ratio: float
    window_days: float
    limit_crossed_in_days: float | None
    limit_source: str

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
    found = tuple(_shop_risk(services, shop, survey, now) for shop in named)
    return RiskReport(at=iso(now), shops=found, items=survey.items)


def _shop_risk(services: Services, shop: str, survey: Survey, now: Instant) -> ShopRisk:
    limit = cancellation_limit(services.settings, shop)
    harm, losses = survey.scope.harm, survey.expected_of(shop)
    by_cause = {cause: losses.get(cause, NOTHING) for cause in EXPECTED_CAUSES}
    parts = projected_sfcr(
        orders=harm.placed[shop],
        cancelled=len(harm.blamed[shop]),
        expected={cause: loss.orders for cause, loss in by_cause.items()},
    )
    return ShopRisk(
        shop=shop,
        market=services.settings.shops[shop].market,
        orders_in_window=harm.placed[shop],
        seller_fault_cancelled=len(harm.blamed[shop]),
        expected_cancelled_orders={cause.value: loss.orders for cause, loss in by_cause.items()},
        cancellation_chance=any_of(by_cause.values()),
        cancellation_chance_by_cause={
            cause.value: loss.chance for cause, loss in by_cause.items()
        },
        projected_sfcr_by_cause={cause.value: part for cause, part in parts.items()},
        projected_sfcr_ratio=sum_of(parts),
        sfcr_limit_ratio=limit.sfcr_limit_ratio,
        window_days=limit.sfcr_window_days,
        limit_crossed_in_days=_pace(survey, shop, limit, now).days_until(limit.sfcr_limit_ratio),
        limit_source=limit.source,
    )


def _pace(survey: Survey, shop: str, limit: CancellationLimit, now: Instant) -> Pace:
    """Return how fast a shop's orders are cancelled: what goes missing does so with each feed."""
    harm, losses = survey.scope.harm, survey.expected_of(shop)
    at_once = (loss.orders for cause, loss in losses.items() if cause is not Cause.DECLINE)
    return Pace(
        orders=harm.placed[shop],
        window_days=limit.sfcr_window_days,
        cancelled_ages_days=[
            (now - placed_at) / SECONDS_PER_DAY for placed_at in harm.blamed[shop].values()
        ],
        at_once=math.fsum(at_once),
        per_day=survey.per_day[shop],
    )
