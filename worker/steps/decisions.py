"""Keeps what was decided: states, terms, the trail, and what has to be asked for next."""

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection

from connectors.store import listings, pool_stocks, trail, work
from connectors.store.listings import ListingRow, StoredDecision
from connectors.store.pool_stocks import PoolStock
from connectors.store.trail import Event
from reconciliation.board import Board, ListingFacts
from reconciliation.bound import slack_of
from reconciliation.catalog import ListingKey, PoolKey
from reconciliation.exposure import exposure_units
from reconciliation.guard import GuardState
from reconciliation.policy import WhenStuck
from reconciliation.position import Position, SafetyStock
from reconciliation.quantities import Instant, Units, later
from reconciliation.race_terms import RaceTerms
from reconciliation.reserve import kept_on
from reconciliation.verdict import Decision, Plan

from ..boards import RESUMED, Gathered
from ..queues import OFF_SALE, ORDERS, READ, push_work
from ..services import Services
from .oversold import note_oversold
from .proof import provable_at


PAUSED = "paused"
"""The trail's word for a listing that was taken to zero until stock is proven."""

LOWERED_S = 5.0
"""How long the least that TikTok takes has to be written before a product is looked at."""

_TERMS = tuple(each.name for each in fields(Position) if each.name != "safety")
_SAFETY_TERMS = tuple(each.name for each in fields(SafetyStock))

_SELLING = frozenset({GuardState.OPEN, GuardState.THROTTLED})


def keep(
    connection: Connection,
    services: Services,
    gathered: Gathered,
    plan: Plan,
    *,
    facts_at: Mapping[PoolKey, Instant],
) -> None:
    """Store each decision that says something new, and note changes of state in the trail.

    `facts_at`: when the oldest fact arrived that asks for a decision, by pool.
    """
    board, rows = gathered.board, gathered.rows
    terms = _pool_terms(board)
    news: dict[ListingKey, StoredDecision] = {}
    events: list[Event] = []
    for facts, decision in zip(board.listings, plan.decisions, strict=True):
        row = rows[facts.key]
        detail = _detail(facts, decision, terms, close_read_every_s(board, facts, decision))
        told_at = [facts_at.get(part.pool) for part in facts.listing.recipe]
        fact = _oldest(row.fact_at, *told_at) if _under_way(facts, decision) else None
        changed = decision.state is not facts.state
        if changed:
            event = _change_event(board.now, facts, decision)
            events.append(event)
            _count_change(services, facts, event)
        if changed or detail != row.decision or fact != row.fact_at:
            since = board.now if changed else facts.since
            news[facts.key] = StoredDecision(
                state=decision.state, since=since, decision=detail, fact_at=fact
            )
    trail.note_all(connection, events)
    listings.save_decisions(connection, news)
    note_oversold(connection, services, gathered)
    pool_stocks.save(connection, _stocks(board, news))
    _ask_what_is_stuck(connection, board)
    ask_for_reads(connection, services, board, plan, rows)


def _ask_what_is_stuck(connection: Connection, board: Board) -> None:
    """Ask whether products are to be taken off sale, once what could be lowered has been."""
    stuck = {
        push_work(facts.key.shop, facts.key.product_id)
        for facts in board.listings
        if facts.policy.when_stuck is WhenStuck.TAKE_OFF_SALE
        and (facts.least_units or facts.stranded_because)
        and exposure_units(facts.book) > (board.supply_units(facts) or 0)
    }
    work.ask(connection, OFF_SALE, stuck, due_at=later(board.now, LOWERED_S))


def _under_way(facts: ListingFacts, decision: Decision) -> bool:
    """Tell whether the listing is on its way to show what the facts ask for."""
    return decision.write is not None or decision.waits_for_proof or bool(facts.book.writes)


def _oldest(*instants: Instant | None) -> Instant | None:
    return min((each for each in instants if each is not None), default=None)


def _change_event(now: Instant, facts: ListingFacts, decision: Decision) -> Event:
    before, after = decision.state_before, decision.state
    event = "guard"
    if before in _SELLING and after is GuardState.PAUSED:
        event = PAUSED
    elif before is GuardState.PAUSED and after in _SELLING:
        event = RESUMED
    return Event(
        at=now,
        event=event,
        subject=str(facts.key),
        shop=facts.key.shop,
        sku=facts.listing.recipe[0].pool.sku,
        detail={
            "from": before.value,
            "to": after.value,
            "supply_units": decision.supply_units,
            "reason": decision.cap_rule,
            "policy_version": facts.policy_version,
        },
    )


def _count_change(services: Services, facts: ListingFacts, event: Event) -> None:
    """Count a change of state; of a comeback also how often there was one within the hour."""
    shop = facts.key.shop
    services.meter.count("guard_changes", {"shop": shop, "state": event.detail["to"]})
    if event.event == RESUMED:
        services.meter.observe("hourly_resumes", {"shop": shop}, len(facts.resumes) + 1)


# -- the terms of a decision --------------------------------------------------------------------


def _pool_terms(board: Board) -> dict[PoolKey, dict[str, Any]]:
    slack, kept = slack_of(board), kept_on(board)
    return {
        pool: {
            "pool": str(pool),
            **{name: getattr(facts.position, name) for name in _TERMS},
            "safety": _safety_terms(facts.position.safety),
            "race": _race_terms(facts.race),
            "known": facts.position.known,
            "ats_units": facts.position.ats_units,
            "sellable_units": facts.position.sellable_units,
            "slack_units": slack.units(pool),
            "kept_units": {
                place.shop: units for place, units in kept.items() if place.pool == pool
            },
        }
        for pool, facts in board.pools.items()
    }


def _stocks(board: Board, news: Container[ListingKey]) -> list[PoolStock]:
    """Return the stock of the pools of listings about which something new was decided."""
    exposure, told = Counter[PoolKey](), set[PoolKey]()
    for facts in board.listings:
        sales = exposure_units(facts.book)
        for part in facts.listing.recipe:
            exposure[part.pool] += sales * part.units
            if facts.key in news:
                told.add(part.pool)
    return [_stock(pool, board.pools[pool].position, exposure[pool]) for pool in sorted(told)]


def _stock(pool: PoolKey, position: Position, exposure: Units) -> PoolStock:
    safety = position.safety
    return PoolStock(
        warehouse=pool.warehouse,
        sku=pool.sku,
        known=position.known,
        ats_units=position.ats_units,
        committed_units=position.committed_units,
        set_aside_units=position.held_units,
        safety_units=position.safety_units,
        for_errors_units=safety.for_errors_units if safety is not None else 0,
        exposure_units=exposure,
    )


def _safety_terms(safety: SafetyStock | None) -> dict[str, Any] | None:
    return None if safety is None else {name: getattr(safety, name) for name in _SAFETY_TERMS}


def _race_terms(race: RaceTerms | None) -> dict[str, float] | None:
    """Return by what an overlap was priced, None where each unit is promised once."""
    if race is None:
        return None
    return {
        "price": race.price,
        "write_price": race.price_of_write,
        "longest_window_s": max(window.seconds for window in race.windows),
        "restock_every_s": race.restock_every_s,
    }


def _detail(
    facts: ListingFacts,
    decision: Decision,
    terms: dict[PoolKey, dict[str, Any]],
    read_closely_every_s: float | None,
) -> dict[str, Any]:
    """Return a decision's terms as plain data: what `explain` prints."""
    book = facts.book
    return {
        "policy_version": facts.policy_version,
        "state": decision.state.value,
        "staleness": decision.rung.name.lower(),
        "supply_units": decision.supply_units,
        "cap_units": decision.cap_units,
        "cap_rule": decision.cap_rule,
        "target_units": decision.target_units,
        "shown_units": decision.shown_units,
        "exposure": {
            "total_units": exposure_units(book),
            "shown_units": book.shown_units,
            "unsettled_units": book.unsettled_units,
            "restock_units": book.restock_units,
            "doubt_units": book.doubt_units,
            "known": book.known,
        },
        "obstacle": decision.obstacle,
        "waits_for_proof": decision.waits_for_proof,
        "read_closely_every_s": read_closely_every_s,
        "write_units": decision.write.units if decision.write else None,
        "reason": decision.reason,
        "recipe": [{"units": part.units, **terms[part.pool]} for part in facts.listing.recipe],
    }


# -- what a decision needs to know next ---------------------------------------------------------


def ask_for_reads(
    connection: Connection,
    services: Services,
    board: Board,
    plan: Plan,
    rows: dict[Any, ListingRow],
) -> None:
    """Ask for the reads and polls without which a wanted raise cannot be made.

    A listing near zero is read more often than that: its quantity is what matters most. Where
    several shops sell its last units it is read closely, which is what its cap rests on.
    """
    schedule, drawing = services.settings.schedule, board.drawing()
    near_zero, at_once = (list[ListingFacts]() for _ in range(2))
    closely: defaultdict[float, list[ListingFacts]] = defaultdict(list)
    for facts, decision in zip(board.listings, plan.decisions, strict=True):
        if (every_s := close_read_every_s(board, facts, decision)) is not None:
            closely[every_s].append(facts)
        elif decision.state is GuardState.THROTTLED and rows[facts.key].read_due_at is None:
            near_zero.append(facts)
        if decision.waits_for_proof:
            sharing = [each for part in facts.listing.recipe for each in drawing[part.pool]]
            at_once += _reads_to_raise(facts, sharing, board.now)
            _ask_for_proof(connection, services, facts, sharing)
    _want(connection, at_once, board.now)
    _want(connection, near_zero, later(board.now, schedule.read_near_zero_s))
    for every_s, group in closely.items():
        _want(connection, group, later(board.now, every_s))


def close_read_every_s(board: Board, facts: ListingFacts, decision: Decision) -> float | None:
    """Return how often a listing is to be read closely, None where it is not."""
    if not reads_closely(decision):
        return None
    races = (board.pools[part.pool].race for part in facts.listing.recipe)
    paces = (race.close_every_s for race in races if race is not None)
    return min((each for each in paces if each is not None), default=None)


def reads_closely(decision: Decision) -> bool:
    """Tell whether a listing is to be read closely: where it shows nothing, nothing can be sold.

    One that waits for proof is not: each read would begin the wait for the ledger anew.
    """
    shows = max(decision.shown_units, decision.target_units) > 0
    return decision.read_closely and shows and not decision.waits_for_proof


def _reads_to_raise(
    facts: ListingFacts, sharing: Iterable[ListingFacts], now: Instant
) -> list[ListingFacts]:
    """Return the listings that have to be read before one is raised that shares their goods."""
    unread = [each for each in sharing if each.book.read is None]
    return [*unread, facts] if _read_too_old(facts, now) else unread


def _ask_for_proof(
    connection: Connection,
    services: Services,
    facts: ListingFacts,
    sharing: Iterable[ListingFacts],
) -> None:
    """Ask for the polls without which a listing cannot be raised."""
    for each in sharing:
        since = each.book.unproven_since or _waits_for_ledger(each, facts)
        if since is not None:
            due_at = provable_at(services, since)
            work.ask(connection, ORDERS, [each.key.shop], due_at=due_at)


def _read_too_old(facts: ListingFacts, now: Instant) -> bool:
    read = facts.book.read
    return read is not None and now - read.finished_at > facts.policy.read_age_s_max


def _waits_for_ledger(each: ListingFacts, raised: ListingFacts) -> Instant | None:
    """Return the read up to which the ledger has to be complete before a raise."""
    if each.book.doubts:
        return each.book.doubts[-1].seen_at
    read, complete = each.book.read, each.ledger_complete_up_to
    if each.key != raised.key or read is None:
        return None
    return read.finished_at if complete is None or complete < read.finished_at else None


def _want(connection: Connection, wanted: Iterable[ListingFacts], due_at: Instant) -> None:
    by_shop: dict[str, list[ListingFacts]] = {}
    for facts in wanted:
        by_shop.setdefault(facts.key.shop, []).append(facts)
    for shop, group in by_shop.items():
        listings.want_read(connection, {facts.key for facts in group}, due_at)
        work.ask(connection, READ, [shop], due_at=due_at)
