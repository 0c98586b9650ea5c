"""What to do about an order whose goods are missing: the least harmful thing that may still help.

Theory of operation
-------------------
In this order, the first that applies:

1. What is lost already is given up: nothing more can be lost, and its goods help others.
2. Another warehouse ships it, if that has all of the missing goods to spare. Who is due first
   takes first, and what one order takes is no longer there for the next.
3. It waits, if a delivery in time is likely. Deliveries come as a Poisson stream as often as over
   the last weeks; one counts if it was of all that is missing. The last hours before the due time
   are needed to pack.
4. The buyer is asked to cancel or to take something else: what a buyer cancels does not count.
5. Where there is no time left to ask, it is given up.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .catalog import PoolKey
from .quantities import Units
from .shortage import Claim


PACKING_S = 12 * 3_600.0
"""What is left for packing after goods have come: a delivery later than this comes too late."""

ASKING_S = 24 * 3_600.0
"""How long a buyer may take to answer."""

LIKELY_CHANCE = 0.5
"""From which chance of a delivery in time on an order waits for it."""


class Remedy(StrEnum):
    """What to do about an order that cannot be filled."""

    OTHER_WAREHOUSE = "other_warehouse"
    """Another warehouse has the goods to spare."""
    WAIT = "wait"
    """A delivery is likely to come in time."""
    ASK_BUYER = "ask_buyer"
    """The buyer may cancel, or take something else."""
    GIVE_UP = "give_up"
    """The seller cancels it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plight:
    """An order that cannot be filled, its time left, and the chance of a delivery in time.

    `left_s` is None where nobody told a due time: nothing is then waited for.
    """

    claim: Claim
    left_s: float | None
    delivery_chance: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedied:
    """An order and its remedy; `warehouse` is the one that has the goods, else empty."""

    plight: Plight
    remedy: Remedy
    warehouse: str = ""


def remedied(plights: Iterable[Plight], spare: Mapping[PoolKey, Units]) -> tuple[Remedied, ...]:
    """Return each order with its remedy, by due time; those that nobody dated come last.

    `spare` is what pools have beyond all that is promised of them.
    """
    left = dict(spare)
    return tuple(_remedied(each, left) for each in sorted(plights, key=_due_first))


def _due_first(plight: Plight) -> tuple[float, object]:
    return (math.inf if plight.left_s is None else plight.left_s, plight.claim.order)


def _remedied(plight: Plight, spare: dict[PoolKey, Units]) -> Remedied:
    """Return an order's remedy, and take what it needs off what is spare."""
    if plight.claim.harm <= 0:
        return Remedied(plight=plight, remedy=Remedy.GIVE_UP)
    for warehouse in sorted({pool.warehouse for pool in spare}):
        elsewhere = _moved(plight.claim, warehouse)
        if all(spare.get(pool, 0) >= units for pool, units in elsewhere.items()):
            for pool, units in elsewhere.items():
                spare[pool] -= units
            return Remedied(plight=plight, remedy=Remedy.OTHER_WAREHOUSE, warehouse=warehouse)
    if plight.delivery_chance >= LIKELY_CHANCE:
        return Remedied(plight=plight, remedy=Remedy.WAIT)
    has_time = plight.left_s is None or plight.left_s >= ASKING_S
    return Remedied(plight=plight, remedy=Remedy.ASK_BUYER if has_time else Remedy.GIVE_UP)


def _moved(claim: Claim, warehouse: str) -> dict[PoolKey, Units]:
    """Return what an order would take of another warehouse in place of its own."""
    moved: dict[PoolKey, Units] = {}
    for pool, units in claim.units.items():
        there = PoolKey(warehouse=warehouse, sku=pool.sku)
        moved[there] = moved.get(there, 0) + units
    return moved


def delivery_chance(
    deliveries: Sequence[Units], observed_s: float, *, missing_units: Units, left_s: float
) -> float:
    """Return the chance that all that is missing is delivered in time to be packed.

    `deliveries` are the units that came in, one by one, over the last `observed_s`.
    """
    enough = sum(units >= missing_units for units in deliveries)
    usable_s = max(left_s - PACKING_S, 0.0)
    if observed_s <= 0 or not enough:
        return 0.0
    return -math.expm1(-enough * usable_s / observed_s)
