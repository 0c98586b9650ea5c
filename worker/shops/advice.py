"""What the guard does without in a shop, and what it cannot promise there: none is a fault."""

from collections.abc import Callable, Iterator

from connectors.errors import ConnectorError, NotAuthorised
from connectors.store import bars, cancellations
from connectors.store.engine import reading
from connectors.tiktok import market
from connectors.tiktok.scopes import PROMOTIONS, RETURNS
from connectors.tiktok.setup import BY_HAND
from reconciliation.policy import AutoRestock
from reconciliation.quantities import Sku, later
from reconciliation.shop_state import Sign

from ..services import Services
from .finding import Finding
from .signs import sign_of


CANCELLATIONS_LOOKED_AT_S = 600.0
"""How far back cancellations are asked for: only that they may be read is looked at."""

UNPAID = (
    "no call tells whether an unpaid order takes its unit off sale: where it does not, two buyers "
    "may order the last one, and no guard can help it. Order one without paying, and see in "
    "Seller Center whether the quantity falls"
)


def advice_on(services: Services, shop: str) -> Iterator[Finding]:
    """Yield what is to be known of a shop beside its faults."""
    yield _optional("cancellations", RETURNS, lambda: _read_cancellations(services, shop))
    yield _optional("promotions", PROMOTIONS, lambda: _read_promotions(services, shop))
    yield Finding(name="refused quantities", advice=_refused(services, shop))
    yield Finding(name="restocks", advice=_restocks(services, shop))
    yield Finding(name="webhooks by hand", advice=_by_hand())
    yield Finding(name="unpaid orders", advice=UNPAID)


def _optional(name: str, scope: str, probe: Callable[[], None]) -> Finding:
    """Make a call that the guard can do without; where it fails, say what is lost by that."""
    try:
        probe()
    except NotAuthorised as error:
        if sign_of(error) is not Sign.SCOPE_MISSING:
            return Finding(name=name, scope=scope, advice=str(error))
        advice = f"the consent does not cover {scope}: {_LOST[scope]}"
        return Finding(name=name, scope=scope, advice=advice)
    except ConnectorError as error:
        return Finding(name=name, scope=scope, advice=str(error))
    return Finding(name=name, scope=scope)


_LOST = {
    RETURNS: "who cancelled, and why, is known only as far as orders tell",
    PROMOTIONS: "a promotion that locks stock is known only once a quantity is refused",
}


def _read_cancellations(services: Services, shop: str) -> None:
    now = services.now()
    since = later(now, -CANCELLATIONS_LOOKED_AT_S)
    with services.tiktok.calling(shop) as (client, access):
        market.cancellations(client, access, since, now)


def _read_promotions(services: Services, shop: str) -> None:
    with services.tiktok.calling(shop) as (client, access):
        market.activities(client, access)


def _refused(services: Services, shop: str) -> str:
    """Return what is said of listings that cannot show as little as they should."""
    with reading(services.engine) as connection:
        barred = bars.in_force(connection, shop, services.now())
    least = [each.least_units for each in barred.values() if each.least_units]
    if not least:
        return ""
    return (
        f"TikTok lets {len(least)} listings show no fewer than {max(least)} units, or less: so "
        "many may be sold that are not there. `explain` has each; the policy "
        '`when_stuck = "take_off_sale"` takes such products off sale'
    )


def _restocks(services: Services, shop: str) -> str:
    """Return what is said where TikTok restocks by itself and the policy denies it."""
    with reading(services.engine) as connection:
        told = cancellations.restocking(connection, shop)
    policy = services.policies.for_listing(shop=shop, partner="", sku=Sku(""))
    if not told.get(True) or policy.auto_restock is not AutoRestock.OFF:
        return ""
    return (
        f"{told[True]} cancelled orders put their units back on sale by themselves, and the "
        'policy has `auto_restock = "off"`: set it to "on", or to "switch_off"'
    )


def _by_hand() -> str:
    wanted = ", ".join(f"{kind} ({name})" for kind, name in BY_HAND.items())
    return f"see in Partner Center that these are on, which no call tells: {wanted}"
