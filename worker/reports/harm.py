"""What cancelling an order would cost: what each shop has used of its limit, what is lost already.

Whoever asks for it gets the same numbers: the risk of all shops, and the list of shortages.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import deadlines, promises
from connectors.store.deadlines import DueOrder
from reconciliation.cancellation import seller_fault
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Units, later
from reconciliation.risk import OrderKey, Waiting
from reconciliation.shortage import Claim, harm_of_cancelling

from ..services import Services
from ..settings.values import cancellation_limit
from .late_orders import Lateness, lateness


SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """What counts against each configured shop by now, and how late its orders will be.

    `placed` are the confirmed orders in the window over which TikTok counts, `blamed` those of
    them that count as cancelled at the seller's fault, with the moment at which each was placed.
    """

    placed: Mapping[str, int]
    blamed: Mapping[str, Mapping[OrderKey, Instant]]
    limit_ratio: Mapping[str, float]
    late: Lateness

    def of(self, order: OrderKey, due: DueOrder | None) -> float:
        """Return what it weighs to cancel an order, as `reconciliation.shortage` counts it."""
        is_blamed = order in self.blamed.get(order.shop, ())
        late_chance = 0.0 if due is None else self.late.chance_of(due)
        return harm_of_cancelling(
            lost_chance=1.0 if is_blamed else late_chance,
            limit_used_ratio=self._limit_used_ratio(order.shop),
        )

    @property
    def counted(self) -> frozenset[OrderKey]:
        """Return the orders of all shops that count already."""
        return frozenset[OrderKey]().union(*self.blamed.values())

    def _limit_used_ratio(self, shop: str) -> float:
        """Return how much of its limit a shop has used: all, if it has no orders or is unknown."""
        allowed = self.placed.get(shop, 0) * self.limit_ratio.get(shop, 0.0)
        return len(self.blamed[shop]) / allowed if allowed > 0 else 1.0


def measured_harm(connection: Connection, services: Services, *, now: Instant) -> Harm:
    """Measure every configured shop by its market's window."""
    shops = services.settings.shops
    limits = {shop: cancellation_limit(services.settings, shop) for shop in shops}
    since = {
        shop: later(now, -limit.sfcr_window_days * SECONDS_PER_DAY)
        for shop, limit in limits.items()
    }
    return Harm(
        placed={shop: promises.placed_orders(connection, shop, since[shop]) for shop in shops},
        blamed={
            shop: _blamed(connection, shop, since[shop], market=shops[shop].market)
            for shop in shops
        },
        limit_ratio={shop: limit.sfcr_limit_ratio for shop, limit in limits.items()},
        late=lateness(connection, services, now),
    )


def _blamed(
    connection: Connection, shop: str, since: Instant, *, market: str | None
) -> dict[OrderKey, Instant]:
    """Return a shop's orders that count as cancelled at the seller's fault, in part or whole."""
    return {
        each.order: each.placed_at
        for each in promises.cancelled_orders(connection, shop, since)
        if seller_fault(each.cancelled_by, each.cancel_reason, market=market)
    }


def claims_of(
    connection: Connection, waiting: Mapping[PoolKey, Sequence[Waiting]], harm: Harm
) -> tuple[Claim, ...]:
    """Return each order that waits for some pools, once, with all that it takes of them."""
    units = defaultdict[OrderKey, dict[PoolKey, Units]](dict)
    lines = defaultdict[OrderKey, list[Waiting]](list)
    for pool, some in waiting.items():
        for line in some:
            taken = units[line.order]
            taken[pool] = taken.get(pool, 0) + line.units
            lines[line.order].append(line)
    due = deadlines.due_orders(connection, lines)
    return tuple(
        Claim(
            order=order,
            units=units[order],
            harm=harm.of(order, due.get(order)),
            placed_at=min(line.placed_at for line in lines[order]),
            due_at=due[order].due_at if order in due else None,
            packed=any(line.packed for line in lines[order]),
        )
        for order in sorted(lines)
    )
