"""How often listings are read that sell the last units of the same goods.

A read of a shop is one call, however many of its listings are nearly gone, and the quota has many
calls to spare. So the pace follows demand with much room: orders come in bunches, and what sells
ten a day may sell two within a second. Only what hardly ever sells is read less often than
the settings allow.
"""

ORDERS_PER_READ = 1e-5
"""How many orders may be expected between two reads, by the mean rate. Chosen by replaying half a
year's orders: nothing is gained where all is read at the fastest pace, and where two hundred times
as many orders fall between reads, two and a half times the sales are lost at thirty times the
recorded pace."""

SLOWED_TIMES = (1, 2, 4, 8, 16)
"""How many times slower than the fastest each pace is."""


def close_paces_s(fastest_s: float) -> tuple[float, ...]:
    """Return how often listings may be read closely, the fastest first: each is twice the last.

    There are few, so that a pace changes seldom.
    """
    return tuple(fastest_s * times for times in SLOWED_TIMES)


def close_read_every_s(orders_per_s: float, fastest_s: float) -> float:
    """Return how often goods are read that are ordered so often, in seconds."""
    paces = close_paces_s(fastest_s)
    slow_enough = (each for each in paces if 2.0 * each * orders_per_s > ORDERS_PER_READ)
    return next(slow_enough, paces[-1])
