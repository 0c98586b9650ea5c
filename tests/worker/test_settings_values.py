"""Rules and connectors are handed the values that the settings declare."""

from datetime import UTC
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    AsOfSource,
    DeductsAt,
    Dialect,
    Encoding,
    FeedKind,
    TextForm,
)
from reconciliation.feed_gate import GateLimits, HeaderRule
from reconciliation.policy import GuardPolicy
from reconciliation.position import FeedTerms
from reconciliation.quantities import Sku, SkuCase
from worker.settings.values import (
    dialect,
    feed_terms,
    gate_limits,
    partner_of,
    policy_book,
    warehouse_map,
)

from .settings_rig import Change, load


AS_OF = 'as_of_column = "as_of"'


def feed(more: str) -> Change:
    """More settings of the feed."""
    return (AS_OF, f"{AS_OF}\n{more}")


def test_a_policy_follows_the_overrides(tmp_path: Path) -> None:
    """A SKU that an override's pattern matches has its changes."""
    book = policy_book(load(tmp_path))

    policy = book.for_listing(shop="us", partner="lumen", sku=Sku("TEE-1"))
    assert policy == GuardPolicy(safety_units_min=2)


def test_patterns_follow_the_case_rule(tmp_path: Path) -> None:
    """Where SKUs are compared in capitals, a pattern in small letters still matches."""
    settings = load(
        tmp_path,
        ("[guard]", '[catalog]\nsku_case = "upper"\n[guard]'),
        ("TEE-*", "tee-*"),
    )

    policy = policy_book(settings).for_pool(partner="lumen", sku=Sku("TEE-1"))
    assert policy.safety_units_min == 2


def test_terms_are_those_of_the_feed(tmp_path: Path) -> None:
    """What the number means and how late the partner is."""
    settings = load(tmp_path, feed('deducts_at = "pack"\nposting_lag_s = 60\norder_lag_s = 30'))

    assert feed_terms(settings, "east") == FeedTerms(
        kind=FeedKind.ON_HAND, deducts_at=DeductsAt.PACK, posting_lag_s=60, order_lag_s=30
    )


def test_a_dialect_is_that_of_the_feed(tmp_path: Path) -> None:
    """The form of the file, with the case rule of the catalog and the clocks' tolerance."""
    settings = load(
        tmp_path,
        feed('delimiter = ";"\nquote = "\'"\nencoding = "cp1252"\nrows_max = 10'),
        (
            "[guard]",
            '[catalog]\nsku_case = "upper"\n[assumptions]\nclock_tolerance_s = 3\n[guard]',
        ),
    )

    assert dialect(settings, "east") == Dialect(
        sku_column="sku",
        quantity_column="units",
        as_of=AsOfColumn(name="as_of"),
        form=TextForm(delimiter=";", quote="'", encoding=Encoding.WINDOWS_1252),
        sku_case=SkuCase.UPPER,
        rows_max=10,
        clock_tolerance_s=3.0,
    )


PATTERN = "(?P<as_of>[0-9]{8})"


@pytest.mark.parametrize(
    ("declared", "source"),
    [
        (
            'as_of_column = "at"\nas_of_zone = "Europe/Berlin"',
            AsOfColumn(name="at", zone=ZoneInfo("Europe/Berlin")),
        ),
        (
            f"as_of_file_name = '{PATTERN}'\nas_of_time_format = '%Y%m%d'",
            AsOfFileName(pattern=PATTERN, time_format="%Y%m%d", zone=UTC),
        ),
        ("as_of_lag_s = 1800", AsOfArrival(lag_s=1800.0)),
    ],
    ids=["column", "file name", "arrival"],
)
def test_a_feed_is_dated_as_declared(tmp_path: Path, declared: str, source: AsOfSource) -> None:
    """By a column, by the file's name, or by its arrival."""
    settings = load(tmp_path, (AS_OF, declared))

    assert dialect(settings, "east").as_of == source


def test_a_gate_is_that_of_the_feed(tmp_path: Path) -> None:
    """Limits that the feed does not name are the defaults."""
    settings = load(tmp_path, feed("gate = { bad_rows_min = 7 }"))

    found = gate_limits(settings, "east")
    assert found == GateLimits(bad_rows_min=7, columns_moved=HeaderRule.NOTE)


@pytest.mark.parametrize(
    ("sku_column", "more", "rule"),
    [
        ('"sku"', "", HeaderRule.NOTE),
        ('["sku", "item"]', "", HeaderRule.NOTE),
        ("1", "", HeaderRule.HOLD),
        ("1", 'gate = { columns_moved = "note" }', HeaderRule.NOTE),
        ('"sku"', 'gate = { columns_moved = "hold" }', HeaderRule.HOLD),
    ],
)
def test_moved_columns_wait_where_one_is_told_by_its_place(
    tmp_path: Path, sku_column: str, more: str, rule: HeaderRule
) -> None:
    """Another column would be read in its place, unless somebody has declared that it may."""
    settings = load(tmp_path, feed(more), ('"sku"', sku_column))

    assert gate_limits(settings, "east").columns_moved is rule


def test_warehouses_are_found_by_shop_and_id(tmp_path: Path) -> None:
    """Every id that a shop knows leads to the partner's warehouse."""
    assert warehouse_map(load(tmp_path)) == {
        ("us", "11"): "EAST",
        ("us", "12"): "EAST",
        ("uk", "21"): "EAST",
    }


def test_a_partner_is_found_by_warehouse(tmp_path: Path) -> None:
    """Whose warehouse it is."""
    assert partner_of(load(tmp_path), "EAST") == "lumen"
