"""Rows kept as columns say of the last file what rows kept as dicts say."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.feeds.stated_columns import LastColumns, StatedColumns, columns_of
from reconciliation.feed import FeedRow
from reconciliation.feed_gate import LastFeed
from reconciliation.quantities import Instant, Sku


ROWS = st.lists(
    st.builds(
        FeedRow,
        sku=st.sampled_from([Sku(name) for name in ("TEE", "MUG", "CAP", "HAT", "\u00e9tui")]),
        units=st.integers(0, 2),
        as_of=st.sampled_from([Instant(0.0), Instant(1.0), Instant(2.0)]),
        row=st.integers(1, 9),
    ),
    max_size=5,
    unique_by=lambda row: row.sku,
)


def last_feed(rows: Sequence[FeedRow]) -> LastFeed:
    """Return rows as the last file, kept as dicts."""
    return LastFeed(
        sha256="",
        units={row.sku: row.units for row in rows},
        as_of={row.sku: row.as_of for row in rows},
    )


@settings(deadline=None)
@given(before=ROWS, now=ROWS)
def test_a_contrast_of_columns_is_that_of_dicts(before: list[FeedRow], now: list[FeedRow]) -> None:
    """Lost, gone to 0, older and moved, in whatever order and with whatever gaps."""
    last = LastColumns(sha256="", stated=columns_of(before))

    assert last.contrast(columns_of(now)) == last_feed(before).contrast(now)


@given(rows=ROWS)
def test_columns_are_the_rows_that_they_were_made_of(rows: list[FeedRow]) -> None:
    """One by one, some of them, and their moments."""
    columns = columns_of(rows)

    assert columns == tuple(rows)
    assert columns[1:] == tuple(rows[1:])
    assert [columns[place] for place in range(len(rows))] == rows
    assert columns.oldest_as_of == min((row.as_of for row in rows), default=None)
    assert columns.newest_as_of == max((row.as_of for row in rows), default=None)


def test_other_columns_are_refused() -> None:
    """What is kept is what was accepted."""
    with pytest.raises(ValueError, match="accepted rows have the columns"):
        StatedColumns(columns_of([]).frame.drop("row"))
