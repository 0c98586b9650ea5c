"""The catalogue: names that Prometheus takes and people can read, and a page that is current."""

import re

import pytest

from worker.metrics.catalogue import METRICS, TALLIED
from worker.metrics.metric import Kind, Metric
from worker.metrics.table import PLACE, table


COUNTED = {
    "breaches",
    "calls",
    "changes",
    "failures",
    "files",
    "listings",
    "orders",
    "outcomes",
    "requests",
    "rows",
    "webhooks",
    "work",
    "writes",
}
"""Units that are things, counted; the others are units of measure."""


def metric(**changed: object) -> Metric:
    """Return a counter with only what matters."""
    plain: dict[str, object] = {
        "name": "calls",
        "kind": Kind.COUNTER,
        "unit": "calls",
        "help": "Calls.",
    }
    return Metric(**{**plain, **changed})  # type: ignore[arg-type]  # any field may be changed


@pytest.mark.parametrize("each", METRICS, ids=lambda each: each.exposed)
def test_a_name_is_plain_and_prefixed(each: Metric) -> None:
    """Whoever looks for our metrics finds them all by one prefix."""
    assert re.fullmatch(r"oversell_guard_[a-z0-9_]+", each.exposed)


@pytest.mark.parametrize("each", METRICS, ids=lambda each: each.exposed)
def test_a_name_ends_in_its_unit(each: Metric) -> None:
    """A measure ends the name; of things it is enough to name them, of yes or no there is none."""
    ends_in_measure = each.name.endswith(f"_{each.unit}")
    names_things = each.unit in COUNTED and each.unit in each.name.split("_")
    yes_or_no = each.unit == "" and each.name.startswith("shop_")

    assert ends_in_measure or names_things or yes_or_no


@pytest.mark.parametrize("each", METRICS, ids=lambda each: each.exposed)
def test_a_meaning_is_a_sentence(each: Metric) -> None:
    """An operator reads it beside the figure."""
    assert re.fullmatch(r"[A-Z0-9].{20,}\.", each.help)


def test_no_name_is_given_twice() -> None:
    """A gauge and a counter may share a name only because a counter ends in `_total`."""
    names = [each.exposed for each in METRICS]

    assert len(names) == len(set(names))


def test_only_capped_metrics_name_an_item() -> None:
    """Wherever a SKU is a label, the number of items is bounded, and nothing tallied has one."""
    with_sku = {each.name for each in METRICS if "sku" in each.labels}

    assert with_sku == {"item_expected_cancelled_orders", "item_shortage_units"}
    assert not any("sku" in each.labels for each in TALLIED)


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "Calls"},
        {"labels": ("bad-label",)},
        {"unit": "rows"},
        {"buckets": (1.0,)},
        {"kind": Kind.HISTOGRAM},
        {"kind": Kind.HISTOGRAM, "buckets": (2.0, 1.0)},
    ],
)
def test_a_metric_that_cannot_be_is_refused(changed: dict[str, object]) -> None:
    """A fault in the catalogue shows when the program starts, not on a dashboard."""
    with pytest.raises(ValueError, match=r"calls|Calls|bad-label"):
        metric(**changed)


def test_the_page_of_metrics_is_current() -> None:
    """`python -m worker.metrics.table` was run after the last change to the catalogue."""
    assert PLACE.read_text(encoding="utf-8") == table()


def test_the_page_names_every_metric() -> None:
    """Nothing is exposed that nobody can look up."""
    page = table()

    assert [each.exposed for each in METRICS if f"`{each.exposed}`" not in page] == []
