"""The gate on what a file leaves out: SKUs that are gone, and what stands beside a delta."""

from collections.abc import Mapping

import pytest

from reconciliation.feed import FeedRow, ParsedFeed
from reconciliation.feed_coverage import FeedScope
from reconciliation.feed_gate import GateLimits, LeftOut, Objection, Ruling, Verdict, judge
from reconciliation.feed_left_out import left_out_of_delta
from reconciliation.quantities import Instant, Sku

from .judged_feeds import HOUR_S, NOON, feed, later_feed, objections, skus, stated_as_of


def rows(stock: Mapping[str, object], at: float = NOON) -> dict[Sku, FeedRow]:
    """Return what is in force as of a moment."""
    return {
        Sku(sku): FeedRow(sku=Sku(sku), units=int(str(units)), as_of=Instant(at), row=0)
        for sku, units in stock.items()
    }


def judged(parsed: ParsedFeed, in_force: Mapping[Sku, FeedRow]) -> Verdict:
    """Judge a delta by what is in force."""
    return judge(
        parsed,
        stated_as_of(in_force),
        GateLimits(kept_share_min=0.0),
        arrived_at=Instant(NOON + HOUR_S),
        left_out=left_out_of_delta(parsed, in_force),
    )


def whole(gone: int) -> Verdict:
    """Judge a full file of eighty SKUs that leaves others out, which had units."""
    zeros = tuple(rows({f"OLD-{number}": 0 for number in range(gone)}).values())
    return judge(
        later_feed(skus(80)),
        stated_as_of(rows(skus(80))),
        GateLimits(),
        arrived_at=Instant(NOON + HOUR_S),
        left_out=LeftOut(gone=zeros),
    )


@pytest.mark.parametrize(("gone", "expected"), [(20, []), (21, [Objection.ROWS_TO_ZERO])])
def test_what_is_gone_counts_with_what_is_at_zero(gone: int, expected: list[Objection]) -> None:
    """Twenty of a hundred that had units may go, 21 wait for a person."""
    assert objections(whole(gone)) == expected


def test_what_is_gone_is_among_the_figures() -> None:
    """A person is shown how many SKUs are at 0 without a row."""
    figures = whole(21).figures

    assert (figures.gone_rows, figures.zeroed_rows, figures.zeroed_of_rows) == (21, 21, 101)


def test_an_empty_delta_is_accepted() -> None:
    """Nothing has changed."""
    assert judged(later_feed({}), rows(skus(80))).ruling is Ruling.ACCEPT


def test_an_empty_full_file_is_refused() -> None:
    """It names nothing, and so says nothing."""
    verdict = judge(later_feed({}), None, GateLimits(), arrived_at=Instant(NOON))

    assert objections(verdict) == [Objection.NO_ROWS]


def test_a_delta_of_bad_rows_alone_is_refused() -> None:
    """Something has changed, and nobody knows what."""
    assert Objection.NO_ROWS in objections(judged(later_feed({"A": "-1"}), rows(skus(80))))


def test_a_late_delta_is_accepted() -> None:
    """No later one repeats what it says: refused, a SKU that it zeroes would stay on sale."""
    in_force = rows({"A": 5}, NOON + HOUR_S) | rows({"B": 5}, NOON - HOUR_S)

    assert judged(feed({"A": 9, "B": 0}), in_force).ruling is Ruling.ACCEPT


def test_late_rows_are_counted() -> None:
    """What is older than what is in force changes nothing, and is told."""
    verdict = judged(feed({"A": 9, "B": 4}), rows({"A": 5}, NOON + HOUR_S) | rows({"B": 5}))

    assert (verdict.figures.older_rows, verdict.figures.moved_rows) == (1, 1)
    assert "1 row is older" in verdict.notes[0]


@pytest.mark.parametrize(("zeroed", "expected"), [(20, []), (21, [Objection.ROWS_TO_ZERO])])
def test_a_delta_is_judged_as_the_whole_that_it_makes(
    zeroed: int, expected: list[Objection]
) -> None:
    """All of its rows have moved, as is right; the shares are of all that is in force."""
    assert objections(judged(later_feed(skus(zeroed, 0)), rows(skus(100)))) == expected


def test_a_delta_has_lost_nothing() -> None:
    """What it leaves out stands as it was."""
    verdict = judged(later_feed(skus(3, 4)), rows(skus(100)))

    assert (verdict.figures.lost_rows, verdict.figures.compared_rows) == (0, 100)


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": FeedScope.DELTA, "gone": tuple(rows({"A": 0}).values())},
        {"rest": tuple(rows({"A": 5}).values())},
    ],
)
def test_what_is_left_out_follows_from_the_scope(wrong: dict[str, object]) -> None:
    """By a delta nothing is gone, and beside a full file nothing stands."""
    with pytest.raises(ValueError, match="full file"):
        LeftOut(**wrong)  # type: ignore[arg-type]  # wrong on purpose
