"""One plan in the making: what is decided so far, and the slack that is left.

The passes and the rules that they follow are told at the head of `plan`.
"""

import math
from collections.abc import Callable, Iterable
from fractions import Fraction

from .board import Board
from .bound import Slack, whole_slack
from .catalog import ListingKey, PoolKey
from .draft import Draft
from .quantities import Units
from .verdict import Write, WriteClass


class Desk:
    """The plan in the making: decisions so far, and the slack that is left."""

    def __init__(self, board: Board, drafts: list[Draft]) -> None:
        self.board = board
        self.drafts = drafts
        self.slack: Slack = whole_slack(board)
        self._pools = sorted(board.pools)
        self._drawing: dict[PoolKey, list[Draft]] = {pool: [] for pool in board.pools}
        self._grouped: dict[tuple[str, str, str], list[Draft]] = {}
        for draft in drafts:
            self.slack.spend(draft.facts, draft.exposure_units)
            self._grouped.setdefault(draft.facts.sku_group, []).append(draft)
            for pool in {part.pool for part in draft.facts.listing.recipe}:
                self._drawing[pool].append(draft)

    def lower_to_caps(self) -> None:
        """Lower what is shown above the guard's cap."""
        for draft in self.drafts:
            facts = draft.facts
            lowest = max(draft.cap_units, facts.least_units)
            if facts.stranded_because or draft.heading_units <= lowest:
                continue
            if draft.cap_units == 0:
                self._write(draft, facts.least_units, WriteClass.PAUSE, draft.cap_rule)
            else:
                self._lower(draft, WriteClass.DECREASE, draft.cap_rule)

    def lower_to_goods(self) -> None:
        """Lower listings of each pool until what they likely show is covered by the goods."""
        for pool in self._pools:
            reason = f"{pool} has fewer goods than are shown"
            if self.board.pools[pool].race is not None:
                self._lower_each_to_goods(pool, reason)
                continue
            while (beyond := self._likely_beyond(pool)) > 0:
                victim = self._least_loss(pool, beyond)
                if victim is None:
                    break
                self._lower(victim, WriteClass.OVERSELL_DECREASE, reason)

    def _lower_each_to_goods(self, pool: PoolKey, reason: str) -> None:
        """Lower each listing that alone shows more than a raced pool has."""
        if not self.board.pools[pool].position.known:
            return
        goods = self.board.goods_units(pool)
        for draft in self._lowerable(pool):
            if draft.heading_units * draft.facts.listing.units_of(pool) > goods:
                self._lower(draft, WriteClass.OVERSELL_DECREASE, reason)

    def raise_to_targets(self) -> None:
        """Raise SKU groups whose targets are worth a call, the emptiest first."""
        for group in self._groups_by_need():
            self._raise_group(group)

    def move_to_starved(self) -> None:
        """Take one listing to zero where another of its pool starves, to share anew."""
        for pool in self._pools:
            starved = [draft for draft in self._drawing[pool] if self._starves(draft)]
            if starved and self._may_move(pool):
                self._move(pool, starved[0])

    def send_along(self) -> None:
        """Complete each call with the SKU's other warehouses, which are writes too."""
        for group in self._grouped.values():
            if len(group) == 1 or not any(draft.write for draft in group):
                continue
            for draft in group:
                if draft.write is None:
                    self._send_along(draft)

    # -- lowering -------------------------------------------------------------------------

    def _lower(self, draft: Draft, write_class: WriteClass, reason: str) -> None:
        """Write the target where old and new fit together, else zero (W6).

        Where TikTok refuses zero, the least that it takes.
        """
        target, least = draft.goal_units, draft.facts.least_units
        fits = self._countable(draft) and target <= self.slack.sales(draft.facts)
        if target >= draft.heading_units or target < least:
            target = least
        self._write(draft, target if fits else least, write_class, reason)

    def _countable(self, draft: Draft) -> bool:
        """Tell whether the slack of a listing's pools is more than a guess."""
        writes = draft.facts.book.writes
        may_land = [each for each in writes if each.answered_at is None or not draft.raced]
        return not may_land and self._unknown_beside(draft) is None

    def _likely_beyond(self, pool: PoolKey) -> Units:
        """Return the units that are likely shown beyond the pool's goods."""
        position = self.board.pools[pool].position
        if not position.known:
            return 0
        shown = 0
        for draft in self._drawing[pool]:
            if units := draft.heading_units:
                shown += units * draft.facts.listing.units_of(pool)
        return shown - position.sellable_units

    def _lowerable(self, pool: PoolKey) -> list[Draft]:
        return [
            draft
            for draft in self._drawing[pool]
            if not draft.facts.stranded_because and draft.heading_units > draft.facts.least_units
        ]

    def _least_loss(self, pool: PoolKey, beyond: Units) -> Draft | None:
        """Return the listing to lower: one that covers what is beyond and loses least.

        If none covers it alone, the largest. Its other warehouses may go to zero with it.
        """

        def loss(draft: Draft) -> tuple[bool, Units, Fraction, int]:
            facts = draft.facts
            covers = draft.heading_units * facts.listing.units_of(pool) >= beyond
            group = sum(each.heading_units for each in self._grouped[facts.sku_group])
            return (not covers, group if covers else -group, facts.demand, -facts.turn)

        return min(self._lowerable(pool), key=loss, default=None)

    def _by_excess(self, pool: PoolKey) -> list[Draft]:
        """Return the listings that can be lowered, the one furthest above its share first."""
        return sorted(
            self._lowerable(pool),
            key=lambda draft: (
                draft.target_units - draft.heading_units,
                draft.facts.demand,
                -draft.facts.turn,
            ),
        )

    # -- raising --------------------------------------------------------------------------

    def _raise_group(self, group: list[Draft]) -> None:
        if not any(_is_worth(draft, draft.goal_units) for draft in group):
            return
        quantities = self._direct(group)
        if quantities is None and not self._worth_zeroing(group):
            self._note(group, self._why_no_room(group))
        elif obstacle := self._first(self._obstacle, group):
            self._note(group, obstacle)
        elif obstacle := self._first(self._lack_of_proof, group):
            self._note(group, obstacle, waits_for_proof=True)
        elif quantities is not None:
            for draft, units in quantities:
                self._write_raise(draft, units)
        else:
            self._zero_first(group)

    def _why_no_room(self, group: list[Draft]) -> str:
        free = min(self.slack.sales(draft.facts) for draft in group)
        if free == 0:
            return "the goods are promised elsewhere for now"
        return (
            f"{free} free, but while it sells its new quantity needs room beside the old: "
            "it rises when it has sold down or more is free"
        )

    def _zero_first(self, group: list[Draft]) -> None:
        for draft in group:
            if draft.heading_units > 0:
                reason = "to zero first, to be raised from there"
                self._write(draft, 0, WriteClass.DECREASE, reason)

    @staticmethod
    def _first(ask: Callable[[Draft], str], group: list[Draft]) -> str:
        return next((why for draft in group if (why := ask(draft))), "")

    def _direct(self, group: list[Draft]) -> list[tuple[Draft, Units]] | None:
        """Return quantities that fit beside what is shown, or None if nothing is gained."""
        quantities, worth = [], False
        planned = self.slack.copied(part.pool for d in group for part in d.facts.listing.recipe)
        for draft in group:
            room, shown = planned.sales(draft.facts), draft.heading_units
            goal = min(draft.goal_units, room)
            units = goal if _is_worth(draft, goal) else shown
            if units > room:
                return None
            worth = worth or units > shown
            planned.spend(draft.facts, units)
            quantities.append((draft, units))
        return quantities if worth else None

    def _worth_zeroing(self, group: list[Draft]) -> bool:
        """Tell whether going through zero gains a multiple of what is shown."""
        if any(self.slack.units(part.pool) < 0 for d in group for part in d.facts.listing.recipe):
            return False
        if any(draft.facts.least_units for draft in group):
            return False
        goals = shown = 0
        for draft in group:
            reach = self.slack.sales(draft.facts) + draft.heading_units
            goals += min(draft.goal_units, reach)
            shown += draft.heading_units
        ratio = max(draft.facts.policy.share_band_ratio for draft in group)
        return shown > 0 and goals > shown and goals >= ratio * shown

    def _obstacle(self, draft: Draft) -> str:
        """Return what forbids raising a listing now, empty if nothing does."""
        facts = draft.facts
        if facts.stranded_because:
            return f"stranded: {facts.stranded_because}"
        if facts.book.writes or draft.write is not None:
            return "a write is still open"
        for part in facts.listing.recipe:
            if not self.board.pools[part.pool].position.known:
                return f"no feed has named {part.pool} yet"
        return ""

    def _lack_of_proof(self, draft: Draft) -> str:
        """Return which proof a raise lacks (W5), empty if none."""
        facts, book = draft.facts, draft.facts.book
        if book.read is None:
            return "never read"
        if self.board.now - book.read.finished_at > facts.policy.read_age_s_max:
            return "the last read is too old"
        complete = facts.ledger_complete_up_to
        if complete is None or complete < book.read.finished_at:
            return "orders placed before the last read may still be unknown"
        if book.unasked_units:
            return f"{book.unasked_units} units went that nobody ordered: perhaps a person's edit"
        unknown = self._unknown_beside(draft)
        return f"{unknown} shares its goods and is not known yet" if unknown is not None else ""

    def _unknown_beside(self, draft: Draft) -> ListingKey | None:
        """Return a listing that draws on the same goods and whose exposure is a guess."""
        for part in draft.facts.listing.recipe:
            for other in self._drawing[part.pool]:
                if not other.facts.book.known:
                    return other.facts.key
        return None

    # -- moving ---------------------------------------------------------------------------

    def _starves(self, draft: Draft) -> bool:
        """Tell whether a listing is far below its share and nothing is under way."""
        goal, shown = draft.goal_units, draft.heading_units
        far_below = goal >= 1 and goal >= draft.facts.policy.share_band_ratio * shown
        return far_below and _is_worth(draft, goal) and not self._obstacle(draft)

    def _may_move(self, pool: PoolKey) -> bool:
        """Tell whether the pool is quiet and the last move is long enough ago."""
        drawing = self._drawing[pool]
        quiet = not any(draft.facts.book.writes or draft.write for draft in drawing)
        moved_at = self.board.pools[pool].moved_at
        wait_s = max(draft.facts.policy.move_s_min for draft in drawing)
        return quiet and (moved_at is None or self.board.now - moved_at >= wait_s)

    def _move(self, pool: PoolKey, starved: Draft) -> None:
        givers = self._own_call_in_the_way(starved) or self._donors(pool, starved)[:1]
        if self.slack.units(pool) < 0 or not givers:
            return
        if any(draft.facts.least_units for draft in givers):
            return
        if lack := self._lack_of_proof(starved):
            self._note([starved], lack, waits_for_proof=True)
            return
        for draft in givers:
            self._write(draft, 0, WriteClass.MOVE, f"makes room for {starved.facts.key}")

    def _own_call_in_the_way(self, starved: Draft) -> list[Draft]:
        """Return the SKU's other warehouses where only their being sent along forbids a raise."""
        reach = min(starved.goal_units, self.slack.sales(starved.facts))
        siblings = [
            draft
            for draft in self._grouped[starved.facts.sku_group]
            if draft is not starved and draft.heading_units > 0
        ]
        ready = not any(self._obstacle(draft) for draft in siblings)
        return siblings if ready and _is_worth(starved, reach) else []

    def _donors(self, pool: PoolKey, starved: Draft) -> list[Draft]:
        """Return the listings of a pool that show more than their share, the furthest first."""
        return [
            draft
            for draft in self._by_excess(pool)
            if draft is not starved and draft.heading_units > draft.goal_units
        ]

    # -- bookkeeping ----------------------------------------------------------------------

    def _write_raise(self, draft: Draft, units: Units) -> None:
        shown = draft.heading_units
        if units <= shown:
            self._write(draft, units, WriteClass.SENT_ALONG, "sent along with its SKU")
        elif shown == 0:
            self._write(draft, units, WriteClass.RAISE_FROM_ZERO, "its share, from zero")
        else:
            self._write(draft, units, WriteClass.RAISE, "its share, beside what is shown")

    def _send_along(self, draft: Draft) -> None:
        units = draft.heading_units
        fits = self._countable(draft) and units <= self.slack.sales(draft.facts)
        lowest = min(units, draft.facts.least_units)
        self._write(
            draft, units if fits else lowest, WriteClass.SENT_ALONG, "sent along with its SKU"
        )

    def _write(self, draft: Draft, units: Units, write_class: WriteClass, reason: str) -> None:
        """Plan one write and pay for it out of the slack."""
        draft.write = Write(
            key=draft.facts.key,
            units=units,
            shown_units=draft.shown_units,
            write_class=write_class,
            reason=reason,
        )
        self.slack.spend(draft.facts, units)

    @staticmethod
    def _note(group: Iterable[Draft], obstacle: str, *, waits_for_proof: bool = False) -> None:
        for draft in group:
            draft.obstacle = obstacle
            draft.waits_for_proof = waits_for_proof

    def _groups_by_need(self) -> list[list[Draft]]:
        """Return the SKU groups, those that show least of their share first."""

        def need(group: list[Draft]) -> tuple[float, int]:
            goals = sum([draft.goal_units for draft in group])
            shown = sum([draft.heading_units for draft in group])
            return (shown / goals if goals else math.inf, min([d.facts.turn for d in group]))

        return sorted(self._grouped.values(), key=need)


def _is_worth(draft: Draft, units: Units) -> bool:
    """Tell whether raising to `units` gains enough to be worth a call (W3)."""
    gained = units - draft.heading_units
    if gained < 1:
        return False
    policy = draft.facts.policy
    least = math.ceil(draft.heading_units * policy.raise_percent_min / 100.0)
    return gained >= max(policy.raise_units_min, least)
