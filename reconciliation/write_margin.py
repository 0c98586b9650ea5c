"""What a write of ours may give back: units that are sold while it is on its way (W6)."""

import math
from itertools import accumulate

from .demand import Demand
from .order_counts import compound
from .quantities import Units


def margin_units(demand: Demand, window_s: float, price: float) -> Units:
    """Return the units that a write may give back: sold while it was on its way (W6).

    The smallest number that is exceeded with a chance of at most 1 / (1 + price).
    """
    if demand.orders_per_s <= 0.0 or window_s <= 0.0:
        return 0
    sizes = tuple(enumerate(demand.sizes, start=1))
    mean = demand.orders_per_s * window_s
    most = _units_max(mean, demand)
    sums = accumulate(compound(mean, demand.shape, sizes, most))
    level = price / (1.0 + price)
    return next((units for units, chance in enumerate(sums) if chance >= level), most)


def _units_max(mean: float, demand: Demand) -> Units:
    """Return a number of units that a count of this mean hardly ever exceeds."""
    spread = math.sqrt(mean + mean * mean / demand.shape)
    return math.ceil((mean + 10.0 * spread + 1.0) * len(demand.sizes))
