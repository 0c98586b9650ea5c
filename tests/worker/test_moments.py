"""Moments as people write them: spans, times with a zone, and nothing that is over already."""

import pytest

from reconciliation.quantities import Instant
from worker.reports.moments import UnreadableEnd, iso, read_end, span_text


NOW = Instant(1_700_000_000.0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1_800), ("2h", 7_200), ("3d", 259_200)],
)
def test_a_span_counts_from_now(text: str, seconds: float) -> None:
    """Seconds, minutes, hours and days."""
    assert read_end(text, NOW) == NOW + seconds


def test_a_time_is_read_with_its_zone() -> None:
    """An hour further east it is an hour earlier."""
    utc, east = "2023-11-15T00:00:00Z", "2023-11-15T01:00:00+01:00"

    assert read_end(utc, NOW) == read_end(east, NOW)


@pytest.mark.parametrize("text", ["", "2", "h", "0h", "-2h", "2 weeks", "tomorrow", "9999d"])
def test_what_names_no_end_is_refused(text: str) -> None:
    """With a cause and a remedy."""
    with pytest.raises(UnreadableEnd) as caught:
        read_end(text, NOW)

    assert caught.value.remedy


def test_moments_are_written_in_utc() -> None:
    """To the millisecond where there is a fraction."""
    assert (iso(NOW), iso(NOW + 0.25), iso(None)) == (
        "2023-11-14T22:13:20Z",
        "2023-11-14T22:13:20.250Z",
        None,
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (59, "59 s"), (3_700, "1 h 1 min"), (90_061, "1 d 1 h"), (None, "never")],
)
def test_spans_are_told_in_two_units(seconds: float | None, text: str) -> None:
    """What comes after the two largest says nothing to a person."""
    assert span_text(seconds) == text
