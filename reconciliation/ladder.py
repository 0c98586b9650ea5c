"""From what age on an old feed holds stock back: the steps, tied to the feed's own schedule.

Theory of operation
-------------------
A feed that tells how often it comes goes down the ladder by its own interval; any other goes by
the policy's ages in seconds, as does a step whose multiple is 0. The multiples were chosen for a
daily and for a 15-minute feed, the two that partners have:

- A daily figure is 24 hours old before the next one can come. Ages made for feeds of the day
  (frozen at 12 hours, one unit at 24) would stop it every day. Late by a quarter day it widens and
  counts as overdue, late by half a day nothing is raised, one missed file and a half leave one
  unit, and after three missed files, a long weekend, nothing is shown.
- Four missed files of a 15-minute feed are no news: partners restart servers. So an interval
  counts as three hours at least (`ladder_interval_s_min`): overdue at 3 h 45 min, frozen at
  4 h 30 min, one unit at 7 h 30 min, which an outage overnight reaches for a while, and nothing
  at 12 hours.
"""

from dataclasses import dataclass

from .policy import GuardPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The ages of a feed, in seconds, from which each step holds."""

    widen_s: float
    freeze_s: float
    floor_s: float
    zero_s: float


def ladder_of(policy: GuardPolicy, expected_every_s: float | None) -> Ladder:
    """Return the steps for a feed that is expected so often, None for one that does not tell."""
    interval_s = max(expected_every_s or 0.0, policy.ladder_interval_s_min)

    def age_s(multiple: float, after_s: float) -> float:
        scheduled = expected_every_s is not None and multiple > 0
        return multiple * interval_s if scheduled else after_s

    return Ladder(
        widen_s=age_s(policy.widen_after_intervals, policy.widen_after_s),
        freeze_s=age_s(policy.freeze_after_intervals, policy.freeze_after_s),
        floor_s=age_s(policy.floor_after_intervals, policy.floor_after_s),
        zero_s=age_s(policy.zero_after_intervals, policy.zero_after_s),
    )
