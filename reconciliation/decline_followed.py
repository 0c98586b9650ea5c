"""Unexplained decline of pools that repeat their figure file after file, all at the same moments.

Theory of operation
-------------------
Such a pool learns the same from each file: a quiet interval, in which nothing went and nothing
came, as long as that of all the others. So nobody need learn for each. What a pool has learned
since it began to repeat is in `QuietTimes`, the same for all that began with the same file; what
it knew before counts less by `kept`. `learn` of every interval, one by one, comes to the same.

The sums over all such pools (`FollowedSums`) grow with each file by a rule of their own, `after`,
which asks for nothing but sums.
"""

from dataclasses import dataclass, fields, replace

from .decline import SUMS, DeclineHistory, kept_after
from .quantities import Units


@dataclass(frozen=True, slots=True, kw_only=True)
class QuietTimes:
    """The quiet intervals since a moment, old ones fading; `kept` of what was known before."""

    kept: float = 1.0
    looks: float = 0.0
    watched_hours: float = 0.0
    hours_squared: float = 0.0

    def after(self, hours: float) -> "QuietTimes":
        """Return the times with one more quiet interval."""
        kept = kept_after(hours)
        return QuietTimes(
            kept=kept * self.kept,
            looks=kept * self.looks + 1.0,
            watched_hours=kept * self.watched_hours + hours,
            hours_squared=kept * self.hours_squared + hours * hours,
        )


def followed(history: DeclineHistory, units: Units, since: QuietTimes) -> DeclineHistory:
    """Return the history of a pool that has repeated `units` ever since `history` was all."""
    tells = float(units != 0)
    added = {
        "looks": since.looks,
        "watched_hours": since.watched_hours,
        "intervals": tells * since.looks,
        "hours": tells * since.watched_hours,
        "expected_units": max(units, 0) * since.looks,
        "hours_squared": tells * since.hours_squared,
    }
    grown = {name: since.kept * getattr(history, name) + added.get(name, 0.0) for name in SUMS}
    return replace(history, **grown)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedSums:
    """Sums over pools that repeat their figure, of which `pools` have a history.

    `followers` are all of them, `stocked` those of more or less than 0 units; `stocked_units` are
    theirs, none taken for less than 0, and `stocked_hours` those of their `hours`. All others are
    as in `DeclineTotals`.
    """

    followers: float = 0.0
    stocked: float = 0.0
    stocked_units: float = 0.0
    stocked_hours: float = 0.0
    pools: float = 0.0
    looks: float = 0.0
    watched_hours: float = 0.0
    restocks: float = 0.0
    intervals: float = 0.0
    declines: float = 0.0
    hours: float = 0.0
    units: float = 0.0
    expected_units: float = 0.0
    units_squared: float = 0.0
    pool_units_squared: float = 0.0
    pool_hours_squared: float = 0.0

    def __add__(self, other: "FollowedSums") -> "FollowedSums":
        """Return the sums of both together."""
        return FollowedSums(**{n: getattr(self, n) + getattr(other, n) for n in _NAMES})

    def __sub__(self, other: "FollowedSums") -> "FollowedSums":
        """Return the sums without some of the pools: of none left, nothing."""
        if other.followers >= self.followers:
            return FollowedSums()
        return FollowedSums(**{n: max(getattr(self, n) - getattr(other, n), 0.0) for n in _NAMES})

    def after(self, hours: float) -> "FollowedSums":
        """Return the sums once each of the pools has had one more quiet interval."""
        kept = kept_after(hours)
        told_hours = self.stocked * hours
        return FollowedSums(
            followers=self.followers,
            stocked=self.stocked,
            stocked_units=self.stocked_units,
            stocked_hours=kept * self.stocked_hours + told_hours,
            pools=self.followers,
            looks=kept * self.looks + self.followers,
            watched_hours=kept * self.watched_hours + self.followers * hours,
            restocks=kept * self.restocks,
            intervals=kept * self.intervals + self.stocked,
            declines=kept * self.declines,
            hours=kept * self.hours + told_hours,
            units=kept * self.units,
            expected_units=kept * self.expected_units + self.stocked_units,
            units_squared=kept * self.units_squared,
            pool_units_squared=kept * kept * self.pool_units_squared,
            pool_hours_squared=kept * kept * self.pool_hours_squared
            + 2.0 * kept * hours * self.stocked_hours
            + told_hours * hours,
        )


_NAMES = tuple(each.name for each in fields(FollowedSums))
