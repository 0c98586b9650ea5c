"""No cell that we export runs in anybody's spreadsheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.feeds.inert_cells import inert


@pytest.mark.parametrize("before", ["", " ", '"', "'", '" ', "\u00a0", "\ufeff", "\t"])
@pytest.mark.parametrize("start", list("=+-@\t\r\n\0\uff1d\uff0b\uff0d\uff20"))
def test_a_formula_is_written_as_text(before: str, start: str) -> None:
    """At the cell's start, and after what a spreadsheet passes over there."""
    hostile = f"{before}{start}HYPERLINK(1)"

    assert inert(hostile) == f"'{hostile}"


@pytest.mark.parametrize("cell", ["", "TEE", "12", "TEE-1", "a=b", " TEE", '"TEE"', "1+1"])
def test_plain_text_stays_as_it_is(cell: str) -> None:
    """A sign inside a cell begins no formula."""
    assert inert(cell) == cell


@given(cell=st.text())
def test_nothing_is_lost(cell: str) -> None:
    """Whoever takes the apostrophe away has the partner's text."""
    assert inert(cell) in {cell, f"'{cell}"}
