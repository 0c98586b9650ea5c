"""How often a pool is restocked, where much, little or nothing is known of it."""

import pytest

from reconciliation.decline import DeclineHistory, DeclineTotals
from worker.pool_declines import RESTOCK_PRIOR_S, restock_every_s


WEEK_H = 7 * 24.0
WEEK_S = WEEK_H * 3_600.0
WEEKLY = DeclineTotals(watched_hours=1_000 * WEEK_H, restocks=1_000.0)
"""A partner whose pools were watched for a thousand weeks and restocked in each."""


def test_where_nothing_is_known_new_stock_is_far_away() -> None:
    """So that what is not shown counts as sold later: little is promised twice."""
    assert restock_every_s(DeclineHistory(), DeclineTotals()) == RESTOCK_PRIOR_S


def test_a_new_pool_leans_on_its_partners_others() -> None:
    """Their cadence is the best guess."""
    assert restock_every_s(DeclineHistory(), WEEKLY) == pytest.approx(WEEK_S, rel=0.01)


def test_a_pool_that_is_known_well_has_its_own_cadence() -> None:
    """Restocked every day for a hundred days."""
    daily = DeclineHistory(watched_hours=2_400.0, restocks=100.0)

    assert restock_every_s(daily, WEEKLY) == pytest.approx(86_400.0, rel=0.07)


def test_a_pool_that_was_never_restocked_waits_ever_longer() -> None:
    """A discontinued item: each week that passes is one more."""
    watched = DeclineHistory(watched_hours=10 * WEEK_H)

    assert restock_every_s(watched, WEEKLY) == pytest.approx(11 * WEEK_S, rel=0.01)
