"""Each partner's way of writing files is declared in a few settings, and contradictions named."""

from pathlib import Path

import pytest

from reconciliation.feed import (
    Column,
    Compression,
    Dialect,
    Encoding,
    FileForm,
    JsonForm,
    JsonLayout,
    Negative,
    QuantityRule,
    SheetForm,
    TextForm,
    WarehouseColumn,
)
from reconciliation.feed_coverage import Coverage, FeedScope, MissingRows
from worker.settings.values import coverage, dialect, gate_limits

from .settings_rig import SECRETS, Change, faults, load


AS_OF = 'as_of_column = "as_of"'


def feed(more: str) -> Change:
    """More settings of the feed."""
    return (AS_OF, f"{AS_OF}\n{more}")


def declared(folder: Path, *changes: Change) -> Dialect:
    """The dialect of a feed with these settings."""
    return dialect(load(folder, *changes), "east")


@pytest.mark.parametrize(
    ("more", "form"),
    [
        ("", TextForm()),
        (
            'delimiter = "\\t"\nencoding = "utf-16"',
            TextForm(delimiter="\t", encoding=Encoding.UTF_16),
        ),
        ('format = "xlsx"', SheetForm()),
        ('format = "xlsx"\nsheet = "Stock"', SheetForm(sheet="Stock")),
        ('format = "ndjson"', JsonForm()),
        ('format = "json"\nrows_at = "a.b"', JsonForm(layout=JsonLayout.ARRAY, rows_at="a.b")),
    ],
)
def test_a_form_is_that_of_the_feed(tmp_path: Path, more: str, form: FileForm) -> None:
    """Text by its signs, a sheet by its name, JSON by where its rows are."""
    assert declared(tmp_path, feed(more)).form == form


@pytest.mark.parametrize(
    ("written", "column"), [('"sku"', "sku"), ('["sku", "item"]', ("sku", "item")), ("3", 3)]
)
def test_a_column_is_told_by_name_by_names_or_by_position(
    tmp_path: Path, written: str, column: Column
) -> None:
    """In one setting, by what TOML calls text, a list and a number."""
    assert declared(tmp_path, ('"sku"', written)).sku_column == column


@pytest.mark.parametrize("written", ["true", "[]", "[1]", "1.5", "{}"])
def test_what_is_no_column_is_refused_once(tmp_path: Path, written: str) -> None:
    """One fault tells all three ways."""
    problem = "a column is told by its name, by a list of names, or by its position"
    remedy = 'write "sku", ["sku", "item"] or 1'

    assert faults(tmp_path, ('"sku"', written)) == [
        f"feeds.east.sku_column (line 24): {problem}; {remedy}"
    ]


def test_a_rule_for_quantities_is_that_of_the_feed(tmp_path: Path) -> None:
    """Marks, words and what is below zero."""
    more = (
        'thousands_mark = "."\ndecimal_mark = ","\nnegative = "zero"\n'
        'quantity_words = { "in stock" = 5, "" = 0 }'
    )

    assert declared(tmp_path, feed(more)).quantity == QuantityRule(
        thousands_mark=".",
        decimal_mark=",",
        words=(("in stock", 5), ("", 0)),
        negative=Negative.ZERO,
    )


def test_a_warehouse_column_is_that_of_the_feed(tmp_path: Path) -> None:
    """With the codes of its own rows and those known to be others'."""
    more = 'warehouse_column = "site"\nwarehouse_codes = ["E1"]\nother_warehouse_codes = ["W1"]'

    assert declared(tmp_path, feed(more)).warehouse == WarehouseColumn(
        column="site", codes=("E1",), others=("W1",)
    )


def test_a_heading_and_a_packing_are_those_of_the_feed(tmp_path: Path) -> None:
    """Lines above the header, lines of it, and gzip."""
    read = declared(tmp_path, feed('skip_lines = 2\nheader_lines = 3\ncompression = "gzip"'))

    assert (read.skip_lines, read.header_lines, read.compression) == (2, 3, Compression.GZIP)


def test_what_a_feed_covers_is_declared(tmp_path: Path) -> None:
    """A full file may say by leaving a SKU out that none are left."""
    more = 'missing_rows = "zero_after"\nzero_after_files = 2'

    assert coverage(load(tmp_path, feed(more)), "east") == Coverage(
        missing_rows=MissingRows.ZERO_AFTER, zero_after_files=2
    )


def test_a_delta_loses_no_rows(tmp_path: Path) -> None:
    """It leaves most SKUs out, and its gate holds it for none of them."""
    settings = load(tmp_path, feed('scope = "delta"\ngate = { kept_share_min = 0.9 }'))

    assert gate_limits(settings, "east").kept_share_min == 0
    assert coverage(settings, "east").scope is FeedScope.DELTA


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ('sheet = "Stock"', "sheet says nothing of a file whose format is text"),
        ('rows_at = "items"', "rows_at says nothing of a file whose format is text"),
        ('format = "xlsx"\ndelimiter = ";"', "delimiter says nothing of a file"),
        ('format = "xlsx"\nencoding = "cp1252"', "encoding says nothing of a file"),
        ('format = "ndjson"\nrows_at = "items"', "rows_at says nothing of a file"),
        ('format = "json"\nskip_lines = 1', "skip_lines says nothing of a file"),
        ('format = "json"\nrows_at = "a..b"', "rows_at needs keys parted by single dots"),
        ("header_lines = 0", "must be told by position"),
        ("skip_lines = -1", "skip_lines must be from 0 to 100"),
        ('thousands_mark = "_"', "thousands_mark must be one of"),
        ('decimal_mark = "\'"', "decimal_mark must be one of"),
        (
            'thousands_mark = "."\ndecimal_mark = "."',
            "thousands_mark and decimal_mark must differ",
        ),
        ('quantity_words = { "12" = 1 }', "is a number, and numbers mean what they say"),
        ('quantity_words = { "some" = -1 }', "must stand for 0 to"),
        ('quantity_words = { "Some" = 1, "some" = 2 }', "may be given once"),
        ('warehouse_column = "site"', "nothing says which rows are ours"),
        ('warehouse_codes = ["E1"]', "without the column that they stand in"),
        (
            'warehouse_column = "site"\nwarehouse_codes = ["E1"]\nother_warehouse_codes = ["E1"]',
            "each warehouse code stands once",
        ),
        (
            'warehouse_column = "sku"\nwarehouse_codes = ["E1"]',
            "one column cannot be two things",
        ),
        ('scope = "delta"\nmissing_rows = "zero"', "missing_rows must be keep"),
        ("zero_after_files = 0", "zero_after_files must be at least 1"),
    ],
)
def test_settings_that_contradict_each_other_are_named(
    tmp_path: Path, more: str, named: str
) -> None:
    """One fault, at the feed, with a remedy."""
    found = faults(tmp_path, feed(more))

    assert [named in fault and "; " in fault for fault in found] == [True]


@pytest.mark.parametrize(("text", "column"), [('["sku", "item"]', ("sku", "item")), ("2", 2)])
def test_a_column_may_be_told_by_the_environment(
    tmp_path: Path, text: str, column: Column
) -> None:
    """A list and a position as JSON has them."""
    told = {**SECRETS, "OVERSELL_GUARD_FEEDS__EAST__SKU_COLUMN": text}

    assert dialect(load(tmp_path, environ=told), "east").sku_column == column


def test_a_delta_is_not_dated_by_its_arrival(tmp_path: Path) -> None:
    """The same change twice would pass for one file sent twice, and the second be dropped."""
    written = (AS_OF, 'as_of_lag_s = 60.0\nscope = "delta"')

    [fault] = faults(tmp_path, written)
    assert "a delta cannot be dated by its arrival" in fault
