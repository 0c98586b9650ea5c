"""Moments as people write and read them: UTC in ISO 8601, ages, and when something ends."""

import re
from datetime import UTC, datetime, timedelta

from reconciliation.quantities import Instant, later


SPAN_S_MAX = 366 * 86_400.0
"""The longest that a person's word may hold: what nobody renews within a year is forgotten."""

_UNITS_S = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_SPAN = re.compile(r"(?P<count>[0-9]{1,6})(?P<unit>[smhd])")


class UnreadableEnd(ValueError):
    """The text does not say when something ends, or says a moment that cannot be meant."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


def iso(moment: Instant | float | None) -> str | None:
    """Return a moment as `2026-03-01T10:00:00Z`, None where there is none."""
    if moment is None:
        return None
    # A moment beyond the calendar stands for "never ends" or "never began".
    try:
        stamp = datetime.fromtimestamp(moment, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    return stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z").replace(".000Z", "Z")


def age_s(moment: Instant | float | None, now: Instant) -> float | None:
    """Return how long ago a moment was, in seconds, None where there is none."""
    return None if moment is None else round(now - moment, 1)


def span_text(seconds: float | None) -> str:
    """Return a length of time in the two units that tell most: `2 h 5 min`."""
    if seconds is None:
        return "never"
    whole = timedelta(seconds=round(abs(seconds)))
    minutes, second = divmod(whole.seconds, 60)
    hours, minute = divmod(minutes, 60)
    parts = ((whole.days, "d"), (hours, "h"), (minute, "min"), (second, "s"))
    named = [f"{count} {unit}" for count, unit in parts if count] or ["0 s"]
    return " ".join(named[:2])


def read_end(text: str, now: Instant) -> Instant:
    """Return the moment that `2h`, `3d` or an ISO 8601 time names. Raises `UnreadableEnd`."""
    span = _SPAN.fullmatch(text.strip())
    end = later(now, int(span["count"]) * _UNITS_S[span["unit"]]) if span else _read_iso(text)
    if end <= now:
        raise UnreadableEnd(f"{text!r} is not in the future", "name a later moment, such as 2h")
    if end - now > SPAN_S_MAX:
        raise UnreadableEnd(f"{text!r} is more than a year away", "name a nearer moment")
    return end


def _read_iso(text: str) -> Instant:
    remedy = "write a span such as 30m, 2h or 3d, or a time such as 2026-03-01T18:00:00Z"
    try:
        stamp = datetime.fromisoformat(text.strip())
    except ValueError as fault:
        raise UnreadableEnd(f"{text!r} is neither a span nor a time", remedy) from fault
    if stamp.tzinfo is None:
        raise UnreadableEnd(f"{text!r} names no zone", "end it with Z or an offset as +01:00")
    return Instant(stamp.timestamp())
