"""A person's word: holds on what is shown, units set aside, and the switch that stops writing.

Each is stored with who said so and why, noted in the trail, and followed by a request for new
decisions: a running `up` acts on it within seconds.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import holds, shops, trail, work
from connectors.store.engine import reading, writing
from connectors.store.holds import HoldRow
from connectors.store.trail import Event
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku, UnreadableSku, normal_sku

from .anew import ask_for_shops, pools_of
from .queues import PLAN, pool_work
from .reports.lookup import Unknown, close_to, find_sku, require_warehouse, shops_in_scope
from .reports.moments import iso
from .reports.sight import EVERYTHING, Sight, hidden_pools
from .services import Services


UNITS_MAX = 9_999_999
"""Seven digits, as a feed's quantity may have."""


class BadHold(ValueError):
    """A hold that says nothing, or contradicts itself; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """Who said something, and why. Raises `BadHold` for a blank."""

    who: str
    why: str

    def __post_init__(self) -> None:
        """Refuse a word that nobody stands by."""
        if not self.who.strip() or not self.why.strip():
            raise BadHold("who and why must not be blank", "give --who NAME and --why TEXT")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """A hold as it is asked for: exactly one of `units_max` and `set_aside_units`.

    Units are set aside from everybody, or for the `shop` that is named: then no other sells them.
    """

    sku: str
    shop: str | None = None
    warehouse: str | None = None
    units_max: int | None = None
    set_aside_units: int | None = None
    expires_at: Instant
    word: Word

    def __post_init__(self) -> None:
        """Refuse what says nothing or contradicts itself. Raises `BadHold`."""
        if (self.units_max is None) == (self.set_aside_units is None):
            raise BadHold(
                "a hold either caps what is shown or sets units aside",
                "give one of --at-most N and --set-aside N",
            )
        if self.units_max is not None and not 0 <= self.units_max <= UNITS_MAX:
            raise BadHold(
                f"--at-most {self.units_max} is no quantity", "give 0 or more whole units"
            )
        if self.set_aside_units is not None and not 1 <= self.set_aside_units <= UNITS_MAX:
            raise BadHold(
                f"--set-aside {self.set_aside_units} is no quantity", "give 1 or more whole units"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A hold as people read it."""

    hold_id: int
    sku: str
    shop: str
    warehouse: str
    at_most_units: int | None
    set_aside_units: int | None
    who: str
    why: str
    began_at: str | None
    expires_at: str | None


def hold(services: Services, request: HoldRequest, *, sight: Sight = EVERYTHING) -> HoldView:
    """Store a hold and ask for new decisions. Raises `lookup.Unknown` and `BadHold`.

    Errors name only what is in sight.
    """
    if request.shop is not None:
        shops_in_scope(services.settings, request.shop)
    if request.warehouse is not None:
        require_warehouse(services.settings, request.warehouse, sight=sight)
    now = services.now()
    with writing(services.engine) as connection:
        sku, pools = _concerned(connection, services, request, sight)
        row = _row(request, sku, now)
        stored = _view(row, holds.add(connection, row))
        _note(connection, now, "hold", row, stored.hold_id, request.word)
        keys = work.ask(connection, PLAN, map(pool_work, pools), due_at=now, fact_at=now)
    services.ring_all(PLAN, keys)
    return stored


def _concerned(
    connection: Connection, services: Services, request: HoldRequest, sight: Sight
) -> tuple[Sku, Collection[PoolKey]]:
    """Return the SKU in its normal form, and the pools whose decisions the hold changes."""
    found = find_sku(connection, services.settings, request.sku, request.shop, sight=sight)
    if request.set_aside_units is not None and not found.items:
        goods = sorted({str(pool) for pool in pools_of(connection, found.listings)})
        raise BadHold(
            f"{found.sku} is made of other items and has no units of its own to set aside",
            f"set aside its items: {', '.join(goods) or 'none is known'}",
        )
    pools = {*found.items, *pools_of(connection, found.listings)}
    if request.set_aside_units is not None and hidden_pools(connection, sight, found.items):
        raise BadHold(
            f"shops out of sight sell {found.sku} too, and would lose what is set aside",
            "cap your own listing with --at-most, or ask an operator of all shops",
        )
    inside = {pool for pool in pools if request.warehouse in (None, pool.warehouse)}
    if not inside:
        places = ", ".join(sorted({pool.warehouse for pool in pools}))
        raise Unknown(
            f"warehouse {request.warehouse!r} holds no {found.sku}", f"it is held in {places}"
        )
    return found.sku, inside


def _row(request: HoldRequest, sku: Sku, now: Instant) -> HoldRow:
    return HoldRow(
        hold_id=0,
        sku=sku,
        shop=request.shop or "",
        warehouse=request.warehouse or "",
        units_max=request.units_max,
        set_aside_units=request.set_aside_units,
        who=request.word.who.strip(),
        why=request.word.why.strip(),
        began_at=now,
        expires_at=request.expires_at,
    )


def _view(row: HoldRow, hold_id: int) -> HoldView:
    return HoldView(
        hold_id=hold_id,
        sku=row.sku,
        shop=row.shop,
        warehouse=row.warehouse,
        at_most_units=row.units_max,
        set_aside_units=row.set_aside_units,
        who=row.who,
        why=row.why,
        began_at=iso(row.began_at),
        expires_at=iso(row.expires_at),
    )


def _note(
    connection: Connection, now: Instant, event: str, row: HoldRow, hold_id: int, word: Word
) -> None:
    detail = {
        "hold": hold_id,
        "at_most_units": row.units_max,
        "set_aside_units": row.set_aside_units,
        "warehouse": row.warehouse,
        "who": word.who.strip(),
        "why": word.why.strip(),
        "expires_at": row.expires_at,
    }
    trail.note(
        connection,
        Event(at=now, event=event, subject=row.sku, shop=row.shop, sku=row.sku, detail=detail),
    )


def holds_in_force(services: Services) -> tuple[HoldView, ...]:
    """Return every hold that was neither released nor has expired."""
    with reading(services.engine) as connection:
        rows = holds.in_force(connection, services.now())
    return tuple(_view(row, row.hold_id) for row in rows)


def release(services: Services, named: str, word: Word) -> tuple[HoldView, ...]:
    """End the holds on a SKU, or the one of a number. Raises `lookup.Unknown`.

    A number that is also the SKU of a hold means the SKU.
    """
    now = services.now()
    with writing(services.engine) as connection:
        chosen = _chosen(services, holds.in_force(connection, now), named)
        holds.release(connection, [row.hold_id for row in chosen], who=word.who, now=now)
        pools = set[PoolKey]()
        for row in chosen:
            _note(connection, now, "release", row, row.hold_id, word)
            pools |= _pools_held(connection, services, row)
        keys = work.ask(connection, PLAN, map(pool_work, pools), due_at=now, fact_at=now)
    services.ring_all(PLAN, keys)
    return tuple(_view(row, row.hold_id) for row in chosen)


def _chosen(services: Services, in_force: tuple[HoldRow, ...], named: str) -> list[HoldRow]:
    try:
        sku = normal_sku(named, services.settings.catalog.sku_case)
    except UnreadableSku as fault:
        raise Unknown(str(fault), "name a SKU, or a number that `holds` shows") from fault
    by_sku = [row for row in in_force if row.sku == sku]
    chosen = by_sku or [row for row in in_force if str(row.hold_id) == named.strip()]
    if not chosen:
        near = close_to(named, {row.sku for row in in_force})
        remedy = f"did you mean {' or '.join(near)}?" if near else "`holds` lists those in force"
        raise Unknown(f"there is no hold in force on {named!r}", remedy)
    return chosen


def _pools_held(connection: Connection, services: Services, row: HoldRow) -> set[PoolKey]:
    """Return the pools a hold is about; none where nobody sells the SKU any more."""
    try:
        found = find_sku(connection, services.settings, row.sku, row.shop or None)
    except Unknown:
        return set()
    return {*found.items, *pools_of(connection, found.listings)}


# -- the switch -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """A shop whose writing was stopped or let go on; `before` and now: whether it is stopped."""

    shop: str
    stopped_before: bool
    stopped: bool


def switch_writes(
    services: Services, *, shop: str | None, stopped: bool, word: Word
) -> tuple[Switched, ...]:
    """Stop or restart writing to a shop, or to all. Raises `lookup.Unknown`.

    Every write checks the switch in the transaction that commits it: what is not committed by
    now is not sent.
    """
    named, now = shops_in_scope(services.settings, shop), services.now()
    with writing(services.engine) as connection:
        switched = tuple(
            Switched(
                shop=each,
                stopped_before=shops.load(connection, each).writes_stopped,
                stopped=stopped,
            )
            for each in named
        )
        for each in named:
            shops.stop_writes(connection, each, stopped=stopped)
            _note_switch(connection, now, each, word, stopped=stopped)
        keys = () if stopped else ask_for_shops(connection, named, now)
    services.ring_all(PLAN, keys)
    return switched


def _note_switch(
    connection: Connection, now: Instant, shop: str, word: Word, *, stopped: bool
) -> None:
    event = "writes_stopped" if stopped else "writes_started"
    detail = {"who": word.who.strip(), "why": word.why.strip()}
    trail.note(connection, Event(at=now, event=event, subject=shop, shop=shop, detail=detail))
