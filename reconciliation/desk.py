"""One plan in the making: what is decided so far, and the slack that is left.

The passes and the rules that they follow are told at the head of `plan`.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from .board import Board, ListingFacts
from .bound import Slack, slack_of
from .catalog import ListingKey, PoolKey
from .overlapping import raced
from .quantities import Units
from .verdict import Decision, Write, WriteClass


class Desk:
    """The plan in the making: decisions so far, and the slack that is left."""

    def __init__(self, board: Board, decisions: dict[ListingKey, Decision]) -> None:
        self.board = board
        self.decisions = decisions
        self.slack: Slack = slack_of(board)
        self._drawing: dict[PoolKey, list[ListingFacts]] = {pool: [] for pool in board.pools}
        self._grouped: dict[tuple[str, str, str], list[ListingFacts]] = {}
        for facts in board.listings:
            self._grouped.setdefault(facts.sku_group, []).append(facts)
            for pool in {part.pool for part in facts.listing.recipe}:
                self._drawing[pool].append(facts)

    def lower_to_caps(self) -> None:
        """Lower what is shown above the guard's cap."""
        for facts in self.board.listings:
            decision = self.decisions[facts.key]
            if facts.stranded_because or self._shown(facts) <= decision.cap_units:
                continue
            if decision.cap_units == 0:
                self._write(facts, 0, WriteClass.PAUSE, decision.cap_rule)
            else:
                self._lower(facts, WriteClass.DECREASE, decision.cap_rule)

    def lower_to_goods(self) -> None:
        """Lower listings of each pool until what they likely show is covered by the goods."""
        for pool in sorted(self.board.pools):
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
        for facts in self._lowerable(pool):
            if self._shown(facts) * facts.listing.units_of(pool) > goods:
                self._lower(facts, WriteClass.OVERSELL_DECREASE, reason)

    def raise_to_targets(self) -> None:
        """Raise SKU groups whose targets are worth a call, the emptiest first."""
        for group in self._groups_by_need():
            self._raise_group(group)

    def move_to_starved(self) -> None:
        """Take one listing to zero where another of its pool starves, to share anew."""
        for pool in sorted(self.board.pools):
            starved = [facts for facts in self._of(pool) if self._starves(facts)]
            if starved and self._may_move(pool):
                self._move(pool, starved[0])

    def send_along(self) -> None:
        """Complete each call with the SKU's other warehouses, which are writes too."""
        for group in self._grouped.values():
            if not any(self.decisions[facts.key].write for facts in group):
                continue
            for facts in group:
                if self.decisions[facts.key].write is None:
                    self._send_along(facts)

    # -- lowering -------------------------------------------------------------------------

    def _lower(self, facts: ListingFacts, write_class: WriteClass, reason: str) -> None:
        """Write the target where old and new fit together, else zero (W6)."""
        decision = self.decisions[facts.key]
        target = min(decision.target_units, decision.cap_units)
        fits = self._countable(facts) and target <= self.slack.sales(facts)
        if target >= self._shown(facts):
            target = 0
        self._write(facts, target if fits else 0, write_class, reason)

    def _countable(self, facts: ListingFacts) -> bool:
        """Tell whether the slack of a listing's pools is more than a guess."""
        may_land = [each for each in facts.book.writes if each.answered_at is None]
        open_writes = may_land if raced(facts, self.board) else facts.book.writes
        return not open_writes and all(
            other.book.known for part in facts.listing.recipe for other in self._of(part.pool)
        )

    def _likely_beyond(self, pool: PoolKey) -> Units:
        """Return the units that are likely shown beyond the pool's goods."""
        position = self.board.pools[pool].position
        if not position.known:
            return 0
        shown = sum(self._shown(facts) * facts.listing.units_of(pool) for facts in self._of(pool))
        return shown - position.sellable_units

    def _lowerable(self, pool: PoolKey) -> list[ListingFacts]:
        return [
            facts
            for facts in self._of(pool)
            if not facts.stranded_because and self._shown(facts) > 0
        ]

    def _least_loss(self, pool: PoolKey, beyond: Units) -> ListingFacts | None:
        """Return the listing to lower: one that covers what is beyond and loses least.

        If none covers it alone, the largest. Its other warehouses may go to zero with it.
        """

        def loss(facts: ListingFacts) -> tuple[bool, Units, Fraction, int]:
            covers = self._shown(facts) * facts.listing.units_of(pool) >= beyond
            group = sum(self._shown(each) for each in self._grouped[facts.sku_group])
            return (not covers, group if covers else -group, facts.demand, -facts.turn)

        return min(self._lowerable(pool), key=loss, default=None)

    def _by_excess(self, pool: PoolKey) -> list[ListingFacts]:
        """Return the listings that can be lowered, the one furthest above its share first."""
        return sorted(
            self._lowerable(pool),
            key=lambda facts: (
                self.decisions[facts.key].target_units - self._shown(facts),
                facts.demand,
                -facts.turn,
            ),
        )

    # -- raising --------------------------------------------------------------------------

    def _raise_group(self, group: list[ListingFacts]) -> None:
        if not any(self._worth(facts, self._goal(facts)) for facts in group):
            return
        quantities = self._direct(group)
        if quantities is None and not self._worth_zeroing(group):
            self._note(group, self._why_no_room(group))
        elif obstacle := self._first(self._obstacle, group):
            self._note(group, obstacle)
        elif obstacle := self._first(self._lack_of_proof, group):
            self._note(group, obstacle, waits_for_proof=True)
        elif quantities is not None:
            for facts, units in quantities:
                self._write_raise(facts, units)
        else:
            self._zero_first(group)

    def _why_no_room(self, group: list[ListingFacts]) -> str:
        free = min(self.slack.sales(facts) for facts in group)
        if free == 0:
            return "the goods are promised elsewhere for now"
        return (
            f"{free} free, but while it sells its new quantity needs room beside the old: "
            "it rises when it has sold down or more is free"
        )

    def _zero_first(self, group: list[ListingFacts]) -> None:
        for facts in group:
            if self._shown(facts) > 0:
                reason = "to zero first, to be raised from there"
                self._write(facts, 0, WriteClass.DECREASE, reason)

    @staticmethod
    def _first(ask: Callable[[ListingFacts], str], group: list[ListingFacts]) -> str:
        return next((why for facts in group if (why := ask(facts))), "")

    def _direct(self, group: list[ListingFacts]) -> list[tuple[ListingFacts, Units]] | None:
        """Return quantities that fit beside what is shown, or None if nothing is gained."""
        quantities, worth = [], False
        planned = self.slack.copied(part.pool for f in group for part in f.listing.recipe)
        for facts in group:
            room, shown = planned.sales(facts), self._shown(facts)
            goal = min(self._goal(facts), room)
            units = goal if self._worth(facts, goal) else shown
            if units > room:
                return None
            worth = worth or units > shown
            planned.spend(facts, units)
            quantities.append((facts, units))
        return quantities if worth else None

    def _worth_zeroing(self, group: list[ListingFacts]) -> bool:
        """Tell whether going through zero gains a multiple of what is shown."""
        if any(self.slack.units(part.pool) < 0 for f in group for part in f.listing.recipe):
            return False
        goals = shown = 0
        for facts in group:
            reach = self.slack.sales(facts) + self._shown(facts)
            goals += min(self._goal(facts), reach)
            shown += self._shown(facts)
        ratio = max(facts.policy.share_band_ratio for facts in group)
        return shown > 0 and goals > shown and goals >= ratio * shown

    def _goal(self, facts: ListingFacts) -> Units:
        decision = self.decisions[facts.key]
        return min(decision.target_units, decision.cap_units)

    def _worth(self, facts: ListingFacts, units: Units) -> bool:
        """Tell whether raising to `units` gains enough to be worth a call (W3)."""
        shown = self._shown(facts)
        least = math.ceil(shown * facts.policy.raise_percent_min / 100.0)
        return units - shown >= max(facts.policy.raise_units_min, least, 1)

    def _obstacle(self, facts: ListingFacts) -> str:
        """Return what forbids raising a listing now, empty if nothing does."""
        if facts.stranded_because:
            return f"stranded: {facts.stranded_because}"
        if facts.book.writes or self.decisions[facts.key].write is not None:
            return "a write is still open"
        for part in facts.listing.recipe:
            if not self.board.pools[part.pool].position.known:
                return f"no feed has named {part.pool} yet"
        return ""

    def _lack_of_proof(self, facts: ListingFacts) -> str:
        """Return which proof a raise lacks (W5), empty if none."""
        book = facts.book
        if book.read is None:
            return "never read"
        if self.board.now - book.read.finished_at > facts.policy.read_age_s_max:
            return "the last read is too old"
        complete = facts.ledger_complete_up_to
        if complete is None or complete < book.read.finished_at:
            return "orders placed before the last read may still be unknown"
        if book.unasked_units:
            return f"{book.unasked_units} units went that nobody ordered: perhaps a person's edit"
        unknown = [
            other.key
            for part in facts.listing.recipe
            for other in self._of(part.pool)
            if not other.book.known
        ]
        return f"{unknown[0]} shares its goods and is not known yet" if unknown else ""

    # -- moving ---------------------------------------------------------------------------

    def _starves(self, facts: ListingFacts) -> bool:
        """Tell whether a listing is far below its share and nothing is under way."""
        goal, shown = self._goal(facts), self._shown(facts)
        far_below = goal >= 1 and goal >= facts.policy.share_band_ratio * shown
        return far_below and self._worth(facts, goal) and not self._obstacle(facts)

    def _may_move(self, pool: PoolKey) -> bool:
        """Tell whether the pool is quiet and the last move is long enough ago."""
        facts_of_pool = self._of(pool)
        quiet = not any(
            facts.book.writes or self.decisions[facts.key].write for facts in facts_of_pool
        )
        moved_at = self.board.pools[pool].moved_at
        wait_s = max(facts.policy.move_s_min for facts in facts_of_pool)
        return quiet and (moved_at is None or self.board.now - moved_at >= wait_s)

    def _move(self, pool: PoolKey, starved: ListingFacts) -> None:
        givers = self._own_call_in_the_way(starved) or self._donors(pool, starved)[:1]
        if self.slack.units(pool) < 0 or not givers:
            return
        if lack := self._lack_of_proof(starved):
            self._note([starved], lack, waits_for_proof=True)
            return
        for facts in givers:
            self._write(facts, 0, WriteClass.MOVE, f"makes room for {starved.key}")

    def _own_call_in_the_way(self, starved: ListingFacts) -> list[ListingFacts]:
        """Return the SKU's other warehouses where only their being sent along forbids a raise."""
        reach = min(self._goal(starved), self.slack.sales(starved))
        siblings = [
            facts
            for facts in self._grouped[starved.sku_group]
            if facts.key != starved.key and self._shown(facts) > 0
        ]
        ready = not any(self._obstacle(facts) for facts in siblings)
        return siblings if ready and self._worth(starved, reach) else []

    def _donors(self, pool: PoolKey, starved: ListingFacts) -> list[ListingFacts]:
        """Return the listings of a pool that show more than their share, the furthest first."""
        return [
            facts
            for facts in self._by_excess(pool)
            if facts.key != starved.key and self._shown(facts) > self._goal(facts)
        ]

    # -- bookkeeping ----------------------------------------------------------------------

    def _write_raise(self, facts: ListingFacts, units: Units) -> None:
        shown = self._shown(facts)
        if units <= shown:
            self._write(facts, units, WriteClass.SENT_ALONG, "sent along with its SKU")
        elif shown == 0:
            self._write(facts, units, WriteClass.RAISE_FROM_ZERO, "its share, from zero")
        else:
            self._write(facts, units, WriteClass.RAISE, "its share, beside what is shown")

    def _send_along(self, facts: ListingFacts) -> None:
        units = self._shown(facts)
        fits = self._countable(facts) and units <= self.slack.sales(facts)
        self._write(facts, units if fits else 0, WriteClass.SENT_ALONG, "sent along with its SKU")

    def _write(
        self, facts: ListingFacts, units: Units, write_class: WriteClass, reason: str
    ) -> None:
        """Plan one write and pay for it out of the slack."""
        write = Write(
            key=facts.key,
            units=units,
            shown_units=self.decisions[facts.key].shown_units,
            write_class=write_class,
            reason=reason,
        )
        self.slack.spend(facts, units)
        self.decisions[facts.key] = replace(self.decisions[facts.key], write=write)

    def _note(
        self, group: Iterable[ListingFacts], obstacle: str, *, waits_for_proof: bool = False
    ) -> None:
        for facts in group:
            self.decisions[facts.key] = replace(
                self.decisions[facts.key], obstacle=obstacle, waits_for_proof=waits_for_proof
            )

    def _shown(self, facts: ListingFacts) -> Units:
        """Return what the listing is heading for, this plan's write included."""
        write = self.decisions[facts.key].write
        return write.units if write is not None else self.decisions[facts.key].shown_units

    def _of(self, pool: PoolKey) -> list[ListingFacts]:
        return self._drawing[pool]

    def _groups_by_need(self) -> list[list[ListingFacts]]:
        """Return the SKU groups, those that show least of their share first."""

        def need(group: list[ListingFacts]) -> tuple[float, int]:
            goals = sum(self._goal(facts) for facts in group)
            shown = sum(self._shown(facts) for facts in group)
            return (shown / goals if goals else math.inf, min(facts.turn for facts in group))

        return sorted(self._grouped.values(), key=need)
