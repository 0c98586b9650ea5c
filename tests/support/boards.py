"""Boards, books and listings with only the fields that matter.

Everything starts healthy: the listing is open and freshly read, its ledger complete, its feed
fresh. A test changes the one thing that it is about, with `dataclasses.replace`.
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from hypothesis import settings

from reconciliation.board import Board, ListingFacts, PoolFacts
from reconciliation.catalog import Ingredient, Listing, ListingKey, PoolKey, Recipe
from reconciliation.exposure import (
    ListingBook,
    ListingRead,
    OpenWrite,
    answer_write,
    close_ledger,
    heading_units,
    intend_write,
    record_read,
    refuse_write,
)
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.policy import Assumptions, GuardPolicy
from reconciliation.position import Position
from reconciliation.quantities import Instant, Sku, Units, later
from reconciliation.verdict import Decision, Plan, Write, WriteClass


NOW = Instant(1_000_000.0)
"""The moment of every board here."""

ROUND_S = 400.0
"""Longer than the write horizon, the dwell time and the pause between two moves."""

LAW = settings(deadline=None, derandomize=True)
"""For laws: the same examples at every run, however slow or busy the machine is."""

NO_LIMITS = GuardPolicy(
    pause_at_units=0,
    resume_at_units=1,
    throttle_at_units=0,
    open_at_units=1,
    dwell_s_min=300.0,
    raise_percent_min=0.0,
)
"""A guard that pauses at zero and does nothing else: for tests that are about sharing."""


def ago(seconds: float) -> Instant:
    """A moment before now."""
    return later(NOW, -seconds)


# --- goods and listings ----------------------------------------------------------------------


def pool_key(sku: str = "TEE", warehouse: str = "east") -> PoolKey:
    """A pool by its SKU."""
    return PoolKey(warehouse=warehouse, sku=Sku(sku))


TEE = pool_key()
"""The pool of a test that needs only one."""


def listing_key(shop: str = "A", sku_id: str = "1", warehouse_id: str = "w") -> ListingKey:
    """A listing by its shop."""
    return ListingKey(shop=shop, product_id="p", sku_id=sku_id, warehouse_id=warehouse_id)


def recipe(*parts: PoolKey | tuple[PoolKey, Units]) -> Recipe:
    """A recipe: a pool alone stands for one unit of it."""
    pairs = [part if isinstance(part, tuple) else (part, 1) for part in parts]
    return tuple(Ingredient(pool=pool, units=units) for pool, units in pairs)


def book_showing(units: Units, *, read_at: Instant | None = None) -> ListingBook:
    """A proven book, read a second ago unless told otherwise."""
    finished_at = ago(1.0) if read_at is None else read_at
    read = ListingRead(units=units, began_at=later(finished_at, -0.5), finished_at=finished_at)
    return ListingBook(read=read, shown_units=units)


def open_write(units: Units, *, sequence: int = 1, sent_at: Instant | None = None) -> OpenWrite:
    """A write without an answer, sent just after the usual read."""
    return OpenWrite(
        sequence=sequence, units=units, sent_at=ago(0.5) if sent_at is None else sent_at
    )


def listed(
    key: ListingKey | str = "A",
    *,
    shows: Units | ListingBook = 0,
    of: Recipe = (),
    policy: GuardPolicy = NO_LIMITS,
    demand: int = 1,
    rank: int = 0,
) -> ListingFacts:
    """A healthy listing; a bare shop name stands for that shop's only listing."""
    key = listing_key(key) if isinstance(key, str) else key
    return ListingFacts(
        listing=Listing(key=key, seller_sku="TEE", recipe=of or recipe(TEE)),
        book=book_showing(shows) if isinstance(shows, int) else shows,
        policy=policy,
        ledger_complete_up_to=NOW,
        demand=Fraction(demand),
        rank=rank,
    )


def goods(units: Units, *, as_of: Instant | None = None) -> PoolFacts:
    """A pool with these units, fresh from its feed."""
    fresh = ago(60.0) if as_of is None else as_of
    return PoolFacts(position=Position(snapshot_units=units, as_of=fresh))


UNKNOWN_GOODS = PoolFacts(position=Position())
"""A pool that no feed has ever named."""


def board(
    pools: Units | Mapping[PoolKey, PoolFacts], *listings: ListingFacts, now: Instant = NOW
) -> Board:
    """A board; a bare number stands for that many tees."""
    held = {TEE: goods(pools)} if isinstance(pools, int) else pools
    return Board(now=now, pools=held, listings=listings)


# --- plans -----------------------------------------------------------------------------------


def plan_for(pools: Units | Mapping[PoolKey, PoolFacts], *listings: ListingFacts) -> Plan:
    """The plan for a board."""
    return decide(board(pools, *listings))


def written(plan: Plan) -> dict[ListingKey, Units]:
    """The quantities that a plan writes."""
    return {write.key: write.units for write in plan.writes}


def written_by_shop(plan: Plan) -> dict[str, Units]:
    """The quantities that a plan writes, where each shop has one listing."""
    return {write.key.shop: write.units for write in plan.writes}


def decision_on(plan: Plan, key: ListingKey | str = "A") -> Decision:
    """What a plan says of one listing."""
    key = listing_key(key) if isinstance(key, str) else key
    return next(decision for decision in plan.decisions if decision.key == key)


def raising(plan: Plan) -> tuple[Write, ...]:
    """The writes of a plan that show more than was shown."""
    return tuple(write for write in plan.writes if write.units > write.shown_units)


def lowering(plan: Plan) -> tuple[Write, ...]:
    """The writes of a plan that show less than was shown."""
    return tuple(write for write in plan.writes if write.units < write.shown_units)


# --- what follows from a plan ----------------------------------------------------------------


def committed(before: Board, plan: Plan) -> Board:
    """The board once the plan's intents and states are recorded, and nothing has been sent."""
    return replace(
        before,
        pools=_moved(before, plan),
        listings=tuple(_committed(before, facts, plan) for facts in before.listings),
    )


def settled(before: Board, plan: Plan) -> Board:
    """The board a round later: every write has landed and was read, every order is known.

    A stranded listing's writes are refused. The feeds have come anew with the same numbers.
    """
    intended = committed(before, plan)
    now = later(before.now, ROUND_S)
    return replace(
        intended,
        now=now,
        pools={key: _fed(facts, now) for key, facts in intended.pools.items()},
        listings=tuple(
            _settled(old, new, now, before.assumptions)
            for old, new in zip(before.listings, intended.listings, strict=True)
        ),
    )


def _moved(before: Board, plan: Plan) -> dict[PoolKey, PoolFacts]:
    moving = {write.key for write in plan.writes if write.write_class is WriteClass.MOVE}
    pools = {
        part.pool
        for facts in before.listings
        if facts.key in moving
        for part in facts.listing.recipe
    }
    return {
        key: replace(facts, moved_at=before.now) if key in pools else facts
        for key, facts in before.pools.items()
    }


def _committed(before: Board, facts: ListingFacts, plan: Plan) -> ListingFacts:
    decision = decision_on(plan, facts.key)
    book = facts.book
    if decision.write is not None:
        sequence = max((write.sequence for write in book.writes), default=0) + 1
        book = intend_write(book, sequence=sequence, units=decision.write.units, at=before.now)
    if decision.state is decision.state_before:
        return replace(facts, book=book)
    came_back = decision.state_before is GuardState.PAUSED
    return replace(
        facts,
        book=book,
        state=decision.state,
        since=before.now,
        resumes=(*facts.resumes, before.now) if came_back else facts.resumes,
    )


def _settled(
    old: ListingFacts, new: ListingFacts, now: Instant, assumptions: Assumptions
) -> ListingFacts:
    known = {write.sequence for write in old.book.writes}
    book = new.book
    for write in book.writes:
        if write.sequence in known:
            continue
        if new.stranded_because:
            book = refuse_write(book, write.sequence)
        else:
            book = answer_write(book, write.sequence, later(now, 1.0 - ROUND_S))
    finished_at = later(now, -1.0)
    read = ListingRead(
        units=heading_units(book), began_at=later(finished_at, -0.5), finished_at=finished_at
    )
    after = close_ledger(record_read(book, read, assumptions), now)
    return replace(new, book=after, ledger_complete_up_to=now)


def _fed(facts: PoolFacts, now: Instant) -> PoolFacts:
    if not facts.position.known:
        return facts
    return replace(facts, position=replace(facts.position, as_of=later(now, -60.0)))
