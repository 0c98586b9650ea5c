"""What the replays of all seeds amount to: one line per policy and set-up."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from .scene import FeedCondition
from .tally import Tally


DEVIATIONS = statistics.NormalDist().inv_cdf(0.975)
"""Standard deviations from the middle of a 95 % interval to its ends."""

PER_ORDERS = 10_000
"""Oversold orders are told per so many orders taken, as the policy's budget is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One line of the answer, under the names that its JSON has.

    `orders` were taken by a checkout, in all seeds together; `lost_sales_pct` is what `atomic`
    fills and the policy does not, in percent of the former.
    """

    policy: str
    intensity: float
    feed_delay_s: float
    feed_error: str
    orders: int
    oversold_orders_per_10k: float
    oversold_interval: tuple[float, float]
    oversold_units: int
    lost_sales_pct: float
    writes: int
    reads: int


def outcome_of(
    policy: str,
    intensity: float,
    feed: FeedCondition,
    tallies: Sequence[Tally],
    atomic: Sequence[Tally],
) -> Outcome:
    """Return what the tallies of a policy amount to, seed by seed beside those of `atomic`."""
    orders = sum(each.orders for each in tallies)
    oversold = [each.oversold_orders for each in tallies]
    reachable = sum(each.filled_orders for each in atomic)
    filled = sum(each.filled_orders for each in tallies)
    low, high = interval(oversold)
    per = PER_ORDERS / orders if orders else 0.0
    return Outcome(
        policy=policy,
        intensity=intensity,
        feed_delay_s=feed.delay_s,
        feed_error=feed.error,
        orders=orders,
        oversold_orders_per_10k=round(sum(oversold) * per, 4),
        oversold_interval=(round(low * per, 4), round(high * per, 4)),
        oversold_units=sum(each.oversold_units for each in tallies),
        lost_sales_pct=round(100.0 * (reachable - filled) / reachable, 4) if reachable else 0.0,
        writes=sum(each.writes for each in tallies),
        reads=sum(each.reads for each in tallies),
    )


def interval(counts: Sequence[int]) -> tuple[float, float]:
    """Return the 95 % interval of the expected sum of counts, one count per seed.

    The exact interval of Poisson counts in Byar's closed form (Breslow and Day 1987), so that
    none at all still has an upper end; a bootstrap over seeds would say [0, 0] there. Races come
    in bursts, which would make it too narrow: where the counts of the seeds differ by more than
    Poisson counts do, the interval is widened as quasi-Poisson regression widens it.
    """
    ratio = _dispersion(counts)
    scaled = sum(counts) / ratio
    low = _byar(scaled, -DEVIATIONS) if scaled else 0.0
    return low * ratio, _byar(scaled + 1.0, DEVIATIONS) * ratio


def _byar(count: float, deviations: float) -> float:
    return float(
        count * max(1.0 - 1.0 / (9.0 * count) + deviations / (3.0 * count**0.5), 0.0) ** 3
    )


def _dispersion(counts: Sequence[int]) -> float:
    """Return the variance of counts over their mean, 1 where they are no more than Poisson."""
    if len(counts) < 2 or not any(counts):  # noqa: PLR2004 - a variance needs two
        return 1.0
    return max(1.0, statistics.variance(counts) / statistics.fmean(counts))
