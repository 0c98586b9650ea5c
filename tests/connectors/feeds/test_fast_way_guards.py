"""What the fast way leaves to the careful way, and how it holds its rows against the others'.

A counterexample for each guard: without it this file is read otherwise than with care.
"""

from dataclasses import replace
from typing import Any

import pytest

from connectors.feeds.fast_way import HEADER_AMONG
from reconciliation.feed import Encoding, ParsedFeed, TextForm
from reconciliation.quantities import SkuCase

from .fast_way_rig import BY_NAME, PLAIN, careful, fast


@pytest.mark.parametrize(
    "lines",
    [
        ["TEE,5", "TEE,x", "MUG,6"],
        ["TEE,x", "MUG,6", "TEE,5"],
        ["TEE,5", '"TEE",6,', "MUG,6"],
        ["TEE,5", "MUG,6", "TEE,7"],
        ["TEE,5", "MUG,6", "TEE,5"],
        ['"TEE","5"', "TEE,6", "MUG,6"],
        ["MUG,6", "x", "CAP,7"],
        ["MUG,6", "T\rEE,5", "", "CAP,7"],
        ["MUG,6", "HAT,x", "CAP,7", '"A""B",8'],
    ],
)
def test_lines_that_need_care_are_held_against_the_plain_ones(lines: list[str]) -> None:
    """Whatever they contradict is refused with them, and the rows stay in order."""
    content = "\n".join(["", "sku,qty", *lines]).encode()

    said = fast(content, PLAIN)

    assert said == careful(content, PLAIN)


def test_a_line_that_ends_before_its_sku_names_none() -> None:
    """It is refused for itself."""
    content = b"qty,sku\n5,TEE\n6\n"

    assert fast(content, PLAIN) == careful(content, PLAIN)


def test_a_sku_is_the_same_in_any_letter_case_where_that_is_declared() -> None:
    """A line that needs care and a plain one may write it differently."""
    content = b"sku,qty\nTEE,5\ntee,x\nMUG,6\n"
    dialect = replace(PLAIN, sku_case=SkuCase.UPPER)

    assert fast(content, dialect) == careful(content, dialect)


@pytest.mark.parametrize(("blank_lines", "is_fast"), [(3, True), (HEADER_AMONG + 1, False)])
def test_a_header_is_looked_for_below_some_blank_lines(blank_lines: int, *, is_fast: bool) -> None:
    """Of a file that has more, the careful way knows where it begins."""
    content = " \n" * blank_lines + "sku,qty\nTEE,5\nMUG,x\n"

    said = fast(content.encode(), PLAIN)

    assert (said is not None) is is_fast
    assert said in (None, careful(content.encode(), PLAIN))


@pytest.mark.parametrize(
    ("content", "caps"),
    [
        (b"sku,qty", {}),
        (b"sku,qty\rTEE,5\r", {}),
        (b"\n\n", {}),
        (b"sku,qty\nTEE,5\xff\n", {}),
        (b"\xef\xbb\xbf\xef\xbb\xbfsku,qty\nTEE,5\n", {}),
        (b"sku,qty\nTEE,5\n", {"bytes_max": 13}),
        (b"sku,qty\nTEE,5\nMUG,6\n", {"rows_max": 1}),
        (b"sku,qty\nTEE,0005\n", {"form": TextForm(line_letters_max=7)}),
    ],
    ids=["no end", "lone CR", "blank", "bytes", "two marks", "large", "rows", "long"],
)
def test_a_file_that_is_odd_as_a_whole_is_left_to_the_careful_way(
    content: bytes, caps: dict[str, Any]
) -> None:
    """It knows whether there is anything to be had of it."""
    assert fast(content, replace(PLAIN, **caps)) is None


@pytest.mark.parametrize("encoding", [Encoding.UTF_8, Encoding.UTF_16, Encoding.WINDOWS_1252])
def test_lines_that_need_care_are_read_in_any_encoding(encoding: Encoding) -> None:
    """They are handed on in one of our own, which may take more bytes than the file."""
    mark = "\ufeff" if encoding is Encoding.UTF_8 else ""
    text = f"{mark}sku,qty\n\u00c9TUI,\u00e9\u00e9\nT\u00c9E,\u00e9\u00e9\n"
    content = text.encode(encoding.value.removesuffix("-sig"))
    dialect = replace(PLAIN, form=TextForm(encoding=encoding), bytes_max=len(content))

    said = fast(content, dialect)

    assert said == careful(content, dialect)
    assert isinstance(said, ParsedFeed)


def test_a_name_that_tells_no_moment_is_left_to_the_careful_way() -> None:
    """It names the fault."""
    content = b"sku,qty\nTEE,5\n"

    assert fast(content, replace(PLAIN, as_of=BY_NAME), "stock.csv") is None
