"""Recorded order lines, and what a seed makes of them: which shop, which moment, which notice."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .scene import SECONDS_PER_WEEK, UNITS_PER_ORDER_MAX, Latencies


SECONDS_PER_MINUTE = 60.0
"""Recorded times are to the minute; a seed spreads the orders of a minute over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One recorded line: seconds since the history's first midnight, and what was ordered."""

    placed_at: float
    order_id: str
    sku: str
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One order line as it reaches a shop; `item` counts the SKUs of the sample from 0.

    `at` is in recorded seconds. `webhook_s` is how long its webhook takes, infinite where that
    is lost.
    """

    at: float
    item: int
    shop: int
    units: int
    webhook_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What one seed makes of a history, for a sample of its SKUs.

    `units_per_week` is the mean demand of each item, by which stock is ordered.
    """

    skus: tuple[str, ...]
    arrivals: tuple[Arrival, ...]
    units_per_week: tuple[float, ...]
    ends_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Recorded lines in the order of their placing, and their SKUs, the most ordered first.

    `begins_at` is the midnight, in Unix seconds, from which the lines count.
    """

    lines: tuple[OrderLine, ...]
    skus: tuple[str, ...]
    begins_at: float = 0.0

    @property
    def ends_at(self) -> float:
        """Return when the record ends: an hour after its last line."""
        return self.lines[-1].placed_at + 3_600.0


def history_of(lines: Sequence[OrderLine], begins_at: float = 0.0) -> History:
    """Return the history that some lines make. Raises `ValueError` for none."""
    if not lines:
        raise ValueError("a history has at least one order line")
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.sku] = counts.get(line.sku, 0) + 1
    return History(
        lines=tuple(sorted(lines, key=lambda line: (line.placed_at, line.order_id, line.sku))),
        skus=tuple(sorted(counts, key=lambda sku: (-counts[sku], sku))),
        begins_at=begins_at,
    )


def sample(history: History, *, most: int, seed: int) -> tuple[str, ...]:
    """Return at most `most` SKUs that stand for all: every nth by demand, from a drawn start.

    Each seed draws another start, so that many seeds see many SKUs, and each sample holds as
    many of the fast and of the slow as the whole does.
    """
    step = len(history.skus) / most
    if step <= 1:
        return history.skus
    start = _fraction(f"{seed}/sample", 0) * step
    return tuple(history.skus[int(start + k * step)] for k in range(most))


def demand_of(
    history: History, skus: Sequence[str], *, seed: int, shops: int, latencies: Latencies
) -> Demand:
    """Return the orders of these SKUs as they reach the shops under a seed.

    An order goes to a shop, and to a moment of its minute, by a hash of its id and the seed:
    all its lines together, whatever else is sampled.
    """
    place = {sku: item for item, sku in enumerate(skus)}
    fates: dict[str, tuple[float, int, float]] = {}
    arrivals, units_of = [], [0] * len(skus)
    for line in history.lines:
        item = place.get(line.sku)
        if item is None:
            continue
        fate = fates.get(line.order_id)
        if fate is None:
            fate = fates[line.order_id] = _fate(f"{seed}/{line.order_id}", shops, latencies)
        offset_s, shop, webhook_s = fate
        units = min(line.units, UNITS_PER_ORDER_MAX)
        units_of[item] += units
        arrivals.append(
            Arrival(
                at=line.placed_at + offset_s,
                item=item,
                shop=shop,
                units=units,
                webhook_s=webhook_s,
            )
        )
    arrivals.sort(key=lambda each: each.at)
    weeks = history.ends_at / SECONDS_PER_WEEK
    return Demand(
        skus=tuple(skus),
        arrivals=tuple(arrivals),
        units_per_week=tuple(units / weeks for units in units_of),
        ends_at=history.ends_at,
    )


def _fate(key: str, shops: int, latencies: Latencies) -> tuple[float, int, float]:
    """Return the offset within the minute, the shop, and the delay of the webhook."""
    shop = min(int(_fraction(key, 0) * shops), shops - 1)
    offset_s = _fraction(key, 1) * SECONDS_PER_MINUTE
    if _fraction(key, 2) < latencies.webhooks_lost:
        return offset_s, shop, math.inf
    return offset_s, shop, -latencies.webhook_s * math.log(1.0 - _fraction(key, 3))


def _fraction(key: str, part: int) -> float:
    """Return a number in [0, 1) that depends on the text alone, in every process the same."""
    digest = hashlib.sha256(key.encode()).digest()
    return int.from_bytes(digest[8 * part : 8 * part + 6], "big") / 2.0**48
