"""One budget of cancelled orders, and the price that it puts on each cause of them (design 3.4).

Theory of operation
-------------------
Whatever the guard decides, it weighs a cancelled order like `price` lost sales. A higher price
lets fewer orders go wrong, nearly in proportion: what is held back against a decline is exceeded
with the chance 1 / (1 + price), and so is a write's margin. That is all the model there is:

    oversold orders per order taken = ease / price

A person gives the budget, how many of 10,000 orders may end so, and the share of each cause. The
usual budget is taken to be kept at the policy's `cancellation_price`, or a part of it, by cause;
half the budget doubles it. From there on what happened decides. An order that was oversold at a
price says as much of the ease as that price, whatever the prices were before and after; so the
mean of that over all orders taken is the ease, unbiased. It leans on the first guess with the
weight of `PRIOR_ORDERS` (a gamma distribution whose mean is the budget). The price that follows
keeps the budget in the long run even where the model is wrong: it stands still only where as many
orders are oversold as may be.

A shop that oversells more than its budget so raises its price itself, and a quiet one lets it fall
and shows more. Both ends are bounded by `FACTOR_MAX`, and the price moves in steps, so that a
decision need not be made anew for each order.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


ORDERS_PER_BUDGET = 10_000
"""A budget is told for so many orders."""

PRIOR_ORDERS = 20_000.0
"""Orders that the first guess is worth; by default one may go wrong on two of its days."""

FACTOR_MAX = 4.0
"""What happened may raise a price so many times, and lower it as much."""

STEP_RATIO = 1.1
"""Prices lie this far apart: their steps cost less than their being always new."""

PRICE_MAX = 1e6
"""The highest price: a cancelled order that must not be."""

SHARES_TOLERANCE = 1e-6
"""Three written numbers sum to 1 within this."""


class Cause(StrEnum):
    """Why an order cannot be filled, as the budget has it: each has a share of that name."""

    DECLINE = "decline_risk"
    """Units are not where the partner's figure has them."""
    RACE = "race_risk"
    """Two listings sold the same unit before one of them showed less."""
    WRITE = "write_risk"
    """A quantity that we wrote gave back units that had been sold meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationBudget:
    """How many of 10,000 orders may be cancelled for want of goods, and the share of each cause.

    Raises `ValueError` for what is no number, or shares that do not sum to 1.
    """

    cancelled_per_10k: float = 1.0
    decline_risk: float = 0.4
    race_risk: float = 0.5
    write_risk: float = 0.1

    def __post_init__(self) -> None:
        """Refuse what is no budget."""
        shares = (self.decline_risk, self.race_risk, self.write_risk)
        if not 0.0 <= self.cancelled_per_10k <= ORDERS_PER_BUDGET:
            raise ValueError(f"cancelled_per_10k must lie between 0 and {ORDERS_PER_BUDGET}")
        if not min(shares) >= 0.0 or not abs(math.fsum(shares) - 1.0) <= SHARES_TOLERANCE:
            raise ValueError("decline_risk, race_risk and write_risk must sum to 1, none below 0")

    def ratio(self, cause: Cause) -> float:
        """Return how many of all orders may be cancelled because of this, at most 1."""
        share: float = getattr(self, cause.value)
        return self.cancelled_per_10k * share / ORDERS_PER_BUDGET


USUAL_BUDGET = CancellationBudget()
"""What is taken to be kept at the policy's `cancellation_price`, each cause at its part of it."""

USUAL_PART = {Cause.DECLINE: 1.0, Cause.RACE: 0.15, Cause.WRITE: 0.15}
"""What a cause needs of that price. In a race only moments count: it goes wrong seldom enough far
below the level at which stock is held back: tried on recorded orders, quiet and in rushes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What happened of late: orders taken, and of these oversold ones by cause.

    An oversold order counts as the factor that its price had at the time: twice, where what had
    happened before had doubled it. Orders of long ago may count for less than one.
    """

    orders: float = 0.0
    oversold_orders: Mapping[Cause, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse what cannot have happened. Raises `ValueError`."""
        if not all(count >= 0.0 for count in (self.orders, *self.oversold_orders.values())):
            raise ValueError("an account counts orders: none of its numbers is below 0")


NOTHING_HAPPENED = Account()
"""The account of the first day: every price is the first guess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """How many lost sales a cancelled order weighs, by its cause; each is at least 1."""

    decline: float
    race: float
    write: float

    def of(self, cause: Cause) -> float:
        """Return the price of one cause."""
        return {Cause.DECLINE: self.decline, Cause.RACE: self.race, Cause.WRITE: self.write}[cause]


def prices_of(
    budget: CancellationBudget, factors: Mapping[Cause, float], *, cancellation_price: float
) -> Prices:
    """Return the prices under a budget, the usual one of which is kept at `cancellation_price`."""
    found = {
        cause: first_price(budget, cause, cancellation_price=cancellation_price)
        * factors.get(cause, 1.0)
        for cause in Cause
    }
    bounded = {cause: min(max(price, 1.0), PRICE_MAX) for cause, price in found.items()}
    return Prices(
        decline=bounded[Cause.DECLINE], race=bounded[Cause.RACE], write=bounded[Cause.WRITE]
    )


def flat_prices(cancellation_price: float) -> Prices:
    """Return the prices where a person sets the price, whatever happens (newsvendor mode)."""
    return Prices(decline=cancellation_price, race=cancellation_price, write=cancellation_price)


def first_price(budget: CancellationBudget, cause: Cause, *, cancellation_price: float) -> float:
    """Return the price of a cause before anything has happened; a budget of 0 has the highest."""
    allowed = budget.ratio(cause)
    if allowed <= 0.0:
        return PRICE_MAX
    usual = cancellation_price * USUAL_PART[cause]
    return min(usual * USUAL_BUDGET.ratio(cause) / allowed, PRICE_MAX)


def factors_of(budget: CancellationBudget, account: Account) -> dict[Cause, float]:
    """Return how many times the first price each cause has now, after what happened."""
    return {cause: _factor(budget.ratio(cause), account, cause) for cause in Cause}


def _factor(allowed: float, account: Account, cause: Cause) -> float:
    """Return the posterior mean of oversold orders at the first price, over what is allowed."""
    if allowed <= 0.0:
        return 1.0
    oversold = allowed * PRIOR_ORDERS + account.oversold_orders.get(cause, 0.0)
    factor = oversold / (PRIOR_ORDERS + account.orders) / allowed
    steps = round(math.log(min(max(factor, 1.0 / FACTOR_MAX), FACTOR_MAX), STEP_RATIO))
    return float(STEP_RATIO**steps)
