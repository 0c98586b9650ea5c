"""The row of levels: from everything everywhere down, and never up."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reconciliation.race_levels import Sizes, levels

from ..support.boards import LAW


SHARES = st.lists(st.integers(0, 20), min_size=2, max_size=5).filter(any)
SIZES = st.sampled_from(
    [((1, 1.0),), ((1, 0.5), (2, 0.2), (3, 0.3)), ((1, 0.3), (3, 0.7)), ((2, 1.0),)]
)


def shares_of(grains: list[int]) -> tuple[float, ...]:
    """Shares that sum to 1, the largest first."""
    return tuple(sorted((each / sum(grains) for each in grains), reverse=True))


@LAW
@given(lots=st.integers(3, 30), grains=SHARES, sizes=SIZES)
def test_a_row_leads_from_everything_everywhere_to_each_lot_once(
    lots: int, grains: list[int], sizes: Sizes
) -> None:
    """Each level shows one listing less than the level before, and none more."""
    row = [level.shown for level in levels(lots, shares_of(grains), sizes)]

    assert row[0] == (lots,) * len(grains)
    assert sum(row[-1]) <= lots
    assert all(sum(level) > lots for level in row[:-1])
    for above, below in pairwise(row):
        assert sum(now < before for now, before in zip(below, above, strict=True)) == 1
        assert all(now <= before for now, before in zip(below, above, strict=True))


def test_what_no_order_needs_goes_first() -> None:
    """Down to the largest order nobody misses anything."""
    row = levels(5, (0.5, 0.3, 0.2), ((1, 0.5), (3, 0.5)))

    assert [level.shown for level in row[:4]] == [(5, 5, 5), (5, 5, 4), (5, 4, 4), (4, 4, 4)]
    assert all(level.found_share == 1.0 for level in row[:7])


def test_the_shop_that_sells_least_gives_way() -> None:
    """The last lot stays where most is sold."""
    row = levels(1, (0.5, 0.3, 0.2), ((1, 1.0),))

    assert [level.shown for level in row] == [(1, 1, 1), (1, 1, 0), (1, 0, 0)]


def test_a_shop_without_buyers_hides_its_goods_before_others_turn_any_away() -> None:
    """It costs nothing there."""
    row = levels(2, (0.6, 0.4, 0.0), ((1, 0.5), (2, 0.5)))

    assert [level.shown for level in row[:3]] == [(2, 2, 2), (2, 2, 1), (2, 2, 0)]
