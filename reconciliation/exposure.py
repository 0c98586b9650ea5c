"""The most units that TikTok could still sell on a listing before we can next act.

Theory of operation
-------------------
Nobody can ask TikTok what it will sell next; there are only reads, which are old when they
arrive, writes, which may land late or never, and orders, which we hear of in their own time.
The book of a listing is built so that one sum stays true through all of it:

    exposure = shown + unsettled writes + pending restocks + doubt

`shown` is the last read, lowered by every recorded sale that was surely placed after it.
`unsettled` sums every write that may still land: each may land alone, and be sold out before
the next one lands, so their quantities add up (counterexamples 2 and 3).
`restocks` are cancelled units that TikTok may put back on sale by itself (counterexample 7).
`doubt` is what a read shows to be gone while no order has told us where it went.

A read never creates slack: whatever it takes off the first three terms goes into `doubt`
(counterexamples 1, 4, 5, 8). Doubt has two ends: an order placed before that read is recorded
and explains a unit, or the order ledger is complete up to that read, so that there is nothing
left to hear of. A sale lowers `shown`, or explains doubt, or does neither; never both
(counterexample 9).

Strict mode counts in this way. The risk-bounded mode (design 3.4) will count
max(shown, unsettled + margin) in place of their sum; `exposure_units` is the place.
"""

from dataclasses import dataclass, replace

from .orders import TIME_GRAIN_S
from .policy import Assumptions
from .quantities import Instant, Units


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRead:
    """What one inventory read showed: what can be bought, backorder included."""

    units: Units
    began_at: Instant
    finished_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWrite:
    """A write that may still change what TikTok shows.

    `answered_at` is None until a clean answer came; without one the write may land until the
    write horizon after `sent_at` has passed.
    """

    sequence: int
    units: Units
    sent_at: Instant
    answered_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restock:
    """Units of a cancelled order that TikTok may put back on sale by itself."""

    units: Units
    cancelled_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Units that a read, finished at `seen_at`, showed to be gone, nobody knows where."""

    units: Units
    seen_at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingBook:
    """All that is known of what one listing may still sell.

    `read` is None before the first read, and `unproven_since` is set until the ledger holds
    every order placed before that first read: until then the exposure is unknown, and nothing
    that shares the listing's goods may be raised. `ahead_units` counts recorded sales that may
    or may not be inside the last read; `unasked_units` a drop that no order and no write of
    ours accounts for, first seen at `unasked_since`: perhaps a person's edit.
    """

    read: ListingRead | None = None
    unproven_since: Instant | None = None
    shown_units: Units = 0
    writes: tuple[OpenWrite, ...] = ()
    restocks: tuple[Restock, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    ahead_units: Units = 0
    unasked_units: Units = 0
    unasked_since: Instant | None = None

    @property
    def known(self) -> bool:
        """Tell whether the exposure is more than a guess."""
        return self.read is not None and self.unproven_since is None

    @property
    def unsettled_units(self) -> Units:
        """Sum of all writes that may still land."""
        return sum(write.units for write in self.writes)

    @property
    def restock_units(self) -> Units:
        """Sum of all pending restocks."""
        return sum(restock.units for restock in self.restocks)

    @property
    def unheard_units(self) -> Units:
        """Units that a read saw go beside our own writes, and that may still be told as orders."""
        return min(self.unasked_units, self.doubt_units) if self.unasked_units else 0

    @property
    def doubt_units(self) -> Units:
        """Sum of what is gone and not yet explained."""
        return sum(doubt.units for doubt in self.doubts)


def exposure_units(book: ListingBook) -> Units:
    """Return the most that can still be sold on the listing, for a bound that never breaks."""
    return book.shown_units + book.unsettled_units + book.restock_units + book.doubt_units


def heading_units(book: ListingBook) -> Units:
    """Return what the listing will show if all goes as intended: the newest write, or `shown`."""
    return book.writes[-1].units if book.writes else book.shown_units


def likely_units(book: ListingBook) -> Units:
    """Return what a listing most likely shows, or will show when our last write has landed.

    The bound counts on the worst case and forbids increases; decreases are forced by the
    likely case, or every uncertainty of a second would take listings off sale.
    """
    return heading_units(book) if book.writes else max(book.shown_units - book.ahead_units, 0)


def intend_write(book: ListingBook, *, sequence: int, units: Units, at: Instant) -> ListingBook:
    """Return the book with a write that is about to be sent: it counts from now on."""
    return replace(
        book, writes=(*book.writes, OpenWrite(sequence=sequence, units=units, sent_at=at))
    )


def answer_write(book: ListingBook, sequence: int, at: Instant) -> ListingBook:
    """Return the book after a clean answer: the write has landed; a read may settle it."""
    return replace(
        book,
        writes=tuple(
            replace(write, answered_at=at) if write.sequence == sequence else write
            for write in book.writes
        ),
    )


def refuse_write(book: ListingBook, sequence: int) -> ListingBook:
    """Return the book after TikTok refused a write: it has not landed and never will."""
    return replace(
        book, writes=tuple(write for write in book.writes if write.sequence != sequence)
    )


def record_sale(
    book: ListingBook, *, units: Units, placed_at: Instant, assumptions: Assumptions
) -> ListingBook:
    """Return the book after the ledger recorded units sold on this listing.

    Surely after the read: they come off `shown`. Otherwise the read may have shown them
    already: they explain the oldest doubt that they can, and what is left changes nothing.
    """
    if book.read is None:
        return book
    if placed_at > book.read.finished_at + assumptions.clock_tolerance_s:
        return replace(book, shown_units=max(book.shown_units - units, 0))
    doubts, left = _explain(book, units, placed_at, assumptions)
    unasked = max(book.unasked_units - (units - left), 0)
    ahead = left if _may_lie_ahead(book.read, placed_at, assumptions) else 0
    return replace(
        book,
        doubts=doubts,
        ahead_units=book.ahead_units + ahead,
        unasked_units=unasked,
        unasked_since=book.unasked_since if unasked else None,
    )


def _explain(
    book: ListingBook, units: Units, placed_at: Instant, assumptions: Assumptions
) -> tuple[tuple[Doubt, ...], Units]:
    """Take a sale off the oldest doubts that it can explain; return them and what is left.

    A sale of before the first read explains nothing: that read was the first to look, so what
    a later one missed went after it.
    """
    latest = placed_at - assumptions.clock_tolerance_s
    if book.unproven_since is not None and latest <= book.unproven_since:
        return book.doubts, units
    rest = []
    for doubt in sorted(book.doubts, key=lambda each: each.seen_at):
        explained = min(units, doubt.units) if doubt.seen_at >= latest else 0
        units -= explained
        if doubt.units > explained:
            rest.append(replace(doubt, units=doubt.units - explained))
    return tuple(rest), units


def _may_lie_ahead(read: ListingRead, placed_at: Instant, assumptions: Assumptions) -> bool:
    """Tell whether a sale may have come too late for `read` to show it."""
    shown_from = read.began_at - assumptions.read_staleness_s - assumptions.clock_tolerance_s
    return placed_at + TIME_GRAIN_S >= shown_from


def record_cancellation(book: ListingBook, *, units: Units, cancelled_at: Instant) -> ListingBook:
    """Return the book after the ledger recorded a cancellation that TikTok may restock.

    Even one that the last read surely showed counts until the next: the unit that came back
    may have been sold again unheard, and only a read turns it into a doubt that can end.
    """
    return replace(
        book, restocks=(*book.restocks, Restock(units=units, cancelled_at=cancelled_at))
    )


def record_read(book: ListingBook, read: ListingRead, assumptions: Assumptions) -> ListingBook:
    """Return the book after a read: it settles what it can, and creates no slack.

    A read no newer than the last one is ignored.
    """
    if book.read is not None and read.began_at <= book.read.began_at:
        return book
    writes = tuple(each for each in book.writes if not settles(read, each, assumptions))
    restocks = tuple(each for each in book.restocks if not _restocked(read, each, assumptions))
    after = replace(
        book, read=read, shown_units=read.units, writes=writes, restocks=restocks, ahead_units=0
    )
    if book.read is None:
        return replace(after, unproven_since=read.finished_at)
    gone = exposure_units(book) - exposure_units(after)
    if gone <= 0:
        return replace(after, unasked_units=0, unasked_since=None) if gone < 0 else after
    doubt = Doubt(units=gone, seen_at=read.finished_at)
    return _unasked(book, replace(after, doubts=(*after.doubts, doubt)), gone)


def _unasked(before: ListingBook, after: ListingBook, gone: Units) -> ListingBook:
    """Note the part of a drop that neither our writes nor recorded sales account for."""
    if before.writes or before.restocks or after.read is None:
        return after
    units = before.unasked_units + max(gone - before.ahead_units, 0)
    since = before.unasked_since or after.read.finished_at
    return replace(after, unasked_units=units, unasked_since=since if units else None)


def settles(read: ListingRead, write: OpenWrite, assumptions: Assumptions) -> bool:
    """Tell whether after `read` the write can no longer change what TikTok shows.

    Answered cleanly: the read began after the answer and the read staleness. Otherwise: it
    began after the write horizon and the read staleness. Whoever read may have another clock than
    whoever wrote. Equal values prove nothing (counterexample 5).
    """
    landed_by = (
        write.answered_at
        if write.answered_at is not None
        else write.sent_at + assumptions.write_horizon_s
    )
    doubt_s = assumptions.read_staleness_s + assumptions.clock_tolerance_s
    return read.began_at > landed_by + doubt_s


def _restocked(read: ListingRead, restock: Restock, assumptions: Assumptions) -> bool:
    """Tell whether `read` shows the restock, if there was to be one."""
    by = restock.cancelled_at + assumptions.restock_horizon_s + assumptions.clock_tolerance_s
    return read.began_at > by + assumptions.read_staleness_s


def close_ledger(book: ListingBook, complete_up_to: Instant) -> ListingBook:
    """Return the book once every order placed up to `complete_up_to` is in the ledger.

    What a read saw go before that moment has been told in full: its doubt ends.
    """
    since = book.unproven_since
    return replace(
        book,
        doubts=tuple(doubt for doubt in book.doubts if doubt.seen_at > complete_up_to),
        unproven_since=since if since is not None and since > complete_up_to else None,
    )
