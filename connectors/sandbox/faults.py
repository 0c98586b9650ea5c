"""What goes wrong between a program and TikTok, drawn call by call from a seed.

Theory of operation: a plan is asked once for each call. A forced fault comes first; else one
draw decides which of the kinds strikes, if any. Whether a call without a clean answer took
effect is exactly what the caller cannot know, so every such kind exists with and without it.
"""

import random
from collections import deque
from dataclasses import dataclass, fields
from enum import StrEnum


class FaultKind(StrEnum):
    """What can strike a call; each value names a rate of `FaultRates`."""

    TOO_MANY_REQUESTS = "too_many_requests"
    TOO_MANY_WITH_HINT = "too_many_with_hint"
    INTERNAL_ERROR = "internal_error"
    INTERNAL_ERROR_AFTER_EFFECT = "internal_error_after_effect"
    OVERLOADED = "overloaded"
    TIMEOUT_BEFORE_EFFECT = "timeout_before_effect"
    TIMEOUT_AFTER_EFFECT = "timeout_after_effect"
    LATE_EFFECT = "late_effect"
    PARTIAL_FAILURE = "partial_failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRates:
    """The share of calls, from 0 to 1, that each kind strikes; together at most 1."""

    too_many_requests: float = 0.0
    too_many_with_hint: float = 0.0
    internal_error: float = 0.0
    internal_error_after_effect: float = 0.0
    overloaded: float = 0.0
    timeout_before_effect: float = 0.0
    timeout_after_effect: float = 0.0
    late_effect: float = 0.0
    partial_failure: float = 0.0

    def __post_init__(self) -> None:
        """Refuse rates that are no shares of one whole."""
        rates = [getattr(self, field.name) for field in fields(self)]
        # Shares given as decimals may add up to a hair over one.
        if min(rates) < 0 or sum(rates) > 1 + 1e-9:
            raise ValueError(f"fault rates are shares of all calls, together at most 1: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One stroke: its kind, and the seconds until a late effect lands or a hint has one wait."""

    kind: FaultKind
    delay_s: float = 0.0


class FaultPlan:
    """Says for each call what goes wrong with it, if anything. Same seed, same faults."""

    def __init__(
        self,
        rates: FaultRates,
        rng: random.Random,
        *,
        late_effect_s: tuple[float, float] = (0.5, 5.0),
        apis: frozenset[str] | None = None,
    ) -> None:
        self._rates = rates
        self._rng = rng
        self._late_effect_s = late_effect_s
        self._apis = apis
        self._forced: deque[tuple[str | None, Fault]] = deque()
        self._is_away = False

    @classmethod
    def none(cls) -> "FaultPlan":
        """Return the plan under which nothing goes wrong unless it is forced."""
        return cls(FaultRates(), random.Random(0))

    def force(self, kind: FaultKind, *, api: str | None = None, delay_s: float = 0.0) -> None:
        """Let the next call (to `api`, a route's name, where given) be struck by this."""
        self._forced.append((api, Fault(kind=kind, delay_s=delay_s)))

    def set_rates(self, rates: FaultRates) -> None:
        """Let calls go wrong at these rates from now on."""
        self._rates = rates

    def set_away(self, *, is_away: bool) -> None:
        """Let every call be turned away as overload, or no longer."""
        self._is_away = is_away

    def stop(self) -> None:
        """Let nothing go wrong from now on."""
        self._rates = FaultRates()
        self._forced.clear()
        self._is_away = False

    def draw(self, api: str) -> Fault | None:
        """Return what strikes this call to the route named `api`."""
        if self._is_away:
            return Fault(kind=FaultKind.OVERLOADED)
        if forced := self._next_forced(api):
            return forced
        if self._apis is not None and api not in self._apis:
            return None
        luck = self._rng.random()
        for kind in FaultKind:
            luck -= getattr(self._rates, kind.value)
            if luck < 0:
                return Fault(kind=kind, delay_s=self._rng.uniform(*self._late_effect_s))
        return None

    def _next_forced(self, api: str) -> Fault | None:
        for place, (wanted, fault) in enumerate(self._forced):
            if wanted in (None, api):
                del self._forced[place]
                return fault
        return None
