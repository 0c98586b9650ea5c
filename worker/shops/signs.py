"""Notes what is learned of a shop's access: its state, the trail, and what is due again."""

from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.errors import Mend, NotAuthorised
from connectors.store import shop_states, trail, work
from connectors.store.shop_states import StateRow
from connectors.store.trail import Event
from reconciliation.quantities import Instant
from reconciliation.shop_state import WRITES_IN, ShopState, Sign, after, remedy

from ..anew import ask_for_shops
from ..queues import CATALOGUE, ORDERS, READ, WEBHOOKS


SCOPE_CODE = 105005
"""A scope is missing, by TikTok's code; its other codes for consent mean that there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is learned of a shop; `why` is in TikTok's words or ours, without any secret."""

    shop: str
    sign: Sign
    why: str = ""


def sign_of(error: NotAuthorised) -> Sign:
    """Return what a refused call says of its shop."""
    match error.mend:
        case Mend.ALLOW_LIST:
            return Sign.ADDRESS_REFUSED
        case Mend.CREDENTIALS:
            return Sign.REFUSED
        case _:
            return Sign.SCOPE_MISSING if error.code == SCOPE_CODE else Sign.REVOKED


def note(connection: Connection, learned: Learned, now: Instant) -> ShopState:
    """Store what a shop's state is now, and return it; one that stays is not noted again.

    A shop that may be written to again is decided for anew, and read at once.
    """
    known = shop_states.load(connection, learned.shop, to_change=True)
    before = known.state if known is not None else ShopState.UNCONNECTED
    now_in = after(before, learned.sign)
    if known is not None and now_in is before:
        return before
    why = learned.why if now_in not in (ShopState.AUTHORISED, ShopState.UNCONNECTED) else ""
    row = StateRow(shop=learned.shop, state=now_in, since=now, why=why)
    shop_states.save(connection, row)
    trail.note(connection, _event(before, row))
    if known is not None and before not in WRITES_IN and now_in in WRITES_IN:
        _go_on(connection, learned.shop, now)
    return now_in


def note_first(connection: Connection, shop: str, state: ShopState, now: Instant) -> bool:
    """Store the state of a shop of which none was ever noted; return whether that was so."""
    if shop_states.load(connection, shop) is not None:
        return False
    shop_states.save(connection, StateRow(shop=shop, state=state, since=now))
    return True


def _event(before: ShopState, row: StateRow) -> Event:
    detail = {
        "from": before.value,
        "to": row.state.value,
        "why": row.why,
        "remedy": remedy(row.state, row.shop),
    }
    return Event(at=row.since, event="shop_state", subject=row.shop, shop=row.shop, detail=detail)


def _go_on(connection: Connection, shop: str, now: Instant) -> None:
    """Ask for what waited out its pause while the shop was shut, and decide anew."""
    for queue in (CATALOGUE, ORDERS, READ, WEBHOOKS):
        work.ask(connection, queue, [shop], due_at=now)
    ask_for_shops(connection, [shop], now)
