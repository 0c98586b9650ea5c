"""Figures in the form in which they are exposed."""

import pytest

from worker.metrics.catalogue import LISTING_GAUGES
from worker.metrics.families import Sample, gauge_families, sample, tally_families


BUCKET, SUM = "fact_to_confirmed_seconds_bucket", "fact_to_confirmed_seconds_sum"
SHOP = '{"shop":"alpha"}'


def within(le: str) -> str:
    """Return the labels of a bucket."""
    return f'{{"le":"{le}","shop":"alpha"}}'


def bucket_counts(tallies: dict[tuple[str, str], float]) -> dict[str, float]:
    """Return how many values are within each bound."""
    (family,) = tally_families(tallies)
    return {each.labels["le"]: each.value for each in family.samples if "le" in each.labels}


def test_buckets_are_cumulated() -> None:
    """A value within a bound is within every higher one; the last holds all."""
    tallies = {(BUCKET, within("0.5")): 2.0, (BUCKET, within("+Inf")): 1.0, (SUM, SHOP): 400.0}
    counts = bucket_counts(tallies)

    assert (counts["0.25"], counts["0.5"], counts["300.0"], counts["+Inf"]) == (0.0, 2.0, 2.0, 3.0)


def test_a_bound_of_another_release_counts_in_the_next_higher() -> None:
    """Buckets may change, and no value that was counted is lost."""
    counts = bucket_counts({(BUCKET, within("0.7")): 1.0, (SUM, SHOP): 0.6})

    assert (counts["0.5"], counts["1.0"], counts["+Inf"]) == (0.0, 1.0, 1.0)


def test_a_tally_of_another_release_is_left_out() -> None:
    """What the catalogue does not know is not shown, nor what had other labels."""
    tallies = {("forgotten", "{}"): 1.0, ("bound_breaches", '{"sku":"TEE"}'): 1.0}

    assert tally_families(tallies) == ()


@pytest.mark.parametrize(
    "each",
    [
        sample("no_such_gauge", 1.0),
        sample("listings", 1.0, shop="alpha"),
        sample("listings", 1.0, shop="alpha", state="open", sku="TEE"),
    ],
)
def test_a_figure_that_the_catalogue_does_not_have_is_refused(each: Sample) -> None:
    """An unknown name or another label is a fault of ours."""
    with pytest.raises(ValueError, match="no gauge here"):
        gauge_families(LISTING_GAUGES, [each])
