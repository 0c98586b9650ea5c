"""Order lines: what each step of an order does to the stock it came from.

Theory of operation
-------------------
TikTok tells of an order by its status, again and again, late, doubled and out of order. The
ledger keeps one line per unit. `STEPS` is the whole law of how a line moves: from the state
it is in, by the status that is seen, to the state it has then. A status that is older news
leaves the state as it is, so seeing anything twice, or late, changes nothing.

A line is worth a unit of stock while it is `waiting`, `released` or `packed` (committed), and
after it `departed`. A cancelled line gives its unit back, but for three exceptions that the
state names: a unit that left the building does not come back by a cancellation (collected
beats cancelled: `departed` has no way out); a unit cancelled for want of stock was never
there; and a unit cancelled after packing may be anywhere. The last two are
`cancelled_missing`: they give nothing back until a later snapshot has counted the shelf.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from .cancellation import fuller_reason, more_to_blame
from .quantities import Instant, Units, later


class LineState(StrEnum):
    """Where one ordered unit is."""

    WAITING = "waiting"
    """Ordered, not yet released to the partner (unpaid, or on hold for buyer's remorse)."""
    RELEASED = "released"
    """The partner may pick it."""
    PACKED = "packed"
    """Handed over to be collected; still in the building as far as anybody knows."""
    DEPARTED = "departed"
    """Left the building for good."""
    CANCELLED = "cancelled"
    """Cancelled while the unit was surely on the shelf: it is free again."""
    CANCELLED_MISSING = "cancelled_missing"
    """Cancelled, but the unit was missing or may have left: it is not free."""


class Seen(StrEnum):
    """What one look at TikTok says of a line."""

    WAITING = "waiting"
    RELEASED = "released"
    PACKED = "packed"
    DEPARTED = "departed"
    CANCELLED = "cancelled"
    CANCELLED_FOR_WANT = "cancelled_for_want"


_W, _R, _P = LineState.WAITING, LineState.RELEASED, LineState.PACKED
_D, _C, _M = LineState.DEPARTED, LineState.CANCELLED, LineState.CANCELLED_MISSING

STEPS: dict[LineState, dict[Seen, LineState]] = {
    # state:   seen ->
    _W: {
        Seen.WAITING: _W,
        Seen.RELEASED: _R,
        Seen.PACKED: _P,
        Seen.DEPARTED: _D,
        Seen.CANCELLED: _C,
        Seen.CANCELLED_FOR_WANT: _M,
    },
    _R: {
        Seen.WAITING: _R,
        Seen.RELEASED: _R,
        Seen.PACKED: _P,
        Seen.DEPARTED: _D,
        Seen.CANCELLED: _C,
        Seen.CANCELLED_FOR_WANT: _M,
    },
    _P: {
        Seen.WAITING: _P,
        Seen.RELEASED: _P,
        Seen.PACKED: _P,
        Seen.DEPARTED: _D,
        Seen.CANCELLED: _M,
        Seen.CANCELLED_FOR_WANT: _M,
    },
    _D: dict.fromkeys(Seen, _D),
    # News from before the cancellation arrives late: packed makes the unit doubtful,
    # departed means that it left after all.
    _C: {
        Seen.WAITING: _C,
        Seen.RELEASED: _C,
        Seen.PACKED: _M,
        Seen.DEPARTED: _D,
        Seen.CANCELLED: _C,
        Seen.CANCELLED_FOR_WANT: _M,
    },
    _M: {
        Seen.WAITING: _M,
        Seen.RELEASED: _M,
        Seen.PACKED: _M,
        Seen.DEPARTED: _D,
        Seen.CANCELLED: _M,
        Seen.CANCELLED_FOR_WANT: _M,
    },
}

SEEN_BY_STATUS: dict[str, Seen] = {
    "UNPAID": Seen.WAITING,
    "ON_HOLD": Seen.WAITING,
    "AWAITING_SHIPMENT": Seen.RELEASED,
    "PARTIALLY_SHIPPING": Seen.RELEASED,
    "AWAITING_COLLECTION": Seen.PACKED,
    "IN_TRANSIT": Seen.DEPARTED,
    "DELIVERED": Seen.DEPARTED,
    "COMPLETED": Seen.DEPARTED,
    # The search spells it CANCELLED, webhook 1 spells it CANCEL.
    "CANCELLED": Seen.CANCELLED,
    "CANCEL": Seen.CANCELLED,
}
"""TikTok's order and line statuses (API page, section 3)."""

COMMITTED = frozenset({_W, _R, _P})
"""States in which a line still waits for its unit to leave the building."""

CANCELLED = frozenset({_C, _M})
"""States of a line that will not be shipped."""

TIME_GRAIN_S = 1.0
"""TikTok's times are whole seconds, cut off: an event may be this much later (API page, 3)."""

_WANT_OF_STOCK = "out_of_stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSeen:
    """One order line at one look: a single unit of one TikTok SKU.

    `status` is the line's own status where TikTok gives one, else the order's. `updated_at`
    is the order's update time and therefore an upper bound of when the status was reached.
    `packed_at`, `departed_at` and `cancelled_at` are exact times for this very line or its
    package, None where TikTok gives none. `shipping_due_at` and `collection_due_at` are when
    TikTok cancels an order that is not packed, not collected. `cancelled_by` and
    `cancel_reason` are of this very line, empty while it stands. `components` names the SKUs
    that a virtual bundle decrements in place of itself. `lowers_listing` tells whether TikTok
    surely took the unit off what its listing shows: a sample or a replacement may leave without.
    """

    shop: str
    order_id: str
    line_id: str
    sku_id: str
    warehouse_id: str
    status: str
    placed_at: Instant
    updated_at: Instant
    package_id: str = ""
    packed_at: Instant | None = None
    departed_at: Instant | None = None
    cancelled_at: Instant | None = None
    cancelled_by: str = ""
    cancel_reason: str = ""
    shipping_due_at: Instant | None = None
    collection_due_at: Instant | None = None
    components: tuple[tuple[str, Units], ...] = ()
    ships_from_us: bool = True
    lowers_listing: bool = True

    def decrements(self) -> tuple[tuple[str, Units], ...]:
        """Return the TikTok SKUs, with units, that this line takes from."""
        if not self.ships_from_us:
            return ()
        return self.components or ((self.sku_id, 1),)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of the ledger.

    `placed_at` and `cancelled_not_before` are lower bounds: TikTok's own times, cut to the
    second. Without the latter a unit is never added back to a partner's figure. The others are
    upper bounds: the event had surely happened by then. None: the event was never seen.

    The due times are the earliest ever told: a deadline that TikTok puts off later still makes
    the line late, until it leaves or is cancelled. Who cancelled and why is kept once known.
    """

    state: LineState
    placed_at: Instant
    released_at: Instant | None = None
    packed_at: Instant | None = None
    departed_at: Instant | None = None
    cancelled_at: Instant | None = None
    cancelled_not_before: Instant | None = None
    cancelled_by: str = ""
    cancel_reason: str = ""
    shipping_due_at: Instant | None = None
    collection_due_at: Instant | None = None


def signs_of(seen: LineSeen) -> tuple[Seen, ...]:
    """Return all that one look says of its line: its times tell of steps gone by.

    A status that the table does not know is read as the earliest: it holds the unit and moves
    nothing, so that a new word of TikTok's costs a sale at worst.
    """
    said = SEEN_BY_STATUS.get(seen.status, Seen.WAITING)
    if said is Seen.CANCELLED and _WANT_OF_STOCK in seen.cancel_reason:
        said = Seen.CANCELLED_FOR_WANT
    packed = (Seen.PACKED,) if seen.packed_at is not None else ()
    departed = (Seen.DEPARTED,) if seen.departed_at is not None else ()
    return (*packed, said, *departed)


def record(line: OrderLine | None, seen: LineSeen) -> OrderLine:
    """Return the ledger line after `seen`; the order and number of looks do not matter."""
    signs = signs_of(seen)
    moved = line or OrderLine(state=LineState.WAITING, placed_at=seen.placed_at)
    for sign in signs:
        moved = replace(moved, state=STEPS[moved.state][sign])
    return _with_terms(_with_times(moved, seen, frozenset(signs)), seen)


def lacked_goods(line: OrderLine) -> bool:
    """Tell whether a line was cancelled for want of its unit, which never left after all."""
    return line.state is LineState.CANCELLED_MISSING and _WANT_OF_STOCK in line.cancel_reason


def _with_times(line: OrderLine, seen: LineSeen, signs: frozenset[Seen]) -> OrderLine:
    """Note when each event had surely happened: the earliest sure sign counts."""
    departed = Seen.DEPARTED in signs
    packed = departed or Seen.PACKED in signs
    released = packed or Seen.RELEASED in signs
    cancelled = bool(signs & {Seen.CANCELLED, Seen.CANCELLED_FOR_WANT})
    return replace(
        line,
        placed_at=Instant(min(line.placed_at, seen.placed_at)),
        released_at=_earlier(line.released_at, _by(seen.updated_at if released else None)),
        packed_at=_earlier(
            line.packed_at, _by(seen.packed_at), _by(seen.updated_at if packed else None)
        ),
        departed_at=_earlier(
            line.departed_at, _by(seen.departed_at), _by(seen.updated_at if departed else None)
        ),
        cancelled_at=_earlier(
            line.cancelled_at, _by(seen.cancelled_at), _by(seen.updated_at if cancelled else None)
        ),
        cancelled_not_before=_earlier(line.cancelled_not_before, seen.cancelled_at),
    )


def _with_terms(line: OrderLine, seen: LineSeen) -> OrderLine:
    """Note by when it was to be handed over, and who called it off and why."""
    return replace(
        line,
        cancelled_by=more_to_blame(line.cancelled_by, seen.cancelled_by),
        cancel_reason=fuller_reason(line.cancel_reason, seen.cancel_reason),
        shipping_due_at=_earlier(line.shipping_due_at, seen.shipping_due_at),
        collection_due_at=_earlier(line.collection_due_at, seen.collection_due_at),
    )


def _by(told: Instant | None) -> Instant | None:
    """Return the moment by which an event that TikTok dates `told` had surely happened."""
    return None if told is None else later(told, TIME_GRAIN_S)


def _earlier(*instants: Instant | None) -> Instant | None:
    known = [instant for instant in instants if instant is not None]
    return min(known) if known else None
