"""Figures in the form that `prometheus_client` exposes: gauges as read, tallies as added up."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import Metric as Family
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

from connectors.store.tallies import TallyKey

from .catalogue import GAUGES, TALLIED
from .metric import Kind, Metric


_GAUGE_FAMILIES = frozenset(each.family for each in GAUGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One figure of a gauge, by the gauge's name and labels."""

    name: str
    labels: Mapping[str, str]
    value: float


def sample(name: str, value: float, **labels: str) -> Sample:
    """Return one figure."""
    return Sample(name=name, labels=labels, value=float(value))


def gauge_families(metrics: Iterable[Metric], samples: Iterable[Sample]) -> tuple[Family, ...]:
    """Return the gauges that have figures, each with all of its own.

    Raises `ValueError` for a figure that no gauge here takes, or with other labels.
    """
    by_name = {metric.name: metric for metric in metrics}
    families = {name: _gauge(metric) for name, metric in by_name.items()}
    for each in samples:
        metric = by_name.get(each.name)
        if metric is None or set(each.labels) != set(metric.labels):
            raise ValueError(f"no gauge here is called {each.name} with {tuple(each.labels)}")
        families[each.name].add_metric([each.labels[n] for n in metric.labels], each.value)
    return tuple(family for family in families.values() if family.samples)


def tally_families(tallies: Mapping[TallyKey, float]) -> tuple[Family, ...]:
    """Return the counters and histograms that were ever counted.

    Tallies that the catalogue does not know, such as those of another release, are left out.
    """
    by_name: dict[str, list[tuple[dict[str, str], float]]] = {}
    for (name, labels), value in tallies.items():
        by_name.setdefault(name, []).append((json.loads(labels), value))
    families = (_tallied(metric, by_name) for metric in TALLIED)
    return tuple(family for family in families if family.samples)


Counted = list[tuple[dict[str, str], float]]
"""Labels, and what was counted under them."""


def _tallied(metric: Metric, by_name: Mapping[str, Counted]) -> Family:
    if metric.kind is Kind.HISTOGRAM:
        buckets, sums = (
            by_name.get(f"{metric.name}_bucket", []),
            by_name.get(f"{metric.name}_sum", []),
        )
        return _histogram(metric, buckets, sums)
    family = _counter(metric)
    for labels, value in by_name.get(metric.name, []):
        if set(labels) == set(metric.labels):
            family.add_sample(metric.exposed, labels, value)
    return family


def _gauge(metric: Metric) -> GaugeMetricFamily:
    return GaugeMetricFamily(metric.family, metric.help, labels=metric.labels, unit=_unit(metric))


def _counter(metric: Metric) -> Family:
    if metric.family in _GAUGE_FAMILIES:
        # OpenMetrics has one family for a gauge and a counter of one name, and one type for it.
        return Family(metric.exposed, metric.help, "unknown")
    return CounterMetricFamily(
        metric.family, metric.help, labels=metric.labels, unit=_unit(metric)
    )


def _histogram(metric: Metric, buckets: Counted, sums: Counted) -> HistogramMetricFamily:
    family = HistogramMetricFamily(
        metric.family, metric.help, labels=metric.labels, unit=_unit(metric)
    )
    for labels, sum_value in sums:
        if set(labels) == set(metric.labels):
            own = {each["le"]: n for each, n in buckets if {**labels, "le": each["le"]} == each}
            family.add_metric(
                [labels[name] for name in metric.labels],
                list(_cumulated(metric, own)),
                sum_value,
            )
    return family


def _cumulated(metric: Metric, counted: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    """Yield how many values are within each bound.

    A bound of another release, which is no longer in the catalogue, counts in the next higher.
    """
    bounds = [*metric.buckets, float("inf")]
    own = [
        sum(n for le, n in counted.items() if low < float(le) <= high)
        for low, high in zip([0.0, *bounds], bounds, strict=False)
    ]
    names = [*(str(bound) for bound in metric.buckets), "+Inf"]
    yield from zip(names, accumulate(own), strict=True)


def _unit(metric: Metric) -> str:
    """Return the unit as OpenMetrics has it: only where the name ends with it."""
    return metric.unit if metric.name.endswith(f"_{metric.unit}") else ""
