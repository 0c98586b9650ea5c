"""How many orders, and lots of goods, come in a span: negative binomial numbers and their sums.

A count whose rate is only known as a gamma variable is negative binomial: more spread than a
Poisson number, which it is where the shape is infinite.
"""

import math
from itertools import accumulate


REMAINING = 1e-12
"""A tail chance that is taken for none."""


def after_an_order(mean: float, shape: float) -> float:
    """Return the mean of a count after an order was placed: a high rate is likelier then."""
    return mean * (1.0 + 1.0 / shape)


def chance_of_orders(orders: int, mean: float, shape: float) -> float:
    """Return a bound on the chance of `orders` or more; 1 where it says nothing."""
    if mean <= 0.0:
        return 0.0
    # `growth`: each number above is at most so much as likely as the one below it.
    if math.isfinite(shape):
        ratio = mean / (shape + mean)
        growth = max(ratio * (shape + orders) / (orders + 1.0), ratio)
        log_chance = (
            math.lgamma(shape + orders)
            - math.lgamma(shape)
            - math.lgamma(orders + 1.0)
            + orders * math.log(ratio)
            + shape * math.log1p(-ratio)
        )
    else:
        growth = mean / (orders + 1.0)
        log_chance = orders * math.log(mean) - mean - math.lgamma(orders + 1.0)
    if growth >= 1.0:
        return 1.0
    return math.exp(min(log_chance, 0.0)) / (1.0 - growth)


def chances_beyond(
    mean: float, shape: float, sizes: tuple[tuple[int, float], ...], most: int
) -> list[float]:
    """Return the chance that more than 0, 1, 2 … lots are ordered, below `most`."""
    sums = accumulate(compound(mean, shape, sizes, most - 1))
    return [max(1.0 - each, 0.0) for each in sums]


def compound(
    mean: float, shape: float, sizes: tuple[tuple[int, float], ...], most: int
) -> list[float]:
    """Return the chances of 0, 1, 2 … lots in a negative binomial number of orders.

    Panjer's recursion; a Poisson number where the shape is infinite. It ends at `most`, or where
    hardly any chance is left.
    """
    if math.isfinite(shape):
        ratio = mean / (shape + mean)
        first, growth = math.exp(shape * math.log1p(-ratio)), (shape - 1.0) * ratio
    else:
        ratio, first, growth = 0.0, math.exp(-mean), mean
    chances, reached = [first], first
    weights = [(size, ratio * chance, growth * size * chance) for size, chance in sizes]
    for lots in range(1, most + 1):
        if reached > 1.0 - REMAINING:
            break
        next_chance = 0.0
        for size, flat, steep in weights:
            if size <= lots:
                next_chance += (flat + steep / lots) * chances[lots - size]
        chances.append(next_chance)
        reached += next_chance
    return chances
