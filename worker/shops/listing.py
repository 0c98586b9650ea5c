"""How every shop stands: its state, until when its tokens and its consent last, what to do."""

from dataclasses import dataclass

from connectors.errors import NotAuthorised
from connectors.store import shop_states
from connectors.store.engine import reading
from connectors.store.shop_states import StateRow
from connectors.store.shop_tokens import TokenRow
from connectors.tiktok.scopes import missing
from reconciliation.shop_state import ShopState, remedy

from ..reports.lookup import shops_in_scope
from ..reports.moments import iso
from ..services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopView:
    """A shop as people read it, without anything that opens it."""

    shop: str
    mode: str
    market: str
    shop_id: str
    state: str
    since: str | None
    why: str
    remedy: str
    access_ends_at: str | None
    consent_ends_at: str | None
    refresh_due_at: str | None
    scopes_missing: tuple[str, ...]


def list_shops(services: Services) -> tuple[ShopView, ...]:
    """Return every shop of the configuration, in its order."""
    return tuple(_view(services, shop) for shop in services.settings.shops)


def refresh_shop(services: Services, shop: str) -> ShopView:
    """Refresh a shop's tokens now, whatever its state. Raises `Unknown`, and as a refresh does."""
    shops_in_scope(services.settings, shop)
    keeper = services.tiktok.keeper
    keeper.refresh(keeper.open(shop).row)
    services.tiktok.forget(shop)
    return _view(services, shop)


def _view(services: Services, shop: str) -> ShopView:
    row, unopened = _row(services, shop)
    with reading(services.engine) as connection:
        state = shop_states.load(connection, shop)
    declared = services.settings.shops[shop]
    stands = _state(state, row)
    return ShopView(
        shop=shop,
        mode=declared.mode.value,
        market=declared.market or "",
        shop_id=declared.shop_id or (row.shop_id if row else ""),
        state=stands.value,
        since=iso(state.since) if state else None,
        why=(state.why if state else "") or unopened,
        remedy=remedy(stands, shop),
        access_ends_at=iso(row.pair.access_expires_at) if row else None,
        consent_ends_at=iso(row.pair.refresh_expires_at) if row else None,
        refresh_due_at=iso(row.refresh_due_at) if row else None,
        scopes_missing=missing(row.pair.scopes) if row else (),
    )


def _row(services: Services, shop: str) -> tuple[TokenRow | None, str]:
    """Return what opens a shop, or why nothing does."""
    try:
        return services.tiktok.keeper.open(shop).row, ""
    except NotAuthorised as error:
        return None, str(error)


def _state(state: StateRow | None, row: TokenRow | None) -> ShopState:
    if state is not None:
        return state.state
    return ShopState.UNCONNECTED if row is None else ShopState.AUTHORISED
