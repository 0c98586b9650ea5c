"""A number that a spreadsheet shows as a day is no count of units, in whatever calendar."""

import re

import pytest

from reconciliation.feed import RowCause

from .opening_rig import SHEET, Book, causes, read, units, with_part, workbook


def shown_as(quantity: float, code: str) -> bytes:
    """A workbook whose one quantity is shown by a number format."""

    def change(book: Book) -> None:
        book.active["B2"].number_format = code

    return workbook([["sku", "qty"], ["TEE", quantity]], change)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        (46_000, "yyyy-mm-dd"),
        (46_000, "ggge"),
        (46_000, "e"),
        (46_000, "bbbb"),
        (46_000, "aaa"),
        (46_000, "0;yyyy"),
        (46_000, "[h]"),
        (46_000, "0;[h]"),
        (46_000, "[$-411]ge.m.d"),
        (2_958_466, "yyyy-mm-dd"),
        (5_000_000, "d/m/yy h:mm"),
    ],
)
def test_a_number_that_is_shown_as_a_moment_is_no_count(quantity: int, code: str) -> None:
    """In whatever calendar, and past the last day that the reader knows."""
    assert causes(read(shown_as(quantity, code), SHEET)) == [
        (2, "qty", RowCause.QUANTITY_UNREADABLE)
    ]


@pytest.mark.parametrize("number", [14, 22, 27, 36, 45, 47, 50, 58])
def test_a_built_in_format_of_moments_is_known_without_its_code(number: int) -> None:
    """Workbooks do not state those, and East Asian calendars have their own."""
    styled = with_part(
        shown_as(3_000_000, "0.000"),
        "xl/styles.xml",
        lambda styles: re.sub(rb'(<cellXfs.*numFmtId=")[0-9]+', rb"\g<1>%d" % number, styles),
    )

    assert causes(read(styled, SHEET)) == [(2, "qty", RowCause.QUANTITY_UNREADABLE)]


@pytest.mark.parametrize(
    "code",
    [
        "0",
        "#,##0",
        '0 "days"',
        "0 \\d",
        "0.00E+00",
        "[Red]0;[Blue]-0",
        "General",
        "@",
        "_-0_d",
        "*h0",
    ],
)
def test_a_number_that_is_shown_as_one_is_a_count(code: str) -> None:
    """Letters that are only text, a gap, a colour or an exponent make no moment of it."""
    assert units(read(shown_as(12, code), SHEET)) == {"TEE": 12}
