"""The queries of dashboards and rules ask for what there is, and count each figure once."""

import re

import pytest

from .known_metrics import FIGURES, SERIES
from .written import Query, choices, queries


# Each exporter's own age: which of them cannot read is what matters.
OF_EACH_EXPORTER = {"StateUnread"}

METRIC = re.compile(r"\boversell_guard_\w+")
SELECTOR = re.compile(r"\b(oversell_guard_\w+)\{([^}]*)\}")
MATCHER = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)")
# An aggregation that makes one figure of the same figure from several exporters.
ONE_FIGURE = re.compile(
    r"(?:\b(?:max|min) without \(instance, job, pod\) |\b(?:max|group) by \([^)]*\) "
    r"|\bmax |\bgroup |\babsent)\((?:(?:rate|increase|max_over_time|min_over_time)\()?$"
)


@pytest.mark.parametrize("query", [*queries(), *choices()], ids=str)
def test_a_query_asks_for_metrics_that_are_there(query: Query) -> None:
    """Every metric in a query is in the catalogue, under exactly this name."""
    assert set(METRIC.findall(query.text)) <= set(SERIES)


@pytest.mark.parametrize("query", queries(), ids=str)
def test_a_query_chooses_by_labels_that_are_there(query: Query) -> None:
    """Every label that a query selects by is one of the metric's."""
    strange = [
        (name, label)
        for name, matchers in SELECTOR.findall(query.text)
        for label in MATCHER.findall(matchers)
        if label not in SERIES[name]
    ]

    assert strange == []


@pytest.mark.parametrize("query", queries(), ids=str)
def test_a_query_counts_each_figure_once(query: Query) -> None:
    """Where several exporters show a figure, one is made of it before anything else."""
    counted_twice = [
        found.group()
        for found in METRIC.finditer(query.text)
        if query.place not in OF_EACH_EXPORTER
        and not ONE_FIGURE.search(query.text[: found.start()])
    ]

    assert counted_twice == []


def test_every_figure_is_shown_or_watched() -> None:
    """Nothing is measured that no dashboard shows and no rule watches."""
    asked = {name for query in queries() for name in METRIC.findall(query.text)}

    assert set(FIGURES) - asked == set()
