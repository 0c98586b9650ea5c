"""From settings to the values that rules and connectors take. Pure; names are looked up."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC

from reconciliation.feed import (
    AsOfArrival,
    AsOfColumn,
    AsOfFileName,
    AsOfSource,
    Dialect,
    FileForm,
    JsonForm,
    JsonLayout,
    QuantityRule,
    SheetForm,
    TextForm,
    WarehouseColumn,
)
from reconciliation.feed_coverage import Coverage, FeedScope
from reconciliation.feed_gate import GateLimits
from reconciliation.market import rule_of
from reconciliation.policy import Assumptions, GuardPolicy, Override, PolicyBook
from reconciliation.position import FeedTerms
from reconciliation.quantities import SkuCase

from .feeds import FeedSettings
from .formats import FileFormat
from .model import Settings


def policy_book(settings: Settings) -> PolicyBook:
    """Return the policy with its overrides, whose SKU patterns follow the SKU case rule."""
    return policy_book_of(
        settings.guard, settings.overrides, settings.assumptions, settings.catalog.sku_case
    )


def policy_book_of(
    defaults: GuardPolicy, overrides: Iterable[Override], assumptions: Assumptions, case: SkuCase
) -> PolicyBook:
    """Return a policy whose SKU patterns follow the SKU case rule."""
    return PolicyBook(
        defaults=defaults,
        overrides=tuple(_by_case(each, case) for each in overrides),
        assumptions=assumptions,
    )


def _by_case(override: Override, case: SkuCase) -> Override:
    return Override(
        shop=override.shop,
        partner=override.partner,
        sku_pattern=normal_pattern(override.sku_pattern, case),
        changes=override.changes,
    )


def normal_pattern(pattern: str, case: SkuCase) -> str:
    """Return a SKU pattern as SKUs are written here."""
    composed = unicodedata.normalize("NFC", pattern)
    return composed.upper() if case is SkuCase.UPPER else composed


def feed_terms(settings: Settings, feed: str) -> FeedTerms:
    """Return what a feed's number means. Raises `KeyError` for a feed that is not there."""
    declared = settings.feeds[feed]
    return FeedTerms(
        kind=declared.kind,
        deducts_at=declared.deducts_at,
        posting_lag_s=declared.posting_lag_s,
        order_lag_s=declared.order_lag_s,
        expected_every_s=declared.expected_every_s,
        clock_tolerance_s=declared.clock_tolerance_s or 0.0,
    )


def dialect(settings: Settings, feed: str) -> Dialect:
    """Return the form of a feed's files. Raises `KeyError` for a feed that is not there."""
    return dialect_of(
        settings.feeds[feed],
        sku_case=settings.catalog.sku_case,
        clock_tolerance_s=settings.assumptions.clock_tolerance_s,
    )


def dialect_of(declared: FeedSettings, *, sku_case: SkuCase, clock_tolerance_s: float) -> Dialect:
    """Return the form that a feed declares. Raises `ValueError` if it contradicts itself.

    `clock_tolerance_s` is that of all clocks, which a feed may declare otherwise for its own.
    """
    return Dialect(
        sku_column=declared.sku_column,
        quantity_column=declared.quantity_column,
        as_of=_as_of(declared),
        warehouse=_warehouse(declared),
        form=_form(declared),
        compression=declared.compression,
        skip_lines=declared.skip_lines,
        header_lines=declared.header_lines,
        quantity=QuantityRule(
            thousands_mark=declared.thousands_mark,
            decimal_mark=declared.decimal_mark,
            words=tuple(declared.quantity_words.items()),
            negative=declared.negative,
        ),
        sku_case=sku_case,
        sku_digits=declared.sku_digits,
        bytes_max=declared.bytes_max,
        rows_max=declared.rows_max,
        clock_tolerance_s=(
            clock_tolerance_s if declared.clock_tolerance_s is None else declared.clock_tolerance_s
        ),
    )


def _form(declared: FeedSettings) -> FileForm:
    if declared.format is FileFormat.XLSX:
        return SheetForm(sheet=declared.sheet)
    if declared.format is FileFormat.TEXT:
        return TextForm(
            delimiter=declared.delimiter,
            quote=declared.quote,
            encoding=declared.encoding,
            line_letters_max=declared.line_letters_max,
        )
    lines = declared.format is FileFormat.NDJSON
    return JsonForm(
        layout=JsonLayout.LINES if lines else JsonLayout.ARRAY,
        rows_at=declared.rows_at,
        encoding=declared.encoding,
    )


def _warehouse(declared: FeedSettings) -> WarehouseColumn | None:
    if declared.warehouse_column is None:
        return None
    return WarehouseColumn(
        column=declared.warehouse_column,
        codes=declared.warehouse_codes,
        others=declared.other_warehouse_codes,
    )


def _as_of(declared: FeedSettings) -> AsOfSource:
    if declared.as_of_column is not None:
        return AsOfColumn(name=declared.as_of_column, zone=declared.as_of_zone)
    if declared.as_of_file_name is not None:
        return AsOfFileName(
            pattern=declared.as_of_file_name,
            time_format=declared.as_of_time_format or "",
            zone=declared.as_of_zone or UTC,
        )
    return AsOfArrival(lag_s=declared.as_of_lag_s or 0.0)


def gate_limits(settings: Settings, feed: str) -> GateLimits:
    """Return from where on a feed's file waits for a person. Raises `KeyError`.

    A delta leaves most SKUs out, so that none of them is lost.
    """
    declared = settings.feeds[feed]
    columns = dialect(settings, feed).columns
    by_place = any(isinstance(column, int) for column in columns)
    limits = declared.gate.for_columns(by_place=by_place)
    if declared.scope is FeedScope.DELTA:
        return replace(limits, kept_share_min=0.0)
    return limits


def coverage(settings: Settings, feed: str) -> Coverage:
    """Return what a feed's files say of what is not in them. Raises `KeyError`."""
    return coverage_of(settings.feeds[feed])


def coverage_of(declared: FeedSettings) -> Coverage:
    """Return what a feed declares of it. Raises `ValueError` if it contradicts itself."""
    return Coverage(
        scope=declared.scope,
        missing_rows=declared.missing_rows,
        zero_after_files=declared.zero_after_files,
    )


def warehouse_map(settings: Settings) -> dict[tuple[str, str], str]:
    """Return the warehouse code of each (shop, TikTok warehouse id)."""
    return {
        (shop, each): code
        for code, warehouse in settings.warehouses.items()
        for shop, ids in warehouse.tiktok_warehouse_ids.items()
        for each in ids
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationLimit:
    """The most that a shop's seller-fault cancellation rate may be, over how many days.

    `source` says where the numbers are from.
    """

    sfcr_limit_ratio: float
    sfcr_window_days: float
    source: str


def cancellation_limit(settings: Settings, shop: str) -> CancellationLimit:
    """Return a shop's limit: its own, else its market's, else that of `[risk]`."""
    own = settings.shops[shop]
    market = rule_of(own.market)
    known = market or settings.risk
    source = market.source if market is not None else "[risk] in the settings"
    if own.sfcr_limit_ratio or own.sfcr_window_days:
        source = f"the shop's own settings; for what they leave out, {source}"
    return CancellationLimit(
        sfcr_limit_ratio=own.sfcr_limit_ratio or known.sfcr_limit_ratio,
        sfcr_window_days=own.sfcr_window_days or known.sfcr_window_days,
        source=source,
    )


def partner_of(settings: Settings, warehouse: str) -> str:
    """Return the partner that keeps a warehouse, empty for one that is not configured."""
    known = settings.warehouses.get(warehouse)
    return known.partner if known is not None else ""
