"""What a partner's file may say, and every trap in which a reader would take it for more."""

import csv
from dataclasses import FrozenInstanceError

import pytest

from reconciliation.feed import (
    AsOfColumn,
    Dialect,
    Encoding,
    FileCause,
    FileFault,
    ParsedFeed,
    RowCause,
    TextForm,
    parse,
)
from reconciliation.quantities import Instant, SkuCase


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z
PLAIN = Dialect(sku_column="sku", quantity_column="qty")


def read(content: str | bytes, dialect: Dialect = PLAIN) -> ParsedFeed:
    """Parse a file that arrived at noon."""
    data = content.encode() if isinstance(content, str) else content
    return parse(data, dialect, file_name="stock.csv", arrived_at=NOON)


def fault_of(content: str | bytes, dialect: Dialect = PLAIN) -> FileFault:
    """Return why a whole file is refused."""
    with pytest.raises(FileFault) as caught:
        read(content, dialect)
    return caught.value


def units(parsed: ParsedFeed) -> dict[str, int]:
    """Return the accepted quantities."""
    return {row.sku: row.units for row in parsed.rows}


def causes(parsed: ParsedFeed) -> list[tuple[int, str, RowCause]]:
    """Return where the row faults are and why."""
    return [(fault.row, fault.column, fault.cause) for fault in parsed.faults]


def test_a_plain_file_is_read() -> None:
    """Each row gives its SKU, its units, the file's as-of and its physical row."""
    parsed = read("sku,qty\nTEE,10\nMUG,0\n")

    assert [(row.sku, row.units, row.as_of, row.row) for row in parsed.rows] == [
        ("TEE", 10, NOON, 2),
        ("MUG", 0, NOON, 3),
    ]
    assert parsed.faults == ()
    assert parsed.header == ("sku", "qty")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("\uff11\uff12", RowCause.QUANTITY_UNREADABLE),  # full-width digits; int() takes them
        ("\u0663", RowCause.QUANTITY_UNREADABLE),  # an Arabic digit; int() takes it
        ("\u00b2", RowCause.QUANTITY_UNREADABLE),  # isdigit() says yes
        ("1_000", RowCause.QUANTITY_UNREADABLE),
        ("+5", RowCause.QUANTITY_UNREADABLE),
        ("-3", RowCause.QUANTITY_NEGATIVE),
        ("\u22123", RowCause.QUANTITY_NEGATIVE),
        ("1E+3", RowCause.QUANTITY_UNREADABLE),
        ("1e3", RowCause.QUANTITY_UNREADABLE),
        ("1e400", RowCause.QUANTITY_UNREADABLE),
        ("nan", RowCause.QUANTITY_UNREADABLE),
        ("NaN", RowCause.QUANTITY_UNREADABLE),
        ("inf", RowCause.QUANTITY_UNREADABLE),
        ("12.0", RowCause.QUANTITY_FRACTIONAL),
        ("12,0", RowCause.QUANTITY_FRACTIONAL),
        ("1.000", RowCause.QUANTITY_FRACTIONAL),
        (".5", RowCause.QUANTITY_FRACTIONAL),
        ("", RowCause.QUANTITY_BLANK),
        ("   ", RowCause.QUANTITY_BLANK),
        ("1 000", RowCause.QUANTITY_UNREADABLE),
        ("1\u00a0000", RowCause.QUANTITY_UNREADABLE),
        ("5\u00a0", RowCause.QUANTITY_UNREADABLE),  # no space of ours; int() strips it
        ("0x10", RowCause.QUANTITY_UNREADABLE),
        ("10000000", RowCause.QUANTITY_TOO_LARGE),
        ("9007199254740993", RowCause.QUANTITY_TOO_LARGE),
        ("ten", RowCause.QUANTITY_UNREADABLE),
        ("=2+3", RowCause.QUANTITY_UNREADABLE),
    ],
)
def test_what_is_no_plain_count_is_refused(text: str, cause: RowCause) -> None:
    """A quantity is one to seven ASCII digits; the rest is refused with the row and the text."""
    parsed = read(f'sku,qty\nTEE,"{text}"\nMUG,4\n')

    assert causes(parsed) == [(2, "qty", cause)]
    assert parsed.faults[0].text == text
    assert units(parsed) == {"MUG": 4}


@pytest.mark.parametrize("text", ["0", "7", "007", "9999999", "  12  ", '"12"', '" 12 "'])
def test_a_plain_count_is_taken(text: str) -> None:
    """Leading zeros, quotes and spaces around the digits do not change a count."""
    assert units(read(f"sku,qty\nTEE,{text}\n")) == {"TEE": int(text.strip('" '))}


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("TEE", RowCause.TOO_FEW_COLUMNS),
        ("TEE,1", RowCause.TOO_FEW_COLUMNS),
        ("TEE,1,000,shelf", RowCause.TOO_MANY_COLUMNS),
        ("TEE,1,,", RowCause.TOO_MANY_COLUMNS),
        ("TEE,1\0,shelf", RowCause.CONTROL_CHARACTER),
        ("TEE,1,sh\x1belf", RowCause.CONTROL_CHARACTER),
        ("TEE,1,shelf\u2028", RowCause.CONTROL_CHARACTER),
        ("TEE,1,sh\x85elf", RowCause.CONTROL_CHARACTER),
        ("TEE,1\t,shelf", RowCause.CONTROL_CHARACTER),
        ("TEE,1\r0,shelf", RowCause.CONTROL_CHARACTER),  # cut there, 10 would become 1
        ('"TEE"x,1,shelf', RowCause.MISQUOTED),
        ('TEE,"1" ,shelf', RowCause.MISQUOTED),
    ],
)
def test_a_misshapen_row_is_refused_whole(line: str, cause: RowCause) -> None:
    """A row that does not fit the header, or holds what nobody can see, gives nothing."""
    parsed = read(f"sku,qty,place\n{line}\nMUG,4,shelf\n")

    assert causes(parsed) == [(2, "", cause)]
    assert parsed.faults[0].line == line
    assert units(parsed) == {"MUG": 4}


@pytest.mark.parametrize(
    ("sku", "cause"),
    [
        ("", RowCause.SKU_UNREADABLE),
        ("  ", RowCause.SKU_UNREADABLE),
        ("TE\u200bE", RowCause.SKU_UNREADABLE),
        ("TEE\ufeff", RowCause.SKU_UNREADABLE),
        ("T\ufffdE", RowCause.SKU_DAMAGED),
        ("T" * 256, RowCause.SKU_TOO_LONG),
        ("e" + "\u0301" * 60_000, RowCause.SKU_TOO_LONG),
    ],
)
def test_what_is_no_sku_is_refused(sku: str, cause: RowCause) -> None:
    """A SKU that nobody can see, that lost a letter, or that is a text, names no item."""
    assert causes(read(f"sku,qty\n{sku},5\n")) == [(2, "sku", cause)]


def test_letters_that_look_alike_are_different() -> None:
    """A Cyrillic letter makes another SKU; both spellings of an accent make the same."""
    parsed = read("sku,qty\n\u0410-1,1\nA-1,2\nCAFE\u0301,3\nCAF\u00c9,3\n")

    assert units(parsed) == {"\u0410-1": 1, "A-1": 2, "CAF\u00c9": 3}


def test_the_case_rule_joins_skus() -> None:
    """Where case is declared not to count, two cases of a SKU are one item."""
    upper = Dialect(sku_column="sku", quantity_column="qty", sku_case=SkuCase.UPPER)

    assert units(read("sku,qty\ntee,3\nTEE,3\n", upper)) == {"TEE": 3}
    assert units(read("sku,qty\ntee,3\nTEE,4\n")) == {"tee": 3, "TEE": 4}


def test_every_fault_of_a_row_is_named() -> None:
    """A partner learns of all bad cells of a row at once; the row counts as one."""
    parsed = read("sku,qty\n,none\n")

    assert causes(parsed) == [
        (2, "sku", RowCause.SKU_UNREADABLE),
        (2, "qty", RowCause.QUANTITY_UNREADABLE),
    ]
    assert parsed.bad_rows == 1
    assert all(fault.remedy for fault in parsed.faults)


# --- rows together ---------------------------------------------------------------------------


def test_identical_rows_merge_with_a_note() -> None:
    """A row that says the same again adds nothing and is noted."""
    parsed = read("sku,qty\nTEE,5\nMUG,1\nTEE, 05\n")

    assert units(parsed) == {"TEE": 5, "MUG": 1}
    assert [(each.sku, each.row, each.into_row) for each in parsed.merged] == [("TEE", 4, 2)]


def test_differing_rows_of_a_sku_are_all_refused() -> None:
    """Nobody knows which of them is true, so none counts and each is named."""
    parsed = read("sku,qty\nTEE,5\nMUG,1\nTEE,6\nTEE,5\n")

    assert causes(parsed) == [(row, "", RowCause.SKU_REPEATED) for row in (2, 4, 5)]
    assert units(parsed) == {"MUG": 1}


def test_rows_that_differ_beside_the_count_are_parts_of_a_sum() -> None:
    """Two bins with 5 units each are not one bin stated twice."""
    parsed = read("sku,qty,bin\nTEE,5,A1\nTEE,5,B7\n")

    assert causes(parsed) == [(2, "", RowCause.SKU_REPEATED), (3, "", RowCause.SKU_REPEATED)]


def test_a_bad_row_casts_doubt_on_a_good_one_of_its_sku() -> None:
    """A readable row does not win because its rival cannot be read."""
    parsed = read("sku,qty\nTEE,5\nTEE,?\n")

    assert causes(parsed) == [
        (2, "", RowCause.SKU_REPEATED),
        (3, "qty", RowCause.QUANTITY_UNREADABLE),
    ]
    assert parsed.rows == ()


# --- the whole file --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", FileCause.EMPTY),
        (b"\n\n  \n\r\n", FileCause.EMPTY),
        (b"\xef\xbb\xbf", FileCause.EMPTY),
        (b"TEE,5\nMUG,6\n", FileCause.HEADER_MISSING),
        (b"SKU,Qty\nTEE,5\n", FileCause.HEADER_MISSING),
        (b"sku;qty\nTEE;5\n", FileCause.HEADER_MISSING),
        (b"sku,quantity\nTEE,5\n", FileCause.COLUMN_MISSING),
        (b"sku,qty,qty\nTEE,5,9\n", FileCause.COLUMN_REPEATED),
        (b"sku,qty,place, place\nTEE,5,a,b\n", FileCause.COLUMN_REPEATED),
        (b"sku\0,qty\nTEE,5\n", FileCause.HEADER_UNREADABLE),
        (b'"sku"x,qty\nTEE,5\n', FileCause.HEADER_UNREADABLE),
        (b'"sku,qty\nTEE,5\n', FileCause.QUOTE_LEFT_OPEN),
        (b'sku,qty\n"TEE,5\nMUG,6\n', FileCause.QUOTE_LEFT_OPEN),
        (b'sku,qty\nTEE,5\nMUG,"6', FileCause.QUOTE_LEFT_OPEN),
        (b"sku,qty\nT\xe9E,5\n", FileCause.UNDECODABLE),
        ("sku,qty\nTEE,5\n".encode("utf-16"), FileCause.UNDECODABLE),
        (b"\x1f\x8b\x08\x00", FileCause.UNDECODABLE),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_whole(content: bytes, cause: FileCause) -> None:
    """A file fault names its cause and its remedy, and no row counts."""
    fault = fault_of(content)

    assert fault.cause is cause
    assert fault.remedy in str(fault)


def test_an_open_quote_cannot_swallow_rows_up_to_the_next_quote() -> None:
    """The csv module would take three rows for one here, with the right number of columns."""
    content = 'sku,qty,note\nTEE,5,"\nMUG,6,x\nCAP,7,"\n'
    assert len(list(csv.reader(content.splitlines(keepends=True), strict=True))) == 2

    fault = fault_of(content)

    assert fault.cause is FileCause.QUOTE_LEFT_OPEN
    assert "line 2" in fault.detail


def test_a_header_mismatch_lists_what_was_found_and_wanted() -> None:
    """The partner sees both sides of the difference."""
    fault = fault_of("sku,quantity,place\nTEE,5,shelf\n")

    assert "'qty'" in fault.detail
    assert "'sku', 'quantity', 'place'" in fault.detail
    assert "'sku', 'qty'" in fault.remedy


def test_a_message_stays_short_whatever_the_first_line_is() -> None:
    """A file that is no feed does not fill the log with its first line."""
    assert len(str(fault_of("x," * 20_000))) < 3_000


def test_a_file_over_a_cap_is_refused() -> None:
    """Bytes, rows and line length have limits; at the limit a file is taken."""
    content = "sku,qty\nTEE,5\nMUGS,6\n"
    exact = Dialect(
        sku_column="sku",
        quantity_column="qty",
        bytes_max=len(content),
        rows_max=2,
        form=TextForm(line_letters_max=7),
    )

    assert units(read(content, exact)) == {"TEE": 5, "MUGS": 6}
    assert fault_of(content + " ", exact).cause is FileCause.TOO_LARGE
    assert fault_of("sku,qty\nA,1\nB,2\nC,3", exact).cause is FileCause.TOO_MANY_ROWS
    assert fault_of("sku,qty\nMUGSS,66", exact).cause is FileCause.LINE_TOO_LONG


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_do_not_count(start: str, end: str) -> None:
    """Files of any system are read alike, and rows keep their physical numbers."""
    parsed = read(start + end.join(["sku,qty", "", "TEE,5", "  ", "MUG,x", ""]))

    assert [(row.sku, row.row) for row in parsed.rows] == [("TEE", 3)]
    assert [fault.row for fault in parsed.faults] == [5]


def test_a_byte_order_mark_before_a_quoted_header_does_not_count() -> None:
    """The mark is no part of the first column's name."""
    assert units(read('\ufeff"sku","qty"\n"TEE, red","5"\n')) == {"TEE, red": 5}


def test_quotes_are_read_as_declared() -> None:
    """A doubled quote is a quote, and another sign may be the quote."""
    form = TextForm(quote="'", delimiter=";")
    single = Dialect(sku_column="sku", quantity_column="qty", form=form)

    assert units(read('sku,qty\n"6"" NAIL",5\n')) == {'6" NAIL': 5}
    assert units(read("sku;qty\n'A;B';5\n", single)) == {"A;B": 5}


@pytest.mark.parametrize("encoding", list(Encoding))
def test_other_encodings_are_read_where_declared(encoding: Encoding) -> None:
    """Each encoding of the list reads what it wrote."""
    form = TextForm(encoding=encoding, delimiter="\t")
    dialect = Dialect(sku_column="sku", quantity_column="qty", form=form)
    sku = "\u30b7\u30e3\u30c4" if encoding in {Encoding.SHIFT_JIS, Encoding.CHINESE} else "TEE"

    assert units(read(f"sku\tqty\n{sku}\t5\n".encode(encoding), dialect)) == {sku: 5}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_needs_its_byte_order_mark(encoding: str) -> None:
    """Without it nobody knows which byte comes first, and a reader would take this machine's."""
    dialect = Dialect(
        sku_column="sku", quantity_column="qty", form=TextForm(encoding=Encoding.UTF_16)
    )
    content = "sku,qty\nTEE,5\n"

    assert fault_of(content.encode(encoding), dialect).cause is FileCause.UNDECODABLE
    assert units(read(f"\ufeff{content}".encode(encoding), dialect)) == {"TEE": 5}


def test_spreadsheet_padding_of_the_header_is_taken() -> None:
    """Nameless columns may repeat: they mean nothing."""
    assert units(read("sku,qty,,\nTEE,5,,\n")) == {"TEE": 5}


def test_a_header_without_rows_is_no_file_fault() -> None:
    """It reads well; whether it may count is the gate's question."""
    parsed = read("sku,qty\n")

    assert parsed.rows == ()
    assert parsed.as_of is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"sku_column": ""},
        {"sku_column": " sku"},
        {"sku_column": "qty"},
        {"bytes_max": 0},
        {"rows_max": 0},
        {"clock_tolerance_s": -1.0},
        {"clock_tolerance_s": float("nan")},
        {"as_of": AsOfColumn(name="qty")},
    ],
)
def test_a_dialect_that_contradicts_itself_is_never_made(wrong: dict[str, object]) -> None:
    """What could not be read by is refused at birth."""
    fields = {"sku_column": "sku", "quantity_column": "qty", **wrong}

    with pytest.raises(ValueError, match=r"\w"):
        Dialect(**fields)  # type: ignore[arg-type]  # wrong on purpose


@pytest.mark.parametrize(
    "wrong",
    [
        {"delimiter": ""},
        {"delimiter": ",,"},
        {"delimiter": "\n"},
        {"delimiter": "a"},
        {"quote": ","},
        {"line_letters_max": 0},
        {"line_letters_max": 200_000},
    ],
)
def test_a_form_of_text_that_contradicts_itself_is_never_made(wrong: dict[str, object]) -> None:
    """The same of the signs that part its cells."""
    with pytest.raises(ValueError, match=r"\w"):
        TextForm(**wrong)  # type: ignore[arg-type]  # wrong on purpose


def test_a_parsed_feed_does_not_change() -> None:
    """What was read stays as it was read."""
    with pytest.raises(FrozenInstanceError):
        read("sku,qty\nTEE,5\n").rows = ()  # type: ignore[misc]  # the point of the test
