"""The metrics that dashboards and rules may ask for."""

_GAUGES = """
feed_age_seconds{feed,warehouse,partner}
feed_lateness_seconds{feed,warehouse,partner}
feed_rows{feed,fate}
listings{shop,state}
unmapped_listings{shop}
ats_units{warehouse}
exposure_units{warehouse}
safety_stock_units{warehouse}
shortage_units{warehouse}
oversold_units{warehouse}
unsettled_writes{shop,outcome}
unsettled_write_age_seconds{shop}
work_due{queue}
work_age_seconds{queue}
ledger_age_seconds{shop}
shop_writes_enabled{shop}
shop_in_trouble{shop}
quota_limit_calls_per_second{}
orders_in_window{shop}
expected_cancelled_orders{shop,cause}
projected_sfcr_ratio{shop,cause}
sfcr_limit_ratio{shop}
item_expected_cancelled_orders{warehouse,sku}
item_shortage_units{warehouse,sku}
state_read_age_seconds{}
"""
_COUNTERS = """
push_outcomes_total{shop,outcome}
bound_breaches_total{shop}
guard_changes_total{shop,state}
webhooks_total{type,outcome}
tiktok_calls_total{shop,operation,outcome}
feed_files_total{feed,ruling}
feed_rows_total{feed,fate}
step_failures_total{queue}
api_requests_total{route,method,status}
"""
_HISTOGRAMS = """
tiktok_call_duration_seconds{operation}
fact_to_confirmed_seconds{shop}
"""


def _parsed(text: str) -> dict[str, tuple[str, ...]]:
    pairs = (line.rstrip("}").split("{") for line in text.split())
    return {
        f"oversell_guard_{name}": tuple(labels.split(",") if labels else ())
        for name, labels in pairs
    }


HISTOGRAMS = _parsed(_HISTOGRAMS)
"""Histograms and their labels, by exposed name without `_bucket` and the like."""

FIGURES = _parsed(_GAUGES) | _parsed(_COUNTERS)
"""Gauges and counters with their labels, by exposed name."""

SERIES = FIGURES | {
    f"{name}{end}": (*labels, "le") if end == "_bucket" else labels
    for name, labels in HISTOGRAMS.items()
    for end in ("_bucket", "_sum", "_count")
}
"""Every name that a query may use, and the labels it has."""
