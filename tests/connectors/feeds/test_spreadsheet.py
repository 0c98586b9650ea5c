"""What a sheet's cells hold is read, what they are shown as is not; one trap in each test."""

import io
import zipfile
from datetime import UTC, date, datetime, time

import pytest

from connectors.feeds.spreadsheet import guarded
from connectors.feeds.workbook import PARTS_MAX, UNPACKED_BYTES_MAX, parts_of, stored
from reconciliation.feed import AsOfColumn, FileCause, FileFault, QuantityRule, RowCause, SheetForm

from .opening_rig import (
    NOON,
    SHEET,
    SHEET_PART,
    Book,
    causes,
    dialect_of,
    fault_of,
    read,
    units,
    with_part,
    workbook,
)


def book(quantity: object) -> bytes:
    """A workbook that states one quantity."""
    return workbook([["sku", "qty"], ["TEE", quantity]])


@pytest.mark.parametrize("quantity", [12, 12.0, "12", " 12 ", "012"])
def test_a_whole_number_is_taken(quantity: object) -> None:
    """However the cell keeps it: spreadsheets know no whole numbers."""
    assert units(read(book(quantity), SHEET)) == {"TEE": 12}


@pytest.mark.parametrize(
    ("quantity", "cause"),
    [
        (12.5, RowCause.QUANTITY_FRACTIONAL),
        (0.1, RowCause.QUANTITY_FRACTIONAL),
        ("12.0", RowCause.QUANTITY_FRACTIONAL),
        (-3, RowCause.QUANTITY_NEGATIVE),
        (10_000_000, RowCause.QUANTITY_TOO_LARGE),
        (9_007_199_254_740_992, RowCause.QUANTITY_TOO_LARGE),
        (1e300, RowCause.QUANTITY_TOO_LARGE),
        (True, RowCause.QUANTITY_UNREADABLE),
        (date(2026, 11, 24), RowCause.QUANTITY_UNREADABLE),
        (time(12), RowCause.QUANTITY_UNREADABLE),
        ("#N/A", RowCause.QUANTITY_UNREADABLE),
        ("", RowCause.QUANTITY_BLANK),
        (None, RowCause.QUANTITY_BLANK),
        ("=1+1", RowCause.QUANTITY_BLANK),  # a formula that was never worked out
        ("\uff11\uff12", RowCause.QUANTITY_UNREADABLE),
        ("1_000", RowCause.QUANTITY_UNREADABLE),
    ],
)
def test_what_is_no_count_is_refused(quantity: object, cause: RowCause) -> None:
    """The rules are those of a text file; a fraction, a day and an error are no counts."""
    assert causes(read(book(quantity), SHEET)) == [(2, "qty", cause)]


@pytest.mark.parametrize(
    ("sku", "digits", "read_as"),
    [(42, 0, "42"), (42, 5, "00042"), (42.0, 5, "00042"), ("42", 5, "42"), (123_456, 5, "123456")],
)
def test_a_sku_that_is_a_number_has_the_digits_that_were_declared(
    sku: object, digits: int, read_as: str
) -> None:
    """Spreadsheets drop the zeros that it began with; what is text was written as it is."""
    content = workbook([["sku", "qty"], [sku, 3]])

    assert units(read(content, dialect_of(SheetForm(), sku_digits=digits))) == {read_as: 3}


def test_rows_whose_sku_is_a_number_are_counted() -> None:
    """Whoever checks a file is told that zeros may be lost."""
    content = workbook([["sku", "qty"], [42, 3], ["43", 3], [44, "many"]])

    assert read(content, SHEET).number_skus == 2


def test_an_error_is_no_empty_cell() -> None:
    """The reader shows nothing there, and an empty cell may be declared to be 0."""
    empty_is_none = dialect_of(SheetForm(), quantity=QuantityRule(words=(("", 0),)))

    assert causes(read(book("#N/A"), empty_is_none)) == [(2, "qty", RowCause.QUANTITY_UNREADABLE)]


def test_no_mark_that_was_declared_for_text_makes_a_fraction_whole() -> None:
    """1.234 in a cell is a number of the spreadsheet, and no thousand."""
    german = dialect_of(SheetForm(), quantity=QuantityRule(thousands_mark=".", decimal_mark=","))

    assert causes(read(book(1.234), german)) == [(2, "qty", RowCause.QUANTITY_FRACTIONAL)]


def test_a_formula_counts_by_its_value() -> None:
    """The value that it had when the file was saved."""
    content = with_part(
        book(7),
        SHEET_PART,
        lambda part: part.replace(b'<c r="B2" t="n"><v>7', b'<c r="B2"><f>3+4</f><v>7'),
    )

    assert units(read(content, SHEET)) == {"TEE": 7}


@pytest.mark.parametrize("sku", [date(2026, 3, 1), True, 12.5, 9_007_199_254_740_993])
def test_what_a_spreadsheet_made_of_a_sku_is_no_sku(sku: object) -> None:
    """MAR-1 became a day, and a long number another one: what was typed is gone."""
    parsed = read(workbook([["sku", "qty"], [sku, 5]]), SHEET)

    assert causes(parsed) == [(2, "sku", RowCause.SKU_UNREADABLE)]


def test_a_number_is_a_sku_as_written() -> None:
    """An EAN of 13 digits, without a point and without an exponent."""
    assert units(read(workbook([["sku", "qty"], [4006381333931, 5]]), SHEET)) == {
        "4006381333931": 5
    }


HALF_PAST_ELEVEN = datetime.fromisoformat("2026-11-24T11:30:00")


@pytest.mark.parametrize("moment", [HALF_PAST_ELEVEN, HALF_PAST_ELEVEN.isoformat()])
def test_a_moment_is_read_in_the_declared_zone(moment: object) -> None:
    """As a date of the spreadsheet or as text: neither has a zone."""
    dated = dialect_of(SheetForm(), as_of=AsOfColumn(name="at", zone=UTC))

    parsed = read(workbook([["sku", "qty", "at"], ["TEE", 5, moment]]), dated)

    assert parsed.as_of == NOON - 1800


def test_a_day_is_its_first_moment() -> None:
    """The earliest that it can mean: read later, it would hide sales."""
    dated = dialect_of(SheetForm(), as_of=AsOfColumn(name="at", zone=UTC))

    parsed = read(workbook([["sku", "qty", "at"], ["TEE", 5, date(2026, 11, 24)]]), dated)

    assert parsed.as_of == NOON - 12 * 3600


def test_rows_keep_the_numbers_that_the_sheet_shows() -> None:
    """Blank rows count and say nothing, above the header too."""
    parsed = read(workbook([[], ["sku", "qty"], [], ["TEE", 5], [None, " "], ["MUG", "x"]]), SHEET)

    assert ([row.row for row in parsed.rows], causes(parsed)) == (
        [4],
        [(6, "qty", RowCause.QUANTITY_UNREADABLE)],
    )


# --- which sheet -----------------------------------------------------------------------------


def second(name: str, state: str = "visible", first: str = "visible") -> bytes:
    """A workbook with another sheet, that has 9 of everything."""

    def change(made: Book) -> None:
        sheet = made.create_sheet(name)
        sheet.append(["sku", "qty"])
        sheet.append(["TEE", 9])
        sheet.sheet_state = state
        made["Stock"].sheet_state = first
        made.active = sheet if first != "visible" else made["Stock"]

    return workbook([["sku", "qty"], ["TEE", 5]], change)


@pytest.mark.parametrize(
    ("content", "name", "stated"),
    [
        (second("More"), "", 5),
        (second("More"), "More", 9),
        (second("More", first="hidden"), "", 9),
        (second("More", first="veryHidden"), "", 9),
    ],
)
def test_the_sheet_is_the_named_one_or_the_first_to_be_seen(
    content: bytes, name: str, stated: int
) -> None:
    """A hidden sheet is nobody's statement."""
    assert units(read(content, dialect_of(SheetForm(sheet=name)))) == {"TEE": stated}


@pytest.mark.parametrize(
    ("name", "cause"), [("More", FileCause.SHEET_HIDDEN), ("more", FileCause.SHEET_MISSING)]
)
def test_a_sheet_that_is_not_shown_is_refused(name: str, cause: FileCause) -> None:
    """Hidden, or of another name: both name what the workbook has."""
    fault = fault_of(second("More", "hidden"), dialect_of(SheetForm(sheet=name)))

    assert (fault.cause, "'Stock'" in fault.detail) == (cause, True)


# --- hostile workbooks -----------------------------------------------------------------------


def test_a_cell_at_the_far_corner_is_not_read_up_to() -> None:
    """It would take a reader hundreds of gigabytes."""
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    content = with_part(book(5), SHEET_PART, lambda part: part.replace(b"</sheetData>", far))

    assert fault_of(content, SHEET).cause in {FileCause.TOO_MANY_CELLS, FileCause.TOO_MANY_ROWS}


def test_a_cell_at_the_far_corner_of_another_sheet_is_not_read_up_to_either() -> None:
    """Which part is read for which sheet is the reader's choice."""
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    content = with_part(
        second("More"),
        "xl/worksheets/sheet2.xml",
        lambda part: part.replace(b"</sheetData>", far),
    )

    assert fault_of(content, SHEET).cause is FileCause.TOO_MANY_CELLS


@pytest.mark.parametrize("style", [b"10000000", b"2", b"-1", b" ", b""])
def test_a_cell_of_a_style_that_is_not_there_is_refused(style: bytes) -> None:
    """A day would be read as the number that days are kept as."""
    content = with_part(
        book(date(2026, 3, 1)),
        SHEET_PART,
        lambda part: part.replace(b's="1"', b's="' + style + b'"'),
    )

    assert fault_of(content, SHEET).cause is FileCause.WORKBOOK_UNREADABLE


@pytest.mark.parametrize("cell", [b'<c r="B2"><v>9</v></c>', b'<c r="A2"><v>9</v></c>'])
def test_two_cells_in_one_place_are_no_reason_to_choose(cell: bytes) -> None:
    """The reader would take the last of them without a word."""
    content = with_part(
        book(5), SHEET_PART, lambda part: part.replace(b"</row></s", cell + b"</row></s")
    )

    assert fault_of(content, SHEET).cause is FileCause.WORKBOOK_UNREADABLE


def test_a_row_that_stands_twice_is_no_reason_to_choose() -> None:
    """Its cells would be those of the last row of that number."""
    again = b'</row><row r="2"><c r="B2"><v>9</v></c></row></s'
    content = with_part(book(5), SHEET_PART, lambda part: part.replace(b"</row></s", again))

    assert fault_of(content, SHEET).cause is FileCause.WORKBOOK_UNREADABLE


def test_the_order_of_calculation_is_none_of_the_cells_order() -> None:
    """The part that lists formulas has elements called as cells are, in any order."""
    chain = b'<calcChain><c r="B9" s="1"/><c r="B2" s="1"/><c r="B2" s="7"/></calcChain>'
    content = with_part(book(5), "docProps/app.xml", lambda _: chain)

    assert units(read(content, SHEET)) == {"TEE": 5}


def test_a_document_type_is_refused() -> None:
    """Entities of its own are how XML grows without end."""
    content = with_part(
        book(5),
        SHEET_PART,
        lambda part: b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + part.removeprefix(b"<?xml"),
    )

    assert fault_of(content, SHEET).cause is FileCause.WORKBOOK_UNREADABLE


def test_a_part_that_lies_about_its_size_is_refused() -> None:
    """What is read is what was measured, so a lie cannot get past the cap."""
    content = bytearray(book(5))
    at = content.index(b"PK\x01\x02")  # the first entry of the list of parts
    content[at + 24 : at + 28] = (3).to_bytes(4, "little")

    assert fault_of(bytes(content), SHEET).cause is FileCause.WORKBOOK_UNREADABLE


def test_a_workbook_that_would_fill_the_memory_is_not_unpacked() -> None:
    """What it says of its own size is enough to refuse it."""
    content = bytearray(book(5))
    at = content.index(b"PK\x01\x02")  # the first entry of the list of parts
    content[at + 24 : at + 28] = (UNPACKED_BYTES_MAX + 1).to_bytes(4, "little")

    assert fault_of(bytes(content), SHEET).cause is FileCause.TOO_LARGE


def test_what_is_read_is_what_was_measured() -> None:
    """The parts are handed on unpacked: a size that lies has nothing left to unpack."""
    parts = parts_of(book(5))

    with zipfile.ZipFile(stored(parts)) as archive:
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
        assert {name: archive.read(name) for name in archive.namelist()} == parts


def test_two_sheets_of_one_name_are_no_reason_to_choose() -> None:
    """Nobody knows which of them the reader would take."""
    content = with_part(
        second("More"), "xl/workbook.xml", lambda part: part.replace(b'"More"', b'"Stock"')
    )

    assert fault_of(content, SHEET).cause is FileCause.WORKBOOK_UNREADABLE


def test_two_parts_of_one_name_are_no_reason_to_choose() -> None:
    """Nor of which part."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        twice = bare_zip("xl/workbook.xml", "xl/workbook.xml")

    assert "two have one name" in fault_of(twice, SHEET).detail


def test_a_part_that_is_packed_in_an_unusual_way_is_not_unpacked() -> None:
    """Only what spreadsheets use can be unpacked piece by piece."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("xl/workbook.xml", "<a/>")

    assert "unusual way" in fault_of(file.getvalue(), SHEET).detail


def test_a_workbook_of_very_many_parts_is_not_unpacked() -> None:
    """Each of them takes time, however small it is."""
    content = bare_zip(*(f"{at}.xml" for at in range(PARTS_MAX + 1)))

    assert "its parts are too many" in fault_of(content, SHEET).detail


class PanicException(BaseException):
    """What the reader raises at what it did not foresee."""


@pytest.mark.parametrize("fault", [PanicException(), ValueError(), OverflowError()])
def test_however_the_reader_fails_the_file_is_refused(fault: BaseException) -> None:
    """Its panic is no `Exception`, and would end the process."""

    def failing() -> None:
        raise fault

    with pytest.raises(FileFault):
        guarded(failing)


def test_what_is_no_fault_of_the_reader_goes_through() -> None:
    """Whoever stops the program stops it."""

    def failing() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded(failing)


def bare_zip(*names: str) -> bytes:
    """A zip that is no workbook."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "<a/>")
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [b"", b"sku,qty\nTEE,5\n", b"PK\x03\x04", book(5)[:-40], book(5)[:400], bare_zip("x.xml")],
    ids=["empty", "text", "head", "cut", "cut more", "a zip"],
)
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    """Nothing of it counts."""
    assert fault_of(content, SHEET).cause is FileCause.WORKBOOK_UNREADABLE


def test_a_sheet_of_too_many_rows_is_refused() -> None:
    """At the limit it is taken."""
    content = workbook([["sku", "qty"], ["TEE", 5], ["MUG", 6]])

    assert len(read(content, dialect_of(SheetForm(), rows_max=2)).rows) == 2
    assert fault_of(content, dialect_of(SheetForm(), rows_max=1)).cause is FileCause.TOO_MANY_ROWS


def test_a_workbook_saved_anew_says_the_same() -> None:
    """Its bytes tell when it was saved; its cells do not."""

    def saved_by_another(made: Book) -> None:
        made.properties.creator = "another"

    rows: list[list[object]] = [["sku", "qty"], ["TEE", 5]]
    first, again = read(workbook(rows), SHEET), read(workbook(rows, saved_by_another), SHEET)

    assert (first.sha256 != again.sha256, first.content_sha256) == (True, again.content_sha256)
