"""What a policy would move before it is applied: both policies decide, and nothing is written.

The whole catalogue is decided for twice by the real rules, page by page, once by what counts now
and once by what would count. Compared is what each listing is heading for: its share under the
guard's cap. What a raise still lacks, such as a fresh read, is no difference between policies.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from connectors.store import pool_walk
from connectors.store.engine import reading
from reconciliation.board import Board, ListingFacts
from reconciliation.catalog import PoolKey
from reconciliation.guard import GuardState
from reconciliation.plan import decide
from reconciliation.quantities import Units
from reconciliation.race_terms import RaceTerms
from reconciliation.sharing import separate
from reconciliation.verdict import Decision

from ..boards import gather, surround
from ..services import Services
from ..settings.values import partner_of
from .applying import Proposal
from .stages import stage_text


POOLS_AT_ONCE = 200
"""Pools of one page: what is held in memory at once, and how long one reading lasts."""

Tell = Callable[[int, int], None]
"""Takes how many pools were decided for, and of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A listing that would head for another quantity, or pause or resume, and why.

    `why` holds the terms that differ and the decision's own words, where anything does.
    """

    listing: str
    shop: str
    partner: str
    seller_sku: str
    shown_units: Units
    from_units: Units
    to_units: Units
    state_from: str
    state_to: str
    why: str

    @property
    def units(self) -> Units:
        """Return by how many units it moves, negative for down."""
        return self.to_units - self.from_units

    @property
    def pauses(self) -> bool:
        """Tell whether the listing would be taken to zero until stock is proven."""
        return self.state_to == GuardState.PAUSED and self.state_from != GuardState.PAUSED

    @property
    def resumes(self) -> bool:
        """Tell whether the listing would come back from such a pause."""
        return self.state_from == GuardState.PAUSED and self.state_to != GuardState.PAUSED


@dataclass(slots=True, kw_only=True)
class Sums:
    """How many listings were decided for, and how many of them would move, and by how much."""

    listings: int = 0
    up_listings: int = 0
    up_units: Units = 0
    down_listings: int = 0
    down_units: Units = 0
    pausing: int = 0
    resuming: int = 0

    def add(self, move: Move) -> None:
        """Count one listing, whether it moves or not."""
        self.listings += 1
        self.up_listings += move.units > 0
        self.up_units += max(move.units, 0)
        self.down_listings += move.units < 0
        self.down_units += max(-move.units, 0)
        self.pausing += move.pauses
        self.resuming += move.resumes


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What applying a policy would move, in all, by shop and by partner, the largest first."""

    version: int
    would_be: int
    stage: str
    pools: int
    total: Sums
    by_shop: dict[str, Sums]
    by_partner: dict[str, Sums]
    largest: tuple[Move, ...]


@dataclass(slots=True, kw_only=True)
class _Count:
    """The sums while the catalogue is walked, with only so many of its moves.

    `ahead`: pools of later pages that were decided for already, with what they share goods with.
    """

    most: int
    pools: int = 0
    ahead: frozenset[PoolKey] = frozenset()
    total: Sums = field(default_factory=Sums)
    by_shop: dict[str, Sums] = field(default_factory=dict)
    by_partner: dict[str, Sums] = field(default_factory=dict)
    largest: list[tuple[int, int, Move]] = field(default_factory=list)

    def take(self, move: Move) -> None:
        for sums in (
            self.total,
            self.by_shop.setdefault(move.shop, Sums()),
            self.by_partner.setdefault(move.partner, Sums()),
        ):
            sums.add(move)
        if move.units or move.pauses or move.resumes:
            # The running number keeps equals in the order of the catalogue.
            entry = (abs(move.units), -self.total.listings, move)
            push = heapq.heappush if len(self.largest) < self.most else heapq.heappushpop
            push(self.largest, entry)

    def preview(self, proposal: Proposal) -> Preview:
        return Preview(
            version=proposal.now.version,
            would_be=proposal.then.version,
            stage=stage_text(proposal.then.stage),
            pools=self.pools,
            total=self.total,
            by_shop=dict(sorted(self.by_shop.items())),
            by_partner=dict(sorted(self.by_partner.items())),
            largest=tuple(move for _, _, move in sorted(self.largest, reverse=True)),
        )


def preview(
    services: Services,
    proposal: Proposal,
    *,
    most: int,
    tell: Tell = lambda _done, _of: None,
    pools_at_once: int = POOLS_AT_ONCE,
) -> Preview:
    """Return what applying a policy would move; `most` moves are named, all are counted."""
    count = _Count(most=most)
    for pools in _pages(services, pools_at_once, tell):
        with reading(services.engine) as connection:
            count.ahead, seeds = count.ahead - pools, pools - count.ahead
            around = surround(connection, seeds)
            then, now = (
                gather(connection, replace(services, policies=policies), around).board
                for policies in (proposal.then, proposal.now)
            )
        # What shares goods with this page is decided for with it, and not met again.
        count.ahead |= set(around.pools) - pools
        count.pools += len(pools)
        for part_now, part_then in zip(separate(now), separate(then), strict=True):
            for move in _moves(services, part_now, part_then):
                count.take(move)
    return count.preview(proposal)


def _pages(services: Services, pools_at_once: int, tell: Tell) -> Iterator[frozenset[PoolKey]]:
    """Yield all pools page by page; each page is read by itself, so that none is held open."""
    with reading(services.engine) as connection:
        in_all = pool_walk.count(connection)
    last, done = None, 0
    while True:
        with reading(services.engine) as connection:
            pools = pool_walk.page(connection, last, most=pools_at_once)
        if not pools:
            return
        yield frozenset(pools)
        last, done = pools[-1], done + len(pools)
        tell(done, in_all)


# -- one listing --------------------------------------------------------------------------------


def _moves(services: Services, now: Board, then: Board) -> Iterator[Move]:
    """Decide by both policies, and yield where each listing would be heading."""
    decided = (now.listings, decide(now).decisions, decide(then).decisions)
    for facts, before, after in zip(*decided, strict=True):
        pool = facts.listing.recipe[0].pool
        yield Move(
            listing=str(facts.key),
            shop=facts.key.shop,
            partner=partner_of(services.settings, pool.warehouse),
            seller_sku=facts.listing.seller_sku,
            shown_units=before.shown_units,
            from_units=_heading_units(before),
            to_units=_heading_units(after),
            state_from=before.state.value,
            state_to=after.state.value,
            why="" if _same(before, after) else _why(facts, (now, then), (before, after)),
        )


def _same(before: Decision, after: Decision) -> bool:
    heads_alike = _heading_units(before) == _heading_units(after)
    return heads_alike and before.state is after.state


def _heading_units(decision: Decision) -> Units:
    return min(decision.target_units, decision.cap_units)


def _why(
    facts: ListingFacts, boards: tuple[Board, Board], decisions: tuple[Decision, Decision]
) -> str:
    """Return the terms in which two decisions differ, and the second one's own words."""
    before, after = decisions
    terms = []
    for part in facts.listing.recipe:
        here, there = (board.pools[part.pool] for board in boards)
        terms.append(_term(f"{part.pool} safety", here.position, there.position, "safety_units"))
        terms.append(_term(f"{part.pool} to be shared", here, there, "shareable_units"))
        terms.append(_moved(f"{part.pool} overlap", _overlap(here.race), _overlap(there.race)))
    terms.append(_term("state", before, after, "state"))
    terms.append(_term("cap", before, after, "cap_units"))
    terms.append(after.cap_rule if after.cap_units <= after.target_units else after.reason)
    return "; ".join(term for term in terms if term)


def _term(name: str, before: object, after: object, field_name: str) -> str:
    """Return how a term differs, empty if it does not."""
    return _moved(name, getattr(before, field_name), getattr(after, field_name))


def _moved(name: str, one: object, other: object) -> str:
    return "" if one == other else f"{name} {one} -> {other}"


def _overlap(terms: RaceTerms | None) -> str:
    """Return how far listings may promise the same units."""
    return "none" if terms is None else f"at a price of {terms.price:.3g}"
