"""Looks at every pool once, page by page, and sums up what each shop and item has at risk.

A pool's goods are those of the last decision about it; what its listings may still sell is as
the record has it now, and so is what was learned of demand and of the partner's errors. A pool
of which no feed is in force, or about which nothing was ever decided, is unknown and counts
nothing.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.store import promises, stocktake
from connectors.store.batches import batches
from connectors.store.unmapped import unmapped_orders
from reconciliation.catalog import PoolKey
from reconciliation.pool_risk import losses_until_next_feed
from reconciliation.quantities import Instant, later
from reconciliation.risk import (
    Cause,
    Loss,
    LossSum,
    OrderKey,
    Waiting,
    any_of,
    surely,
    unmapped_chance,
)
from reconciliation.shortage import least_harm

from ..services import Services
from ..settings.values import partner_of
from .harm import SECONDS_PER_DAY, Harm, claims_of
from .late_orders import MEASURED_S, Lateness
from .pool_outlooks import Looked, Outlooks, windows


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRisk:
    """A pool at risk: what it is expected to fail, by cause, and the units it lacks now.

    An order that several pools fail is counted in each of them, and once in its shop.
    `cancellation_chance` is that of at least one. All of it is until the next feed, in
    `next_feed_in_s`, which may be overdue.
    """

    warehouse: str
    sku: str
    partner: str
    expected_cancelled_orders: float
    cancellation_chance: float
    shortage_units: int
    next_feed_in_s: float
    feed_overdue: bool
    causes: dict[str, float]

    @property
    def at_risk(self) -> bool:
        """Tell whether there is anything to say of it."""
        return self.expected_cancelled_orders >= ITEM_ORDERS_LEAST or self.shortage_units > 0


ITEM_ORDERS_LEAST = 0.001
"""Below this no item is named: of a thousand such, one fails an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is asked for: at most so many items, of those that one of the shops sells.

    Orders that `harm` has counted already are not counted again.
    """

    shops: frozenset[str]
    harm: Harm
    items_max: int


@dataclass(slots=True)
class Survey:
    """What was found so far."""

    scope: Scope
    late: dict[PoolKey, dict[OrderKey, float]] = field(default_factory=dict)
    short: dict[PoolKey, "_Short"] = field(default_factory=dict)
    unfillable: frozenset[OrderKey] = frozenset()
    by_shop: dict[tuple[str, Cause], LossSum] = field(default_factory=lambda: defaultdict(LossSum))
    per_day: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    items: tuple[ItemRisk, ...] = ()

    def count(self, pool: Looked, losses: Mapping[Cause, Loss]) -> None:
        """Count what a pool loses for the shops that sell it; goods go missing with each feed."""
        per_day = SECONDS_PER_DAY / pool.outlook.feed.every_s
        for cause, loss in losses.items():
            for shop, share in pool.shares(cause).items():
                part = loss.share(share)
                self.by_shop[shop, cause].add(part)
                if cause is Cause.DECLINE:
                    self.per_day[shop] += part.orders * per_day

    def expected_of(self, shop: str) -> dict[Cause, Loss]:
        """Return what a shop is expected to lose, each order under one cause."""
        return {cause: each.loss for (whose, cause), each in self.by_shop.items() if whose == shop}

    def keep_worst(self, found: Iterable[ItemRisk]) -> None:
        """Keep the items at the highest risk among those kept and those found."""
        risky = [item for item in found if item.at_risk]
        worst = heapq.nsmallest(self.scope.items_max, [*self.items, *risky], key=_worst_first)
        self.items = tuple(worst)

    def may_name(self, pool: Looked, losses: Mapping[Cause, Loss]) -> bool:
        """Tell whether there may be more to say of a pool than of the worst that are kept."""
        orders = math.fsum(loss.orders for loss in losses.values())
        is_full = len(self.items) >= self.scope.items_max > 0
        least = self.items[-1].expected_cancelled_orders if is_full else ITEM_ORDERS_LEAST
        told = orders >= max(least, ITEM_ORDERS_LEAST) or pool.key in self.late
        return told and self.is_in_scope(pool)

    def is_in_scope(self, pool: Looked) -> bool:
        """Tell whether one of the shops that are asked for sells from a pool."""
        return any(draw.key.shop in self.scope.shops for draw in pool.draws)


def _worst_first(item: ItemRisk) -> tuple[float, int, str, str]:
    return (-item.expected_cancelled_orders, -item.shortage_units, item.warehouse, item.sku)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Short:
    """A pool that is short, and what else it has at risk."""

    pool: Looked
    losses: Mapping[Cause, Loss]


def survey_pools(
    connection: Connection, services: Services, scope: Scope, *, now: Instant
) -> Survey:
    """Look at all pools: what they fail is counted for every shop."""
    survey, late, counted = Survey(scope=scope), scope.harm.late, scope.harm.counted
    for near, chance in late.near(connection):
        if near.pool is not None and near.due.order not in counted:
            survey.late.setdefault(near.pool, {})[near.due.order] = chance
    outlooks = Outlooks(services=services, still_open=stocktake.open_units(connection), now=now)
    for page in stocktake.pool_pages(connection):
        _count(services, survey, outlooks.of_page(connection, page))
    _count_shortages(connection, services, survey)
    _count_late(connection, survey, late)
    _count_unmapped(connection, services, survey, later(now, -MEASURED_S))
    return survey


def _count(services: Services, survey: Survey, pools: Iterable[Looked]) -> None:
    """Count the orders to come that pools fail, and keep the worst pools as items."""
    within, found = windows(services), list[ItemRisk]()
    for pool in pools:
        losses = losses_until_next_feed(pool.outlook, within)
        survey.count(pool, losses)
        if pool.outlook.ats_units < 0:
            survey.short[pool.key] = _Short(pool=pool, losses=losses)
        elif survey.may_name(pool, losses):
            found.append(_item(services, survey, pool, losses))
    survey.keep_worst(found)


# -- orders that are there ------------------------------------------------------------------------


def _count_shortages(connection: Connection, services: Services, survey: Survey) -> None:
    """Choose the orders that bear the shortages, over all pools at once."""
    waiting = dict[PoolKey, Sequence[Waiting]]()
    for some in batches(sorted(survey.short)):
        waiting.update(promises.waiting_for(connection, some))
    claims = claims_of(connection, waiting, survey.scope.harm)
    missing = {key: -short.pool.outlook.ats_units for key, short in survey.short.items()}
    survey.unfillable = least_harm(missing, claims).given_up - survey.scope.harm.counted
    for order in survey.unfillable:
        survey.by_shop[order.shop, Cause.SHORTAGE].add(surely(1.0))
    found = []
    for key, short in survey.short.items():
        orders = {line.order for line in waiting.get(key, ())} & survey.unfillable
        certain = Loss(chance=1.0 if orders else 0.0, orders=float(len(orders)))
        if survey.is_in_scope(short.pool):
            losses = {Cause.SHORTAGE: certain, **short.losses}
            found.append(_item(services, survey, short.pool, losses))
    survey.keep_worst(found)


def _count_late(connection: Connection, survey: Survey, late: Lateness) -> None:
    """Count the orders to be expected to be late, but for those that count already."""
    for shop, orders in late.expected_by_shop(connection).items():
        survey.by_shop[shop, Cause.LATE_ORDER].include(orders)
    counted = survey.unfillable | survey.scope.harm.counted
    for shop, chance in late.chances_among(connection, counted):
        survey.by_shop[shop, Cause.LATE_ORDER].add(surely(chance), times=-1)


def _count_unmapped(
    connection: Connection, services: Services, survey: Survey, since: Instant
) -> None:
    """Count the open orders of listings without goods, by what became of those before."""
    for (shop, _, _), orders in unmapped_orders(connection, since).items():
        known = services.settings.shops.get(shop)
        failed = orders.faults(known.market if known else None)
        chance = unmapped_chance(failed=failed, filled=orders.departed)
        survey.by_shop[shop, Cause.UNMAPPED_SKU].add(surely(chance), times=orders.open)


# -- items ----------------------------------------------------------------------------------------


def _item(
    services: Services, survey: Survey, pool: Looked, losses: Mapping[Cause, Loss]
) -> ItemRisk:
    near, late = survey.late.get(pool.key, {}).items(), LossSum()
    for order, chance in near:
        if order not in survey.unfillable:
            late.add(surely(chance))
    causes = {**losses, Cause.LATE_ORDER: late.loss}
    orders = math.fsum(loss.orders for loss in causes.values())
    return ItemRisk(
        warehouse=pool.key.warehouse,
        sku=pool.key.sku,
        partner=partner_of(services.settings, pool.key.warehouse),
        expected_cancelled_orders=orders,
        cancellation_chance=any_of(causes.values()),
        shortage_units=max(-pool.outlook.ats_units, 0),
        next_feed_in_s=round(pool.outlook.feed.in_s, 1),
        feed_overdue=pool.outlook.feed.is_overdue,
        causes={cause.value: loss.orders for cause, loss in causes.items() if loss.orders > 0},
    )
