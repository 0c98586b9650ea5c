"""Which listing sells which goods: items, pools, listings, recipes, and what cannot be joined.

A listing is joined to its goods by its seller SKU. Where a shop writes another SKU than the
partner, or sells packs and bundles, a mapping says so. What does not join, or joins in two
ways, is reported as a `MappingProblem`; it is never guessed and its quantity never raised.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from .quantities import Sku, SkuCase, Units, UnreadableSku, normal_sku


ANY_SHOP = "*"
"""In a mapping rule: the rule holds for every shop that has no rule of its own."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class PoolKey:
    """One item in one partner warehouse: the physical units that listings share."""

    warehouse: str
    sku: Sku

    def __str__(self) -> str:
        """Return `warehouse/sku`, as people read it."""
        return f"{self.warehouse}/{self.sku}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ListingKey:
    """One TikTok SKU in one TikTok warehouse of one shop."""

    shop: str
    product_id: str
    sku_id: str
    warehouse_id: str

    def __str__(self) -> str:
        """Return `shop/product/sku/warehouse`, as people read it."""
        return f"{self.shop}/{self.product_id}/{self.sku_id}/{self.warehouse_id}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Ingredient:
    """The units of one pool that one sale of a listing takes."""

    pool: PoolKey
    units: Units

    def __post_init__(self) -> None:
        """Refuse a recipe line that takes nothing."""
        if self.units < 1:
            raise ValueError(f"a sale takes at least one unit of {self.pool}, not {self.units}")


Recipe = tuple[Ingredient, ...]
"""What one sale takes: one ingredient of one unit (single), of several (pack), or several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSeen:
    """A listing as TikTok's product search shows it.

    `backorder_units` can be bought on top of what is available (API page, section 4).
    A virtual bundle has no stock of its own: it is never written.
    """

    key: ListingKey
    seller_sku: str
    title: str = ""
    product_status: str = "ACTIVATE"
    backorder_units: Units = 0
    is_virtual_bundle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A listing joined to its goods."""

    key: ListingKey
    seller_sku: str
    recipe: Recipe

    def units_of(self, pool: PoolKey) -> Units:
        """Return the units of `pool` that one sale takes; 0 where it takes none."""
        return sum([part.units for part in self.recipe if part.pool == pool])


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MappingRule:
    """One line of the mapping file: one sale of `seller_sku` takes `units` of `item`."""

    shop: str
    seller_sku: Sku
    item: Sku
    units: Units

    def __post_init__(self) -> None:
        """Refuse a rule that takes nothing."""
        if self.units < 1:
            raise ValueError(f"a sale of {self.seller_sku} takes at least one {self.item}")


class Problem(StrEnum):
    """Why a listing has no goods."""

    UNREADABLE_SKU = "unreadable_sku"
    UNMAPPED_SKU = "unmapped_sku"
    UNMAPPED_WAREHOUSE = "unmapped_warehouse"
    DOUBLY_MAPPED = "doubly_mapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingProblem:
    """A listing that could not be joined, why, and how to mend it."""

    key: ListingKey
    seller_sku: str
    problem: Problem
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What joined and what did not."""

    listings: tuple[Listing, ...]
    problems: tuple[MappingProblem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joinery:
    """What a listing is joined by.

    `warehouses` gives the partner warehouse of each (shop, TikTok warehouse id), `items` the
    pools that an accepted feed has named, `rules` the mapping file, `case` the SKU case rule.
    """

    warehouses: Mapping[tuple[str, str], str]
    items: Collection[PoolKey]
    rules: Mapping[tuple[str, Sku], tuple[MappingRule, ...]]
    case: SkuCase = SkuCase.KEEP


def rules_by_sku(rules: Iterable[MappingRule]) -> dict[tuple[str, Sku], tuple[MappingRule, ...]]:
    """Return the rules of each (shop, seller SKU), identical lines merged."""
    grouped: dict[tuple[str, Sku], list[MappingRule]] = {}
    for rule in sorted(set(rules)):
        grouped.setdefault((rule.shop, rule.seller_sku), []).append(rule)
    return {key: tuple(lines) for key, lines in grouped.items()}


def match_listings(seen: Iterable[ListingSeen], joinery: Joinery) -> Match:
    """Join each listing to its goods, or name why it cannot be joined."""
    listings, problems = [], []
    for each in seen:
        joined = _join(each, joinery)
        if isinstance(joined, Listing):
            listings.append(joined)
        else:
            problems.append(joined)
    return Match(listings=tuple(listings), problems=tuple(problems))


def _join(seen: ListingSeen, joinery: Joinery) -> Listing | MappingProblem:
    warehouse = joinery.warehouses.get((seen.key.shop, seen.key.warehouse_id))
    if warehouse is None:
        return _problem(
            seen,
            Problem.UNMAPPED_WAREHOUSE,
            f"add TikTok warehouse {seen.key.warehouse_id} to a warehouse of the configuration",
        )
    try:
        sku = normal_sku(seen.seller_sku, joinery.case)
    except UnreadableSku as fault:
        return _problem(seen, Problem.UNREADABLE_SKU, f"{fault}; mend the seller SKU on TikTok")
    rules = _rules_for(seen.key.shop, sku, joinery)
    if len({rule.item for rule in rules}) < len(rules):
        return _problem(
            seen,
            Problem.DOUBLY_MAPPED,
            f"the mapping file gives {sku} two different amounts of one item: keep one line",
        )
    recipe = _recipe(warehouse, sku, rules)
    unknown = [part.pool for part in recipe if part.pool not in joinery.items]
    if unknown:
        return _problem(seen, Problem.UNMAPPED_SKU, _unmapped_remedy(unknown, joinery.items))
    return Listing(key=seen.key, seller_sku=seen.seller_sku, recipe=recipe)


def _rules_for(shop: str, sku: Sku, joinery: Joinery) -> tuple[MappingRule, ...]:
    own = joinery.rules.get((shop, sku))
    return own if own is not None else joinery.rules.get((ANY_SHOP, sku), ())


def _recipe(warehouse: str, sku: Sku, rules: tuple[MappingRule, ...]) -> Recipe:
    if not rules:
        return (Ingredient(pool=PoolKey(warehouse=warehouse, sku=sku), units=1),)
    return tuple(
        Ingredient(pool=PoolKey(warehouse=warehouse, sku=rule.item), units=rule.units)
        for rule in rules
    )


def _problem(seen: ListingSeen, problem: Problem, remedy: str) -> MappingProblem:
    return MappingProblem(key=seen.key, seller_sku=seen.seller_sku, problem=problem, remedy=remedy)


def _unmapped_remedy(unknown: list[PoolKey], items: Collection[PoolKey]) -> str:
    twins = sorted(
        str(item)
        for item in items
        for pool in unknown
        if item.warehouse == pool.warehouse and item.sku.casefold() == pool.sku.casefold()
    )
    missing = ", ".join(str(pool) for pool in unknown)
    if twins:
        return f"no feed names {missing}, but {', '.join(twins)} differs only in letter case"
    return f"no accepted feed names {missing}: map the SKU or have the partner report it"
