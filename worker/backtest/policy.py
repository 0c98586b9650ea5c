"""What a policy is: it hears of feeds, orders and answers, and asks for writes and reads.

A policy never sees the goods. It is told of an order when its webhook or a poll brings it, of a
quantity when a read has come back, of the shelf when a feed has arrived; and all that it can do
is ask for a call. Whatever it writes is decided when the quota grants the call, not before.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True, kw_only=True, eq=False)
class Sale:
    """An order that a checkout took; `placed_at` is TikTok's time, cut to the second.

    `leaves_at` is when its parcel leaves the shelf. `short`: the seller sees at once that the
    goods are too few and cancels it; seen only where feeds are exact. Otherwise that is found
    when the parcel should leave. `told`: the policy has heard of it.
    """

    item: int
    shop: int
    units: int
    placed_at: float
    leaves_at: float
    short: bool
    told: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What the partner states of one item, and as of when.

    `every_s` is how often a file comes, by the partner's own word; None: every change is told.
    """

    units: int
    as_of: float
    every_s: float | None = None


class Desk(Protocol):
    """What a policy may look at and ask for. Items and shops are counted from 0."""

    @property
    def now(self) -> float:
        """Return the moment, in seconds from the beginning of the replay."""

    @property
    def shops(self) -> int:
        """Return how many shops share the goods."""

    @property
    def items(self) -> int:
        """Return how many items there are."""

    def feed(self, item: int) -> Feed:
        """Return what the last feed that arrived states of an item."""

    def complete_up_to(self, shop: int) -> float:
        """Return the moment up to which every order of a shop has been told."""

    def ask_write(self, item: int, shop: int, rank: int = 0) -> None:
        """Ask to write a listing: `Policy.quantity` is called when the quota grants it."""

    def ask_read(self, item: int, shop: int) -> None:
        """Ask to read a listing: `Policy.read` is called with what it showed."""

    def read_closely(self, item: int, shop: int, every_s: float | None) -> None:
        """Have an item read every so often, None: no more; `Policy.read` if it changes."""

    def look_again(self, item: int, shop: int) -> None:
        """Ask for `Policy.read` at the next close read, even if nothing has changed."""

    def seen_again(self, item: int, shop: int) -> tuple[float, float] | None:
        """Return when the last close read that showed no change of an item began and ended."""

    def ask_poll(self, shop: int) -> None:
        """Ask to poll a shop's orders now: those not yet told are, then `Policy.polled`."""

    def wake(self, item: int, at: float) -> None:
        """Ask to be called for an item at a moment: `Policy.woken`."""


class Policy(Protocol):
    """A way to set the listings of all items in all shops."""

    hears_departures: bool
    """Whether an instant feed also tells of every parcel that leaves the shelf."""

    def begin(self, desk: Desk) -> None:
        """Take the place at the desk; every listing shows 0."""

    def fed(self, items: tuple[int, ...]) -> None:
        """Hear that a feed has arrived; `items` are those whose figure it changed."""

    def told(self, sale: Sale) -> None:
        """Hear of an order."""

    def missed(self, sale: Sale) -> None:
        """Hear that an order is cancelled: its goods were missing when its parcel should leave."""

    def polled(self, shop: int) -> None:
        """Hear that a poll that was asked for is done."""

    def quantity(self, item: int, shop: int) -> int | None:
        """Return what to write now, None for nothing: the call is not made then."""

    def answered(self, item: int, shop: int) -> None:
        """Hear that a write has taken effect."""

    def read(self, item: int, shop: int, units: int, began_at: float) -> None:
        """Hear what a read that began at a moment, and ends now, showed."""

    def woken(self, item: int) -> None:
        """Be called at a moment that was asked for."""
