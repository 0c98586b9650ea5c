"""Looks a shop over: each call that the guard needs, mapping, notifications, and baseline.

Nothing is written to the shop. What an answer says of its access is noted as at any call.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from connectors.errors import ConnectorError, NotAuthorised
from connectors.store import catalog, listings, shop_states
from connectors.store.engine import reading
from connectors.tiktok.scopes import (
    AUTHORISATION,
    LOGISTICS,
    ORDERS,
    PRODUCT_READ,
    PRODUCT_WRITE,
    missing,
)
from connectors.tiktok.setup import first_listings
from reconciliation.quantities import later
from reconciliation.shop_state import WRITES_IN, ShopState, remedy

from ..services import Services
from ..steps.sync_catalogue import warehouse_trouble
from .advice import advice_on
from .baseline import unexplained
from .finding import Finding
from .registering import missing_webhooks
from .signs import SCOPE_CODE


PROBLEMS_TOLD_MAX = 20
"""Listings without goods, or with unexplained units, that are told one by one."""

ORDERS_LOOKED_AT_S = 600.0
"""How far back orders are asked for: only that they may be read is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopCheck:
    """What was found of a shop; `well`: all is as it should be."""

    shop: str
    mode: str
    state: str
    well: bool
    findings: tuple[Finding, ...]


def check_shop(services: Services, shop: str) -> ShopCheck:
    """Look a shop over. Raises nothing for what is wrong with it: that is what it finds."""
    found = tuple(_findings(services, shop))
    with reading(services.engine) as connection:
        known = shop_states.load(connection, shop)
    state = known.state if known is not None else ShopState.UNCONNECTED
    findings = (*found, _of_state(shop, state))
    return ShopCheck(
        shop=shop,
        mode=services.settings.shops[shop].mode.value,
        state=state.value,
        well=all(each.well for each in findings),
        findings=findings,
    )


def _of_state(shop: str, state: ShopState) -> Finding:
    if state in WRITES_IN:
        return Finding(name="state", advice=remedy(state, shop))
    cause = f"the shop is {state.value}, and nothing is written to it"
    return Finding(name="state", well=False, cause=cause, remedy=remedy(state, shop))


def _findings(services: Services, shop: str) -> Iterator[Finding]:
    first = _tried("shops", AUTHORISATION, shop, lambda: _same_shop(services, shop))
    yield first
    if not first.well and not _lacks_scope(first):
        return  # nothing opens the shop: every other call would say the same
    probes: tuple[tuple[str, str, Callable[[], str]], ...] = (
        ("warehouses", LOGISTICS, lambda: _warehouses(services, shop)),
        ("listings", PRODUCT_READ, lambda: _listings(services, shop)),
        ("stock", PRODUCT_READ, lambda: _stock(services, shop)),
        ("orders", ORDERS, lambda: _orders(services, shop)),
        ("webhooks", AUTHORISATION, lambda: _webhooks(services, shop)),
        ("committed units", PRODUCT_READ, lambda: _committed(services, shop)),
    )
    for name, scope, probe in probes:
        yield _tried(name, scope, shop, probe)
    yield _writing(services, shop)
    yield _mapping(services, shop)
    yield from advice_on(services, shop)


def _lacks_scope(finding: Finding) -> bool:
    return f"code {SCOPE_CODE}" in finding.cause


def _tried(name: str, scope: str, shop: str, probe: Callable[[], str]) -> Finding:
    """Make a probe, which returns what is wrong or nothing; a failed call is a finding too."""
    try:
        fault = probe()
    except NotAuthorised as error:
        cause, mend = str(error), _mend(error, scope, shop)
        return Finding(name=name, scope=scope, well=False, cause=cause, remedy=mend)
    except ConnectorError as error:
        mend = "try again; if it stays, compare the shop's settings with TikTok's answer"
        return Finding(name=name, scope=scope, well=False, cause=str(error), remedy=mend)
    cause, _, mend = fault.partition("\n")
    return Finding(name=name, scope=scope, well=not fault, cause=cause, remedy=mend)


def _mend(error: NotAuthorised, scope: str, shop: str) -> str:
    if error.code == SCOPE_CODE:
        return f"give the app the scope {scope} in Partner Center, then run `shop add {shop}`"
    return f"see what `shop list` says of {shop}"


# -- the probes ---------------------------------------------------------------------------------


def _same_shop(services: Services, shop: str) -> str:
    declared = services.settings.shops[shop]
    seen = services.tiktok.shops_opened(shop)
    with services.tiktok.opened(shop) as access:
        cipher = access.cipher
    own = [each for each in seen if each.cipher == cipher]
    if not own:
        return f"the token opens no shop of this cipher\ncorrect the cipher, or `shop add {shop}`"
    if declared.shop_id not in (None, own[0].shop_id):
        return (
            f"TikTok's id of the shop is {own[0].shop_id}, not {declared.shop_id}"
            f"\ncorrect shops.{shop}.shop_id: webhooks name the shop by it"
        )
    return ""


def _warehouses(services: Services, shop: str) -> str:
    trouble = warehouse_trouble(services, shop, services.tiktok.warehouses(shop))
    return f"{trouble}\ncorrect tiktok_warehouse_ids of the warehouse" if trouble else ""


def _listings(services: Services, shop: str) -> str:
    with services.tiktok.opened(shop) as access:
        first_listings(services.tiktok.client, access)
    return ""


def _stock(services: Services, shop: str) -> str:
    with reading(services.engine) as connection:
        keys = listings.keys_of_shop(connection, shop)[:1]
    services.tiktok.read_stock(shop, keys)
    return ""


def _orders(services: Services, shop: str) -> str:
    now = services.now()
    services.tiktok.orders_placed_between(shop, later(now, -ORDERS_LOOKED_AT_S), now)
    return ""


def _webhooks(services: Services, shop: str) -> str:
    address = services.settings.authorisation.webhook_url
    lacking = missing_webhooks(services, shop)
    if address and lacking:
        return (
            f"not registered for {address}: {', '.join(lacking)}"
            f"\nrun `shop add {shop} --set-up`, which registers them"
        )
    return ""


def _committed(services: Services, shop: str) -> str:
    found = [each for each in unexplained(services, shop) if each.is_open]
    told = ", ".join(f"{each.seller_sku or each.key} {each.units}" for each in found)
    if not found:
        return ""
    return (
        f"committed units that no order explains: {told[:500]}"
        f"\nlook in a minute again; if they stay, `shop accept {shop}` sets them aside"
    )


# -- what no call tells -------------------------------------------------------------------------


def _writing(services: Services, shop: str) -> Finding:
    granted = services.tiktok.keeper.open(shop).row.pair.scopes
    if lacking := missing(granted):
        return Finding(
            name="scopes",
            scope=", ".join(lacking),
            well=False,
            cause=f"the consent does not cover {', '.join(lacking)}",
            remedy=f"give the app the scopes in Partner Center, then run `shop add {shop}`",
        )
    advice = "" if granted is not None else "TikTok says what a consent covers at the next refresh"
    return Finding(name="writing", scope=PRODUCT_WRITE, advice=advice)


def _mapping(services: Services, shop: str) -> Finding:
    with reading(services.engine) as connection:
        found = [each for each in catalog.problems(connection) if each.key.shop == shop]
    if not found:
        return Finding(name="mapping")
    told = "; ".join(
        f"{each.seller_sku or each.key}: {each.problem.value}"
        for each in found[:PROBLEMS_TOLD_MAX]
    )
    return Finding(
        name="mapping",
        well=False,
        cause=f"{len(found)} listings have no goods: {told}",
        remedy=found[0].remedy,
    )
