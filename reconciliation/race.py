"""How far listings may promise the same units: the overlap that costs least (design 3.4).

Theory of operation
-------------------
Listings of one pool may each show all of it. As long as stock is plentiful this costs nothing.
Near zero it does: after an order in one shop the others still show the old quantity until our
decreases have landed, and what is sold there meanwhile must be cancelled. Showing less costs
too: whoever finds nothing does not buy. Both are counted per order that is placed:

    cost = lost + price x risk

`price` says how many lost sales one cancelled order weighs. *Risk* is the number of orders that
will be cancelled because of one order: what the listings sell in the reaction window after it,
beyond the units that are left. Windows are a mixture, not their mean: a rare long one carries
most of the risk (counterexample 15). Orders come in clusters, so that after an order more are to
be expected than before: counts are negative binomial, and the order that was placed makes a high
rate likelier (its gamma variable is size-biased). Order sizes count: compound sums are computed
exactly, by Panjer's recursion. Sales of several listings are summed before they are capped, which
never makes the risk smaller.

*Lost* is the share of orders that find too little, times the chance that a unit which they would
have bought is still there when new stock comes: what is sold later anyway is not lost.

What listings may show forms a row of levels, from everything everywhere to each unit once, that
depends on neither rates nor prices (`race_levels`). A step down is worth what it saves, the price
times the risk, less what it loses. Each step, taken for itself, is worth more the more is sold in
all, the longer the windows are and the higher the price is. The level that is chosen is the first
from which no steps further down are worth a write in sum. So no cap grows with demand, windows or
price: that is a law here. Demand of one listing alone is another matter: where a shop begins to
sell, hiding goods there begins to cost.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from .demand import Demand
from .order_counts import chance_of_orders
from .quantities import Units
from .race_cost import Overlap, Sales, cost_of, followers, risk, sales_after, still_there
from .race_levels import Level, level_of, levels
from .race_numbers import Race, in_numbers, ranked
from .race_terms import RaceTerms


WORTH_ORDERS = 0.0005
"""Lost sales per order that steps down must save, or close reads: less is not worth a call."""

STAY_ORDERS = 0.002
"""Lost sales per order that a change of what is shown must save."""

NEGLIGIBLE = 1e-7
"""A cost per order below which there is no race."""


def overlap(units: Units, demands: Sequence[Demand], terms: RaceTerms) -> Overlap:
    """Return the caps that cost least for a pool of `units` that so many listings sell."""
    race = in_numbers(units, demands, terms)
    if units <= 0 or len(demands) < 2 or _no_race(race):  # noqa: PLR2004 - a race takes two
        return Overlap(caps=(max(units, 0),) * len(demands), risk_orders=0.0, lost_orders=0.0)
    best = _chosen(race)
    caps = [0] * len(demands)
    for place, lots in zip(ranked(demands), best.caps, strict=True):
        caps[place] = min(lots * race.lot_units, units)
    return replace(best, caps=tuple(caps))


def priced(
    shown: Sequence[Units],
    units: Units,
    demands: Sequence[Demand],
    terms: RaceTerms,
    *,
    closely: bool = False,
) -> Overlap:
    """Return what it costs to show so much, with the listings read `closely` or not."""
    race = in_numbers(units, demands, terms)
    lots = tuple(-(-shown[place] // race.lot_units) for place in ranked(demands))
    level = level_of(lots, race.shares, race.sizes)
    return replace(cost_of(race, level, closely=closely), caps=tuple(shown))


def is_good_enough(
    shown: Sequence[Units], units: Units, demands: Sequence[Demand], terms: RaceTerms
) -> bool:
    """Tell whether what is shown costs hardly more than the best, so that no write is worth it."""
    if max(shown, default=0) > units:
        return False
    best = overlap(units, demands, terms)
    now = priced(shown, units, demands, terms, closely=best.read_closely)
    return now.total(terms.price) <= best.total(terms.price) + STAY_ORDERS


# -- the level that is chosen -------------------------------------------------------------------


def _no_race(race: Race) -> bool:
    """Tell whether hardly any window could see more orders than all the goods need."""
    if not race.sizes or race.orders_per_s <= 0.0:
        return True
    largest = race.sizes[-1][0]
    orders = math.ceil((race.lots - largest) / largest)
    if orders < 1:
        return False
    longest_s = max(window.seconds for window in race.terms.windows)
    mean = followers(race, 1.0, longest_s)
    return race.terms.price * chance_of_orders(orders, mean, race.shape + 1.0) < NEGLIGIBLE


@lru_cache(maxsize=65_536)
def _chosen(race: Race) -> Overlap:
    """Return the first level from which no steps further down are worth it; caps are in lots."""
    row = levels(race.lots, race.shares, race.sizes)
    closely = bool(race.terms.close_windows) and (
        race.terms.price * risk(race, row[0], race.terms.windows) >= WORTH_ORDERS
    )
    chosen = row[_first_good(_gains(race, row, closely=closely))]
    return cost_of(race, chosen, closely=closely)


def _first_good(gains: Sequence[float]) -> int:
    """Return the first level from which no steps down gain as much as they must in sum.

    `gains[at]` is that of the step down from level `at`.
    """
    first, ahead = len(gains), 0.0
    for at in reversed(range(len(gains))):
        ahead = gains[at] + max(ahead, 0.0)
        if ahead < WORTH_ORDERS:
            first = at
    return first


def _gains(race: Race, row: Sequence[Level], *, closely: bool) -> list[float]:
    """Return what each step down from a level to the next saves, less what it loses.

    The risk saved is counted as if as many orders found enough as before the step. Fewer do, which
    saves a little more; but where everything will be sold anyway, that part shrinks with demand.
    """
    windows = race.terms.close_windows if closely else race.terms.windows
    gains, sales_at = list[float](), dict[tuple[float, ...], Sales]()
    for above, below in pairwise(row):
        if above.found not in sales_at:
            sales_at[above.found] = sales_after(race, above, windows)
        sales = sales_at[above.found]
        saved = sales.beyond(race, above) - sales.beyond(race, below)
        missed = above.found_share - below.found_share
        gains.append(race.terms.price * saved - missed * still_there(race, below))
    return gains
