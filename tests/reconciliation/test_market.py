"""What each market allows, row by row of the API page's section 7, and that a row can be one."""

import re

import pytest

from reconciliation.market import RULES, CancellationRule, rule_of


@pytest.mark.parametrize(
    ("market", "days"),
    [
        ("US", 30),
        ("GB", 30),
        ("UK", 30),
        ("ID", 7),
        ("TH", 7),
        ("VN", 7),
        ("MY", 7),
        ("PH", 7),
        ("SG", 7),
    ],
)
def test_a_market_counts_over_its_own_days(market: str, days: float) -> None:
    """A month in the US and the UK, a week in South East Asia; two and a half percent of it."""
    rule = rule_of(market)

    assert rule is not None
    assert (rule.sfcr_limit_ratio, rule.sfcr_window_days) == (0.025, days)


@pytest.mark.parametrize("market", [None, "", "XX"])
def test_of_another_market_nothing_is_known(market: str | None) -> None:
    """Nothing is made up for it: the settings decide."""
    assert rule_of(market) is None


@pytest.mark.parametrize("market", RULES)
def test_every_number_has_a_source(market: str) -> None:
    """Whose page, and of when: a number whose source is known can be looked up again."""
    assert re.search(r"(Seller University|Tokopedia).*\d", RULES[market].source)


@pytest.mark.parametrize(("ratio", "days"), [(0.0, 30.0), (1.1, 30.0), (0.025, 0.0)])
def test_a_rule_that_cannot_be_is_refused(ratio: float, days: float) -> None:
    """A limit is a share of the orders of some days."""
    with pytest.raises(ValueError, match=r"share of the orders|some days"):
        CancellationRule(sfcr_limit_ratio=ratio, sfcr_window_days=days, source="a test")
