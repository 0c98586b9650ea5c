"""Laws of the plan on boards where shops have floors and priorities, and units are kept."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation.board import Board
from reconciliation.bound import breaches
from reconciliation.plan import decide
from reconciliation.policy import Setting
from reconciliation.reserve import kept_on, pools_sold_into

from ..support.boards import LAW, settled, written
from .test_plan_laws import ROUNDS_MAX, any_boards, calm_boards, heading


MANY = settings(LAW, max_examples=150)

Changes = dict[str, Setting]

some_changes: st.SearchStrategy[Changes] = st.sampled_from(
    [
        {},
        {"share_units_min": 5, "priority": 1},
        {"kept_units": 6},
        {"kept_percent": 40.0, "share_units_min": 2, "move_s_min": 0.0},
    ]
)


def reserving(on: Board, by_listing: list[Changes], withheld: int, aside: int) -> Board:
    """The board with other policies, units withheld from all, and some set aside for shop A."""
    listings = tuple(
        # Reason of the ignore: the changes above have the fields' types.
        replace(facts, policy=replace(facts.policy, **changes))  # type: ignore[arg-type]  # see above
        for facts, changes in zip(on.listings, by_listing, strict=False)
    )
    pools = {
        pool: replace(facts, withheld_units=withheld, kept_for={"A": aside} if aside else {})
        for pool, facts in on.pools.items()
    }
    return replace(on, pools=pools, listings=listings + on.listings[len(listings) :])


def reserved(boards: st.SearchStrategy[Board]) -> st.SearchStrategy[Board]:
    """Boards on which something is kept, or has a floor."""
    return st.builds(
        reserving,
        boards,
        st.lists(some_changes, min_size=6, max_size=6),
        withheld=st.sampled_from([0, 0, 1, 7]),
        aside=st.sampled_from([0, 0, 4]),
    )


@MANY
@given(on=reserved(st.one_of(any_boards, calm_boards)))
def test_no_plan_breaches_the_bound(on: Board) -> None:
    """What is kept takes from the others, and gives nobody more than there is."""
    assert breaches(on, written(decide(on))) == ()


@MANY
@given(on=reserved(calm_boards))
def test_plans_come_to_rest(on: Board) -> None:
    """Nothing is moved to and fro for the sake of what is kept."""
    for _ in range(ROUNDS_MAX):
        on = settled(on, decide(on))

    assert decide(on).writes == ()


@MANY
@given(on=reserved(calm_boards))
def test_at_rest_nobody_shows_what_is_kept_for_another(on: Board) -> None:
    """Whoever showed it before was lowered."""
    for _ in range(ROUNDS_MAX):
        on = settled(on, decide(on))
    plan = decide(on)
    shown = {facts.key: heading(plan, facts) for facts in on.listings}

    assert pools_sold_into(on, kept_on(on), shown) == frozenset()


@MANY
@given(on=any_boards)
def test_a_priority_of_everybody_is_none(on: Board) -> None:
    """Only the order between shops counts."""
    urgent = replace(
        on,
        listings=tuple(
            replace(facts, policy=replace(facts.policy, priority=3)) for facts in on.listings
        ),
    )

    assert decide(urgent) == decide(on)
