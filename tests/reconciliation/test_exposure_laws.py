"""Laws of the book: whatever is learned, in whatever order, makes no slack from nowhere."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from reconciliation.exposure import (
    ListingBook,
    ListingRead,
    answer_write,
    close_ledger,
    exposure_units,
    intend_write,
    record_cancellation,
    record_read,
    record_sale,
)
from reconciliation.policy import Assumptions
from reconciliation.quantities import Instant, Units, later

from ..support.boards import LAW, NOW, book_showing


ASSUMED = Assumptions(
    write_horizon_s=100.0, read_staleness_s=5.0, restock_horizon_s=50.0, clock_tolerance_s=2.0
)


def at(seconds: float) -> Instant:
    """A moment so many seconds after the book's first read."""
    return later(NOW, seconds)


def seen(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after a read."""
    read = ListingRead(units=units, began_at=at(seconds - 0.5), finished_at=at(seconds))
    return record_read(before, read, ASSUMED)


def sold(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after a sale was recorded."""
    return record_sale(before, units=units, placed_at=at(seconds), assumptions=ASSUMED)


def cancelled(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after a cancellation was recorded."""
    return record_cancellation(before, units=units, cancelled_at=at(seconds))


Step = Callable[[ListingBook], ListingBook]

units = st.integers(0, 6)
moments = st.integers(-80, 300).map(float)


def reads_of(count: Units, seconds: float) -> Step:
    """A read."""
    return lambda before: seen(before, count, seconds)


def sales_of(count: Units, seconds: float) -> Step:
    """A sale."""
    return lambda before: sold(before, count, seconds)


def cancellations_of(count: Units, seconds: float) -> Step:
    """A cancellation."""
    return lambda before: cancelled(before, count, seconds)


def writes_of(count: Units, seconds: float) -> Step:
    """A write of the next sequence."""
    return lambda before: intend_write(
        before, sequence=len(before.writes) + 1, units=count, at=at(seconds)
    )


def answers(sequence: int, seconds: float) -> Step:
    """A clean answer to a write that may be open."""
    return lambda before: answer_write(before, sequence, at(seconds))


def closes(seconds: float) -> Step:
    """A ledger shown complete."""
    return lambda before: close_ledger(before, at(seconds))


steps = st.one_of(
    st.builds(reads_of, units, moments),
    st.builds(sales_of, units, moments),
    st.builds(cancellations_of, units, moments),
    st.builds(writes_of, units, moments),
    st.builds(answers, st.integers(1, 3), moments),
    st.builds(closes, moments),
)


def book_after(story: list[Step]) -> ListingBook:
    """A proven book after a story."""
    now = book_showing(5, read_at=NOW)
    for step in story:
        now = step(now)
    return now


books = st.lists(steps, max_size=8).map(book_after)


@LAW
@given(before=books, count=units, seconds=moments)
def test_a_read_never_creates_slack(before: ListingBook, count: Units, seconds: float) -> None:
    """Whatever a read shows, no less can be sold than before; only the ledger lowers it."""
    assert exposure_units(seen(before, count, seconds)) >= exposure_units(before)


@LAW
@given(before=books, count=units, seconds=moments)
def test_a_sale_never_lowers_what_is_shown_and_the_doubt_together(
    before: ListingBook, count: Units, seconds: float
) -> None:
    """A unit is sold once, so it comes off once."""
    after = sold(before, count, seconds)

    assert after.shown_units == before.shown_units or after.doubts == before.doubts


@LAW
@given(before=books, count=units, seconds=moments)
def test_a_sale_lowers_the_exposure_by_itself_at_most(
    before: ListingBook, count: Units, seconds: float
) -> None:
    """No sale makes room for more than was sold."""
    lowered = exposure_units(before) - exposure_units(sold(before, count, seconds))

    assert 0 <= lowered <= count


@LAW
@given(before=books, count=units, seconds=moments)
def test_any_read_told_twice_counts_once(
    before: ListingBook, count: Units, seconds: float
) -> None:
    """The same read again changes nothing, whatever came before."""
    once = seen(before, count, seconds)

    assert seen(once, count, seconds) == once


@LAW
@given(before=books, first=moments, second=moments)
def test_closing_the_ledger_twice_closes_it_as_far_as_the_later(
    before: ListingBook, first: float, second: float
) -> None:
    """It does not matter in which order it is shown complete, nor how often."""
    later_one = closes(max(first, second))(before)

    assert closes(second)(closes(first)(before)) == later_one


@LAW
@given(before=books)
def test_no_term_is_ever_negative(before: ListingBook) -> None:
    """A negative term would hide another."""
    doubts = [each.units for each in before.doubts]
    terms = [before.shown_units, before.ahead_units, before.unasked_units, *doubts]

    assert min(terms) >= 0
