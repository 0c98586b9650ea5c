"""The rules under exploration as a value: the real functions, and five weaker ones.

A weaker rule is put in the place of the real one, never patched into it. Each forgets one
thing that a counterexample is about, and the explorer must find the oversell that follows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from reconciliation.board import Board
from reconciliation.bound import breaches
from reconciliation.catalog import ListingKey
from reconciliation.exposure import (
    ListingBook,
    ListingRead,
    intend_write,
    record_cancellation,
    record_read,
)
from reconciliation.plan import decide
from reconciliation.quantities import Instant, Units

from .instants import ASSUMPTIONS, NOW


Planned = dict[ListingKey, Units]


def plan_writes(board: Board, shop: str) -> Planned:
    """Return the real planner's writes to the listings of one shop."""
    return {write.key: write.units for write in decide(board).writes if write.key.shop == shop}


def holds_now(board: Board, writes: Mapping[ListingKey, Units]) -> bool:
    """Tell whether writes still keep the bound, by the real recheck under the lock (W4)."""
    return not breaches(board, writes)


def intend(book: ListingBook, units: Units) -> ListingBook:
    """Commit the intent of a write."""
    return intend_write(book, sequence=len(book.writes) + 1, units=units, at=NOW)


def read_in(book: ListingBook, read: ListingRead) -> ListingBook:
    """Record a read."""
    return record_read(book, read, ASSUMPTIONS)


def cancel(book: ListingBook, cancelled_at: Instant) -> ListingBook:
    """Record the cancellation of one unit that TikTok may restock."""
    return record_cancellation(book, units=1, cancelled_at=cancelled_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """What the explorer calls; by default the real thing."""

    name: str = "as they stand"
    plan: Callable[[Board, str], Planned] = plan_writes
    recheck: Callable[[Board, Mapping[ListingKey, Units]], bool] = holds_now
    intend: Callable[[ListingBook, Units], ListingBook] = intend
    read: Callable[[ListingBook, ListingRead], ListingBook] = read_in
    cancel: Callable[[ListingBook, Instant], ListingBook] = cancel
    reads_need_ledger: bool = True


def _no_recheck(_board: Board, _writes: Mapping[ListingKey, Units]) -> bool:
    """W4 off: what was decided is sent, whoever committed in between."""
    return True


def _read_without_doubt(book: ListingBook, read: ListingRead) -> ListingBook:
    """W5 off: what a read shows to be gone is free."""
    return replace(read_in(book, read), doubts=())


def _plan_replacing(board: Board, shop: str) -> Planned:
    """W6 off: the new quantity takes the place of the old one in the sum, at once."""
    return plan_writes(_forgetting_old(board, shop), shop)


def _holds_replacing(board: Board, writes: Mapping[ListingKey, Units]) -> bool:
    """W6 off in the recheck too."""
    shops = {key.shop for key in writes}
    return all(holds_now(_forgetting_old(board, shop), writes) for shop in shops)


def _forgetting_old(board: Board, shop: str) -> Board:
    """Return the board as it looks when a write is taken to replace what is shown."""
    listings = tuple(
        replace(facts, book=replace(facts.book, shown_units=0))
        if facts.book.writes or facts.key.shop == shop
        else facts
        for facts in board.listings
    )
    return replace(board, listings=listings)


def _intend_alone(book: ListingBook, units: Units) -> ListingBook:
    """Unsettled writes off the sum: the last one takes the place of those before it."""
    return intend(replace(book, writes=()), units)


def _forget_restock(book: ListingBook, _cancelled_at: Instant) -> ListingBook:
    """Pending restocks off the sum."""
    return book


WITHOUT_LOCK = Rulebook(name="without W4's lock", recheck=_no_recheck)
WITHOUT_DOUBT = Rulebook(name="without W5", read=_read_without_doubt, reads_need_ledger=False)
WITHOUT_FIT = Rulebook(name="without W6", plan=_plan_replacing, recheck=_holds_replacing)
WITHOUT_SUM = Rulebook(name="only the last unsettled write counts", intend=_intend_alone)
WITHOUT_RESTOCKS = Rulebook(name="pending restocks ignored", cancel=_forget_restock)
