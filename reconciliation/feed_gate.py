"""Judges a feed whole, against the last accepted one, before any of its rows counts.

Theory of operation
-------------------
A file that reads well can still be wrong: half an export, an empty warehouse, yesterday's file
sent again. Whatever speaks against the file is named, with its figures, and the worst of it is
the verdict: `refuse` where no person could wish otherwise, `quarantine` where one must decide.
In both cases the last good snapshot stays in force and ages.

Identical content keeps its first as-of: a file that only arrives again says nothing new, and
dating it anew would put back units that left in between. Only a name that dates it later makes
it a new statement.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from .feed import AsOfFileName, FeedRow, ParsedFeed
from .quantities import Instant, Sku, Units


SKUS_NAMED = 5
"""How many SKUs a reason names; the rest are counted."""


class Ruling(StrEnum):
    """What becomes of a file."""

    ACCEPT = "accept"
    QUARANTINE = "quarantine"
    REFUSE = "refuse"


class Objection(StrEnum):
    """What speaks against a file as a whole."""

    ALREADY_TAKEN = "already_taken"
    NO_ROWS = "no_rows"
    AS_OF_OLDER = "as_of_older"
    ROWS_OLDER = "rows_older"
    TOO_MANY_BAD_ROWS = "too_many_bad_rows"
    ROWS_LOST = "rows_lost"
    ROWS_TO_ZERO = "rows_to_zero"


_REFUSING = {Objection.ALREADY_TAKEN, Objection.NO_ROWS, Objection.AS_OF_OLDER}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateLimits:
    """From where on a file is held for a person. Shares are between 0 and 1.

    Each share has a count beside it, below which a share says nothing: one bad row of ten is
    no sign of a broken export.
    """

    bad_share_max: float = 0.01
    """Held above this share of refused rows..."""
    bad_rows_min: int = 5
    """...if there are at least so many of them."""
    kept_share_min: float = 0.70
    """Held below this share of the last file's number of rows."""
    zeroed_share_max: float = 0.20
    """Held above this share going to 0, of the rows that had units..."""
    zeroed_of_rows_min: int = 10
    """...if at least so many had any."""

    def __post_init__(self) -> None:
        """Refuse what is no share and no count, all at once."""
        shares = ("bad_share_max", "kept_share_min", "zeroed_share_max")
        faults = [f"{name} must be from 0 to 1" for name in shares if not 0 <= self._of(name) <= 1]
        counts = ("bad_rows_min", "zeroed_of_rows_min")
        faults += [f"{name} must be at least 1" for name in counts if self._of(name) < 1]
        if faults:
            raise ValueError("; ".join(faults))

    def _of(self, name: str) -> float:
        return float(getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """Where a file parts from the last: SKUs gone, gone to 0, and gone back in time."""

    lost: tuple[Sku, ...] = ()
    zeroed: tuple[Sku, ...] = ()
    zeroed_of_rows: int = 0
    older: tuple[Sku, ...] = ()


class LastStated(Protocol):
    """The last accepted file, however it is kept: as dicts here, as columns where it is large."""

    @property
    def sha256(self) -> str:
        """The content's hash."""

    @property
    def row_count(self) -> int:
        """The number of SKUs that it stated."""

    @property
    def newest_as_of(self) -> Instant | None:
        """The newest moment that a row speaks of; None where there is no row."""

    def contrast(self, rows: Sequence[FeedRow]) -> Contrast:
        """Return where accepted rows part from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFeed:
    """The last accepted file: what it stated for each SKU, and as of when."""

    sha256: str
    units: Mapping[Sku, Units]
    as_of: Mapping[Sku, Instant]

    def __post_init__(self) -> None:
        """Refuse a file that dates other SKUs than it counts."""
        if self.units.keys() != self.as_of.keys():
            raise ValueError("the last feed must have an as-of for each SKU that it states")

    @property
    def newest_as_of(self) -> Instant | None:
        """The newest moment that a row speaks of; None where there is no row."""
        return max(self.as_of.values(), default=None)

    @property
    def row_count(self) -> int:
        """The number of SKUs that it stated."""
        return len(self.units)

    def contrast(self, rows: Sequence[FeedRow]) -> Contrast:
        """Return where accepted rows part from it."""
        now = {row.sku for row in rows}
        both = [row for row in rows if row.sku in self.units]
        had_units = [row for row in both if self.units[row.sku] > 0]
        return Contrast(
            lost=tuple(sku for sku in self.units if sku not in now),
            zeroed=tuple(row.sku for row in had_units if row.units == 0),
            zeroed_of_rows=len(had_units),
            older=tuple(row.sku for row in both if row.as_of < self.as_of[row.sku]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks against a file, why, and what to do about it."""

    objection: Objection
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers that a file was judged by.

    `age_s` is how old its oldest row was when it arrived, None without any. `zeroed_rows` are 0
    now, of the `zeroed_of_rows` that had units the last time and are still stated.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a file, for which reasons, by which figures."""

    figures: Figures
    reasons: tuple[Reason, ...] = ()

    @property
    def ruling(self) -> Ruling:
        """The worst that any reason asks for."""
        if any(reason.objection in _REFUSING for reason in self.reasons):
            return Ruling.REFUSE
        return Ruling.QUARANTINE if self.reasons else Ruling.ACCEPT

    @property
    def harmless(self) -> bool:
        """Tell whether the file only repeats what was taken already: nobody need be told."""
        return [each.objection for each in self.reasons] == [Objection.ALREADY_TAKEN]


def last_feed(parsed: ParsedFeed) -> LastFeed:
    """Return an accepted file as the one that the next is judged against."""
    return LastFeed(
        sha256=parsed.sha256,
        units={row.sku: row.units for row in parsed.rows},
        as_of={row.sku: row.as_of for row in parsed.rows},
    )


def judge(
    parsed: ParsedFeed,
    last: LastStated | None,
    limits: GateLimits,
    *,
    arrived_at: Instant,
    taken_as_of: Instant | None = None,
) -> Verdict:
    """Return what becomes of a file, and why.

    `last` is None for the first file of a feed. `taken_as_of` is the newest as-of under which
    the same content was ever accepted: so that an old file, sent again after others, is known
    for what it is.
    """
    repeated = _repeated(parsed, last, taken_as_of)
    contrast = last.contrast(parsed.rows) if last is not None else Contrast()
    reasons = (
        [repeated]
        if repeated
        else [*_alone(parsed, limits), *_against(parsed, last, contrast, limits)]
    )
    figures = _figures(parsed, last, contrast, arrived_at)
    return Verdict(figures=figures, reasons=tuple(reasons))


def _figures(
    parsed: ParsedFeed, last: LastStated | None, contrast: Contrast, arrived_at: Instant
) -> Figures:
    return Figures(
        data_rows=parsed.data_rows,
        accepted_rows=len(parsed.rows),
        bad_rows=parsed.bad_rows,
        merged_rows=len(parsed.merged),
        age_s=None if parsed.as_of is None else arrived_at - parsed.as_of,
        last_rows=last.row_count if last else 0,
        lost_rows=len(contrast.lost),
        zeroed_rows=len(contrast.zeroed),
        zeroed_of_rows=contrast.zeroed_of_rows,
        older_rows=len(contrast.older),
    )


def _repeated(
    parsed: ParsedFeed, last: LastStated | None, taken_as_of: Instant | None
) -> Reason | None:
    known = [] if taken_as_of is None else [taken_as_of]
    if last is not None and last.sha256 == parsed.sha256 and last.newest_as_of is not None:
        known.append(last.newest_as_of)
    if not known:
        return None
    stated = parsed.newest_as_of if isinstance(parsed.dated_by, AsOfFileName) else None
    if stated is not None and stated > max(known):
        return None
    return Reason(
        objection=Objection.ALREADY_TAKEN,
        cause="the same content was taken already, and keeps its first as-of",
        remedy="nothing need be done; a new export says when it was made",
    )


def _alone(parsed: ParsedFeed, limits: GateLimits) -> Iterator[Reason]:
    if not parsed.rows:
        yield Reason(
            objection=Objection.NO_ROWS,
            cause=f"none of its {parsed.data_rows} rows could be accepted",
            remedy="send each SKU in a row, those with 0 units included, free of the faults named",
        )
    many = parsed.bad_rows > limits.bad_share_max * parsed.data_rows
    if many and parsed.bad_rows >= limits.bad_rows_min:
        yield Reason(
            objection=Objection.TOO_MANY_BAD_ROWS,
            cause=f"{parsed.bad_rows} of {parsed.data_rows} rows are refused, "
            f"more than {limits.bad_share_max:.0%}",
            remedy="have the partner mend the rows named and send the file again",
        )


def _against(
    parsed: ParsedFeed, last: LastStated | None, contrast: Contrast, limits: GateLimits
) -> Iterator[Reason]:
    if last is None or not parsed.rows:
        return
    yield from _time_reasons(parsed, last, contrast)
    kept = last.row_count - len(contrast.lost)
    if kept < limits.kept_share_min * last.row_count:
        yield Reason(
            objection=Objection.ROWS_LOST,
            cause=f"{len(contrast.lost)} of the last file's {last.row_count} SKUs are not in it: "
            f"{_some(contrast.lost)}",
            remedy="send the whole export, or take it by `ingest --approve` if those SKUs are "
            "gone for good",
        )
    of_rows = contrast.zeroed_of_rows
    many = len(contrast.zeroed) > limits.zeroed_share_max * of_rows
    if many and of_rows >= limits.zeroed_of_rows_min:
        yield Reason(
            objection=Objection.ROWS_TO_ZERO,
            cause=f"{len(contrast.zeroed)} of {of_rows} SKUs that had units are at 0 now: "
            f"{_some(contrast.zeroed)}",
            remedy="ask the partner at once, and take it by `ingest --approve` if true: until "
            "then the last file's units stay on sale",
        )


def _time_reasons(parsed: ParsedFeed, last: LastStated, contrast: Contrast) -> Iterator[Reason]:
    # By the newest rows: the oldest may be an item that nobody has touched for months, and
    # comes and goes with it.
    newest, before = parsed.newest_as_of, last.newest_as_of
    if newest is not None and before is not None and newest < before:
        yield Reason(
            objection=Objection.AS_OF_OLDER,
            cause=f"it speaks of {before - newest:.0f} s before the last accepted file",
            remedy="send the newest export; files must arrive in the order they were made",
        )
    elif contrast.older:
        yield Reason(
            objection=Objection.ROWS_OLDER,
            cause=f"{len(contrast.older)} rows are older than in the last accepted file: "
            f"{_some(contrast.older)}",
            remedy="ask the partner which as-of is right, and take the file by `ingest --approve` "
            "if it is this one",
        )


def _some(skus: tuple[Sku, ...]) -> str:
    left = len(skus) - SKUS_NAMED
    return ", ".join(skus[:SKUS_NAMED]) + (f" and {left} more" if left > 0 else "")
