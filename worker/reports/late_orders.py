"""How many open orders TikTok will cancel as late: told by how punctual each partner was.

An order has the greater chance of its two due times, and one partner: whoever keeps the warehouse
that TikTok names on it. What is measured is of the last weeks, and of all shops together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import deadlines
from connectors.store.deadlines import DueOrder, PoolDue
from reconciliation.lateness import (
    UNMEASURED,
    Deadline,
    Punctuality,
    all_together,
    late_chance,
    left_s_below,
)
from reconciliation.quantities import Instant, later
from reconciliation.risk import LossSum, OrderKey, surely

from ..services import Services
from ..settings.values import partner_of, warehouse_map


MEASURED_S = 42 * 86_400.0
"""How far back orders tell how punctual a partner is: six weeks, a season's change ago."""

NEAR_CHANCE = 0.05
"""From which chance on an order is counted with its items; below it only with its shop.

Nearly all open orders have some chance; those that a person should look at are few.
"""

Chances = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """The chance to be late, by partner, deadline and step of time left."""

    now: Instant
    partners: Mapping[tuple[str, str], str]
    chances: Mapping[tuple[str, Deadline], Chances]

    def chance_of(self, due: DueOrder) -> float:
        """Return the chance that TikTok cancels an order as late."""
        times = (
            (Deadline.SHIPPING, due.shipping_due_at),
            (Deadline.COLLECTION, due.collection_due_at),
        )
        partner = self._partner(due.order.shop, due.warehouse_id)
        return max(
            (
                late_chance(self._chances(partner, deadline), due_at - self.now)
                for deadline, due_at in times
                if due_at is not None
            ),
            default=0.0,
        )

    def expected_by_shop(self, connection: Connection) -> dict[str, LossSum]:
        """Return what open orders of each shop are to be expected to be late."""
        expected = defaultdict[str, LossSum](LossSum)
        for group in deadlines.open_orders(connection, self.now):
            steps = (
                (Deadline.SHIPPING, group.shipping_step),
                (Deadline.COLLECTION, group.collection_step),
            )
            partner = self._partner(group.shop, group.warehouse_id)
            chance = max(
                1.0 if step == deadlines.PAST else self._chances(partner, deadline)[step]
                for deadline, step in steps
                if step is not None
            )
            expected[group.shop].add(surely(chance), times=group.orders)
        return expected

    def chances_among(
        self, connection: Connection, orders: Collection[OrderKey]
    ) -> Iterator[tuple[str, float]]:
        """Yield the shop and the chance of those orders that may be late."""
        for order, due in deadlines.due_orders(connection, orders).items():
            yield order.shop, self.chance_of(due)

    def near(self, connection: Connection) -> Iterator[tuple[PoolDue, float]]:
        """Yield the orders that have `NEAR_CHANCE` or more, with their chance, by pool."""
        known = [*self.chances.values(), UNMEASURED.chances()]
        left_s = max(left_s_below(each, NEAR_CHANCE) for each in known)
        for each in deadlines.due_before(connection, later(self.now, left_s)):
            chance = self.chance_of(each.due)
            if chance >= NEAR_CHANCE:
                yield each, chance

    def _partner(self, shop: str, warehouse_id: str) -> str:
        return self.partners.get((shop, warehouse_id), "")

    def _chances(self, partner: str, deadline: Deadline) -> Chances:
        return self.chances.get((partner, deadline)) or UNMEASURED.chances()


def lateness(connection: Connection, services: Services, now: Instant) -> Lateness:
    """Measure how punctual every partner was with the orders of all shops."""
    settings, since = services.settings, later(now, -MEASURED_S)
    partners = {
        place: partner_of(settings, code) for place, code in warehouse_map(settings).items()
    }
    measured = defaultdict[tuple[str, Deadline], list[Punctuality]](list)
    for shop in settings.shops:
        for deadline in Deadline:
            found = deadlines.punctuality(connection, shop, deadline, since=since, now=now)
            for warehouse_id, counts in found.items():
                if (shop, warehouse_id) in partners:
                    measured[partners[shop, warehouse_id], deadline].append(counts)
    return Lateness(
        now=now,
        partners=partners,
        chances={key: all_together(parts).chances() for key, parts in measured.items()},
    )
