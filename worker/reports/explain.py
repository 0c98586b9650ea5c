"""What `explain` says: for each listing that sells an item, every term of its last decision.

Plain values from the record; nothing is decided here and nothing is asked of TikTok.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from connectors.store import catalog, holds, listings, writes
from connectors.store.batches import batches
from connectors.store.engine import reading
from connectors.store.listings import ListingRow
from connectors.store.writes import WriteRow
from reconciliation.catalog import ListingKey, ListingSeen, MappingProblem
from reconciliation.quantities import Instant, Sku, normal_sku

from ..boards import gather, surround
from ..modes import why_not
from ..queues import pool_of_work
from ..races import listing_policy, scales
from ..services import Services
from ..settings.values import partner_of
from .held_back import safety_text
from .locks import locks_of
from .lookup import find_sku
from .moments import age_s, iso
from .remedies import Circumstances, what_would_change
from .sight import EVERYTHING, Sight, hidden_pools, pools_of_decisions, veiled_decision
from .weighing_text import budget_texts, race_texts


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTerms:
    """A pool's stock in a decision, term by term; `units_per_sale` of it go with each sale.

    `ats_units` below zero is a shortage, and `shortage_units` says of how many. `kept_units` are
    sold by one shop alone, by name; those of no name by none. `race` is by what it was priced that
    several listings show the same units, None where each unit was promised once.
    """

    pool: str
    units_per_sale: int
    known: bool
    snapshot_units: int | None
    as_of: str | None
    age_s: float | None
    committed_units: int
    departed_units: int
    missing_units: int
    returned_units: int
    set_aside_units: int
    safety_units: int
    safety_capped: bool
    safety_rule: str
    safety_because: str
    ats_units: int
    shortage_units: int
    sellable_units: int
    slack_units: int
    kept_units: Mapping[str, int]
    race: Mapping[str, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureTerms:
    """The most that TikTok could still sell on a listing, term by term."""

    known: bool
    total_units: int
    shown_units: int
    unsettled_units: int
    restock_units: int
    doubt_units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The last stored decision on a listing; `policy_version` 0 is the settings' policy."""

    policy_version: int
    state: str
    since: str | None
    staleness: str
    supply_units: int | None
    cap_units: int
    cap_rule: str
    target_units: int
    shown_units: int
    write_units: int | None
    obstacle: str
    reason: str
    exposure: ExposureTerms
    pools: tuple[PoolTerms, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastWrite:
    """The newest write to a listing, and its outcome."""

    from_units: int
    to_units: int
    write_class: str
    reason: str
    outcome: str
    detail: str
    intended_at: str | None
    answered_at: str | None
    settled_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingReport:
    """A listing and why it shows what it shows; `decision` is None if there never was one."""

    listing: str
    shop: str
    seller_sku: str
    title: str
    product_status: str
    problem: str
    not_written_because: str
    decision: Decided | None
    what_would_change: tuple[str, ...]
    last_write: LastWrite | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """All listings that sell a SKU; none where only a feed has named it.

    `weighed` says of their goods what they may show of the same units now, what is allowed to fail
    of 10,000 orders by its cause, and what follows from it.
    """

    sku: str
    at: str | None
    listings: tuple[ListingReport, ...]
    weighed: tuple[str, ...]


def explain(
    services: Services, sku: str, shop: str | None = None, *, sight: Sight = EVERYTHING
) -> Explanation:
    """Return the last decision on each listing that sells a SKU. Raises `lookup.Unknown`.

    Goods that are shared with a shop out of sight are left out of a decision's `pools`, and its
    `supply_units` with them, and of what is `weighed`.
    """
    now = services.now()
    with reading(services.engine) as connection:
        found = find_sku(connection, services.settings, sku, shop, sight=sight)
        desk = _Desk(connection, services, now, sight)
        reports = tuple(desk.report(key) for each in batches(found.listings) for key in each)
        weighed = tuple(_weighed(connection, services, reports))
    return Explanation(sku=found.sku, at=iso(now), listings=reports, weighed=weighed)


def _weighed(
    connection: Connection, services: Services, reports: Iterable[ListingReport]
) -> Iterator[str]:
    """Yield how the goods that the reports show are weighed now."""
    decisions = [report.decision for report in reports if report.decision is not None]
    named = {terms.pool for decision in decisions for terms in decision.pools}
    pools = [pool_of_work(name) for name in sorted(named)]
    board = gather(connection, services, surround(connection, pools)).board
    weights = scales(connection, services, board.now)
    policies = {
        pool: services.policies.for_pool(
            partner=partner_of(services.settings, pool.warehouse), sku=pool.sku
        )
        for pool in pools
    }
    for pool, policy in policies.items():
        yield from race_texts(board, pool, policy)
    for policy in dict.fromkeys(policies.values()):
        yield from budget_texts(policy, weights.prices(policy), dict(weights.factors))


class _Desk:
    """What all reports of one explanation look at."""

    def __init__(
        self, connection: Connection, services: Services, now: Instant, sight: Sight
    ) -> None:
        self._connection = connection
        self._services = services
        self._now = now
        self._sight = sight
        self._seen = {each.key: each for each in catalog.all_seen(connection)}
        self._problems = {each.key: each for each in catalog.problems(connection)}

    def report(self, key: ListingKey) -> ListingReport:
        seen, problem = self._seen[key], self._problems.get(key)
        row = self._row(key)
        last = writes.latest(self._connection, [key]).get(key)
        return ListingReport(
            listing=str(key),
            shop=key.shop,
            seller_sku=seen.seller_sku,
            title=seen.title,
            product_status=seen.product_status,
            problem=_problem_text(problem),
            not_written_because=why_not(self._connection, self._services, key.shop),
            decision=decided(row, self._now),
            what_would_change=what_would_change(self._circumstances(row, seen, problem)),
            last_write=_last_write(last),
        )

    def _row(self, key: ListingKey) -> ListingRow:
        """Return a listing's row, its decision without the goods that are out of sight."""
        row = listings.load(self._connection, [key])[key]
        pools = pools_of_decisions([row.decision])
        hidden = hidden_pools(self._connection, self._sight, pools)
        return replace(row, decision=veiled_decision(row.decision, hidden))

    def _circumstances(
        self, row: ListingRow, seen: ListingSeen, problem: MappingProblem | None
    ) -> Circumstances:
        listing = catalog.recipes_of(self._connection, [row.key]).get(row.key)
        case = self._services.settings.catalog.sku_case
        names = {part.pool.sku for part in listing.recipe} if listing else set[Sku]()
        names |= {normal_sku(seen.seller_sku, case)} if listing else set()
        in_force = holds.in_force(self._connection, self._now)
        return Circumstances(
            decision=row.decision,
            policy=listing_policy(self._services, listing) if listing else None,
            problem=problem,
            stranded_because=row.stranded_because,
            not_written_because=why_not(self._connection, self._services, row.key.shop),
            holds=tuple(
                hold for hold in in_force if hold.sku in names and hold.shop in ("", row.key.shop)
            ),
            locks=locks_of(self._connection, row.key, self._now),
        )


def _problem_text(problem: MappingProblem | None) -> str:
    return "" if problem is None else f"{problem.problem.value}: {problem.remedy}"


def decided(row: ListingRow, now: Instant) -> Decided | None:
    """Return a listing's stored decision in its terms, None if it was never decided."""
    detail = row.decision
    if detail is None:
        return None
    return Decided(
        # What was decided before policies were applied has none.
        policy_version=detail.get("policy_version", 0),
        state=row.state.value,
        since=iso(row.since) if row.since else None,
        staleness=detail["staleness"],
        supply_units=detail["supply_units"],
        cap_units=detail["cap_units"],
        cap_rule=detail["cap_rule"],
        target_units=detail["target_units"],
        shown_units=detail["shown_units"],
        write_units=detail["write_units"],
        obstacle=detail["obstacle"],
        reason=detail["reason"],
        exposure=ExposureTerms(**detail["exposure"]),
        pools=tuple(pool_terms(part, now) for part in detail["recipe"]),
    )


def pool_terms(part: Mapping[str, Any], now: Instant) -> PoolTerms:
    """Return a pool's terms from a stored decision."""
    ats = part["ats_units"]
    return PoolTerms(
        pool=part["pool"],
        units_per_sale=part["units"],
        known=part["known"],
        snapshot_units=part["snapshot_units"],
        as_of=iso(part["as_of"]),
        age_s=age_s(part["as_of"], now),
        committed_units=part["committed_units"],
        departed_units=part["departed_units"],
        missing_units=part["missing_units"],
        returned_units=part["returned_units"],
        set_aside_units=part["held_units"],
        safety_units=part["safety_units"],
        safety_capped=part["safety_capped"],
        safety_rule=(part.get("safety") or {}).get("rule", ""),
        safety_because=safety_text(part),
        ats_units=ats,
        shortage_units=max(-ats, 0),
        sellable_units=part["sellable_units"],
        slack_units=part["slack_units"],
        # What was decided before units were kept for shops has none.
        kept_units=part.get("kept_units", {}),
        # Nor has what was decided before overlap was priced.
        race=part.get("race"),
    )


def _last_write(write: WriteRow | None) -> LastWrite | None:
    if write is None:
        return None
    return LastWrite(
        from_units=write.shown_units,
        to_units=write.units,
        write_class=write.write_class.name.lower(),
        reason=write.reason,
        outcome=write.outcome.value,
        detail=write.detail,
        intended_at=iso(write.intended_at),
        answered_at=iso(write.answered_at),
        settled_at=iso(write.settled_at),
    )
