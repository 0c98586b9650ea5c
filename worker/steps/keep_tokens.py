"""Looks after what opens a shop: refreshes it ahead of its end, and says when it cannot."""

from connectors.errors import NotAuthorised
from connectors.store import shop_tokens, work
from connectors.store.engine import writing
from connectors.store.shop_tokens import TokenRow
from reconciliation.quantities import Instant, later
from reconciliation.shop_state import ShopState, Sign

from ..queues import TOKENS
from ..services import Services
from ..shops.keeper import LEASE_S, Opening
from ..shops.signs import Learned, note, note_first


LOOK_EVERY_S = 3_600.0
"""How often is looked at least: the end of a consent draws near, and settings change."""


def keep_tokens(services: Services, shop: str) -> None:
    """Look after a shop's tokens once, and ask for the next look."""
    opening = _opening(services, shop)
    keeper, row = services.tiktok.keeper, opening.row
    with writing(services.engine) as connection:
        shop_tokens.seal_anew(connection, row, keeper.sealer, services.now())
        note_first(connection, shop, ShopState.AUTHORISED, services.now())
        keeper.note_end_of_consent(connection, shop, row.pair, services.now())
    if _is_due(opening, services.now()):
        row = keeper.refresh(row)
        services.tiktok.forget(shop)
    with writing(services.engine) as connection:
        work.ask(connection, TOKENS, [shop], due_at=_next_look(row, services.now()))


def _opening(services: Services, shop: str) -> Opening:
    try:
        return services.tiktok.keeper.open(shop)
    except NotAuthorised as error:
        now = services.now()
        with writing(services.engine) as connection:
            if not note_first(connection, shop, ShopState.UNCONNECTED, now):
                note(connection, Learned(shop=shop, sign=Sign.REFUSED, why=str(error)), now)
        raise


def _is_due(opening: Opening, now: Instant) -> bool:
    """Tell whether a pair is to be refreshed. What was withdrawn waits for a person."""
    row, state = opening.row, opening.state
    if state is not None and state.state is ShopState.REVOKED:
        return False
    # Its process had time to store the answer: what became of it is found out now.
    is_unclear = row.began_at is not None and now - row.began_at >= LEASE_S
    return is_unclear or (row.refresh_due_at is not None and now >= row.refresh_due_at)


def _next_look(row: TokenRow, now: Instant) -> Instant:
    due_at = row.refresh_due_at
    latest = later(now, LOOK_EVERY_S)
    # Another may be at it: then the row is as it was, and is looked at again after the lease.
    return latest if due_at is None else min(latest, max(due_at, later(now, LEASE_S)))
