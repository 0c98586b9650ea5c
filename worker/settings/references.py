"""What one section says of another: names that must exist, things that may be said once.

Works on tables that are not yet checked, so that these faults are listed together with all
others; what has the wrong form here has its own fault elsewhere.
"""

from collections.abc import Collection, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from .environment import Values
from .faults import Finding, Loc, did_you_mean
from .model import ShopMode


def reference_findings(values: Values) -> Iterator[Finding]:
    """Find every name that leads nowhere and every contradiction between sections."""
    return chain(
        _shops_without_tokens(values),
        _warehouses(values),
        _warehouse_ids_twice(values),
        _feeds(values),
        _overrides(values),
        _mapping_file(values),
    )


def table_of(values: Values, name: str) -> dict[str, Values]:
    """Return the entries of a section that are tables, by name."""
    section = values.get(name)
    entries = section.items() if isinstance(section, dict) else ()
    return {key: entry for key, entry in entries if isinstance(entry, dict)}


def overrides_of(values: Values) -> dict[int, Values]:
    """Return the overrides that are tables, by position."""
    section = values.get("overrides")
    entries = enumerate(section) if isinstance(section, list | tuple) else ()
    return {position: entry for position, entry in entries if isinstance(entry, dict)}


def _shops_without_tokens(values: Values) -> Iterator[Finding]:
    """Find shops that are half connected here; one that is not at all is so by `shop add`."""
    for name, shop in table_of(values, "shops").items():
        has_token, has_cipher = bool(shop.get("access_token")), bool(shop.get("cipher"))
        if shop.get("mode") == ShopMode.WRITE and has_cipher and not has_token:
            yield Finding(
                loc=("shops", name, "access_token"),
                problem="is missing, and the shop is to be written to",
                remedy='add access_token = { env = "NAME" }, or take out cipher too and '
                f"run `shop add {name}`",
            )
        if has_token and not has_cipher:
            yield Finding(
                loc=("shops", name, "cipher"),
                problem="is missing beside the access token",
                remedy=f"add the shop's cipher, or take out its tokens and run `shop add {name}`",
            )


def _warehouses(values: Values) -> Iterator[Finding]:
    for code, warehouse in table_of(values, "warehouses").items():
        loc = ("warehouses", code)
        yield from _unknown(values, "partners", warehouse.get("partner"), (*loc, "partner"))
        for shop in _warehouse_ids(warehouse):
            yield from _unknown(values, "shops", shop, (*loc, "tiktok_warehouse_ids", shop))


def _warehouse_ids(warehouse: Values) -> dict[str, Any]:
    ids = warehouse.get("tiktok_warehouse_ids")
    return ids if isinstance(ids, dict) else {}


def _warehouse_ids_twice(values: Values) -> Iterator[Finding]:
    owners: dict[tuple[str, str], str] = {}
    for code, warehouse in table_of(values, "warehouses").items():
        for shop, ids in _warehouse_ids(warehouse).items():
            for each in ids if isinstance(ids, list | tuple) else ():
                owner = owners.setdefault((shop, str(each)), code)
                if owner != code:
                    yield Finding(
                        loc=("warehouses", code, "tiktok_warehouse_ids", shop),
                        problem=f"TikTok warehouse {each} of shop {shop} is also that of {owner}",
                        remedy=f"leave it to one of {owner} and {code}",
                    )


def _feeds(values: Values) -> Iterator[Finding]:
    fed: dict[str, str] = {}
    for name, feed in table_of(values, "feeds").items():
        loc = ("feeds", name, "warehouse")
        warehouse = feed.get("warehouse")
        yield from _unknown(values, "warehouses", warehouse, loc)
        if isinstance(warehouse, str) and fed.setdefault(warehouse, name) != name:
            yield Finding(
                loc=loc,
                problem=f"warehouse {warehouse} has two feeds, {fed[warehouse]} and {name}",
                remedy="keep one of them: two would overwrite each other's stock",
            )


def _overrides(values: Values) -> Iterator[Finding]:
    for position, override in overrides_of(values).items():
        for key, section in (("shop", "shops"), ("partner", "partners")):
            if override.get(key):
                loc = ("overrides", position, key)
                yield from _unknown(values, section, override[key], loc)


def _unknown(values: Values, section: str, name: object, loc: Loc) -> Iterator[Finding]:
    known: Collection[str] = values[section] if isinstance(values.get(section), dict) else ()
    if isinstance(name, str) and name not in known:
        yield Finding(
            loc=loc,
            problem=f"there is no {section.removesuffix('s')} {name!r}",
            remedy=did_you_mean(name, known) if known else f"add [{section}.{name}]",
        )


def _mapping_file(values: Values) -> Iterator[Finding]:
    catalog = values.get("catalog")
    named = catalog.get("mapping_file") if isinstance(catalog, dict) else None
    if isinstance(named, str) and not Path(named).is_file():
        yield Finding(
            loc=("catalog", "mapping_file"),
            problem=f"there is no file {named}",
            remedy="put it there (shop,seller_sku,item,units), or take the setting out",
        )
