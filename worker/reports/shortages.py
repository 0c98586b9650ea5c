"""What `shortages` says: the orders that cannot be filled, by due time, and what to do about each.

Which orders these are is chosen by `reconciliation.shortage`, over all shops and pools at once,
and what to do by `reconciliation.shortage_remedy`. Goods are those of the last decisions. A pool
of which no feed is in force, or about which nothing was ever decided, is unknown and not short.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store.batches import batches
from connectors.store.engine import reading
from reconciliation.catalog import PoolKey
from reconciliation.shortage import Choice, least_harm
from reconciliation.shortage_remedy import Plight, Remedied, Remedy, remedied

from ..services import Services
from .lookup import require_warehouse, shops_in_scope
from .moments import iso
from .shortage_survey import ShortageSurvey, survey_shortages
from .sight import EVERYTHING, Sight, hidden_pools


ORDERS_LISTED_MAX = 500
"""Orders that are listed, those due first; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingItem:
    """Goods that an order waits for and will not get: the units that it takes of a pool."""

    warehouse: str
    sku: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortOrder:
    """An order that cannot be filled, and the least harmful thing to do about it.

    `due_at` is when TikTok cancels it by itself, None where nobody told; `left_s` is negative
    once that is over. `harm` weighs its cancellation: 1 in a shop that has all room up to its
    limit, 2 at the limit, 0 if it is lost anyway.
    """

    shop: str
    order_id: str
    due_at: str | None
    left_s: float | None
    packed: bool
    missing: tuple[MissingItem, ...]
    harm: float
    remedy: str
    what_to_do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortPool:
    """Goods that are short: the units missing, and how many orders wait for them."""

    warehouse: str
    sku: str
    missing_units: int
    waiting_orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortages:
    """The orders that cannot be filled, by due time, and the goods that they lack.

    `exact` tells whether no other choice of orders would do less harm; where the goods are
    knotted beyond what can be searched, the choice is a good one with a bound.
    """

    at: str | None
    exact: bool
    orders_found: int
    orders: tuple[ShortOrder, ...]
    pools: tuple[ShortPool, ...]

    @property
    def well(self) -> bool:
        """Tell whether every order can be filled."""
        return self.orders_found == 0


def shortages(
    services: Services,
    *,
    shop: str | None = None,
    warehouse: str | None = None,
    sight: Sight = EVERYTHING,
) -> Shortages:
    """Return the orders that cannot be filled, of one shop and warehouse or all, from the record.

    Whatever is listed, the choice is made among the orders of all shops, since they share the
    goods. Goods that are shared with a shop out of sight are not shown as such. Raises `Unknown`.
    """
    shops = frozenset(filter(sight.sees, shops_in_scope(services.settings, shop)))
    if warehouse is not None:
        require_warehouse(services.settings, warehouse, sight=sight)
    now = services.now()
    with reading(services.engine) as connection:
        survey = survey_shortages(connection, services, now=now)
        hidden = _hidden(connection, sight, sorted({*survey.missing, *survey.spare}))
    choice = least_harm(survey.missing, survey.claims)
    spare = {pool: units for pool, units in survey.spare.items() if pool not in hidden}
    listed = [
        each
        for each in remedied(_plights(survey, choice), spare)
        if each.plight.claim.order.shop in shops and _concerns(each, warehouse)
    ]
    return Shortages(
        at=iso(now),
        exact=choice.exact,
        orders_found=len(listed),
        orders=tuple(_short_order(each) for each in listed[:ORDERS_LISTED_MAX]),
        pools=_short_pools(survey, listed, hidden),
    )


def _hidden(connection: Connection, sight: Sight, pools: Sequence[PoolKey]) -> frozenset[PoolKey]:
    return frozenset(
        pool for some in batches(pools) for pool in hidden_pools(connection, sight, some)
    )


def _plights(survey: ShortageSurvey, choice: Choice) -> list[Plight]:
    return [
        Plight(
            claim=claim,
            left_s=survey.left_s(claim),
            delivery_chance=survey.delivery_chance(claim),
        )
        for claim in survey.claims
        if claim.order in choice.given_up
    ]


def _concerns(found: Remedied, warehouse: str | None) -> bool:
    return warehouse is None or any(
        pool.warehouse == warehouse for pool in found.plight.claim.units
    )


def _short_order(found: Remedied) -> ShortOrder:
    claim, left_s = found.plight.claim, found.plight.left_s
    return ShortOrder(
        shop=claim.order.shop,
        order_id=claim.order.order_id,
        due_at=iso(claim.due_at),
        left_s=None if left_s is None else round(left_s, 1),
        packed=claim.packed,
        missing=tuple(
            MissingItem(warehouse=pool.warehouse, sku=pool.sku, units=units)
            for pool, units in sorted(claim.units.items())
        ),
        harm=round(claim.harm, 3),
        remedy=found.remedy.value,
        what_to_do=_what_to_do(found),
    )


def _what_to_do(found: Remedied) -> str:
    claim, left_s = found.plight.claim, found.plight.left_s
    match found.remedy:
        case Remedy.OTHER_WAREHOUSE:
            holds = ", ".join(
                f"`hold {pool.sku} --warehouse {found.warehouse} --set-aside {units}`"
                for pool, units in sorted(claim.units.items())
            )
            return f"have {found.warehouse} ship it, which has the goods to spare: {holds}"
        case Remedy.WAIT:
            return f"wait: a delivery in time has a chance of {found.plight.delivery_chance:.0%}"
        case Remedy.ASK_BUYER:
            return "ask the buyer to cancel, or to take something else: that is no fault of ours"
        case Remedy.GIVE_UP if claim.harm <= 0 and left_s is not None and left_s <= 0:
            return "give it up: its due time is over"
        case Remedy.GIVE_UP if claim.harm <= 0:
            return "give it up: it counts against the shop already"
        case Remedy.GIVE_UP:
            return "give it up: no time is left to ask the buyer"


def _short_pools(
    survey: ShortageSurvey, listed: Collection[Remedied], hidden: Collection[PoolKey]
) -> tuple[ShortPool, ...]:
    """Return the pools that the listed orders wait for, those with most missing first."""
    named = {pool for each in listed for pool in each.plight.claim.units} - {*hidden}
    return tuple(
        ShortPool(
            warehouse=pool.warehouse,
            sku=pool.sku,
            missing_units=survey.missing[pool],
            waiting_orders=sum(pool in claim.units for claim in survey.claims),
        )
        for pool in sorted(named, key=lambda pool: (-survey.missing[pool], pool))
    )
