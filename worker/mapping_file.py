"""The mapping file: which item a shop's own SKU stands for, and how many units of it.

A CSV with the columns shop, seller_sku, item, units. An empty or `*` shop means all shops;
several lines for one seller SKU make a bundle.
"""

import csv
from collections.abc import Collection
from pathlib import Path

from reconciliation.catalog import ANY_SHOP, MappingRule, rules_by_sku
from reconciliation.quantities import Sku, SkuCase, UnreadableSku, normal_sku


TOO_MANY = "too many"
"""Under which cells past the last column are found."""

COLUMNS = ("shop", "seller_sku", "item", "units")
"""The columns of a mapping file."""


class MappingFault(ValueError):
    """A mapping file that cannot be used; `faults` names each line at fault and its remedy."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        """Keep the faults, and join them for people."""
        super().__init__("\n".join(f"{path.name}: {fault}" for fault in faults))
        self.faults = tuple(faults)


def read_mapping(
    path: Path | None, case: SkuCase, *, shops: Collection[str]
) -> dict[tuple[str, Sku], tuple[MappingRule, ...]]:
    """Return the rules by shop and seller SKU; none without a file. Raises `MappingFault`.

    `shops` are the configured ones: a line for another shop is a fault, most likely a typo.
    """
    if path is None:
        return {}
    rules, faults = [], []
    for number, cells in _lines(path):
        try:
            rules.append(_rule(cells, case, shops))
        except ValueError as fault:
            faults.append(f"line {number}: {fault}")
    if faults:
        raise MappingFault(path, faults)
    return rules_by_sku(rules)


def _lines(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, restkey=TOO_MANY)
            if tuple(reader.fieldnames or ()) != COLUMNS:
                raise MappingFault(path, [f"line 1: the header must be {','.join(COLUMNS)}"])
            return [(reader.line_num, _whole(row)) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise MappingFault(path, [f"cannot be read: {fault}"]) from fault


def _whole(row: dict[str, str | None]) -> dict[str, str]:
    """Return a row's cells; what a short row lacks is left out, which `_rule` will name."""
    return {name: cell for name, cell in row.items() if cell is not None}


def _rule(cells: dict[str, str], case: SkuCase, shops: Collection[str]) -> MappingRule:
    missing = [name for name in COLUMNS if name not in cells]
    if missing:
        raise ValueError(f"{', '.join(missing)} missing: write four cells a line")
    if TOO_MANY in cells:
        raise ValueError("more than four cells: write four cells a line")
    shop = cells["shop"].strip() or ANY_SHOP
    if shop != ANY_SHOP and shop not in shops:
        raise ValueError(f"the shop {shop!r} is not configured: write one of {', '.join(shops)}")
    units = cells["units"].strip()
    if not (units.isascii() and units.isdigit() and int(units) >= 1):
        raise ValueError(f"units is {units!r}: write a whole number of at least 1")
    try:
        seller_sku = normal_sku(cells["seller_sku"], case)
        item = normal_sku(cells["item"], case)
    except UnreadableSku as fault:
        raise ValueError(str(fault)) from fault
    return MappingRule(
        shop=shop,
        seller_sku=seller_sku,
        item=item,
        units=int(units),
    )
