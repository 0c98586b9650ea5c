"""What can speak against a file as a whole, each with its cause and what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from .feed import AsOfFileName, ParsedFeed, RowCause
from .feed_contrast import Contrast, LastStated
from .feed_coverage import FeedScope
from .feed_left_out import LeftOut
from .feed_limits import GateLimits, HeaderRule
from .quantities import Instant
from .wording import agreed, counted, share_of


SKUS_NAMED = 5
"""How many SKUs a reason names; the rest are counted."""

_TELL_THE_SHOP = "tell the shop, whose staff can put the file in force"
_IF_TRUE = f"if it is true, {_TELL_THE_SHOP}"


class Objection(StrEnum):
    """What speaks against a file as a whole."""

    ALREADY_TAKEN = "already_taken"
    ALREADY_WAITS = "already_waits"
    REFUSED_BEFORE = "refused_before"
    TAKEN_BACK = "taken_back"
    NO_ROWS = "no_rows"
    AS_OF_OLDER = "as_of_older"
    AS_OF_IN_FUTURE = "as_of_in_future"
    ROWS_OLDER = "rows_older"
    TOO_MANY_BAD_ROWS = "too_many_bad_rows"
    ROWS_LOST = "rows_lost"
    ROWS_TO_ZERO = "rows_to_zero"
    ROWS_MOVED = "rows_moved"
    UNITS_MOVED = "units_moved"
    COLUMNS_MOVED = "columns_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that speaks against a file, why, and what to do about it."""

    objection: Objection
    cause: str
    remedy: str


class Fate(StrEnum):
    """What became of a content when it came before."""

    TAKEN = "taken"
    WAITS = "waits"
    REFUSED = "refused"
    """By a person: what the gate refuses by itself is judged anew each time."""
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The same content as it came before: its fate, and the newest as-of that it stated."""

    fate: Fate
    delivery_id: int
    as_of: Instant | None


def repeated(
    parsed: ParsedFeed, last: LastStated | None, earlier: Earlier | None
) -> Reason | None:
    """Return why a file says nothing new, None where it does: then it is judged.

    Only a name that dates the content later makes it a new statement.
    """
    known, fate = _known_as_of(parsed, last, earlier)
    if known is None or fate is Fate.TAKEN_BACK:
        return None
    stated = parsed.newest_as_of if isinstance(parsed.dated_by, AsOfFileName) else None
    if stated is not None and stated > known:
        return None
    return _REPEATS[fate]


def _known_as_of(
    parsed: ParsedFeed, last: LastStated | None, earlier: Earlier | None
) -> tuple[Instant | None, Fate]:
    """Return the newest as-of under which the content is known, and what became of it."""
    same = last is not None and last.sha256 == parsed.content_sha256
    known = [last.newest_as_of] if last is not None and same else []
    known += [earlier.as_of] if earlier is not None else []
    moments = [moment for moment in known if moment is not None]
    return max(moments, default=None), earlier.fate if earlier is not None else Fate.TAKEN


_REPEATS = {
    Fate.TAKEN: Reason(
        objection=Objection.ALREADY_TAKEN,
        cause="the same content was taken already, and keeps its first as-of",
        remedy="nothing need be done; a new export says when it was made",
    ),
    Fate.WAITS: Reason(
        objection=Objection.ALREADY_WAITS,
        cause="the same content waits for the shop's decision already",
        remedy="nothing need be done; what becomes of it is told in its receipt",
    ),
    Fate.REFUSED: Reason(
        objection=Objection.REFUSED_BEFORE,
        cause="the shop's staff refused the same content before",
        remedy="mend the export and send a new one",
    ),
}


def taken_back(earlier: Earlier | None) -> Iterator[Reason]:
    """Yield why a content that was once rolled back does not count by itself, if it was."""
    if earlier is not None and earlier.fate is Fate.TAKEN_BACK:
        yield Reason(
            objection=Objection.TAKEN_BACK,
            cause=f"the same content was in force as delivery {earlier.delivery_id}, "
            "and the shop's staff took it back",
            remedy=f"send a mended export; {_IF_TRUE}",
        )


def alone(parsed: ParsedFeed, limits: GateLimits, left_out: LeftOut) -> Iterator[Reason]:
    """Yield what speaks against a file whatever came before it."""
    many = parsed.bad_rows > limits.bad_share_max * parsed.data_rows
    too_many = many and parsed.bad_rows >= limits.bad_rows_min
    ahead = [each.row for each in parsed.faults if each.cause is RowCause.AS_OF_IN_FUTURE]
    if ahead and (not parsed.rows or (too_many and 2 * len(ahead) >= parsed.bad_rows)):
        # A clock that is ahead dates every row of the file too late, not only those told by it.
        yield Reason(
            objection=Objection.AS_OF_IN_FUTURE,
            cause=f"{share_of(len(ahead), parsed.data_rows, 'row')} "
            f"{agreed(len(ahead), 'speaks', 'speak')} of a moment that has not come yet, "
            f"the first on line {ahead[0]}",
            remedy="set the clock of the exporting system, or the zone that it writes, "
            "and send the file again",
        )
    elif not parsed.rows and not left_out.allows_no_row(parsed):
        yield Reason(
            objection=Objection.NO_ROWS,
            cause=f"of its {counted(parsed.data_rows, 'row')} none could be accepted",
            remedy="send each SKU in a row, those with 0 units included, free of the faults named",
        )
    if too_many:
        yield Reason(
            objection=Objection.TOO_MANY_BAD_ROWS,
            cause=f"{share_of(parsed.bad_rows, parsed.data_rows, 'row')} "
            f"{agreed(parsed.bad_rows, 'is', 'are')} refused, "
            f"more than {limits.bad_share_max:.0%}",
            remedy="mend the rows named and send the file again",
        )


def against(
    parsed: ParsedFeed,
    last: LastStated | None,
    seen: Contrast,
    limits: GateLimits,
    *,
    scope: FeedScope,
) -> Iterator[Reason]:
    """Yield what speaks against a file beside the last accepted one."""
    if last is None or not parsed.rows:
        return
    # A late delta counts row by row: no later one repeats what it says.
    if scope is FeedScope.FULL:
        yield from _time_reasons(parsed, last, seen)
    if seen.columns and limits.columns_moved is HeaderRule.HOLD:
        yield Reason(
            objection=Objection.COLUMNS_MOVED,
            cause=f"its columns are not those of the last file: {_some(seen.columns)}",
            remedy=f"send the columns as agreed; {_IF_TRUE}",
        )
    yield from _share_reasons(last, seen, limits)
    yield from _move_reasons(seen, limits)


def _time_reasons(parsed: ParsedFeed, last: LastStated, seen: Contrast) -> Iterator[Reason]:
    # By the newest rows: the oldest may be an item that nobody has touched for months, and
    # comes and goes with it.
    newest, before = parsed.newest_as_of, last.newest_as_of
    if newest is not None and before is not None and newest < before:
        yield Reason(
            objection=Objection.AS_OF_OLDER,
            cause=f"it speaks of {before - newest:.0f} s before the last accepted file",
            remedy="send the newest export; files must arrive in the order they were made",
        )
    elif seen.older:
        yield Reason(
            objection=Objection.ROWS_OLDER,
            cause=f"{counted(len(seen.older), 'row')} {agreed(len(seen.older), 'is', 'are')} "
            "older than in the last accepted file: "
            f"{_some(seen.older)}",
            remedy=f"say which as-of is right; {_IF_TRUE}",
        )


def _share_reasons(last: LastStated, seen: Contrast, limits: GateLimits) -> Iterator[Reason]:
    kept = last.row_count - len(seen.lost)
    if kept < limits.kept_share_min * last.row_count:
        yield Reason(
            objection=Objection.ROWS_LOST,
            cause=f"{len(seen.lost)} of the last file's {counted(last.row_count, 'SKU')} "
            f"{agreed(len(seen.lost), 'is', 'are')} not in it: {_some(seen.lost)}",
            remedy=f"send the whole export; if those SKUs are gone for good, {_TELL_THE_SHOP}",
        )
    of_rows = seen.zeroed_of_rows
    many = len(seen.zeroed) > limits.zeroed_share_max * of_rows
    if many and of_rows >= limits.zeroed_of_rows_min:
        yield Reason(
            objection=Objection.ROWS_TO_ZERO,
            cause=f"{share_of(len(seen.zeroed), of_rows, 'SKU')} that had units "
            f"{agreed(len(seen.zeroed), 'is', 'are')} at 0 now: {_some(seen.zeroed)}",
            remedy=f"look at the export at once; if it is true, {_TELL_THE_SHOP}: "
            "until then the last file's units stay on sale",
        )


def _move_reasons(seen: Contrast, limits: GateLimits) -> Iterator[Reason]:
    if seen.compared_rows < limits.moved_of_rows_min:
        return
    named = _some(tuple(each.sku for each in seen.largest))
    if seen.moved_rows > limits.moved_share_max * seen.compared_rows:
        yield Reason(
            objection=Objection.ROWS_MOVED,
            cause=f"{share_of(seen.moved_rows, seen.compared_rows, 'SKU')} "
            f"{agreed(seen.moved_rows, 'has', 'have')} other units than in the last file, "
            f"more than {limits.moved_share_max:.0%}; the most: {named}",
            remedy=f"see that the right column was exported; {_IF_TRUE}",
        )
    if seen.moved_units > limits.units_moved_share_max * seen.before_units:
        yield Reason(
            objection=Objection.UNITS_MOVED,
            cause=f"{counted(seen.moved_units, 'unit')} came or went, "
            f"of {seen.before_units} in the last file, "
            f"more than {limits.units_moved_share_max:.0%}; the most: {named}",
            remedy=f"see that the right column was exported; {_IF_TRUE}",
        )


def _some(names: tuple[str, ...]) -> str:
    left = len(names) - SKUS_NAMED
    return ", ".join(names[:SKUS_NAMED]) + (f" and {left} more" if left > 0 else "")
