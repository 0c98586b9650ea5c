"""How many orders will end in a seller-fault cancellation, and whether any will, by cause.

Theory of operation
-------------------
Two causes are of orders that are there: those for goods that are missing, and those that may miss
a due time, at which TikTok cancels them. A third is of orders for goods that nobody knows. The
others are of orders to come until the next feed, of which only the law is known (`pool_risk`).

This is assumed; where a guess can go two ways, it is the dearer one:

- A shortage falls on the orders that `shortage` chooses: whoever gives up others may lose more.
  Each of them is cancelled, though a delivery may come in time.
- An order nears its due time with the chance that `lateness` tells, and past it is cancelled,
  though TikTok may put off its deadline. The lines of an order fare alike.
- An order of a listing without goods fares like those before it; the first fails as often as not.
- Causes, pools and orders are independent. A bundle that is short of two items counts for both.
- Where several shops sell a pool, each has its share of the orders that are lost, and a chance of
  no less than that it loses one.
- Orders to come are cancelled ones in the rate, and not yet orders in it.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .quantities import Instant, Units


UNMAPPED_PRIOR_ORDERS = 1.0
"""How many orders of a listing without goods the guess weighs: half of it fails."""

CERTAIN = 1.0 - 1e-15
"""Stands for a chance of 1 where chances are multiplied, so that they can be taken apart again."""

AS_GOOD_AS_CERTAIN = 1.0 - 1e-14
"""From here on a chance is told as 1."""


class Cause(StrEnum):
    """Why an order is or will be cancelled at the seller's fault."""

    SHORTAGE = "shortage"
    """The goods for it are not there."""
    LATE_ORDER = "late_order"
    """It is not packed, or not collected, by the time at which TikTok cancels."""
    UNSETTLED_WRITE = "unsettled_write"
    """A write of ours may still show more than there is."""
    DECLINE = "decline"
    """More goods may go missing until the next feed than are withheld for it."""
    STALE_FEED = "stale_feed"
    """The feed is overdue, and more goods may be gone than are withheld for it."""
    RACE = "race"
    """Listings show more together than there is, until the decreases have landed."""
    STRANDED_LISTING = "stranded_listing"
    """A listing that cannot be written shows more than there is, until a person mends it."""
    UNMAPPED_SKU = "unmapped_sku"
    """It is for a listing that nobody has joined to goods: nobody knows whether there are any."""
    ALREADY_CANCELLED = "already_cancelled"
    """It was cancelled: the part of the rate that is past."""


EXPECTED_CAUSES: tuple[Cause, ...] = tuple(
    cause for cause in Cause if cause is not Cause.ALREADY_CANCELLED
)
"""The causes of cancellations to come."""


# -- orders that are there ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class OrderKey:
    """One order of one shop."""

    shop: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What one line of an order waits for: units of a pool; `packed`: they are in a parcel."""

    order: OrderKey
    placed_at: Instant
    units: Units
    packed: bool = False


# -- what is lost ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Orders that will be cancelled: how many are expected, and the chance of at least one."""

    chance: float
    orders: float

    def __post_init__(self) -> None:
        """Refuse what is no chance, and orders below 0."""
        if not 0.0 <= self.chance <= 1.0 or not 0.0 <= self.orders < math.inf:
            raise ValueError(f"a chance lies between 0 and 1, orders are at least 0: {self}")

    def less(self, other: "Loss") -> "Loss":
        """Return what is left of a loss without another that is a part of it."""
        orders = max(self.orders - other.orders, 0.0)
        return Loss(chance=min(self.chance, orders), orders=orders)

    def at_most(self, chance: float) -> "Loss":
        """Return the same orders, any of them lost with no more than this chance."""
        return Loss(chance=min(self.chance, chance), orders=self.orders)

    def share(self, ratio: float) -> "Loss":
        """Return the part of one who shares the loss with others: no likelier to lose any."""
        orders = self.orders * ratio
        return Loss(chance=min(self.chance, orders), orders=orders)


NOTHING = Loss(chance=0.0, orders=0.0)
"""No order is lost."""


@dataclass(slots=True)
class LossSum:
    """Losses that are independent of each other, added up."""

    orders: float = 0.0
    log_none: float = 0.0

    def add(self, loss: Loss, *, times: int = 1) -> None:
        """Add a loss, or so many alike; a negative number takes them out again."""
        self.orders += times * loss.orders
        self.log_none += times * math.log1p(-min(loss.chance, CERTAIN))

    def include(self, other: "LossSum") -> None:
        """Add all that another holds."""
        self.orders += other.orders
        self.log_none += other.log_none

    @property
    def loss(self) -> Loss:
        """Return all of them as one."""
        chance = max(0.0, -math.expm1(self.log_none))
        return Loss(
            chance=1.0 if chance >= AS_GOOD_AS_CERTAIN else chance, orders=max(self.orders, 0.0)
        )


def any_of(losses: Iterable[Loss]) -> float:
    """Return the chance that at least one order is lost, of losses that are independent."""
    whole = LossSum()
    for loss in losses:
        whole.add(loss)
    return whole.loss.chance


def surely(chance: float) -> Loss:
    """Return the loss of one order with a chance."""
    return Loss(chance=chance, orders=chance)


def unmapped_chance(*, failed: int, filled: int) -> float:
    """Return the chance that an order of a listing without goods fails, by those before it."""
    failures = failed + UNMAPPED_PRIOR_ORDERS / 2
    return failures / (failed + filled + UNMAPPED_PRIOR_ORDERS)


# -- the rate -----------------------------------------------------------------------------------


def projected_sfcr(
    *, orders: int, cancelled: int, expected: Mapping[Cause, float]
) -> dict[Cause, float]:
    """Return the projected seller-fault cancellation rate of a shop, in parts by cause.

    `orders` and `cancelled` are those placed in the market's window. Where more is cancelled or
    expected to be than was ordered, the whole is 1.
    """
    counts: dict[Cause, float] = {cause: expected.get(cause, 0.0) for cause in EXPECTED_CAUSES}
    counts[Cause.ALREADY_CANCELLED] = float(cancelled)
    whole = max(float(orders), math.fsum(counts.values()))
    return {cause: count / whole if whole else 0.0 for cause, count in counts.items()}


def sum_of(parts: Mapping[Cause, float]) -> float:
    """Return the whole rate, between 0 and 1."""
    return min(math.fsum(parts.values()), 1.0)
