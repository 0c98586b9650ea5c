"""As of when a feed speaks: every form it may take, and the forms that only look like one."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    AsOfSource,
    Dialect,
    FileCause,
    FileFault,
    ParsedFeed,
    RowCause,
    parse,
)
from reconciliation.quantities import Instant


def at(text: str) -> Instant:
    """Return a moment written with its zone."""
    return Instant(datetime.fromisoformat(text).timestamp())


NOON = at("2026-11-24T12:00:00+00:00")
CHICAGO = ZoneInfo("America/Chicago")
BY_NAME = AsOfFileName(
    pattern=r"stock_(?P<as_of>[0-9]{8}T[0-9]{4})\.csv", time_format="%Y%m%dT%H%M"
)


def read(
    source: AsOfSource, *moments: str, name: str = "stock.csv", arrived_at: Instant = NOON
) -> ParsedFeed:
    """Parse a file with a row for each moment."""
    rows = "".join(f"SKU-{number},5,{moment}\n" for number, moment in enumerate(moments))
    dialect = Dialect(sku_column="sku", quantity_column="qty", as_of=source)
    content = f"sku,qty,counted\n{rows}".encode()
    return parse(content, dialect, file_name=name, arrived_at=arrived_at)


def by_column(*moments: str, zone: ZoneInfo | None = None) -> ParsedFeed:
    """Parse a file that arrived at noon and carries its moments in a column."""
    return read(AsOfColumn(name="counted", zone=zone), *moments)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-24T10:30:15Z", "2026-11-24T10:30:15+00:00"),
        ("2026-11-24 10:30Z", "2026-11-24T10:30:00+00:00"),
        (" 2026-11-24T10:30:15.250Z ", "2026-11-24T10:30:15.250000+00:00"),
        ("2026-11-24T10:30:15+02:00", "2026-11-24T08:30:15+00:00"),
        ("2026-11-24T04:30:15-0530", "2026-11-24T10:00:15+00:00"),
    ],
)
def test_a_moment_with_its_zone_is_taken(text: str, moment: str) -> None:
    """ISO 8601 with Z or an offset states a moment."""
    assert [row.as_of for row in by_column(text).rows] == [at(moment)]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("2026-11-24T10:30:15", RowCause.AS_OF_WITHOUT_ZONE),
        ("", RowCause.AS_OF_UNREADABLE),
        ("2026-11-24", RowCause.AS_OF_UNREADABLE),
        ("20261124T103015Z", RowCause.AS_OF_UNREADABLE),
        ("2026-W48-2T10:30:15Z", RowCause.AS_OF_UNREADABLE),
        ("2026-02-30T10:30:15Z", RowCause.AS_OF_UNREADABLE),
        ("2026-11-23T24:00:00Z", RowCause.AS_OF_UNREADABLE),
        ("2026-11-24T10:30:60Z", RowCause.AS_OF_UNREADABLE),
        ("0000-01-01T00:00:00Z", RowCause.AS_OF_UNREADABLE),
        ("2026-11-24T10:30:15+99:00", RowCause.AS_OF_UNREADABLE),
        ("2026-11-24T10:30:15+01:75", RowCause.AS_OF_UNREADABLE),
        ("2026-11-24T10:30:15+0160", RowCause.AS_OF_UNREADABLE),
        ("2026-11-24T10:30:15+24:00", RowCause.AS_OF_UNREADABLE),
        ("24/11/2026 10:30", RowCause.AS_OF_UNREADABLE),
        ("1795521600", RowCause.AS_OF_UNREADABLE),
        ("\uff12026-11-24T10:30:15Z", RowCause.AS_OF_UNREADABLE),
        ("2026-11-24T12:00:03Z", RowCause.AS_OF_IN_FUTURE),
        ("2026-11-24T10:30:15-05:00", RowCause.AS_OF_IN_FUTURE),
        ("9999-12-31T23:59:59Z", RowCause.AS_OF_IN_FUTURE),
    ],
)
def test_what_states_no_moment_is_refused(text: str, cause: RowCause) -> None:
    """Other forms, no zone, and the future are faults of the row, in the as-of column."""
    parsed = by_column(text)

    assert [(fault.column, fault.cause) for fault in parsed.faults] == [("counted", cause)]
    assert parsed.rows == ()


def test_a_clock_slightly_ahead_is_forgiven() -> None:
    """Two clocks may differ by the tolerance."""
    assert by_column("2026-11-24T12:00:02Z").bad_rows == 0


def test_a_declared_zone_reads_a_local_time() -> None:
    """A partner that never writes a zone declares one; a zone that is written still counts."""
    parsed = by_column("2026-11-24T04:30:00", "2026-11-24T10:00:00Z", zone=CHICAGO)

    assert [row.as_of for row in parsed.rows] == [
        at("2026-11-24T10:30:00+00:00"),
        at("2026-11-24T10:00:00+00:00"),
    ]


@pytest.mark.parametrize(
    ("text", "earlier"),
    [
        ("2026-11-01T01:30:00", "2026-11-01T01:30:00-05:00"),  # run through twice
        ("2026-03-08T02:30:00", "2026-03-08T02:30:00-05:00"),  # leapt over
    ],
)
def test_a_doubtful_local_time_is_read_as_the_earlier(text: str, earlier: str) -> None:
    """Too early costs a sale, too late an oversell."""
    assert by_column(text, zone=CHICAGO).as_of == at(earlier)


def test_the_file_is_as_old_as_its_oldest_row() -> None:
    """Each row keeps its own moment, and the file's is the oldest."""
    parsed = by_column("2026-11-24T11:00:00Z", "2026-11-24T09:00:00Z", "2026-11-24T10:00:00Z")

    assert parsed.as_of == at("2026-11-24T09:00:00+00:00")
    assert parsed.newest_as_of == at("2026-11-24T11:00:00+00:00")


def test_a_name_dates_all_rows() -> None:
    """The declared pattern and format read the file's name, in UTC unless declared otherwise."""
    chicago = AsOfFileName(pattern=BY_NAME.pattern, time_format=BY_NAME.time_format, zone=CHICAGO)
    name = "stock_20261124T0415.csv"

    assert read(BY_NAME, "", "", name=name).as_of == at("2026-11-24T04:15:00+00:00")
    assert read(chicago, "", name=name).as_of == at("2026-11-24T10:15:00+00:00")


def test_a_zone_in_the_name_counts() -> None:
    """Where the format reads an offset, the declared zone does not matter."""
    source = AsOfFileName(pattern=r"(?P<as_of>[0-9]{8}T.*)\.csv", time_format="%Y%m%dT%H%M%z")

    parsed = read(source, "", name="20261124T0415-0600.csv")

    assert parsed.as_of == at("2026-11-24T10:15:00+00:00")


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("stock.csv", FileCause.AS_OF_NOT_IN_NAME),
        ("stock_20261324T0415.csv", FileCause.AS_OF_NOT_IN_NAME),
        ("stock_20261124T1201.csv", FileCause.AS_OF_IN_FUTURE),
        ("", FileCause.AS_OF_NOT_IN_NAME),
    ],
)
def test_a_name_that_dates_nothing_refuses_the_file(name: str, cause: FileCause) -> None:
    """Without a moment, or with one ahead, no row of the file counts."""
    with pytest.raises(FileFault) as caught:
        read(BY_NAME, "", name=name)

    assert caught.value.cause is cause


def test_a_name_in_digits_of_another_script_dates_nothing() -> None:
    """`strptime` would take them."""
    loose = AsOfFileName(pattern=r"(?P<as_of>\d+)", time_format="%Y%m%d")

    with pytest.raises(FileFault):
        read(loose, "", name="\uff12\uff10\uff12\uff1611\uff12\uff14")


def test_a_group_that_took_no_part_dates_nothing() -> None:
    """A pattern may match without its group."""
    loose = AsOfFileName(pattern=r"stock(?P<as_of>[0-9]{8})?", time_format="%Y%m%d")

    with pytest.raises(FileFault):
        read(loose, "", name="stock.csv")


def test_without_a_moment_arrival_less_the_lag_counts() -> None:
    """The file was true that long before it arrived, at the latest."""
    assert read(AsOfArrival(lag_s=900.0), "").as_of == NOON - 900.0
    assert read(AsOfArrival(), "").as_of == NOON


@pytest.mark.parametrize(
    ("pattern", "time_format"),
    [
        ("(", "%Y%m%d"),
        ("[0-9]{8}", "%Y%m%d"),
        ("(?P<when>[0-9]{8})", "%Y%m%d"),
        ("(?P<as_of>[0-9]{4})", "%H%M"),
        ("(?P<as_of>[0-9]{4})", "%Y%m"),
        ("(?P<as_of>[0-9]{4})", "%Y%Q"),
        ("(?P<as_of>[0-9]{4})", ""),
    ],
)
def test_a_name_pattern_that_never_dates_is_never_made(pattern: str, time_format: str) -> None:
    """A pattern needs its group, a format its year, month and day."""
    with pytest.raises(ValueError, match=r"pattern|format"):
        AsOfFileName(pattern=pattern, time_format=time_format)


@pytest.mark.parametrize("lag_s", [-1.0, float("nan"), float("inf")])
def test_a_lag_is_a_time(lag_s: float) -> None:
    """A file cannot arrive before it was true."""
    with pytest.raises(ValueError, match="lag"):
        AsOfArrival(lag_s=lag_s)


def test_an_as_of_column_has_a_name() -> None:
    """A nameless column cannot be found."""
    with pytest.raises(ValueError, match="name"):
        AsOfColumn(name=" ")


def test_a_fixed_offset_serves_as_zone() -> None:
    """Any zone that Python knows may be declared."""
    zone = timezone(timedelta(hours=8))
    source = AsOfColumn(name="counted", zone=zone)

    assert (
        read(source, "2026-11-24T18:00:00").as_of
        == datetime(2026, 11, 24, 10, tzinfo=UTC).timestamp()
    )
