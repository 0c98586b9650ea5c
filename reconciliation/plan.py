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
from .catalog import ListingKey
from .desk import Desk
from .exposure import exposure_units, likely_units
from .guard import GuardFacts, GuardState, cap_units, next_state, resume_obstacle
from .overlapping import Shown, raced, shown_in_races
from .reserve import Kept, kept_on, pools_sold_into, share_reserved
from .verdict import Decision, Plan


def decide(board: Board) -> Plan:
    """Return the plan for a board; deciding changes nothing and is repeatable."""
    kept = kept_on(board)
    board = _without_races(board, kept)
    decisions = {facts.key: _judge(board, facts) for facts in board.listings}
    decisions = _out_of_reserves(board, _with_targets(board, decisions, kept), kept)
    desk = Desk(board, decisions)
    desk.lower_to_caps()
    desk.lower_to_goods()
    desk.raise_to_targets()
    desk.move_to_starved()
    desk.send_along()
    return Plan(decisions=tuple(desk.decisions[facts.key] for facts in board.listings))


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


def _judge(board: Board, facts: ListingFacts) -> Decision:
    """Ask the guard for a listing's state and cap."""
    as_of = board.snapshot_as_of(facts)
    guard_facts = GuardFacts(
        state=facts.state,
        since=facts.since,
        supply_units=board.supply_units(facts),
        snapshot_as_of=as_of,
        stranded=bool(facts.stranded_because),
        held=facts.hold is not None,
        resumes=facts.resumes,
    )
    state = next_state(guard_facts, facts.policy, board.now)
    rung = board.staleness(facts)
    shown = likely_units(facts.book)
    cap, rule = cap_units(
        state, rung, shown_units=shown, policy=facts.policy, raced=raced(facts, board)
    )
    if facts.hold is not None:
        most = min(facts.hold.units_max, shown) if facts.hold.freezes else facts.hold.units_max
        if most <= cap:
            cap, rule = most, f"held: {facts.hold.why}"
    waits = resume_obstacle(guard_facts, facts.policy, board.now)
    return Decision(
        key=facts.key,
        state_before=facts.state,
        state=state,
        rung=rung,
        supply_units=guard_facts.supply_units,
        cap_units=cap,
        cap_rule=f"paused: {waits}" if state is GuardState.PAUSED and waits else rule,
        target_units=0,
        shown_units=shown,
        exposure_units=exposure_units(facts.book),
    )


def _with_targets(
    board: Board, decisions: dict[ListingKey, Decision], kept: Kept
) -> dict[ListingKey, Decision]:
    """Share the goods under the caps; what cannot be written keeps what it shows."""
    shareable = {pool: facts.shareable_units for pool, facts in board.pools.items()}
    claimants = []
    for facts in board.listings:
        if facts.stranded_because:
            for part in facts.listing.recipe:
                fixed = exposure_units(facts.book) * part.units
                shareable[part.pool] = max(shareable[part.pool] - fixed, 0)
        elif decisions[facts.key].cap_units > 0 and not raced(facts, board):
            claimants.append(
                Claimant(
                    key=facts.key,
                    recipe=facts.listing.recipe,
                    demand=facts.demand,
                    units_max=decisions[facts.key].cap_units,
                    units_min=facts.policy.share_units_min,
                    rank=facts.turn,
                )
            )
    targets = share_reserved(shareable, claimants, kept)
    shared = {
        key: replace(decision, target_units=targets.get(key, 0))
        for key, decision in decisions.items()
    }
    return shared | _in_races(board, decisions)


def _out_of_reserves(
    board: Board, decisions: dict[ListingKey, Decision], kept: Kept
) -> dict[ListingKey, Decision]:
    """Cap at its share what shows units that are kept for others."""
    if not kept:
        return decisions
    shown = {key: decision.shown_units for key, decision in decisions.items()}
    sold_into = pools_sold_into(board, kept, shown)
    capped = dict(decisions)
    for facts in board.listings:
        pools = [part.pool for part in facts.listing.recipe if part.pool in sold_into]
        decision = decisions[facts.key]
        if pools and decision.target_units < min(decision.shown_units, decision.cap_units):
            capped[facts.key] = replace(
                decision,
                cap_units=decision.target_units,
                cap_rule=f"units of {pools[0]} are kept for others",
            )
    return capped


def _in_races(board: Board, decisions: dict[ListingKey, Decision]) -> dict[ListingKey, Decision]:
    """Return the decisions for listings of raced pools: a race's cap is a cap of the guard's."""
    selling = [
        facts
        for facts in board.listings
        if decisions[facts.key].cap_units > 0 and not facts.stranded_because
    ]
    return {
        key: _capped(decisions[key], shown)
        for key, shown in shown_in_races(board, selling).items()
    }


def _capped(decision: Decision, shown: Shown) -> Decision:
    cap, rule = decision.cap_units, decision.cap_rule
    if shown.cap_units < cap:
        cap, rule = shown.cap_units, "near zero: what the race with other shops allows"
    return replace(
        decision,
        cap_units=cap,
        cap_rule=rule,
        target_units=min(shown.target_units, cap),
        read_closely=shown.read_closely,
    )
