"""Every step that one listing can take by itself: at TikTok, on the way, and in our ledger.

Steps that need to see the other listings (decide, commit, a feed) are in `world_model.py`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from reconciliation.exposure import (
    ListingBook,
    ListingRead,
    answer_write,
    close_ledger,
    record_sale,
    refuse_write,
)
from reconciliation.quantities import Instant

from .cells import Cancelled, Cell, Fate, Reading, after_read, settle_times
from .instants import (
    ANSWERED,
    ASSUMPTIONS,
    EXPIRED,
    LAST_READ,
    LONG_EXPIRED,
    NEW_READ,
    NOW,
    ago,
    rank_of,
)
from .rulebook import Rulebook


class Cost(Enum):
    """What a step takes from the budget of its path."""

    FREE = "free"
    FAULT = "fault"
    CANCELLATION = "cancellation"


class Fault(Enum):
    """What may go wrong with a call."""

    TIMEOUT = "timeout"
    """No answer comes, whether or not the call reached TikTok."""
    REFUSAL = "refusal"
    """TikTok says no."""
    CRASH = "crash"
    """The process dies, or freezes and sends what it had in hand when it thaws."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happened, what it costs, and the listing afterwards."""

    label: str
    after: Cell
    cost: Cost = Cost.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepper:
    """The steps of a listing under a rulebook, with the faults that a slice allows.

    `blurred`: the clocks may be so close that a sale after a read cannot be told from one
    before it. `slow_reads`: a read may begin well before TikTok looks at its state, so that
    it settles less than it shows; otherwise it begins as TikTok looks.
    """

    rulebook: Rulebook
    faults: frozenset[Fault] = frozenset()
    blurred: bool = False
    slow_reads: bool = False

    @property
    def fate_at_commit(self) -> Fate:
        """Where a write is once its intent is committed.

        Where no process dies, nothing tells an intended write from a sent one.
        """
        return Fate.INTENDED if Fault.CRASH in self.faults else Fate.SENT

    def steps(self, cell: Cell) -> Iterator[Step]:
        """Yield every step that the listing can take."""
        for step in self._raw_steps(cell):
            yield replace(step, after=settle_times(step.after))

    def _raw_steps(self, cell: Cell) -> Iterator[Step]:
        yield from _orders(cell)
        yield from self._told_sales(cell)
        yield from self._reads(cell)
        yield from self._closing(cell)
        yield from self._cancellations(cell)
        for at, fate in enumerate(cell.fates):
            yield from _journey(cell, at, fate)
            yield from self._mishaps(cell, at, fate)

    # -- orders ---------------------------------------------------------------------------

    def _told_sales(self, cell: Cell) -> Iterator[Step]:
        """Record an order that the ledger lacks, in any order."""
        for rank in sorted(set(cell.unheard)):
            unheard = _without(cell.unheard, rank)
            for label, book in self._sale(cell.book, rank):
                after = replace(cell, book=book, unheard=unheard, heard=cell.heard + 1)
                yield Step(label=label, after=after)

    def _sale(self, book: ListingBook, rank: int) -> Iterator[tuple[str, ListingBook]]:
        yield "order recorded", _sold(book, ago(rank))
        if self.blurred:
            blurred = _sold(book, ago(rank + 1))
            yield "order recorded as placed before the read", blurred

    # -- reads ----------------------------------------------------------------------------

    def _reads(self, cell: Cell) -> Iterator[Step]:
        match cell.reading:
            case None if not self.slow_reads:
                seen = Reading(units=cell.available)
                yield Step(label="read begins, looks", after=replace(cell, reading=seen))
            case None:
                yield Step(label="read begins", after=replace(cell, reading=Reading()))
            case Reading(units=None):
                seen = Reading(units=cell.available)
                yield Step(label="read looks", after=replace(cell, reading=seen))
            case Reading(units=int(units)):
                yield Step(label=f"read shows {units}", after=self._recorded(cell, units))

    def _recorded(self, cell: Cell, units: int) -> Cell:
        read = ListingRead(units=units, began_at=NEW_READ, finished_at=NEW_READ)
        book = _brought_up(self.rulebook.read(_aged(cell.book), read))
        open_still = {write.sequence for write in book.writes}
        fates = tuple(fate for at, fate in enumerate(cell.fates, start=1) if at in open_still)
        complete = not self.rulebook.reads_need_ledger
        after = replace(cell, book=book, fates=fates, reading=None, complete=complete)
        return after_read(after)

    def _closing(self, cell: Cell) -> Iterator[Step]:
        """Show the ledger complete, up to the oldest order that it still lacks."""
        lacking = [rank for rank in cell.untold_ranks if rank > 0]
        up_to = Instant(ago(max(lacking)) - 0.5) if lacking else LAST_READ
        complete = cell.complete or (cell.book.read is not None and not lacking)
        after = replace(cell, book=close_ledger(cell.book, up_to), complete=complete)
        if after != cell:
            yield Step(label="ledger complete", after=after)

    # -- cancellations ----------------------------------------------------------------------

    def _cancellations(self, cell: Cell) -> Iterator[Step]:
        if cell.cancelled is None:
            yield from _cancelling(cell)
        else:
            yield from _restocking(cell, cell.cancelled)
            if not cell.cancelled.told:
                yield from self._told_cancellation(cell, cell.cancelled)

    def _told_cancellation(self, cell: Cell, lost: Cancelled) -> Iterator[Step]:
        """Record the cancellation; with it the sale, if the ledger lacks that."""
        if lost.rank is None:
            yield Step(label="cancellation recorded", after=self._told(cell, cell.book, lost))
            return
        for label, book in self._sale(cell.book, lost.rank):
            heard = replace(cell, book=book, cancelled=replace(lost, rank=None))
            yield Step(label=f"{label}, cancelled since", after=heard)
            told = self._told(cell, book, lost)
            yield Step(label=f"{label} as cancelled", after=told)

    def _told(self, cell: Cell, book: ListingBook, lost: Cancelled) -> Cell:
        at = NOW if not lost.over else LONG_EXPIRED if lost.read_since else EXPIRED
        after = None if lost.over else replace(lost, rank=None, told=True)
        return replace(cell, book=self.rulebook.cancel(book, at), cancelled=after)

    # -- what goes wrong --------------------------------------------------------------------

    def _mishaps(self, cell: Cell, at: int, fate: Fate) -> Iterator[Step]:
        if Fault.TIMEOUT in self.faults:
            yield from _timeouts(cell, at, fate)
        if Fault.CRASH in self.faults:
            yield from _crashes(cell, at, fate)
        if Fault.REFUSAL in self.faults and fate is Fate.SENT:
            book = refuse_write(cell.book, at + 1)
            fates = (*cell.fates[:at], *cell.fates[at + 1 :])
            after = replace(cell, book=book, fates=fates)
            yield Step(label="write refused", after=after, cost=Cost.FAULT)


def _orders(cell: Cell) -> Iterator[Step]:
    """Check out at TikTok: only what is available, at once."""
    if cell.available > 0:
        available, unheard = cell.available - 1, (0, *cell.unheard)
        after = replace(cell, available=available, unheard=unheard)
        yield Step(label="order placed", after=after)


def _sold(book: ListingBook, placed_at: Instant) -> ListingBook:
    return record_sale(book, units=1, placed_at=placed_at, assumptions=ASSUMPTIONS)


def _aged(book: ListingBook) -> ListingBook:
    """Move what earlier reads saw one read further back."""
    since = book.unproven_since
    return replace(
        book,
        unproven_since=None if since is None else ago(rank_of(since) + 1),
        doubts=tuple(
            replace(doubt, seen_at=ago(rank_of(doubt.seen_at) + 1)) for doubt in book.doubts
        ),
    )


def _brought_up(book: ListingBook) -> ListingBook:
    """Move what the new read saw to the place of the last read, and answers within its reach."""
    return replace(
        book,
        unproven_since=None if book.unproven_since is None else _last(book.unproven_since),
        doubts=tuple(replace(doubt, seen_at=_last(doubt.seen_at)) for doubt in book.doubts),
        writes=tuple(
            replace(write, answered_at=None if write.answered_at is None else ANSWERED)
            for write in book.writes
        ),
    )


def _last(instant: Instant) -> Instant:
    return LAST_READ if instant == NEW_READ else instant


def _cancelling(cell: Cell) -> Iterator[Step]:
    if cell.heard:
        after = replace(cell, heard=cell.heard - 1, cancelled=Cancelled(rank=None))
        yield Step(label="recorded order cancelled", after=after, cost=Cost.CANCELLATION)
    for rank in sorted(set(cell.unheard)):
        unheard = _without(cell.unheard, rank)
        after = replace(cell, unheard=unheard, cancelled=Cancelled(rank=rank))
        yield Step(label="unrecorded order cancelled", after=after, cost=Cost.CANCELLATION)


def _restocking(cell: Cell, lost: Cancelled) -> Iterator[Step]:
    """Return the unit, or never; then let the horizon pass."""
    if lost.restocking:
        never = replace(lost, restocking=False)
        back = replace(cell, available=cell.available + 1, cancelled=never)
        yield Step(label="TikTok restocks", after=back)
        yield Step(label="TikTok never restocks", after=replace(cell, cancelled=never))
    elif not lost.over and cell.reading is None:
        restocks = tuple(replace(each, cancelled_at=EXPIRED) for each in cell.book.restocks)
        after = None if lost.told else replace(lost, over=True)
        book = replace(cell.book, restocks=restocks)
        yield Step(label="restock horizon over", after=replace(cell, book=book, cancelled=after))


def _journey(cell: Cell, at: int, fate: Fate) -> Iterator[Step]:
    """Carry a write on by one step."""
    units = cell.book.writes[at].units
    match fate:
        case Fate.INTENDED:
            yield Step(label=f"{units} sent", after=_with_fate(cell, at, Fate.SENT))
        case Fate.SENT:
            after = replace(_with_fate(cell, at, Fate.LANDED), available=units)
            yield Step(label=f"{units} takes effect", after=after)
        case Fate.LANDED:
            answered_at = NOW if cell.reading is not None else ANSWERED
            book = answer_write(cell.book, at + 1, answered_at)
            after = _with_fate(replace(cell, book=book), at, Fate.ANSWERED)
            yield Step(label=f"{units} answered", after=after)
        case Fate.ADRIFT:
            after = replace(_with_fate(cell, at, Fate.SPENT), available=units)
            yield Step(label=f"{units} takes effect late", after=after)
            yield Step(label=f"{units} is lost", after=_with_fate(cell, at, Fate.SPENT))
        case Fate.SPENT if cell.reading is None:
            yield Step(label=f"horizon of {units} over", after=_expired(cell, at))
        case _:
            return


def _expired(cell: Cell, at: int) -> Cell:
    writes = list(cell.book.writes)
    writes[at] = replace(writes[at], sent_at=EXPIRED)
    book = replace(cell.book, writes=tuple(writes))
    return _with_fate(replace(cell, book=book), at, Fate.EXPIRED)


def _timeouts(cell: Cell, at: int, fate: Fate) -> Iterator[Step]:
    given_up = {Fate.SENT: Fate.ADRIFT, Fate.LANDED: Fate.SPENT}.get(fate)
    if given_up is not None:
        after = _with_fate(cell, at, given_up)
        yield Step(label="no answer", after=after, cost=Cost.FAULT)


def _crashes(cell: Cell, at: int, fate: Fate) -> Iterator[Step]:
    ends: dict[Fate, Iterable[tuple[str, Fate]]] = {
        Fate.INTENDED: (
            ("process dies before sending", Fate.SPENT),
            ("process freezes before sending", Fate.ADRIFT),
        ),
        Fate.SENT: (("process dies after sending", Fate.ADRIFT),),
        Fate.LANDED: (("process dies before the answer is recorded", Fate.SPENT),),
    }
    for label, end in ends.get(fate, ()):
        yield Step(label=label, after=_with_fate(cell, at, end), cost=Cost.FAULT)


def _with_fate(cell: Cell, at: int, fate: Fate) -> Cell:
    return replace(cell, fates=(*cell.fates[:at], fate, *cell.fates[at + 1 :]))


def _without(ranks: tuple[int, ...], rank: int) -> tuple[int, ...]:
    at = ranks.index(rank)
    return (*ranks[:at], *ranks[at + 1 :])
