"""Looks at every pool once, page by page, and sums up what each shop and item has at risk.

A pool's goods are those of the last decision about it; what its listings may still sell is as
the record has it now. Only for pools that promise too much, miss goods, or wait for a feed are
listings and orders looked up. A pool of which no feed is in force, or about which nothing was
ever decided, is unknown and counts nothing.
"""

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.store import promises, stocktake
from connectors.store.promises import PlacedSku, Sold
from connectors.store.stocktake import Draw, FedPool, Promised
from connectors.store.unmapped import unmapped_orders
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Units, later
from reconciliation.risk import (
    Cause,
    OrderKey,
    PoolPromise,
    Waiting,
    expected_orders,
    shared_out,
    unmapped_chance,
)
from reconciliation.shortage import least_harm

from ..boards import DEMAND_WINDOW_S
from ..services import Services
from ..settings.values import partner_of
from .harm import Harm, claims_of
from .late_orders import MEASURED_S, Lateness


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRisk:
    """A pool at risk: the orders it is expected to fail, by cause, and the units it lacks now.

    An order that several pools fail is counted in each of them, and once in its shop.
    """

    warehouse: str
    sku: str
    partner: str
    expected_cancelled_orders: float
    shortage_units: int
    causes: dict[str, float]

    @property
    def at_risk(self) -> bool:
        """Tell whether there is anything to say of it."""
        return self.expected_cancelled_orders > 0 or self.shortage_units > 0


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
    late_by_shop: dict[str, float] = field(default_factory=dict)
    short: dict[PoolKey, "_Short"] = field(default_factory=dict)
    unfillable: frozenset[OrderKey] = frozenset()
    to_come: dict[tuple[str, Cause], float] = field(default_factory=lambda: defaultdict(float))
    items: tuple[ItemRisk, ...] = ()

    def expected_of(self, shop: str) -> dict[Cause, float]:
        """Return the orders of a shop that are expected to be cancelled, each under one cause."""
        short = sum(order.shop == shop for order in self.unfillable)
        late = self.late_by_shop.get(shop, 0.0)
        return {Cause.SHORTAGE: float(short), Cause.LATE_ORDER: late} | {
            cause: units for (whose, cause), units in self.to_come.items() if whose == shop
        }

    def keep_worst(self, found: Iterable[ItemRisk]) -> None:
        """Keep the items at the highest risk among those kept and those found."""
        risky = [item for item in found if item.at_risk]
        worst = heapq.nsmallest(self.scope.items_max, [*self.items, *risky], key=_worst_first)
        self.items = tuple(worst)


def _worst_first(item: ItemRisk) -> tuple[float, int, str, str]:
    return (-item.expected_cancelled_orders, -item.shortage_units, item.warehouse, item.sku)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pool:
    """A pool beside what its listings may still sell."""

    key: PoolKey
    ats_units: Units
    exposure_units: Units
    overdue_s: float

    @property
    def promises_too_much(self) -> bool:
        overdue = self.overdue_s > 0 and self.exposure_units > 0
        return overdue or self.exposure_units > max(self.ats_units, 0)

    @property
    def is_suspect(self) -> bool:
        return self.ats_units < 0 or self.promises_too_much


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What was looked up about suspects: their listings, what waits for them, what is sold."""

    draws: Mapping[PoolKey, Sequence[Draw]]
    waiting: Mapping[PoolKey, Sequence[Waiting]]
    sold: Mapping[PlacedSku, Sold]


def survey_pools(
    connection: Connection, services: Services, scope: Scope, *, now: Instant
) -> Survey:
    """Look at all pools: what they fail is counted for every shop."""
    survey, late, counted = Survey(scope=scope), scope.harm.late, scope.harm.counted
    for near, chance in late.near(connection):
        if near.pool is not None and near.due.order not in counted:
            survey.late.setdefault(near.pool, {})[near.due.order] = chance
    still_open = stocktake.open_units(connection)
    for page in stocktake.pool_pages(connection):
        promised = stocktake.promised_of(connection, [fed.key for fed in page], still_open)
        suspects = [
            pool
            for pool in _known_pools(services, page, promised, now)
            if pool.is_suspect or pool.key in survey.late
        ]
        if suspects:
            draws = stocktake.draws_on(connection, [each.key for each in suspects], still_open)
            _count(services, survey, suspects, _evidence(connection, suspects, draws, now))
    _count_shortages(connection, services, survey)
    survey.late_by_shop = _late_by_shop(connection, survey, late)
    _count_unmapped(connection, services, survey, later(now, -MEASURED_S))
    return survey


def _count_unmapped(
    connection: Connection, services: Services, survey: Survey, since: Instant
) -> None:
    """Count the open orders of listings without goods, by what became of those before."""
    for (shop, _, _), orders in unmapped_orders(connection, since).items():
        known = services.settings.shops.get(shop)
        failed = orders.faults(known.market if known else None)
        chance = unmapped_chance(failed=failed, filled=orders.departed)
        survey.to_come[shop, Cause.UNMAPPED_SKU] += orders.open * chance


def _late_by_shop(connection: Connection, survey: Survey, late: Lateness) -> dict[str, float]:
    """Return the late orders to be expected of each shop, less those that count already."""
    counted = survey.unfillable | survey.scope.harm.counted
    return {
        shop: max(
            orders
            - late.expected_among(connection, [each for each in counted if each.shop == shop]),
            0.0,
        )
        for shop, orders in late.expected_by_shop(connection).items()
    }


def _known_pools(
    services: Services, page: Sequence[FedPool], promised: Mapping[PoolKey, Promised], now: Instant
) -> list[_Pool]:
    return [
        _Pool(
            key=fed.key,
            ats_units=promised[fed.key].ats_units,
            exposure_units=promised[fed.key].exposure_units,
            overdue_s=_overdue_s(services, fed, now),
        )
        for fed in page
        if fed.key in promised and fed.feed in services.settings.feeds
    ]


def _overdue_s(services: Services, pool: FedPool, now: Instant) -> float:
    expected_s = services.settings.feeds[pool.feed].expected_every_s
    return 0.0 if expected_s is None else max(now - pool.arrived_at - expected_s, 0.0)


# -- one page of suspects -------------------------------------------------------------------------


def _evidence(
    connection: Connection,
    suspects: Sequence[_Pool],
    draws: Mapping[PoolKey, Sequence[Draw]],
    now: Instant,
) -> _Evidence:
    short = [each.key for each in suspects if each.ats_units < 0]
    sku_ids = {
        draw.key.sku_id
        for each in suspects
        if each.promises_too_much
        for draw in draws.get(each.key, ())
    }
    since = later(now, -DEMAND_WINDOW_S)
    return _Evidence(
        draws=draws,
        waiting=promises.waiting_for(connection, short) if short else {},
        sold=promises.sold_by_sku(connection, sorted(sku_ids), since) if sku_ids else {},
    )


def _count(
    services: Services, survey: Survey, suspects: Sequence[_Pool], evidence: _Evidence
) -> None:
    """Count the orders that the suspects fail, and keep the worst of them as items."""
    reaction_s, found = reaction_s_max(services), list[ItemRisk]()
    for pool in suspects:
        causes = dict[Cause, float]()
        if pool.promises_too_much:
            causes = _count_promises(survey, pool, evidence, reaction_s)
        in_scope = any(draw.key.shop in survey.scope.shops for draw in evidence.draws[pool.key])
        if pool.ats_units < 0:
            waiting = tuple(evidence.waiting.get(pool.key, ()))
            survey.short[pool.key] = _Short(
                pool=pool, waiting=waiting, causes=causes, in_scope=in_scope
            )
        elif in_scope:
            found.append(_item(services, pool, causes | _late(survey, pool.key)))
    survey.keep_worst(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Short:
    """A pool that is short, who waits for it, and what else it has at risk."""

    pool: _Pool
    waiting: tuple[Waiting, ...]
    causes: Mapping[Cause, float]
    in_scope: bool


def _count_shortages(connection: Connection, services: Services, survey: Survey) -> None:
    """Choose the orders that bear the shortages, over all pools at once."""
    waiting = {key: short.waiting for key, short in survey.short.items()}
    claims = claims_of(connection, waiting, survey.scope.harm)
    missing = {key: -short.pool.ats_units for key, short in survey.short.items()}
    survey.unfillable = least_harm(missing, claims).given_up - survey.scope.harm.counted
    survey.keep_worst(
        _item(services, short.pool, _causes_of(survey, short))
        for short in survey.short.values()
        if short.in_scope
    )


def _causes_of(survey: Survey, short: _Short) -> dict[Cause, float]:
    orders = {line.order for line in short.waiting} & survey.unfillable
    late = _late(survey, short.pool.key)
    return {Cause.SHORTAGE: float(len(orders)), **late, **short.causes}


def _late(survey: Survey, pool: PoolKey) -> dict[Cause, float]:
    """Return the late orders to be expected of a pool that do not fail for want of goods."""
    near = survey.late.get(pool, {}).items()
    late = math.fsum(chance for order, chance in near if order not in survey.unfillable)
    return {Cause.LATE_ORDER: late}


def reaction_s_max(services: Services) -> float:
    """Return how long it may take from an order until what we write for it is in effect."""
    assumptions = services.policies.assumptions
    heard_s = services.settings.schedule.orders_poll_s + assumptions.orders_lag_s
    return heard_s + assumptions.write_horizon_s


def _count_promises(
    survey: Survey, pool: _Pool, evidence: _Evidence, reaction_s: float
) -> dict[Cause, float]:
    """Count the orders to come that the pool would fail, for the shops that would sell them."""
    draws = evidence.draws[pool.key]
    sales = _sales(draws, evidence.sold)
    promise = PoolPromise(
        ats_units=pool.ats_units,
        exposure_units=pool.exposure_units,
        unsettled_units=sum(draw.unsettled_units for draw in draws),
        stranded_units=sum(
            draw.exposure_units - draw.unsettled_units for draw in draws if draw.stranded
        ),
        sold_units_per_s=math.fsum(sales.by_shop.values()) / DEMAND_WINDOW_S,
        stranded_units_per_s=math.fsum(sales.stranded_by_shop.values()) / DEMAND_WINDOW_S,
        units_per_order=sales.units_per_order,
        overdue_s=pool.overdue_s,
    )
    expected = expected_orders(promise, reaction_s)
    for cause, orders in expected.items():
        for shop, share in shared_out(orders, _weights(draws, sales, cause)).items():
            survey.to_come[shop, cause] += share
    return expected


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sales:
    """The units of a pool that each shop sold, also on stranded listings, and by the order."""

    by_shop: Mapping[str, float]
    stranded_by_shop: Mapping[str, float]
    units_per_order: float


def _sales(draws: Sequence[Draw], sold: Mapping[PlacedSku, Sold]) -> _Sales:
    by_shop, stranded, orders = defaultdict[str, float](float), defaultdict[str, float](float), 0
    for draw in draws:
        key = draw.key
        here = sold.get((key.shop, key.sku_id, key.warehouse_id), Sold())
        both = here + sold.get((key.shop, key.sku_id, ""), Sold())
        by_shop[key.shop] += both.units * draw.units_per_sale
        stranded[key.shop] += both.units * draw.units_per_sale if draw.stranded else 0
        orders += both.orders
    units_per_order = max(math.fsum(by_shop.values()) / orders, 1.0) if orders else 1.0
    return _Sales(by_shop=by_shop, stranded_by_shop=stranded, units_per_order=units_per_order)


def _weights(draws: Sequence[Draw], sales: _Sales, cause: Cause) -> Mapping[str, float]:
    """Return how a cause is divided between shops: by writes, by sales, or by what is shown."""
    exposed, unsettled = defaultdict[str, float](float), defaultdict[str, float](float)
    for draw in draws:
        exposed[draw.key.shop] += draw.exposure_units
        unsettled[draw.key.shop] += draw.unsettled_units
    if cause is Cause.UNSETTLED_WRITE:
        return unsettled
    if cause is Cause.STRANDED_LISTING:
        return sales.stranded_by_shop
    selling = {shop: units for shop, units in sales.by_shop.items() if exposed[shop] > 0}
    return selling if math.fsum(selling.values()) > 0 else exposed


def _item(services: Services, pool: _Pool, causes: Mapping[Cause, float]) -> ItemRisk:
    return ItemRisk(
        warehouse=pool.key.warehouse,
        sku=pool.key.sku,
        partner=partner_of(services.settings, pool.key.warehouse),
        expected_cancelled_orders=math.fsum(causes.values()),
        shortage_units=max(-pool.ats_units, 0),
        causes={cause.value: orders for cause, orders in causes.items() if orders > 0},
    )
