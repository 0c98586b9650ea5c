"""The demand for a pool: that for its listings together, in units of the pool."""

import math
from functools import lru_cache

from .demand import NO_DEMAND, Demand, Forecast
from .quantities import Units, later
from .sales_history import BURST_LIVES_S


@lru_cache(maxsize=16_384)
def pooled(demands: tuple[tuple[Demand, Units], ...]) -> Demand:
    """Return the demand for a pool of which a sale of each listing takes so many units.

    Its shape is the mean of the listings', the faster ones counting more: a crowd looks at the
    item in all of them, so that what is unsure of one is unsure of all.
    """
    selling = [(demand, units) for demand, units in demands if demand.orders_per_s > 0.0]
    if not selling:
        return NO_DEMAND
    if len(selling) == 1 and selling[0][1] == 1:
        return selling[0][0]
    total = math.fsum(demand.orders_per_s for demand, _ in selling)
    sizes = [0.0] * max(len(demand.sizes) * units for demand, units in selling)
    for demand, units in selling:
        for packs, chance in enumerate(demand.sizes, start=1):
            sizes[packs * units - 1] += demand.orders_per_s / total * chance
    uneven = math.fsum(demand.orders_per_s / demand.shape for demand, _ in selling) / total
    shape = 1.0 / uneven if uneven > 0.0 else math.inf
    return Demand(orders_per_s=total, sizes=tuple(sizes), shape=shape)


def ahead(forecast: Forecast, for_s: float) -> Demand:
    """Return the mean demand of the next `for_s` seconds.

    Beyond the hours of which the last orders tell, only the usual rate is unsure: what makes
    single hours uneven evens out.
    """
    if for_s <= 0.0:
        return forecast.demand
    orders = forecast.expected_orders(forecast.now, later(forecast.now, for_s))
    soon = for_s <= BURST_LIVES_S[-1]
    return Demand(
        orders_per_s=orders / for_s,
        sizes=forecast.demand.sizes,
        shape=forecast.demand.shape if soon else forecast.usual_shape,
    )
