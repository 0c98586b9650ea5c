"""What somebody may see who is let into some shops only.

A shop's own listings, writes, orders and holds are shown as they are. Goods that are shared with
a shop out of sight are not: what is left of them, less what is one's own, is what the other shop
sold. Texts that name another shop's listing say only that there is one.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from connectors.store import catalog
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku

from ..settings.model import Settings


VEIL = "a listing of another shop"
"""What stands in a text where a listing out of sight was named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """The shops whose data may be seen; None: all there are, and all there ever were."""

    shops: frozenset[str] | None = None

    @property
    def whole(self) -> bool:
        """Tell whether everything may be seen."""
        return self.shops is None

    def sees(self, shop: str) -> bool:
        """Tell whether a shop's data may be seen."""
        return self.shops is None or shop in self.shops

    def shops_of(self, settings: Settings) -> tuple[str, ...]:
        """Return the configured shops in sight."""
        return tuple(shop for shop in settings.shops if self.sees(shop))

    def warehouses_of(self, settings: Settings) -> tuple[str, ...]:
        """Return the warehouses that the shops in sight sell from; the whole sight: all."""
        return tuple(
            code
            for code, warehouse in settings.warehouses.items()
            if self.whole or any(map(self.sees, warehouse.tiktok_warehouse_ids))
        )


EVERYTHING = Sight()
"""The sight of the command line, and of a token for all shops."""


def hidden_pools(
    connection: Connection, sight: Sight, pools: Collection[PoolKey]
) -> frozenset[PoolKey]:
    """Return those of the pools that a shop out of sight draws on too, or that nobody draws on."""
    if sight.whole or not pools:
        return frozenset()
    drawing = catalog.shops_on(connection, pools)
    return frozenset(
        pool for pool in pools if pool not in drawing or not all(map(sight.sees, drawing[pool]))
    )


def pools_of_decisions(decisions: Iterable[Mapping[str, Any] | None]) -> set[PoolKey]:
    """Return the pools that stored decisions name."""
    parts = (part for each in decisions if each for part in each["recipe"])
    return {pool_named(part["pool"]) for part in parts}


def veiled_decision(
    decision: dict[str, Any] | None, hidden: Collection[PoolKey]
) -> dict[str, Any] | None:
    """Return a stored decision without the goods that are hidden, and without what follows."""
    if decision is None:
        return None
    open_parts = [part for part in decision["recipe"] if pool_named(part["pool"]) not in hidden]
    if len(open_parts) == len(decision["recipe"]):
        return decision
    return {**decision, "recipe": open_parts, "supply_units": None}


def veiled(document: Any, sight: Sight, known_shops: Iterable[str]) -> Any:  # noqa: ANN401 - any JSON value, and the same again
    """Return a JSON value in which no text names a listing of a shop out of sight."""
    beyond = sorted(shop for shop in known_shops if not sight.sees(shop))
    if not beyond:
        return document
    names = "|".join(re.escape(shop) for shop in beyond)
    return _veil(document, re.compile(rf"(?<![\w./-])(?:{names})/[^\s,;:()]+"))


def _veil(value: Any, named: re.Pattern[str]) -> Any:  # noqa: ANN401 - any JSON value, and the same again
    match value:
        case str():
            return named.sub(VEIL, value)
        case list() | tuple():
            return [_veil(each, named) for each in value]
        case dict():
            return {_veil(name, named): _veil(each, named) for name, each in value.items()}
        case _:
            return value


def pool_named(text: str) -> PoolKey:
    """Return the pool that a text names; a warehouse's code holds no slash."""
    warehouse, _, sku = text.partition("/")
    return PoolKey(warehouse=warehouse, sku=Sku(sku))
