"""Finds what a person named: a shop, a feed, a warehouse, a SKU.

What is not there raises `Unknown`, which says what is, and what comes close.
"""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import catalog, intake
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.quantities import Sku, SkuCase, UnreadableSku, normal_sku

from ..settings.model import Settings
from .sight import EVERYTHING, Sight


NAMES_LISTED_MAX = 12
"""How many known names a remedy lists before it only counts them."""

NAMES_NEAR_MAX = 3


class Unknown(LookupError):
    """A name that stands for nothing here, or not for what was asked; says what would."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a SKU stands for: listings that sell it, and the goods of that very name.

    A seller SKU for a pack or bundle has listings and no goods of its own.
    """

    sku: Sku
    listings: tuple[ListingKey, ...]
    items: tuple[PoolKey, ...]


def shops_in_scope(settings: Settings, shop: str | None) -> tuple[str, ...]:
    """Return the one shop that was named, or all. Raises `Unknown`."""
    if shop is None:
        return tuple(settings.shops)
    if shop not in settings.shops:
        raise _no_such("shop", shop, settings.shops)
    return (shop,)


def partners_in_scope(settings: Settings, partner: str | None) -> tuple[str, ...]:
    """Return the one partner that was named, or all. Raises `Unknown`."""
    if partner is None:
        return tuple(settings.partners)
    if partner not in settings.partners:
        raise _no_such("partner", partner, settings.partners)
    return (partner,)


def require_feed(settings: Settings, feed: str) -> str:
    """Return the feed's name. Raises `Unknown`."""
    if feed not in settings.feeds:
        raise _no_such("feed", feed, settings.feeds)
    return feed


def require_warehouse(settings: Settings, warehouse: str, *, sight: Sight = EVERYTHING) -> str:
    """Return the warehouse's code, if a shop in sight sells from it. Raises `Unknown`."""
    known = sight.warehouses_of(settings)
    if warehouse not in known:
        raise _no_such("warehouse", warehouse, known)
    return warehouse


def find_sku(
    connection: Connection,
    settings: Settings,
    text: str,
    shop: str | None = None,
    *,
    sight: Sight = EVERYTHING,
) -> Found:
    """Return what a SKU stands for, in one shop where named. Raises `Unknown`.

    What no shop in sight sells is as unknown as what nobody sells.
    """
    wanted = _normal(text, settings.catalog.sku_case)
    known = intake.known_items(connection)
    items = _items_named(connection, wanted, known, sight)
    names = {
        key: sku
        for key, sku in seller_skus(connection, settings.catalog.sku_case).items()
        if sight.sees(key.shop)
    }
    by_name = {key for key, sku in names.items() if sku == wanted}
    on_items = {key for key in catalog.listings_on(connection, items) if sight.sees(key.shop)}
    keys = sorted(by_name | on_items)
    if not keys and not items:
        near = {pool.sku for pool in known} if sight.whole else set[Sku]()
        raise _no_such("SKU", wanted, {*names.values(), *near})
    in_sight = sight.shops_of(settings)
    if shop is not None and shop not in {*in_sight, *(key.shop for key in keys)}:
        raise _no_such("shop", shop, in_sight)
    in_shop = tuple(key for key in keys if shop in (None, key.shop))
    if shop is not None and not in_shop:
        sold_in = ", ".join(sorted({key.shop for key in keys})) or "no shop"
        raise Unknown(f"shop {shop!r} does not sell {wanted}", f"it is sold in {sold_in}")
    return Found(sku=wanted, listings=in_shop, items=items)


def _items_named(
    connection: Connection, sku: Sku, known: Iterable[PoolKey], sight: Sight
) -> tuple[PoolKey, ...]:
    """Return the items of that very name, those that a shop in sight draws on."""
    items = tuple(sorted(pool for pool in known if pool.sku == sku))
    if sight.whole:
        return items
    drawing = catalog.shops_on(connection, items)
    return tuple(pool for pool in items if any(map(sight.sees, drawing.get(pool, ()))))


def seller_skus(connection: Connection, case: SkuCase) -> dict[ListingKey, Sku]:
    """Return the seller SKU of each stored listing in its normal form; unreadable: left out."""
    found = {}
    for seen in catalog.all_seen(connection):
        try:
            found[seen.key] = normal_sku(seen.seller_sku, case)
        except UnreadableSku:
            continue
    return found


def _normal(text: str, case: SkuCase) -> Sku:
    try:
        return normal_sku(text, case)
    except UnreadableSku as fault:
        raise Unknown(str(fault), "write the SKU as the shop or the partner does") from fault


def _no_such(kind: str, name: str, known: Iterable[str]) -> Unknown:
    return Unknown(f"there is no {kind} {name!r}", _remedy(kind, name, sorted(set(known))))


def _remedy(kind: str, name: str, known: Collection[str]) -> str:
    near = close_to(name, known)
    if near:
        return f"did you mean {' or '.join(near)}?"
    if not known:
        return _FIRST_STEPS.get(kind, f"no {kind} is configured yet: add one to the configuration")
    listed = ", ".join(list(known)[:NAMES_LISTED_MAX])
    left = len(known) - NAMES_LISTED_MAX
    return f"known here: {listed}" + (f" and {left} more" if left > 0 else "")


_FIRST_STEPS = {
    "SKU": "no SKU is known yet: `reconcile` reads the shops' listings, `ingest` takes a feed"
}


def close_to(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return the names that look most like one, whatever their letter case."""
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=NAMES_NEAR_MAX, cutoff=0.6)
    return tuple(folded[each] for each in near)
