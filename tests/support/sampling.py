"""Random numbers that the standard library does not draw."""

from random import Random


def poisson(rng: Random, mean: float) -> int:
    """A Poisson number: arrivals until the time is up."""
    count, left = -1, mean
    while left >= 0:
        left -= rng.expovariate(1.0)
        count += 1
    return count
