"""What TikTok could still sell: nothing that we learn creates slack from nowhere."""

import pytest

from reconciliation.exposure import (
    Doubt,
    ListingBook,
    ListingRead,
    OpenWrite,
    Restock,
    answer_write,
    close_ledger,
    exposure_units,
    heading_units,
    intend_write,
    record_cancellation,
    record_read,
    record_sale,
    refuse_write,
    settles,
)
from reconciliation.policy import Assumptions
from reconciliation.quantities import Instant, Units


ASSUMED = Assumptions(
    write_horizon_s=100.0, read_staleness_s=5.0, restock_horizon_s=50.0, clock_tolerance_s=2.0
)
READ_AT = Instant(1_000.0)


def at(seconds: float) -> Instant:
    """A moment so many seconds after the book's read."""
    return Instant(READ_AT + seconds)


def read(units: Units, seconds: float = 0.0) -> ListingRead:
    """A read that took a moment, `seconds` after the book's."""
    return ListingRead(units=units, began_at=at(seconds - 0.5), finished_at=at(seconds))


def book(
    units: Units = 5,
    *,
    writes: tuple[OpenWrite, ...] = (),
    restocks: tuple[Restock, ...] = (),
    doubts: tuple[Doubt, ...] = (),
) -> ListingBook:
    """A proven book that was read to show some units."""
    return ListingBook(
        read=read(units), shown_units=units, writes=writes, restocks=restocks, doubts=doubts
    )


def write(units: Units, sequence: int = 1, *, answered: float | None = None) -> OpenWrite:
    """A write sent ten seconds after the read, perhaps answered."""
    answered_at = None if answered is None else at(answered)
    return OpenWrite(sequence=sequence, units=units, sent_at=at(10.0), answered_at=answered_at)


def doubt(units: Units, seconds: float = 0.0) -> Doubt:
    """Units that a read saw go."""
    return Doubt(units=units, seen_at=at(seconds))


def sold(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after a sale placed so many seconds after the read."""
    return record_sale(before, units=units, placed_at=at(seconds), assumptions=ASSUMED)


def cancelled(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after a cancellation so many seconds after the read."""
    return record_cancellation(before, units=units, cancelled_at=at(seconds))


def seen(before: ListingBook, units: Units, seconds: float) -> ListingBook:
    """The book after a read so many seconds after the first."""
    return record_read(before, read(units, seconds), ASSUMED)


# --- the sum ---------------------------------------------------------------------------------


def test_exposure_is_the_sum_of_all_that_may_be_sold() -> None:
    """What is shown, what may land, what may come back, and what went nobody knows where."""
    restock = Restock(units=4, cancelled_at=at(0.0))
    full = book(1, writes=(write(2), write(3, 2)), restocks=(restock,), doubts=(doubt(5),))

    assert exposure_units(full) == 15


def test_a_listing_heads_for_its_newest_write() -> None:
    """If all goes well it shows what was written last."""
    assert heading_units(book(5, writes=(write(2), write(3, 2)))) == 3


def test_a_listing_without_writes_heads_for_what_it_shows() -> None:
    """Nothing is under way."""
    assert heading_units(book(5)) == 5


# --- writes ----------------------------------------------------------------------------------


def test_an_intended_write_counts_at_once() -> None:
    """From the commit on it may land."""
    intended = intend_write(book(1), sequence=1, units=3, at=at(10.0))

    assert exposure_units(intended) == 4


def test_two_open_writes_add_up() -> None:
    """Both may land, one after the other, with sales between."""
    first = intend_write(book(0), sequence=1, units=3, at=at(10.0))

    assert exposure_units(intend_write(first, sequence=2, units=4, at=at(20.0))) == 7


def test_an_answer_alone_settles_nothing() -> None:
    """What is shown is known from a read, not from an answer."""
    assert exposure_units(answer_write(book(1, writes=(write(3),)), 1, at(11.0))) == 4


def test_an_answer_belongs_to_its_write() -> None:
    """The others stay unanswered."""
    answered = answer_write(book(writes=(write(3), write(4, 2))), 2, at(11.0))

    assert answered.writes == (write(3), write(4, 2, answered=11.0))


def test_a_refused_write_counts_no_more() -> None:
    """It has not landed and never will."""
    assert exposure_units(refuse_write(book(1, writes=(write(3), write(4, 2))), 1)) == 5


def settled_at(one: OpenWrite, *seconds: float) -> list[bool]:
    """Whether reads finished at these moments settle a write."""
    return [settles(read(3, each), one, ASSUMED) for each in seconds]


def test_an_answered_write_is_settled_by_a_read_begun_after_it() -> None:
    """It began later by more than a read may be stale and clocks may differ."""
    assert settled_at(write(3, answered=11.0), 18.5, 18.6) == [False, True]


def test_an_unanswered_write_is_settled_after_the_horizon() -> None:
    """Until then it may still land."""
    assert settled_at(write(3), 18.6, 117.5, 117.6) == [False, False, True]


def test_equal_values_prove_nothing() -> None:
    """A read that shows what was written does not settle it."""
    assert seen(book(5, writes=(write(4),)), 4, 20.0).writes == (write(4),)


# --- sales -----------------------------------------------------------------------------------


def test_a_sale_after_the_read_comes_off_what_is_shown() -> None:
    """TikTok has taken it off since."""
    assert sold(book(5), 2, 10.0).shown_units == 3


@pytest.mark.parametrize("seconds", [-20.0, -1.0, 0.0, 2.0])
def test_a_sale_that_the_read_may_have_shown_does_not_come_off(seconds: float) -> None:
    """It would count twice."""
    assert exposure_units(sold(book(5), 2, seconds)) == 5


def test_a_sale_explains_doubt() -> None:
    """What was gone is found again."""
    assert sold(book(5, doubts=(doubt(3),)), 2, -1.0).doubt_units == 1


def test_a_sale_explains_the_oldest_doubt_first() -> None:
    """A doubt of long ago is the likelier place of an old sale."""
    before = book(5, doubts=(doubt(2, -50.0), doubt(2, -10.0)))

    assert sold(before, 3, -60.0).doubts == (doubt(1, -10.0),)


def test_a_sale_cannot_explain_what_went_before_it() -> None:
    """Units that were gone already were not sold later."""
    assert sold(book(5, doubts=(doubt(2, -50.0),)), 1, -10.0).doubt_units == 2


def test_a_sale_beyond_what_is_shown_leaves_zero() -> None:
    """A listing never shows less than nothing."""
    assert sold(book(1, writes=(write(3),)), 2, 10.0).shown_units == 0


def test_a_sale_before_the_first_read_changes_nothing() -> None:
    """There is nothing yet to take it off."""
    assert sold(ListingBook(), 2, 10.0) == ListingBook()


def test_a_sale_around_the_read_is_noted_as_ahead_of_it() -> None:
    """It may be inside the read or not: the next read's drop may be this one."""
    assert sold(book(5), 2, -1.0).ahead_units == 2


def test_a_sale_of_long_before_the_read_is_not_ahead_of_it() -> None:
    """The read surely showed it already, so no later drop and no lower listing is its doing."""
    assert sold(book(5), 2, -600.0).ahead_units == 0


# --- cancellations ---------------------------------------------------------------------------


def test_a_cancellation_may_come_back() -> None:
    """TikTok may put its unit on sale by itself."""
    assert exposure_units(cancelled(book(5), 2, 10.0)) == 7


def test_a_cancellation_that_the_read_surely_shows_counts_until_the_next() -> None:
    """The unit that came back may have been sold again, and nobody has told us."""
    assert exposure_units(cancelled(book(5), 2, -600.0)) == 7
    assert seen(cancelled(book(5), 2, -600.0), 5, 10.0).restock_units == 0


def test_a_restock_stays_until_a_read_surely_shows_it() -> None:
    """A read within the horizon may have come before the restock."""
    assert seen(cancelled(book(5), 2, 10.0), 5, 60.0).restock_units == 2


def test_a_restock_ends_with_a_read_after_the_horizon() -> None:
    """By then it has happened or never will."""
    assert seen(cancelled(book(5), 2, 10.0), 5, 68.0).restock_units == 0


# --- reads -----------------------------------------------------------------------------------


def test_a_drop_goes_into_doubt() -> None:
    """What a read shows to be gone may be an order that nobody told us of."""
    dropped = seen(book(5), 3, 10.0)

    assert (dropped.shown_units, dropped.doubts) == (3, (doubt(2, 10.0),))


def test_a_rise_is_believed_at_once() -> None:
    """More than we thought can be sold."""
    assert exposure_units(seen(book(5), 8, 10.0)) == 8


def test_an_older_read_is_ignored() -> None:
    """News of the past changes nothing."""
    assert seen(book(5), 1, -10.0) == book(5)


def test_a_read_told_twice_counts_once() -> None:
    """The same read again changes nothing."""
    once = seen(book(5, writes=(write(3),)), 2, 20.0)

    assert seen(once, 2, 20.0) == once


def test_a_read_told_again_after_a_sale_does_not_undo_the_sale() -> None:
    """What has come off since the read stays off."""
    since = sold(seen(book(5), 5, 10.0), 2, 20.0)

    assert seen(since, 5, 10.0) == since


def test_a_settled_write_leaves_doubt_where_it_is_not_shown() -> None:
    """The write was to show three, the read shows two: one went unseen."""
    before = book(0, writes=(write(3, answered=11.0),))

    assert seen(before, 2, 20.0).doubts == (doubt(1, 20.0),)


# --- before the first read is proven ---------------------------------------------------------


def test_a_book_without_a_read_is_unknown() -> None:
    """Nobody knows what the listing shows."""
    assert not ListingBook().known


def test_a_first_read_is_not_yet_proof() -> None:
    """Orders placed before it may still be unknown."""
    assert not seen(ListingBook(), 5, 0.0).known


def test_a_first_read_is_proven_by_a_ledger_complete_up_to_it() -> None:
    """From then on the exposure is more than a guess."""
    assert close_ledger(seen(ListingBook(), 5, 0.0), at(0.0)).known


def test_a_ledger_that_ends_before_the_first_read_does_not_prove_it() -> None:
    """An order from between may still be unknown."""
    assert not close_ledger(seen(ListingBook(), 5, 0.0), at(-0.1)).known


def test_a_second_read_proves_nothing_of_the_first() -> None:
    """Only the ledger does."""
    assert not seen(seen(ListingBook(), 5, 0.0), 5, 10.0).known


def test_a_complete_ledger_ends_the_doubts_up_to_it() -> None:
    """What went before has been told in full; what went later has not."""
    doubtful = book(5, doubts=(doubt(1, 10.0), doubt(2, 20.0)))

    assert close_ledger(doubtful, at(10.0)).doubts == (doubt(2, 20.0),)


# --- a person's edit -------------------------------------------------------------------------


def test_a_drop_of_no_known_cause_may_be_a_person_s() -> None:
    """Nobody of ours asked for it."""
    dropped = seen(book(5), 2, 10.0)

    assert (dropped.unasked_units, dropped.unasked_since) == (3, at(10.0))


def test_a_drop_while_a_write_is_open_is_nobody_s_edit() -> None:
    """It may be our own doing."""
    assert seen(book(5, writes=(write(2),)), 2, 20.0).unasked_units == 0


def test_a_drop_of_a_recorded_sale_is_nobody_s_edit() -> None:
    """A sale around the last read may show only in the next."""
    assert seen(sold(book(5), 3, 1.0), 2, 10.0).unasked_units == 0


def test_an_edit_that_was_taken_back_is_forgotten() -> None:
    """The listing shows more again: whoever lowered it has released it."""
    assert seen(seen(book(5), 2, 10.0), 9, 20.0).unasked_units == 0


def test_a_drop_that_an_order_explains_later_is_nobody_s_edit() -> None:
    """A lost webhook is not a person: once the order is found, nothing is left unasked."""
    explained = sold(seen(book(5), 3, 10.0), 2, 8.0)

    assert (explained.unasked_units, explained.unasked_since) == (0, None)
