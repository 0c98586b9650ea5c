"""Judges a feed whole, against the last accepted one, before any of its rows counts.

Theory of operation
-------------------
A file that reads well can still be wrong: half an export, an empty warehouse, yesterday's file
sent again, another column in place of the units. Whatever speaks against the file is named, with
its figures, and the worst of it is the verdict: `refuse` where no person could wish otherwise,
`quarantine` where one must decide. In both cases the last good snapshot stays in force and ages.

Identical content keeps its first as-of: a file that only arrives again says nothing new, and
dating it anew would put back units that left in between. Only a name that dates it later makes
it a new statement. Content that a person took back never counts again by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from .feed import ParsedFeed
from .feed_contrast import MOVES_KEPT, Contrast, LastFeed, LastStated, Move, last_feed
from .feed_left_out import LeftOut, contrast_whole
from .feed_limits import GateLimits, HeaderRule
from .feed_reasons import (
    Earlier,
    Fate,
    Objection,
    Reason,
    against,
    alone,
    repeated,
    taken_back,
)
from .quantities import Instant, Units
from .wording import agreed, counted


# The one door to the gate: what other packages need stands here.
__all__ = [
    "MOVES_KEPT",
    "Contrast",
    "Earlier",
    "Fate",
    "Figures",
    "GateLimits",
    "HeaderRule",
    "LastFeed",
    "LastStated",
    "LeftOut",
    "Move",
    "Objection",
    "Reason",
    "Ruling",
    "Verdict",
    "judge",
    "last_feed",
]


class Ruling(StrEnum):
    """What becomes of a file."""

    ACCEPT = "accept"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"


_REFUSING = {
    Objection.ALREADY_TAKEN,
    Objection.ALREADY_WAITS,
    Objection.REFUSED_BEFORE,
    Objection.NO_ROWS,
    Objection.AS_OF_OLDER,
    Objection.AS_OF_IN_FUTURE,
}

_REPEATING = {Objection.ALREADY_TAKEN, Objection.ALREADY_WAITS}


_NOTHING_SAID = LeftOut()


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers that a file was judged by.

    `age_s` is how old its oldest row was when it arrived, None without any. `zeroed_rows` are 0
    now, of the `zeroed_of_rows` that had units the last time and are still stated; `moved_rows`
    have other units, of the `compared_rows` that are stated in both; so many units came and went
    together, `moved_units` of `before_units`. `gone_rows` are those of the zeroed that are not in
    the file, and at 0 for that. A delta is compared with all that is in force.
    """

    data_rows: int
    accepted_rows: int
    bad_rows: int
    merged_rows: int
    age_s: float | None = None
    last_rows: int = 0
    lost_rows: int = 0
    zeroed_rows: int = 0
    zeroed_of_rows: int = 0
    older_rows: int = 0
    compared_rows: int = 0
    moved_rows: int = 0
    before_units: Units = 0
    moved_units: Units = 0
    gone_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a file, for which reasons, by which figures; `seen` is the difference."""

    figures: Figures
    seen: Contrast
    reasons: tuple[Reason, ...] = ()

    @property
    def ruling(self) -> Ruling:
        """The worst that any reason asks for."""
        if any(reason.objection in _REFUSING for reason in self.reasons):
            return Ruling.REFUSE
        return Ruling.QUARANTINE if self.reasons else Ruling.ACCEPT

    @property
    def harmless(self) -> bool:
        """Tell whether the file only repeats what is known already: nobody need be told."""
        return bool(self.reasons) and all(each.objection in _REPEATING for each in self.reasons)

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth telling and holds nothing."""
        spoken_for = {each.objection for each in self.reasons}
        columns = () if Objection.COLUMNS_MOVED in spoken_for else self.seen.columns
        return (*columns, *_told_rows(self.figures, late=not spoken_for))


def _told_rows(figures: Figures, *, late: bool) -> Iterator[str]:
    if merged := figures.merged_rows:
        verb = agreed(merged, "repeats others", "repeat others")
        yield f"{counted(merged, 'row')} {verb} cell by cell, and count once"
    # Of a full file they are a reason to hold it.
    if late and (older := figures.older_rows):
        verb = agreed(older, "is", "are")
        yield f"{counted(older, 'row')} {verb} older than what is in force, which stays"


def judge(
    parsed: ParsedFeed,
    last: LastStated | None,
    limits: GateLimits,
    *,
    arrived_at: Instant,
    earlier: Earlier | None = None,
    left_out: LeftOut = _NOTHING_SAID,
) -> Verdict:
    """Return what becomes of a file, and why.

    `last` is None for the first file of a feed. `earlier` is what became of the same content
    before, whenever that was: so that an old file, sent again after others, is known for what it
    is. `left_out` is what it says of the SKUs that are not in it.
    """
    says_nothing_new = repeated(parsed, last, earlier)
    seen = contrast_whole(parsed, last, left_out)
    reasons = (
        [says_nothing_new]
        if says_nothing_new
        else [
            *taken_back(earlier),
            *alone(parsed, limits, left_out),
            *against(parsed, last, seen, limits, scope=left_out.scope),
        ]
    )
    figures = replace(_figures(parsed, last, seen, arrived_at), gone_rows=len(left_out.gone))
    return Verdict(figures=figures, seen=seen, reasons=tuple(reasons))


def _figures(
    parsed: ParsedFeed, last: LastStated | None, seen: Contrast, arrived_at: Instant
) -> Figures:
    return Figures(
        data_rows=parsed.data_rows,
        accepted_rows=len(parsed.rows),
        bad_rows=parsed.bad_rows,
        merged_rows=len(parsed.merged),
        age_s=None if parsed.as_of is None else arrived_at - parsed.as_of,
        last_rows=last.row_count if last else 0,
        lost_rows=len(seen.lost),
        zeroed_rows=len(seen.zeroed),
        zeroed_of_rows=seen.zeroed_of_rows,
        older_rows=len(seen.older),
        compared_rows=seen.compared_rows,
        moved_rows=seen.moved_rows,
        before_units=seen.before_units,
        moved_units=seen.moved_units,
    )
