"""One listing in a state: what TikTok shows, what we know of it, and what is under way.

`settle_times` brings every instant of a cell to its place (see `instants`), so that cells
which no rule can tell apart are equal.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from reconciliation.exposure import Doubt, ListingBook, ListingRead
from reconciliation.quantities import Units

from .instants import LAST_READ, ago, rank_of


class Fate(Enum):
    """Where an open write is."""

    INTENDED = "intended"
    """Committed; the call has not gone out."""
    SENT = "sent"
    """The caller waits; TikTok has not acted."""
    LANDED = "landed"
    """The caller waits; TikTok has acted."""
    ADRIFT = "adrift"
    """Nobody waits; it may still land, once."""
    SPENT = "spent"
    """Nobody waits; it landed, or never will."""
    EXPIRED = "expired"
    """Spent, and the horizon is over."""
    ANSWERED = "answered"
    """It landed and was answered; the next read settles it, unless it is under way already."""


MAY_LAND = frozenset({Fate.INTENDED, Fate.SENT, Fate.ADRIFT})
HAS_CALLER = frozenset({Fate.INTENDED, Fate.SENT, Fate.LANDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A read under way: `units` is None until TikTok has looked at its state."""

    units: Units | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """An order of the listing that was cancelled at TikTok.

    `rank` says when it was placed, None once the ledger has the sale. `restocking`: its unit
    may still return. `over`: the restock horizon is over; `read_since`: and a read has begun
    after that. `told`: the ledger knows of the cancellation.
    """

    rank: int | None
    restocking: bool = True
    over: bool = False
    read_since: bool = False
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One listing. `unheard` ranks the live orders that the ledger lacks, `heard` counts others.

    `complete`: the ledger holds every order placed before the last read.
    """

    available: Units
    book: ListingBook
    fates: tuple[Fate, ...] = ()
    reading: Reading | None = None
    unheard: tuple[int, ...] = ()
    heard: int = 0
    complete: bool = True
    cancelled: Cancelled | None = None

    @property
    def live(self) -> int:
        """Orders that want a unit."""
        return len(self.unheard) + self.heard

    @property
    def committed(self) -> int:
        """Orders that want a unit as far as the ledger knows."""
        lost = self.cancelled
        return self.heard + (lost is not None and lost.rank is None and not lost.told)

    @property
    def promised(self) -> Units:
        """Units that TikTok could still sell if nobody acted from here on."""
        landing = sum(
            write.units
            for write, fate in zip(self.book.writes, self.fates, strict=True)
            if fate in MAY_LAND
        )
        restocking = self.cancelled is not None and self.cancelled.restocking
        return self.available + landing + restocking

    @property
    def busy(self) -> bool:
        """Tell whether a caller is waiting."""
        return not HAS_CALLER.isdisjoint(self.fates)

    @property
    def untold_ranks(self) -> tuple[int, ...]:
        """Ranks of all orders that the ledger lacks."""
        lost = self.cancelled
        gone = () if lost is None or lost.rank is None else (lost.rank,)
        return tuple(sorted((*self.unheard, *gone)))


def known_cell(units: Units) -> Cell:
    """Return a listing that shows `units`, read and with a complete ledger."""
    return Cell(available=units, book=ListingBook(read=_last_read(), shown_units=units))


def new_cell(units: Units, unheard: int) -> Cell:
    """Return a listing that we have never read, with orders that we have not heard of."""
    return Cell(available=units, book=ListingBook(), unheard=(0,) * unheard, complete=False)


def after_read(cell: Cell) -> Cell:
    """Return the cell with everything one read longer ago."""
    lost = cell.cancelled
    if lost is not None:
        rank = None if lost.rank is None else lost.rank + 1
        lost = replace(lost, rank=rank, read_since=lost.over)
    return replace(cell, unheard=tuple(rank + 1 for rank in cell.unheard), cancelled=lost)


def settle_times(cell: Cell) -> Cell:
    """Bring instants to their places; what no rule can tell apart becomes equal."""
    before = sorted({rank for rank in cell.untold_ranks if rank > 0})
    places = {rank: place for place, rank in enumerate(before, start=1)} | {0: 0}
    lost = cell.cancelled
    if lost is not None and lost.rank is not None:
        lost = replace(lost, rank=places[lost.rank])
    return replace(
        cell,
        book=_settled_book(cell.book, before),
        unheard=tuple(sorted(places[rank] for rank in cell.unheard)),
        cancelled=lost,
    )


def _settled_book(book: ListingBook, before: list[int]) -> ListingBook:
    """Place doubts by how many orders, of those not yet heard of, came after them."""
    unproven = book.unproven_since
    return replace(
        book,
        read=None if book.read is None else _last_read(),
        unproven_since=None if unproven is None else ago(_place(rank_of(unproven), before)),
        writes=tuple(
            replace(write, sequence=place) for place, write in enumerate(book.writes, start=1)
        ),
        doubts=_merged(book.doubts, before),
        unasked_units=0,
        unasked_since=None,
    )


def _place(rank: int, before: list[int]) -> int:
    return 1 + sum(order < rank for order in before)


def _merged(doubts: Iterable[Doubt], before: list[int]) -> tuple[Doubt, ...]:
    units: dict[int, Units] = {}
    for doubt in doubts:
        place = _place(rank_of(doubt.seen_at), before)
        units[place] = units.get(place, 0) + doubt.units
    return tuple(Doubt(units=units[place], seen_at=ago(place)) for place in sorted(units))


def _last_read() -> ListingRead:
    return ListingRead(units=0, began_at=LAST_READ, finished_at=LAST_READ)
