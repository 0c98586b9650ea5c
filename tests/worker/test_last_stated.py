"""A large file is judged against the last one as columns, and told the same as row by row."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from connectors.feeds.stated_columns import LastColumns, columns_of
from connectors.store.engine import reading
from reconciliation.feed import FeedRow
from reconciliation.feed_gate import LastFeed, LastStated
from reconciliation.quantities import Instant, Sku
from tests.support.shopfront import Shopfront
from worker.steps.last_stated import last_stated

from .feed_rig import opened, send


def rows(front: Shopfront) -> list[FeedRow]:
    """Return rows of a later file: one is gone, one at 0, one older, one moved, one new."""
    units = {"SPARE-00": 0, "SPARE-01": 9, "SPARE-02": 5, "NEW": 7}
    return [
        FeedRow(
            sku=Sku(sku),
            units=count,
            as_of=Instant(0.0 if sku == "SPARE-02" else front.now),
            row=place,
        )
        for place, (sku, count) in enumerate(units.items(), start=2)
    ]


def last(front: Shopfront, told: Sequence[FeedRow]) -> LastStated | None:
    """Return what some rows are judged against."""
    with reading(front.services.engine) as connection:
        return last_stated(connection, "east", told)


def said_by(before: LastStated | None, told: Sequence[FeedRow]) -> tuple[object, ...]:
    """Return all that the gate asks of a last file."""
    assert before is not None
    difference = before.contrast(told)
    return (before.sha256, before.header, before.row_count, before.newest_as_of, difference)


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Open a shopfront whose first file is in force."""
    with opened(tmp_path) as front:
        send(front, 20)
        front.work(2)
        yield front


def test_the_last_file_is_kept_as_the_new_one_is(front: Shopfront) -> None:
    """As columns beside columns, as dicts beside rows."""
    told = rows(front)

    assert [type(last(front, each)) for each in (columns_of(told), told)] == [
        LastColumns,
        LastFeed,
    ]


def test_columns_of_the_record_tell_what_its_lines_tell(front: Shopfront) -> None:
    """The same content, header, moment and difference."""
    told = rows(front)

    said = [said_by(last(front, each), told) for each in (columns_of(told), told)]

    assert said[0] == said[1]


def test_the_first_large_file_of_a_feed_has_nothing_before_it(front: Shopfront) -> None:
    """Of another feed nothing is known."""
    with reading(front.services.engine) as connection:
        assert last_stated(connection, "west", columns_of(rows(front))) is None
