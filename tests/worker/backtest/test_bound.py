"""The least that a late sync loses: against enumeration, simulation, and common sense."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from worker.backtest.bound import LatePool, Mood, Prospect, Shown, atomic, best


FOLLOWED = (0.6, 0.3, 0.1)
"""Chances of no follower, of one, and of two: a crowd."""


def pool(*, followers: tuple[float, ...] = FOLLOWED, heads_per_s: float = 1.0) -> LatePool:
    """Return two shops and orders of one or two units."""
    mood = Mood(heads_per_s=heads_per_s, followers=followers)
    return LatePool(moods=(mood,), restocks_per_s=0.2, sizes=(0.7, 0.3), shops=2)


def moody_pool() -> LatePool:
    """Return two shops with a rush now and then."""
    calm = Mood(chance=0.8, heads_per_s=0.3, followers=(1.0,))
    rush = Mood(chance=0.2, heads_per_s=4.0, followers=FOLLOWED)
    return LatePool(
        moods=(calm, rush), restocks_per_s=0.2, sizes=(0.7, 0.3), changes_per_s=0.5, shops=2
    )


# -- every policy, every sequence of orders, written out ----------------------------------------


def outcomes(case: LatePool, shown: Shown, units: int) -> Iterator[tuple[float, int, int, int]]:
    """Yield every course of a head and its followers: its chance, filled, oversold, units left."""
    (mood,) = case.moods
    kinds = list(product(range(case.shops), enumerate(case.sizes, start=1)))
    for number, chance in enumerate(mood.followers, start=1):
        for orders in product(kinds, repeat=number):
            left, goods, filled, oversold = list(shown), units, 0, 0
            for shop, (size, _) in orders:
                if size > left[shop]:
                    continue
                left[shop] -= size
                filled, oversold = filled + (size <= goods), oversold + (size > goods)
                goods -= size if size <= goods else 0
            odds = math.prod(share / case.shops for _, (_, share) in orders)
            yield chance * odds, filled, oversold, goods


def worth_of(case: LatePool, policy: tuple[Shown, ...], price: float) -> list[float]:
    """Return what a policy is worth by the units left."""
    (mood,) = case.moods
    ahead = mood.heads_per_s / (mood.heads_per_s + case.restocks_per_s)
    worth = [0.0]
    for units, shown in enumerate(policy, start=1):
        gained = stays = 0.0
        for chance, filled, oversold, goods in outcomes(case, shown, units):
            stays += chance * (goods == units)
            later = worth[goods] if goods < units else 0.0
            gained += chance * (filled - price * oversold + later)
        worth.append(ahead * gained / (1.0 - ahead * stays))
    return worth


def every_policy(case: LatePool, units: int) -> Iterator[tuple[Shown, ...]]:
    """Yield every way to choose listings for 1 to `units` units."""
    return product(*(product(range(n + 1), repeat=case.shops) for n in range(1, units + 1)))


@pytest.mark.parametrize("price", [1.0, 4.0, 30.0])
def test_no_policy_is_worth_more(price: float) -> None:
    """All ways to show up to three units are tried, and all courses of the orders."""
    case = pool()

    tried = max(worth_of(case, each, price)[3] for each in every_policy(case, 3))

    assert best(case, price, 3)[0][3].worth(price) == pytest.approx(tried)


def test_what_is_shown_is_worth_what_is_told() -> None:
    """The listings that are returned have the prospects that stand beside them."""
    case, price = pool(), 4.0
    (found,) = best(case, price, 3)

    told = worth_of(case, tuple(each.shown for each in found[1:]), price)

    assert [each.worth(price) for each in found] == pytest.approx(told)


# -- against simulation -------------------------------------------------------------------------


def simulated(case: LatePool, found: tuple[tuple[Prospect, ...], ...], units: int) -> Prospect:
    """Return what comes of the listings that were found, over many restocks."""
    rng, runs = Random(11), 30_000
    filled = oversold = 0
    for _ in range(runs):
        mood, goods = len(case.moods) - 1, units
        while goods:
            heads = case.moods[mood].heads_per_s
            event = rng.random() * (heads + case.changes_per_s + case.restocks_per_s)
            if event < heads:
                more = _followers(case.moods[mood], rng)
                taken = _sell(case, found[mood][goods].shown, goods, more, rng)
                filled, oversold, goods = filled + taken[0], oversold + taken[1], taken[2]
            elif event < heads + case.changes_per_s:
                chances = [each.chance for each in case.moods]
                (mood,) = rng.choices(range(len(chances)), chances)
            else:
                break
    return Prospect(filled=filled / runs, oversold=oversold / runs)


def _followers(mood: Mood, rng: Random) -> int:
    return rng.choices(range(len(mood.followers)), mood.followers)[0]


def _sell(
    case: LatePool, shown: Shown, goods: int, more: int, rng: Random
) -> tuple[int, int, int]:
    left, filled, oversold = list(shown), 0, 0
    for _ in range(1 + more):
        shop = rng.randrange(case.shops)
        size = 1 + rng.choices(range(len(case.sizes)), case.sizes)[0]
        if size <= left[shop]:
            left[shop] -= size
            is_there = size <= goods
            filled, oversold = filled + is_there, oversold + (not is_there)
            goods -= size * is_there
    return filled, oversold, goods


@pytest.mark.parametrize("figure", ["filled", "oversold"])
def test_the_best_listings_do_as_told_when_simulated(figure: str) -> None:
    """In a pool with a rush now and then, beginning in the rush."""
    case = moody_pool()
    found = best(case, 2.0, 4)

    seen = simulated(case, found, 4)

    assert getattr(seen, figure) == pytest.approx(getattr(found[1][4], figure), rel=0.03)


# -- what must hold -----------------------------------------------------------------------------


def test_a_higher_price_never_has_more_oversold() -> None:
    """Whoever weighs an oversold order more has fewer of them."""
    oversold = [best(moody_pool(), price, 4)[1][4].oversold for price in (0.1, 1, 3, 10, 50)]

    assert oversold == sorted(oversold, reverse=True)


def test_a_longer_delay_is_never_worth_more() -> None:
    """With more followers within the delay, and so many orders in all, a sync does worse."""
    laws = [(1.0 - each, each) for each in (0.0, 0.1, 0.3, 0.6)]
    cases = [pool(followers=law, heads_per_s=1.0 / (1.0 + law[1])) for law in laws]

    worths = [best(case, 5.0, 3)[0][3].worth(5.0) for case in cases]

    assert worths == sorted(worths, reverse=True)


def test_more_demand_before_new_stock_is_never_worth_less() -> None:
    """Hidden units find a buyer sooner where more of them come."""
    cases = [pool(heads_per_s=rate) for rate in (0.05, 0.2, 1.0, 5.0)]

    worths = [best(case, 5.0, 3)[0][3].worth(5.0) for case in cases]

    assert worths == sorted(worths)


def test_nothing_is_oversold_or_lost_without_delay() -> None:
    """Where no order is followed before it is known, all fill what one counter fills."""
    case = replace(pool(followers=(1.0,)), sizes=(1.0,))

    found, one_counter = best(case, 100.0, 3)[0][3], atomic(case, 3)[0][3]

    assert (found.oversold, found.filled) == pytest.approx((0.0, one_counter.filled))


def test_the_last_unit_is_in_one_shop_where_overselling_costs_too_much() -> None:
    """At a price that nothing can pay, a single unit is shown once."""
    assert best(pool(), 1e6, 1)[0][1].shown == (0, 1)


def test_the_last_unit_is_in_all_shops_where_overselling_costs_nothing() -> None:
    """Without a price there is no reason to hide anything."""
    assert best(pool(), 0.0, 1)[0][1].shown == (1, 1)


def test_chances_that_do_not_sum_to_one_are_refused() -> None:
    """A law of followers is whole."""
    with pytest.raises(ValueError, match="sum to 1"):
        Mood(heads_per_s=1.0, followers=(0.5, 0.4))
