"""Keeps our calls within TikTok's quota: 50 a second for each API of an app and shop.

Theory of operation
-------------------
The quota is API page, section 5; no header tells what is left of it. Each (shop, API) has two
token buckets. Every call takes from the first; a call that is not urgent takes from the second
as well, which fills at four fifths of the rate. So a fifth always remains for decreases (design
3.10), however many other calls there are; urgent calls may use all.

A bucket never grants more than `rate x t + burst` calls in any time t. We use nine tenths of the
quota as the rate and the last tenth as the burst, so no second ever sees more than the quota.
Buckets start empty: whoever held the shop before us may just have used up its burst. After a 429
nothing is granted until the penalty is over, and then the buckets are empty again.

Nothing here sleeps or raises: `take` says how long to wait, and the caller waits or comes later.
A `Quota` is for one process: where several call for one shop, give each its share of
`calls_per_s`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from connectors.http_client import RETRY_AFTER_MAX_S


TIKTOK_CALLS_PER_S = 50.0
"""TikTok's default for one API of an app and shop (API page, section 5)."""

USED_SHARE = 0.9
"""What we use of it; the rest is the burst."""

URGENT_SHARE = 0.2
"""What only urgent calls, decreases, may use."""

WAIT_MIN_S = 0.001
"""The shortest wait told: a shorter one could be lost in the rounding of a clock's float."""

_NEARLY_ONE = 1.0 - 1e-6  # as above


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Tokens that come at `rate_per_s` up to `burst`, as of the moment `at`."""

    rate_per_s: float
    burst: float
    at: float
    tokens: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a bucket that could never grant anything."""
        if self.rate_per_s <= 0 or self.burst < 1:
            raise ValueError(f"a bucket needs a rate above 0 and room for one token: {self}")

    def filled(self, now: float) -> "Bucket":
        """Return the bucket as of `now`. A clock set back loses tokens, but never the bucket."""
        fresh = max(0.0, now - self.at) * self.rate_per_s
        return replace(self, at=now, tokens=min(self.burst, self.tokens + fresh))

    def wait_s(self) -> float:
        """Return how long until there is a token; 0 where there is one."""
        if self.tokens >= _NEARLY_ONE:
            return 0.0
        return max(WAIT_MIN_S, (1.0 - self.tokens) / self.rate_per_s)

    def taken(self) -> "Bucket":
        """Return the bucket with a token less."""
        return replace(self, tokens=max(0.0, self.tokens - 1.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What may still be called of one API for one shop: a bucket for all, one for the others."""

    everyone: Bucket
    unhurried: Bucket
    penalty_until: float = 0.0

    def take(self, now: float, *, urgent: bool) -> tuple["Allowance", float]:
        """Return the allowance after asking for one call, and how long to wait: 0 is a grant."""
        # Further away than any penalty is, its end was told by a clock since set back.
        if 0 < (wait_s := self.penalty_until - now) <= RETRY_AFTER_MAX_S:
            return self, max(WAIT_MIN_S, wait_s)
        everyone, unhurried = self.everyone.filled(now), self.unhurried.filled(now)
        asked = (everyone,) if urgent else (everyone, unhurried)
        if wait_s := max(bucket.wait_s() for bucket in asked):
            return replace(self, everyone=everyone, unhurried=unhurried), wait_s
        left = unhurried if urgent else unhurried.taken()
        return replace(self, everyone=everyone.taken(), unhurried=left), 0.0

    def penalised(self, until: float) -> "Allowance":
        """Return the allowance that grants nothing before `until`, and is empty then."""
        return replace(
            self,
            everyone=replace(self.everyone, at=until, tokens=0.0),
            unhurried=replace(self.unhurried, at=until, tokens=0.0),
            penalty_until=until,
        )


def allowance(now: float, calls_per_s: float = TIKTOK_CALLS_PER_S) -> Allowance:
    """Return an empty allowance of `calls_per_s`."""
    rate_per_s = calls_per_s * USED_SHARE
    burst = max(1.0, calls_per_s - rate_per_s)
    return Allowance(
        everyone=Bucket(rate_per_s=rate_per_s, burst=burst, at=now),
        unhurried=Bucket(
            rate_per_s=rate_per_s * (1 - URGENT_SHARE),
            burst=max(1.0, burst * (1 - URGENT_SHARE)),
            at=now,
        ),
    )


@dataclass(slots=True)
class Quota:
    """The allowances of one app in this process. May be shared between threads."""

    calls_per_s: float = TIKTOK_CALLS_PER_S
    _allowances: dict[tuple[str, str], Allowance] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def take(self, shop: str, api: str, *, now: float, urgent: bool = False) -> float:
        """Take one call of `api` for `shop`. Returns 0, or how long to wait with nothing taken."""
        return self._change(shop, api, now, lambda each: each.take(now, urgent=urgent))

    def penalise(self, shop: str, api: str, *, now: float, until: float) -> None:
        """Grant nothing before `until`: TikTok has just said that it was too much."""
        bounded = min(until, now + RETRY_AFTER_MAX_S)
        self._change(shop, api, now, lambda each: (each.penalised(bounded), 0.0))

    def _change(
        self,
        shop: str,
        api: str,
        now: float,
        change: Callable[[Allowance], tuple[Allowance, float]],
    ) -> float:
        with self._lock:
            known = self._allowances.get((shop, api)) or allowance(now, self.calls_per_s)
            self._allowances[shop, api], wait_s = change(known)
        return wait_s
