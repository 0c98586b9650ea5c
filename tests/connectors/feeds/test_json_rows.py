"""JSON says what JSON can say: each thing that Python's reader forgives is a fault here."""

import json

import pytest

from reconciliation.feed import (
    AsOfColumn,
    FileCause,
    JsonForm,
    JsonLayout,
    QuantityRule,
    RowCause,
    WarehouseColumn,
)

from .opening_rig import ARRAY, LINES, NOON, causes, dialect_of, fault_of, read, units


def line(quantity: str) -> str:
    """A file of one object with this quantity, as written."""
    return '{"sku": "TEE", "qty": ' + quantity + "}\n"


@pytest.mark.parametrize("quantity", ["12", '"12"', '" 12 "', '"012"'])
def test_a_whole_number_is_taken(quantity: str) -> None:
    """As a number or as text."""
    assert units(read(line(quantity), LINES)) == {"TEE": 12}


def test_a_sku_that_is_a_number_has_the_digits_that_were_declared() -> None:
    """JSON has no numbers that begin with 0."""
    content = '{"sku": 42, "qty": 1}\n{"sku": "43", "qty": 2}\n'

    assert units(read(content, dialect_of(JsonForm(), sku_digits=4))) == {"0042": 1, "43": 2}


BAD_QUANTITIES = [
    ("12.0", RowCause.QUANTITY_FRACTIONAL),
    ("12.5", RowCause.QUANTITY_FRACTIONAL),
    ("1e3", RowCause.QUANTITY_UNREADABLE),
    ("1E400", RowCause.QUANTITY_UNREADABLE),
    ("-3", RowCause.QUANTITY_NEGATIVE),
    ("NaN", RowCause.QUANTITY_UNREADABLE),
    ("Infinity", RowCause.QUANTITY_UNREADABLE),
    ("-Infinity", RowCause.QUANTITY_UNREADABLE),
    ("true", RowCause.QUANTITY_UNREADABLE),
    ("null", RowCause.QUANTITY_BLANK),
    ("[12]", RowCause.QUANTITY_UNREADABLE),
    ('{"units": 12}', RowCause.QUANTITY_UNREADABLE),
    ("9007199254740993", RowCause.QUANTITY_TOO_LARGE),
    ("1" * 5_000, RowCause.QUANTITY_TOO_LARGE),
    ('"\uff11\uff12"', RowCause.QUANTITY_UNREADABLE),
    ('"1_000"', RowCause.QUANTITY_UNREADABLE),
    ('"1\\n"', RowCause.QUANTITY_UNREADABLE),
]


@pytest.mark.parametrize(("quantity", "cause"), BAD_QUANTITIES)
def test_what_is_no_count_is_refused(quantity: str, cause: RowCause) -> None:
    """The rules are those of a text file, and a number that is no whole one is none."""
    assert causes(read(line(quantity), LINES)) == [(1, "qty", cause)]


@pytest.mark.parametrize(("quantity", "cause"), BAD_QUANTITIES)
def test_an_array_is_read_by_the_same_rules(quantity: str, cause: RowCause) -> None:
    """One bad object costs that object, not the array."""
    parsed = read(f'[{line(quantity)}, {{"sku": "MUG", "qty": 4}}]', ARRAY)

    assert (causes(parsed), units(parsed)) == ([(1, "qty", cause)], {"MUG": 4})


@pytest.mark.parametrize("layout", list(JsonLayout))
def test_no_mark_that_was_declared_for_text_makes_a_fraction_whole(layout: JsonLayout) -> None:
    """1.234 is a number of JSON, whatever parts thousands in the partner's texts."""
    german = QuantityRule(thousands_mark=".", decimal_mark=",")
    rows = '{"sku": "TEE", "qty": 1.234}'
    content = f"[{rows}]" if layout is JsonLayout.ARRAY else rows

    assert causes(read(content, dialect_of(JsonForm(layout=layout), quantity=german))) == [
        (1, "qty", RowCause.QUANTITY_FRACTIONAL)
    ]


@pytest.mark.parametrize("sku", ["true", "12.5", "[]", '{"id": 1}', "null", '"\\ud800"'])
def test_what_is_no_text_is_no_sku(sku: str) -> None:
    """A SKU is text or a whole number."""
    parsed = read('{"sku": ' + sku + ', "qty": 5}', LINES)

    assert causes(parsed) == [(1, "sku", RowCause.SKU_UNREADABLE)]


def test_a_whole_number_is_a_sku_as_written() -> None:
    """Digit by digit, however long."""
    assert units(read('{"sku": 90071992547409931, "qty": 5}', LINES)) == {"90071992547409931": 5}


@pytest.mark.parametrize(
    ("bad", "cause"),
    [
        ('{"sku": "TEE", "qty": 1, "qty": 2}', RowCause.KEY_REPEATED),
        ('{"sku": "TEE", "qty": 1, "x": 0, "x": 0}', RowCause.KEY_REPEATED),
        ('{"sku": "TEE", "qty": 1', RowCause.JSON_UNREADABLE),
        ('{"sku": "TEE", "qty": 01}', RowCause.JSON_UNREADABLE),
        ("{'sku': 'TEE', 'qty': 1}", RowCause.JSON_UNREADABLE),
        ('{"sku": "TEE", "qty": 1} {}', RowCause.JSON_UNREADABLE),
        ('["TEE", 1]', RowCause.JSON_UNREADABLE),
        ("7", RowCause.JSON_UNREADABLE),
        ("[" * 100_000, RowCause.JSON_UNREADABLE),
        ('{"sku": "TEE", "qty": 1, "x": ' + "[" * 40 + "]" * 40 + "}", RowCause.JSON_UNREADABLE),
    ],
)
def test_a_line_that_is_no_plain_object_is_refused_whole(bad: str, cause: RowCause) -> None:
    """Of two equal keys nobody knows which is meant; the lines beside it count."""
    parsed = read(f'{bad}\n{{"sku": "MUG", "qty": 4}}\n', LINES)

    assert (causes(parsed), units(parsed)) == ([(1, "", cause)], {"MUG": 4})


def test_a_separator_inside_a_string_ends_no_line() -> None:
    """U+2028 may stand in a JSON string."""
    assert units(read('{"sku": "TEE", "qty": 5, "note": "a\u2028b\x85c"}\n', LINES)) == {"TEE": 5}


def test_rows_are_numbered_as_lines_or_as_positions() -> None:
    """Blank lines count among lines."""
    objects = ('{"sku": "TEE", "qty": 5}', '{"sku": "MUG", "qty": 6}')
    lines = read("\n\n".join(objects), LINES)
    array = read(f"[\n{', '.join(objects)}]", ARRAY)

    assert [[row.row for row in parsed.rows] for parsed in (lines, array)] == [[1, 3], [1, 2]]


@pytest.mark.parametrize("way", ["items", "data.items"])
def test_rows_may_lie_in_an_array_further_in(way: str) -> None:
    """Its way is declared, key by key."""
    inside: object = [{"sku": "TEE", "qty": 5}]
    for key in reversed(way.split(".")):
        inside = {key: inside, "other": [1]}
    form = JsonForm(layout=JsonLayout.ARRAY, rows_at=way)

    assert units(read(json.dumps(inside), dialect_of(form))) == {"TEE": 5}


AT_ITEMS = dialect_of(JsonForm(layout=JsonLayout.ARRAY, rows_at="data.items"))


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        ("", FileCause.JSON_UNREADABLE),
        ('{"data": {"items": []}', FileCause.JSON_UNREADABLE),
        ('{"data": {"items": [], "items": []}}', FileCause.JSON_UNREADABLE),
        ('{"data": {}}', FileCause.ROWS_NOT_FOUND),
        ('{"data": []}', FileCause.ROWS_NOT_FOUND),
        ('{"data": {"items": {}}}', FileCause.ROWS_NOT_FOUND),
        ("[]", FileCause.ROWS_NOT_FOUND),
        ("[" * 100_000, FileCause.JSON_TOO_DEEP),
        ('{"data": {"items": [{"sku": 1, "count": 2}]}}', FileCause.COLUMN_MISSING),
        ('{"data": {"items": [{"a": 1, "b": 2}]}}', FileCause.HEADER_MISSING),
        (b"\xff\xfe", FileCause.UNDECODABLE),
    ],
)
def test_a_file_without_rows_where_they_should_be_is_refused(
    content: str | bytes, cause: FileCause
) -> None:
    """Nothing of it counts, and the cause is named."""
    assert fault_of(content, AT_ITEMS).cause is cause


def test_a_refusal_names_the_keys_that_were_found() -> None:
    """The partner sees both sides of the difference."""
    fault = fault_of('{"sku": "TEE", "count": 5}', LINES)

    assert ("'count'" in fault.detail, "'qty'" in fault.remedy) == (True, True)


def test_a_key_that_one_object_lacks_is_an_empty_cell() -> None:
    """The file has the column; the row has not."""
    parsed = read('{"sku": "TEE"}\n{"sku": "MUG", "qty": 6}\n', LINES)

    assert causes(parsed) == [(1, "qty", RowCause.QUANTITY_BLANK)]


@pytest.mark.parametrize(("bin_code", "merged"), [("A1", 1), ("B7", 0)])
def test_objects_repeat_each_other_only_in_every_key(bin_code: str, merged: int) -> None:
    """The same count in another bin is a part of a sum."""
    objects = '{"sku": "TEE", "qty": 5, "bin": "A1"}\n{"bin": "%s", "qty": 5, "sku": "TEE"}\n'

    assert len(read(objects % bin_code, LINES).merged) == merged


def test_a_moment_is_read_from_its_key() -> None:
    """In ISO 8601, as in a text file."""
    dated = dialect_of(JsonForm(), as_of=AsOfColumn(name="at"))

    parsed = read('{"sku": "TEE", "qty": 5, "at": "2026-11-24T11:30:00Z"}', dated)

    assert parsed.as_of == NOON - 1800


@pytest.mark.parametrize("site", ["true", "1.5", "[]"])
def test_what_is_no_text_is_no_warehouse(site: str) -> None:
    """A row that nobody can place might be ours."""
    sites = WarehouseColumn(column="site", codes=("E1",))
    content = '{"sku": "TEE", "qty": 5, "site": ' + site + "}"

    assert causes(read(content, dialect_of(JsonForm(), warehouse=sites))) == [
        (1, "site", RowCause.WAREHOUSE_UNREADABLE)
    ]


def test_too_many_objects_are_refused() -> None:
    """At the limit a file is taken."""
    content = '{"sku": "TEE", "qty": 5}\n{"sku": "MUG", "qty": 6}\n'

    assert len(read(content, dialect_of(JsonForm(), rows_max=2)).rows) == 2
    assert fault_of(content, dialect_of(JsonForm(), rows_max=1)).cause is FileCause.TOO_MANY_ROWS
