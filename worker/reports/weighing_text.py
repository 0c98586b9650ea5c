"""Why so much is held back and shown twice, in sentences: the budget, its prices, and the race."""

import math
from collections.abc import Iterator, Mapping

from reconciliation.board import Board
from reconciliation.budget import ORDERS_PER_BUDGET, Cause, Prices
from reconciliation.catalog import PoolKey
from reconciliation.crowd import Crowd
from reconciliation.decline_law import SECONDS_PER_HOUR
from reconciliation.overlapping import race_now
from reconciliation.policy import GuardPolicy, OverlapRule, Pricing
from reconciliation.race_terms import RaceTerms

from .moments import span_text


LEAST_ORDERS = 0.001
"""Of fewer orders no number is told."""

_FAILS = {
    Cause.DECLINE: "units are not where the partner's figure has them",
    Cause.RACE: "two listings sold the same unit",
    Cause.WRITE: "a quantity of ours gave back what was sold meanwhile",
}
_BUYS = {
    Cause.DECLINE: "what is held back covers that in {covered} of cases",
    Cause.RACE: "the dearer it is, the less is shown twice near zero",
    Cause.WRITE: "beside a quantity that is raised there is room for that in {covered} of cases",
}


def budget_texts(
    policy: GuardPolicy, prices: Prices, factors: Mapping[Cause, float]
) -> Iterator[str]:
    """Yield, for each cause of cancelled orders, what is allowed of it and what it costs."""
    for cause in Cause:
        price = prices.of(cause)
        buys = _BUYS[cause].format(covered=f"{price / (1.0 + price):.2%}")
        because = _because(policy, factors.get(cause, 1.0))
        allowed = _allowed(policy, cause)
        yield f"{allowed}: such an order weighs {price:.3g} lost sales{because}; {buys}"


def _allowed(policy: GuardPolicy, cause: Cause) -> str:
    if policy.pricing is Pricing.NEWSVENDOR:
        return f"orders that fail because {_FAILS[cause]}"
    orders = policy.budget.ratio(cause) * ORDERS_PER_BUDGET
    return f"{orders:g} of {ORDERS_PER_BUDGET} orders may fail because {_FAILS[cause]} ({cause})"


def _because(policy: GuardPolicy, factor: float) -> str:
    """Return what made of a price what it is."""
    if policy.pricing is Pricing.NEWSVENDOR:
        return ", as a person set it (cancellation_price)"
    if factor == 1.0:
        return ""
    happened = "more failed of late than may" if factor > 1.0 else "fewer failed of late than may"
    return f", {factor:.2g} times the first price, since {happened}"


def race_texts(board: Board, pool: PoolKey, policy: GuardPolicy) -> Iterator[str]:
    """Yield what a pool's listings may show of the same units, and what that costs."""
    terms, now = board.pools[pool].race, race_now(board, pool)
    if terms is None or now is None:
        yield f"{pool}: each unit is promised once{_why_strict(policy)}"
        return
    yield (
        f"{pool}: its listings show {sum(now.caps)} of {board.goods_units(pool)}; of "
        f"{ORDERS_PER_BUDGET} orders {_orders(now.risk_orders)} would be cancelled for that, and "
        f"{_orders(now.lost_orders)} are lost to listings that show too little"
    )
    yield f"{pool}: {_windows(terms, closely=now.read_closely)}"
    if len(now.caps) > 1:
        yield f"{pool}: {_crowd(terms.crowd)}"
    yield f"{pool}: new stock is expected about every {span_text(terms.restock_every_s)}"


def _orders(ratio: float) -> str:
    """Return a share of orders as how many they are of those that a budget is told for."""
    orders = ratio * ORDERS_PER_BUDGET
    return "hardly any" if orders < LEAST_ORDERS else f"{orders:.2g}"


def _why_strict(policy: GuardPolicy) -> str:
    if policy.overlap is OverlapRule.STRICT:
        return " (overlap = strict)"
    if policy.is_strict:
        return " (the budget, or its share for races or for writes, is 0)"
    return (
        ": a shop's policy asks for that, units are kept for somebody, no feed has named it, or a "
        f"listing has been watched for less than {span_text(policy.watched_s_min)}"
    )


def _windows(terms: RaceTerms, *, closely: bool) -> str:
    windows = terms.close_windows if closely else terms.windows
    mean_s = math.fsum(window.chance * window.seconds for window in windows)
    longest_s = max(window.seconds for window in windows)
    how = "while they are read closely" if closely else "by webhooks and polls"
    return (
        f"after an order the other listings show less within {mean_s:.3g} s on average, "
        f"{longest_s:.3g} s at the longest, {how}"
    )


def _crowd(crowd: Crowd) -> str:
    """Return how many more orders follow an order than the forecasts tell, and why."""
    beside = crowd.orders_per_s * SECONDS_PER_HOUR
    return (
        f"buyers come together: right after an order {crowd.factor:.2g} times what is forecast "
        f"for the goods is expected, and {beside:.2g} orders an hour beside"
    )
