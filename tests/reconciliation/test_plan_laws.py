"""Laws of the plan, over boards of every kind that the shops can come to."""

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from reconciliation.board import Board, Hold, ListingFacts, PoolFacts
from reconciliation.bound import breaches
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.exposure import Doubt, ListingBook, Restock
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.policy import GuardPolicy
from reconciliation.position import Position
from reconciliation.quantities import Units
from reconciliation.verdict import Decision, Plan

from ..support.boards import (
    LAW,
    NO_LIMITS,
    NOW,
    UNKNOWN_GOODS,
    ago,
    board,
    book_showing,
    committed,
    goods,
    listed,
    listing_key,
    lowering,
    open_write,
    pool_key,
    raising,
    recipe,
    settled,
    written,
)


POOLS = [pool_key("TEE"), pool_key("CAP"), pool_key("SOCK")]
TEE, CAP, SOCK = POOLS
MANY = settings(LAW, max_examples=150)
ROUNDS_MAX = 8
"""A pause, its dwell, a move to zero and a raise, each for several listings of a pool."""

# --- boards ----------------------------------------------------------------------------------

policies = st.sampled_from(
    [
        NO_LIMITS,
        GuardPolicy(),
        GuardPolicy(raise_units_min=3, share_band_ratio=1.5),
        GuardPolicy(throttle_at_units=10, throttle_cap_units=1, open_at_units=12),
        GuardPolicy(listing_units_max=4, move_s_min=0.0),
    ]
)
shortages = st.integers(-5, 0).map(
    lambda ats: PoolFacts(
        position=Position(snapshot_units=0, committed_units=-ats, as_of=ago(60.0))
    )
)
known_goods = st.one_of(st.integers(0, 30).map(goods), shortages)
any_goods = st.one_of(
    known_goods,
    known_goods,
    st.just(UNKNOWN_GOODS),
    st.builds(goods, st.integers(0, 30), as_of=st.sampled_from([ago(50_000.0), ago(200_000.0)])),
    st.builds(replace, known_goods, moved_at=st.sampled_from([ago(60.0), ago(600.0)])),
)
plain_recipes = st.sampled_from([recipe(pool) for pool in POOLS])
any_recipes = st.one_of(
    plain_recipes,
    st.sampled_from(
        [recipe((TEE, 3)), recipe(TEE, CAP), recipe((TEE, 2), SOCK), recipe(TEE, CAP, SOCK)]
    ),
)
shown = st.integers(0, 20)
settled_books = shown.map(book_showing)
open_writes = st.builds(
    replace,
    st.builds(open_write, st.integers(0, 12), sequence=st.just(1)),
    answered_at=st.sampled_from([None, ago(0.2)]),
)
any_books = st.one_of(
    settled_books,
    st.just(ListingBook()),
    st.builds(
        replace,
        settled_books,
        writes=st.lists(open_writes, max_size=2).map(tuple),
        doubts=st.lists(st.integers(1, 5).map(lambda u: Doubt(units=u, seen_at=ago(1.0)))).map(
            tuple
        ),
        restocks=st.lists(
            st.integers(1, 5).map(lambda u: Restock(units=u, cancelled_at=ago(9.0))), max_size=1
        ).map(tuple),
        ahead_units=st.integers(0, 3),
        unproven_since=st.sampled_from([None, None, ago(1.0)]),
    ),
)
plain_facts = st.builds(
    replace,
    st.builds(listed, shows=settled_books, of=plain_recipes, policy=policies),
    demand=st.integers(1, 5).map(Fraction),
)
healthy_facts = st.builds(
    replace,
    st.builds(listed, shows=settled_books, of=any_recipes, policy=policies),
    demand=st.integers(1, 5).map(Fraction),
    state=st.sampled_from([GuardState.OPEN, GuardState.THROTTLED, GuardState.PAUSED]),
)
some_facts = st.one_of(
    healthy_facts,
    st.builds(replace, healthy_facts, stranded_because=st.just("the shop was revoked")),
    st.builds(
        replace,
        healthy_facts,
        hold=st.builds(
            Hold, units_max=st.integers(0, 9), why=st.just("a recall"), freezes=st.booleans()
        ),
    ),
)
any_facts = st.builds(
    replace,
    some_facts,
    book=any_books,
    since=st.sampled_from([ago(100.0), ago(4_000.0)]),
    ledger_complete_up_to=st.sampled_from([None, ago(5.0), NOW, NOW, NOW]),
)

Slot = tuple[str, ListingKey]

SLOTS: list[Slot] = [
    (shop, listing_key(shop, sku_id, warehouse_id))
    for shop in "ABC"
    for sku_id in "12"
    for warehouse_id in "xy"
]
"""Where a listing may stand: three shops, two SKUs in each, two warehouses for each SKU."""

LONE_SLOTS = [(shop, key) for shop, key in SLOTS if key.warehouse_id == "x"]
"""The same with one warehouse for each SKU, so that each listing is a call of its own."""


def boards(
    pools: st.SearchStrategy[PoolFacts],
    facts: st.SearchStrategy[ListingFacts],
    slots: list[Slot] = SLOTS,
) -> st.SearchStrategy[Board]:
    """Boards of three pools and one to six listings, each in a place of its own."""
    places = st.lists(st.sampled_from(slots), min_size=1, max_size=6, unique=True)
    listings = places.flatmap(lambda taken: st.tuples(*(_placed(facts, slot) for slot in taken)))
    held = st.fixed_dictionaries(dict.fromkeys(POOLS, pools))
    return st.builds(lambda held, listings: board(held, *listings), held, listings)


def _placed(facts: st.SearchStrategy[ListingFacts], slot: Slot) -> st.SearchStrategy[ListingFacts]:
    shop, key = slot
    return facts.map(
        lambda each: replace(each, listing=replace(each.listing, key=key), rank=ord(shop))
    )


any_boards = boards(any_goods, any_facts)
calm_boards = boards(known_goods, some_facts)
plain_boards = boards(st.integers(0, 30).map(goods), plain_facts, LONE_SLOTS)


# --- what is asked of a plan -----------------------------------------------------------------


def heading(plan: Plan, facts: ListingFacts) -> Units:
    """What a listing will likely show once the plan is carried out."""
    decision = decision_of(plan, facts)
    return decision.shown_units if decision.write is None else decision.write.units


def decision_of(plan: Plan, facts: ListingFacts) -> Decision:
    """The decision on one listing."""
    return next(decision for decision in plan.decisions if decision.key == facts.key)


def raised_among(plan: Plan, listings: Iterable[ListingFacts]) -> set[ListingKey]:
    """Which of these listings the plan raises."""
    return {facts.key for facts in listings} & {write.key for write in raising(plan)}


def drawing_on(on: Board, pool: PoolKey) -> list[ListingFacts]:
    """The listings that take units of a pool."""
    return [facts for facts in on.listings if facts.listing.units_of(pool)]


# --- safety ----------------------------------------------------------------------------------


@MANY
@given(on=st.one_of(any_boards, calm_boards))
def test_no_plan_breaches_the_bound(on: Board) -> None:
    """Computed anew, everybody's exposure and the writes together fit under the goods."""
    assert breaches(on, written(decide(on))) == ()


@MANY
@given(on=any_boards)
def test_deciding_twice_decides_the_same(on: Board) -> None:
    """A decision depends on the board and on nothing else."""
    assert decide(on) == decide(on)


@MANY
@given(on=any_boards)
def test_a_plan_committed_is_not_planned_again(on: Board) -> None:
    """What is on its way counts: nothing new is raised, and nothing lowered twice."""
    plan = decide(on)
    again = decide(committed(on, plan))

    assert raising(again) == ()
    assert not written(plan).keys() & {write.key for write in lowering(again)}


@MANY
@given(on=any_boards)
def test_nothing_frozen_or_stranded_is_raised(on: Board) -> None:
    """A person's edit stands, and what cannot be written is not counted on."""
    bound_hands = [
        facts
        for facts in on.listings
        if facts.stranded_because or (facts.hold is not None and facts.hold.freezes)
    ]

    assert not raised_among(decide(on), bound_hands)


@MANY
@given(on=any_boards)
def test_nothing_is_raised_above_its_hold(on: Board) -> None:
    """A person's cap holds."""
    holds = {facts.key: facts.hold.units_max for facts in on.listings if facts.hold is not None}

    assert all(write.units <= holds.get(write.key, write.units) for write in raising(decide(on)))


@MANY
@given(on=any_boards)
def test_nothing_is_raised_on_unknown_goods(on: Board) -> None:
    """A pool that no feed has named raises none of its listings, bundles included."""
    unknown = [facts for facts in on.listings if on.supply_units(facts) is None]

    assert not raised_among(decide(on), unknown)


@MANY
@given(on=any_boards)
def test_nothing_is_raised_beside_a_stranger(on: Board) -> None:
    """What shares goods with a listing of unknown exposure waits."""
    strangers = [facts for facts in on.listings if not facts.book.known]
    pools = {part.pool for facts in strangers for part in facts.listing.recipe}
    beside = [facts for pool in pools for facts in drawing_on(on, pool)]

    assert not raised_among(decide(on), beside)


@MANY
@given(on=any_boards)
def test_nothing_is_raised_above_its_cap(on: Board) -> None:
    """The guard's word holds for every increase."""
    plan = decide(on)
    caps = {decision.key: decision.cap_units for decision in plan.decisions}

    assert all(write.units <= caps[write.key] for write in raising(plan))


@MANY
@given(on=any_boards)
def test_a_pool_without_goods_shows_nothing(on: Board) -> None:
    """Of an empty or a short pool every listing goes to zero that can be written."""
    plan = decide(on)
    empty = {
        pool
        for pool, facts in on.pools.items()
        if facts.position.known and facts.position.ats_units <= 0
    }

    assert not [
        facts.key
        for pool in empty
        for facts in drawing_on(on, pool)
        if not facts.stranded_because and heading(plan, facts) > 0
    ]


@MANY
@given(on=any_boards)
def test_what_will_be_shown_is_covered(on: Board) -> None:
    """After the plan nothing is likely shown beyond the goods, but what cannot be written."""
    plan = decide(on)
    for pool, facts in on.pools.items():
        listings = drawing_on(on, pool)
        shown_units = sum(heading(plan, each) * each.listing.units_of(pool) for each in listings)
        stuck = sum(
            heading(plan, each) * each.listing.units_of(pool)
            for each in listings
            if each.stranded_because
        )

        assert not facts.position.known or shown_units <= max(facts.position.sellable_units, stuck)


@MANY
@given(on=any_boards)
def test_every_call_has_all_warehouses_of_its_sku(on: Board) -> None:
    """TikTok takes what is left out for something else (W8)."""
    plan = decide(on)
    groups = {facts.sku_group for facts in on.listings if facts.key in written(plan)}

    assert written(plan).keys() == {
        facts.key for facts in on.listings if facts.sku_group in groups
    }


@MANY
@given(on=any_boards)
def test_decreases_go_out_before_increases(on: Board) -> None:
    """Whatever could oversell is written first."""
    classes = [write.write_class for write in decide(on).writes]

    assert classes == sorted(classes)


# --- liveness --------------------------------------------------------------------------------


@MANY
@given(on=calm_boards)
def test_plans_come_to_rest(on: Board) -> None:
    """With nothing new, every write landed and read, there is soon nothing left to write."""
    for _ in range(ROUNDS_MAX):
        on = settled(on, decide(on))

    assert decide(on).writes == ()


@MANY
@given(on=any_boards)
def test_plans_come_to_rest_whatever_was_open(on: Board) -> None:
    """Open writes settle, doubts end, strangers become known: nothing keeps stock moving."""
    assume(all(facts.position.known for facts in on.pools.values()))
    for _ in range(ROUNDS_MAX):
        on = settled(on, decide(on))

    assert decide(on).writes == ()


@MANY
@given(on=calm_boards)
def test_plans_at_rest_stay_at_rest(on: Board) -> None:
    """An empty plan is followed by empty plans."""
    for _ in range(ROUNDS_MAX):
        on = settled(on, decide(on))
    resting = settled(on, decide(on))

    assert decide(resting).writes == ()


@MANY
@given(on=plain_boards)
def test_nobody_starves_at_rest(on: Board) -> None:
    """Once at rest every healthy single shows a fair part of its share, if a gain is worth it."""
    for _ in range(ROUNDS_MAX):
        on = settled(on, decide(on))
    plan = decide(on)

    assert not [
        decision.key
        for decision, facts in zip(plan.decisions, on.listings, strict=True)
        if decision.target_units - decision.shown_units >= facts.policy.raise_units_min
        and decision.shown_units * facts.policy.share_band_ratio < decision.target_units
    ]


@MANY
@given(on=plain_boards, more=st.integers(1, 10))
def test_more_goods_lower_no_target(on: Board, more: Units) -> None:
    """While the guard's caps stay, more stock never lowers what a single is to show."""
    richer = replace(
        on,
        pools={
            pool: goods((f.position.snapshot_units or 0) + more) for pool, f in on.pools.items()
        },
    )
    before, after = decide(on).decisions, decide(richer).decisions
    assume([each.cap_units for each in before] == [each.cap_units for each in after])

    assert all(
        few.target_units <= many.target_units for few, many in zip(before, after, strict=True)
    )
