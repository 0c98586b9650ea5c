"""As of when a feed speaks: read from a column, from the file's name, or taken from its arrival.

A moment read too late hides sales that happened before it and oversells; read too early it
costs a sale. So where a text allows two readings (the hour that clocks run through twice in
autumn), the earlier one is taken.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from .feed_columns import Column, column_faults
from .quantities import Instant, later


AS_OF_GROUP = "as_of"
"""The name of the group that holds the moment, in the pattern for file names."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# ISO 8601 as RFC 3339 narrows it. `fromisoformat` alone takes week dates, bare dates, an offset of
# 75 minutes and more, and takes different ones in different versions of Python.
_ISO_8601 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ]"
    r"(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?"
    r"(?P<zone>Z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?"
)


class UnreadableTime(ValueError):
    """The text states no moment."""


class ZoneMissing(UnreadableTime):
    """The text states a local time, and nobody has said where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOfColumn:
    """Each row carries its own moment, in ISO 8601; `name` says where, as of any column.

    `zone` is for partners who write no zone; without it such a row is refused.
    """

    name: Column
    zone: tzinfo | None = None

    def __post_init__(self) -> None:
        """Refuse a column without a name."""
        if column_faults([self.name]):
            raise ValueError("the as-of column needs its name in the header, or its position")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOfFileName:
    """The file's name carries the moment, for all rows.

    `pattern` is searched for in the name and must have a group called `as_of`, which is read by
    `time_format` (as `strptime` has it), in `zone` unless the format itself reads one.
    """

    pattern: str
    time_format: str
    zone: tzinfo = UTC

    def __post_init__(self) -> None:
        """Refuse a pattern or a format that can never give a moment."""
        try:
            groups = re.compile(self.pattern).groupindex
        except re.error as fault:
            raise ValueError(f"the file name pattern is no regular expression: {fault}") from fault
        if AS_OF_GROUP not in groups:
            raise ValueError(f"the file name pattern needs a group (?P<{AS_OF_GROUP}>...)")
        self._refuse_vague_format()

    def _refuse_vague_format(self) -> None:
        # Written and read back, a day must still be that day: so year, month and day are in it.
        day = datetime(2021, 12, 31, tzinfo=UTC)
        try:
            again = _strptime(day.strftime(self.time_format), self.time_format)
        except ValueError as fault:
            raise ValueError(f"time format {self.time_format!r}: {fault}") from fault
        if again.date() != day.date():
            raise ValueError(f"time format {self.time_format!r} lacks year, month or day")


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOfArrival:
    """Nothing in the file tells; it was true `lag_s` before it arrived, at the latest."""

    lag_s: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a file that arrives before it was true."""
        if not 0 <= self.lag_s < float("inf"):
            raise ValueError(f"the lag of a feed must be 0 s or more, not {self.lag_s}")


AsOfSource = AsOfColumn | AsOfFileName | AsOfArrival


def read_iso_8601(text: str, zone: tzinfo | None = None) -> Instant:
    """Return the moment that `text` states. Raises `UnreadableTime`, or `ZoneMissing`."""
    matched = _ISO_8601.fullmatch(text)
    if matched is None:
        raise UnreadableTime(f"{text!r} is not a time in ISO 8601")
    if matched["zone"] is None and zone is None:
        raise ZoneMissing(f"{text!r} has no zone")
    return _instant(lambda: datetime.fromisoformat(text), zone or UTC)


def read_file_name(file_name: str, source: AsOfFileName) -> Instant:
    """Return the moment in a file's name. Raises `UnreadableTime`."""
    found = re.search(source.pattern, file_name)
    stated = found[AS_OF_GROUP] if found else None
    # `strptime` takes digits of every script.
    if stated is None or not stated.isascii():
        raise UnreadableTime(f"the name {file_name!r} does not match {source.pattern!r}")
    return _instant(lambda: _strptime(stated, source.time_format), source.zone)


def read_arrival(arrived_at: Instant, source: AsOfArrival) -> Instant:
    """Return the moment that a file without any is held to speak of."""
    return later(arrived_at, -source.lag_s)


def _strptime(text: str, time_format: str) -> datetime:
    return datetime.strptime(text, time_format)  # noqa: DTZ007 - the caller puts the zone to it


def _instant(read: Callable[[], datetime], zone: tzinfo) -> Instant:
    try:
        moment = read()
        if moment.tzinfo is not None:
            return _since_epoch(moment)
        local = moment.replace(tzinfo=zone)
        return min(_since_epoch(local.replace(fold=fold)) for fold in (0, 1))
    except (ValueError, OverflowError) as fault:
        raise UnreadableTime(str(fault)) from fault


def _since_epoch(moment: datetime) -> Instant:
    return Instant((moment - _EPOCH).total_seconds())
