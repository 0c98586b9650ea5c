"""The writes to make now, for a set of pools and every listing that draws on them.

Theory of operation (design 3.6, strict mode)
---------------------------------------------
First the guard says what each listing may show at most, and the goods are shared under these
caps, but for what is kept for some (`reserve`): that is the target. Then three passes look for
writes, spending the bound's slack as they go:

lower  Where a cap is below what is shown, and where the goods no longer cover what is shown.
raise  Where a target is far enough above what is shown to be worth a call (W3).
move   Where one listing is starved while another holds more than its share.

An absolute write to a listing that is selling may give back units just sold (W6). So the old
and the new quantity must fit under the bound together: from zero, to zero, or where there is
slack for both. A decrease that does not fit goes to zero first, and a later plan raises it
from the settled zero. A write of 0 adds nothing that could be sold and is always allowed.

TikTok wants all warehouses of a SKU in one call (W8), so listings are planned as SKU groups:
what is sent along unchanged is a write too, and is sent as 0 where it does not fit.
"""

from dataclasses import replace

from .allocation import Claimant
from .board import Board, ListingFacts
from .desk import Desk
from .draft import Draft
from .exposure import exposure_units, likely_units
from .guard import GuardFacts, GuardState, cap_units, next_state, resume_obstacle
from .overlapping import Shown, raced, shown_in_races
from .reserve import Kept, kept_on, pools_sold_into, share_reserved
from .verdict import Plan


def decide(board: Board) -> Plan:
    """Return the plan for a board; deciding changes nothing and is repeatable."""
    kept = kept_on(board)
    board = _without_races(board, kept)
    drafts = [_judge(board, facts) for facts in board.listings]
    _share(board, drafts, kept)
    _race(board, drafts)
    _keep_out_of_reserves(board, drafts, kept)
    desk = Desk(board, drafts)
    desk.lower_to_caps()
    desk.lower_to_goods()
    desk.raise_to_targets()
    desk.move_to_starved()
    desk.send_along()
    return Plan(decisions=tuple([draft.decision() for draft in drafts]))


def _without_races(board: Board, kept: Kept) -> Board:
    """Share out what is kept for somebody: a race would promise it to others as well."""
    shared = {place.pool for place in kept if board.pools[place.pool].race is not None}
    if not shared:
        return board
    pools = {
        pool: replace(facts, race=None) if pool in shared else facts
        for pool, facts in board.pools.items()
    }
    return replace(board, pools=pools)


def _judge(board: Board, facts: ListingFacts) -> Draft:
    """Ask the guard for a listing's state and cap."""
    guard_facts = GuardFacts(
        state=facts.state,
        since=facts.since,
        supply_units=board.supply_units(facts),
        snapshot_as_of=board.snapshot_as_of(facts),
        stranded=bool(facts.stranded_because),
        held=facts.hold is not None,
        resumes=facts.resumes,
    )
    state = next_state(guard_facts, facts.policy, board.now)
    rung = board.staleness(facts)
    shown = likely_units(facts.book)
    in_race = raced(facts, board)
    cap, rule = cap_units(state, rung, shown_units=shown, policy=facts.policy, raced=in_race)
    if facts.hold is not None:
        most = min(facts.hold.units_max, shown) if facts.hold.freezes else facts.hold.units_max
        if most <= cap:
            cap, rule = most, f"held: {facts.hold.why}"
    if state is GuardState.PAUSED:
        waits = resume_obstacle(guard_facts, facts.policy, board.now)
        rule = f"paused: {waits}" if waits else rule
    return Draft(
        facts=facts,
        state=state,
        rung=rung,
        supply_units=guard_facts.supply_units,
        cap_units=cap,
        cap_rule=rule,
        shown_units=shown,
        exposure_units=exposure_units(facts.book),
        raced=in_race,
    )


def _share(board: Board, drafts: list[Draft], kept: Kept) -> None:
    """Share the goods under the caps; what cannot be written keeps what it shows."""
    shareable = {pool: facts.shareable_units for pool, facts in board.pools.items()}
    claimants = []
    for draft in drafts:
        facts = draft.facts
        if facts.stranded_because:
            for part in facts.listing.recipe:
                fixed = draft.exposure_units * part.units
                shareable[part.pool] = max(shareable[part.pool] - fixed, 0)
        elif draft.cap_units > 0 and not draft.raced:
            claimants.append(
                Claimant(
                    key=facts.listing.key,
                    recipe=facts.listing.recipe,
                    demand=facts.demand,
                    units_max=draft.cap_units,
                    units_min=facts.policy.share_units_min,
                    rank=facts.turn,
                )
            )
    targets = share_reserved(shareable, claimants, kept)
    for draft in drafts:
        draft.target_units = targets.get(draft.facts.listing.key, 0)


def _race(board: Board, drafts: list[Draft]) -> None:
    """Cap the listings of raced pools as their races say; a race's cap is a cap of the guard's."""
    selling = [
        draft.facts
        for draft in drafts
        if draft.raced and draft.cap_units > 0 and not draft.facts.stranded_because
    ]
    shown = shown_in_races(board, selling)
    for draft in drafts if shown else ():
        if allowed := shown.get(draft.facts.listing.key):
            _cap_in_race(draft, allowed)


def _cap_in_race(draft: Draft, allowed: Shown) -> None:
    if allowed.cap_units < draft.cap_units:
        draft.cap_units = allowed.cap_units
        draft.cap_rule = "near zero: what the race with other shops allows"
    draft.target_units = min(allowed.target_units, draft.cap_units)
    draft.read_closely = allowed.read_closely


def _keep_out_of_reserves(board: Board, drafts: list[Draft], kept: Kept) -> None:
    """Cap at its share what shows units that are kept for others."""
    if not kept:
        return
    shown = {draft.facts.key: draft.shown_units for draft in drafts}
    sold_into = pools_sold_into(board, kept, shown)
    for draft in drafts:
        pools = [part.pool for part in draft.facts.listing.recipe if part.pool in sold_into]
        if pools and draft.target_units < min(draft.shown_units, draft.cap_units):
            draft.cap_units = draft.target_units
            draft.cap_rule = f"units of {pools[0]} are kept for others"
