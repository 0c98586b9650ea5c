"""The set-up in which every policy is tried: shops, stock, latencies, quota, and feeds."""

import math
from dataclasses import dataclass, field


SECONDS_PER_DAY = 86_400.0
SECONDS_PER_WEEK = 7 * SECONDS_PER_DAY

UNITS_PER_ORDER_MAX = 3
"""A TikTok buyer, not a wholesaler: what a recorded line orders beyond this is cut off."""

REVIEW_EVERY_S = SECONDS_PER_WEEK
"""How often stock is ordered anew, in the recorded time."""

LEAD_TIME_S = 3 * SECONDS_PER_DAY
"""From ordering stock to having it, in the recorded time."""

HANDLING_S = SECONDS_PER_DAY
"""From an order to its parcel leaving the shelf, in the recorded time."""

CLOSE_READ_S_MIN = 0.1
"""How often what is nearly gone is read in a rush: one call for up to 600 SKUs of a shop."""

WARM_UP_S = 900.0
"""What every policy has to set its listings up before the first order can come."""

EXACT = "none"
"""The feed error of a feed without any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """How long things take, in real seconds however much the orders are compressed.

    Calls take their mean times exp(`tail_sigma` x normal), scaled so that the mean stays: in
    a hundred, one takes three times as long as usual.
    """

    webhook_s: float = 4.0
    webhooks_lost: float = 0.02
    poll_every_s: float = 60.0
    read_s: float = 0.3
    write_s: float = 0.4
    tail_sigma: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedCondition:
    """How the partner reports: a file every `delay_s` seconds, with one named kind of error.

    No figure is older than the delay unless a file is late or missing. 0: every change of the
    shelf is told at once, and exactly.
    """

    delay_s: float = 0.0
    error: str = EXACT

    def __post_init__(self) -> None:
        """Refuse an error in a feed that is exact by definition."""
        if self.delay_s < 0 or (self.delay_s == 0 and self.error != EXACT):
            raise ValueError("an instant feed has no error, and no delay is negative")

    @property
    def exact(self) -> bool:
        """Tell whether the feed states the shelf at every moment."""
        return self.delay_s == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One set-up.

    `intensity` compresses the recorded time. `quota_share` is the share of a shop's calls that
    the replayed items may use: the share of the SKUs that they are.
    """

    shops: int = 3
    intensity: float = 1.0
    stock_weeks: float = 2.0
    quota_share: float = 1.0
    feed: FeedCondition = field(default_factory=FeedCondition)
    latencies: Latencies = field(default_factory=Latencies)

    def __post_init__(self) -> None:
        """Refuse what cannot be replayed."""
        if self.shops < 1:
            raise ValueError("there must be a shop")
        if min(self.intensity, self.stock_weeks, self.quota_share) <= 0:
            raise ValueError("intensity, stock and quota must be above 0")

    def compressed_s(self, recorded_s: float) -> float:
        """Return how long a span of the recorded time takes here."""
        return recorded_s / self.intensity

    def next_poll_at(self, shop: int, moment: float) -> float:
        """Return when the orders of a shop are polled next, after `moment`."""
        return _next_at(self.latencies.poll_every_s, shop / self.shops, moment)

    def last_poll_at(self, shop: int, moment: float) -> float:
        """Return when the orders of a shop were polled last whose answer is in at `moment`."""
        answered = moment - self.latencies.read_s
        return self.next_poll_at(shop, answered) - self.latencies.poll_every_s


def _next_at(every_s: float, phase: float, moment: float) -> float:
    """Return when what happens every so often, from a part of its span on, happens next."""
    return (math.floor(moment / every_s - phase) + 1 + phase) * every_s
