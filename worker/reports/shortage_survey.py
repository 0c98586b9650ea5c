"""Gathers what a shortage is judged by: what is missing, who waits for it, and what might come."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from connectors.store import catalog, pool_stocks, promises, spares
from connectors.store.batches import batches
from connectors.store.spares import Deliveries
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Units, later
from reconciliation.shortage import Claim
from reconciliation.shortage_remedy import delivery_chance

from ..services import Services
from .harm import claims_of, measured_harm


DELIVERIES_S = 56 * 86_400.0
"""How far back files tell how often goods come in: eight weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortageSurvey:
    """What is missing of each pool, the orders that wait, and where goods might come from.

    `spare` is what pools of the same items in other warehouses have beyond all promises.
    """

    now: Instant
    missing: Mapping[PoolKey, Units] = field(default_factory=dict)
    claims: Sequence[Claim] = ()
    spare: Mapping[PoolKey, Units] = field(default_factory=dict)
    deliveries: Mapping[PoolKey, Deliveries] = field(default_factory=dict)

    def left_s(self, claim: Claim) -> float | None:
        """Return an order's time left, None where nobody told its due time."""
        return None if claim.due_at is None else claim.due_at - self.now

    def delivery_chance(self, claim: Claim) -> float:
        """Return the chance that all of an order's goods are delivered in time."""
        left_s = self.left_s(claim)
        if left_s is None:
            return 0.0
        # The rarest delivery decides: several items often come on one lorry.
        return min(self._delivery_chance(pool, left_s) for pool in claim.units)

    def _delivery_chance(self, pool: PoolKey, left_s: float) -> float:
        known = self.deliveries.get(pool)
        if known is None:
            return 0.0
        return delivery_chance(
            known.units,
            self.now - known.first_as_of,
            missing_units=self.missing[pool],
            left_s=left_s,
        )


def survey_shortages(
    connection: Connection, services: Services, *, now: Instant
) -> ShortageSurvey:
    """Look at all pools, and closer at those that are short."""
    missing = _missing(connection, services)
    if not missing:
        return ShortageSurvey(now=now)
    short = sorted(missing)
    waiting = {
        pool: lines
        for some in batches(short)
        for pool, lines in promises.waiting_for(connection, some).items()
    }
    return ShortageSurvey(
        now=now,
        missing=missing,
        claims=claims_of(connection, waiting, measured_harm(connection, services, now=now)),
        spare=_spare(connection, missing),
        deliveries=spares.deliveries_to(connection, short, later(now, -DELIVERIES_S)),
    )


# -- what is missing ------------------------------------------------------------------------------


def _missing(connection: Connection, services: Services) -> dict[PoolKey, Units]:
    """Return the units by which each pool was short at its last decision."""
    short = pool_stocks.short(connection, services.settings.feeds)
    return {pool: -units for pool, units in short.items()}


def _spare(connection: Connection, missing: Collection[PoolKey]) -> dict[PoolKey, Units]:
    """Return what other warehouses have of the items that are short.

    Goods that no listing sells are all to spare; of others, what the last decision left.
    """
    stated = spares.pools_of_items(connection, {pool.sku for pool in missing})
    others = sorted(pool for pool in stated if pool not in missing)
    spare: dict[PoolKey, Units] = {}
    for some in batches(others):
        decided = pool_stocks.of_pools(connection, some)
        listed = catalog.shops_on(connection, some)
        for pool in some:
            spare[pool] = max(decided.get(pool, 0) if pool in listed else stated[pool], 0)
    return spare
