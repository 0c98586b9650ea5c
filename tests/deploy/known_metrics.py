"""The metrics that dashboards and rules may ask for: those of the catalogue."""

from worker.metrics.catalogue import METRICS
from worker.metrics.metric import Kind


HISTOGRAMS = {each.exposed: each.labels for each in METRICS if each.kind is Kind.HISTOGRAM}
"""Histograms and their labels, by exposed name without `_bucket` and the like."""

FIGURES = {each.exposed: each.labels for each in METRICS if each.kind is not Kind.HISTOGRAM}
"""Gauges and counters with their labels, by exposed name."""

SERIES = FIGURES | {
    f"{name}{end}": (*labels, "le") if end == "_bucket" else labels
    for name, labels in HISTOGRAMS.items()
    for end in ("_bucket", "_sum", "_count")
}
"""Every name that a query may use, and the labels it has."""
