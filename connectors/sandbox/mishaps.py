"""What goes wrong beside the calls, and when: drawn whole from a seed before anything happens.

Theory of operation. `drawn` is pure: the same seed, the same moments, whatever the program does
meanwhile. `Mishaps.begin` hands it to the world, whose clock lets each happen when it is due.
Calls that go wrong one by one are `faults`, notifications that get lost are `webhooks`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from functools import partial

from .faults import FaultPlan
from .merchandise import ListedSku
from .world import SandboxWorld


class MishapKind(StrEnum):
    """What can happen; each value names an interval of `MishapIntervals`, TIKTOK_RETURNS none."""

    TOKEN_EXPIRES = "token_expires"  # noqa: S105 - a name, not a secret
    """A shop's access token is expired before its time."""
    SELLER_LOWERS = "seller_lowers"
    """A person lowers a quantity in Seller Center."""
    SELLER_RAISES = "seller_raises"
    """A person raises one: what is sold before the program sees it, nothing can prevent."""
    CLOCK_STEPS = "clock_steps"
    """TikTok's clock and ours come to differ otherwise."""
    TIKTOK_LEAVES = "tiktok_leaves"
    """Every call is turned away, until it returns."""
    TIKTOK_RETURNS = "tiktok_returns"


@dataclass(frozen=True, slots=True, kw_only=True)
class MishapIntervals:
    """Seconds from one of a kind to the next, on average; 0 for never.

    `clock_ahead_s_max`: how far TikTok's clock comes to be ahead or behind. `away_s`: the
    (least, most) seconds that it is away. `raise_units_max`: by how much a person raises.
    """

    token_expires_s: float = 0.0
    seller_lowers_s: float = 0.0
    seller_raises_s: float = 0.0
    clock_steps_s: float = 0.0
    tiktok_leaves_s: float = 0.0
    clock_ahead_s_max: float = 0.1
    away_s: tuple[float, float] = (1.0, 5.0)
    raise_units_max: int = 5

    def __post_init__(self) -> None:
        """Refuse an interval that runs backwards."""
        values = (getattr(self, field.name) for field in fields(self) if field.name != "away_s")
        if min(*values, *self.away_s) < 0:
            raise ValueError(f"intervals and sizes of mishaps cannot be negative: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mishap:
    """One of them, at `at` (Unix seconds). `luck`, from 0 to 1, says whom and how hard."""

    at: float
    kind: MishapKind
    luck: float


def drawn(
    rng: random.Random, intervals: MishapIntervals, *, begins_at: float, lasts_s: float
) -> tuple[Mishap, ...]:
    """Return all that happens in a span of time, in the order of its moments."""
    mishaps: list[Mishap] = []
    for kind in MishapKind:
        interval_s = getattr(intervals, f"{kind.value}_s", 0.0)
        at = begins_at
        while interval_s and (at := at + rng.expovariate(1.0 / interval_s)) < begins_at + lasts_s:
            mishaps.append(Mishap(at=at, kind=kind, luck=rng.random()))
            if kind is MishapKind.TIKTOK_LEAVES:
                back_at = at + rng.uniform(*intervals.away_s)
                mishaps.append(Mishap(at=back_at, kind=MishapKind.TIKTOK_RETURNS, luck=0.0))
    return tuple(sorted(mishaps, key=lambda each: (each.at, each.kind)))


class Mishaps:
    """Lets what was drawn happen to a world and its calls."""

    def __init__(self, world: SandboxWorld, faults: FaultPlan, intervals: MishapIntervals) -> None:
        """Keep what is struck; nothing happens yet."""
        self._world = world
        self._faults = faults
        self._intervals = intervals

    def begin(self, planned: Sequence[Mishap]) -> None:
        """Let each happen at its moment; at once, where that is over."""
        with self._world.turn() as now:
            for mishap in planned:
                self._world.later(mishap.at - now, partial(self.strike, mishap))

    def strike(self, mishap: Mishap) -> None:
        """Let one happen now, whatever its moment."""
        match mishap.kind:
            case MishapKind.TOKEN_EXPIRES:
                self._expire_a_token(mishap.luck)
            case MishapKind.SELLER_LOWERS | MishapKind.SELLER_RAISES:
                self._edit_by_hand(mishap)
            case MishapKind.CLOCK_STEPS:
                ahead_s = (2 * mishap.luck - 1) * self._intervals.clock_ahead_s_max
                switches = replace(self._world.switches, clock_ahead_s=ahead_s)
                self._world.set_switches(switches)
            case MishapKind.TIKTOK_LEAVES | MishapKind.TIKTOK_RETURNS:
                self._faults.set_away(is_away=mishap.kind is MishapKind.TIKTOK_LEAVES)

    def _expire_a_token(self, luck: float) -> None:
        shops = [shop.name for shop in self._world.registry.shops()]
        granted = [shop for shop in shops if self._world.tokens.grant_of(shop)]
        if granted:
            self._world.expire_access_token(granted[int(luck * len(granted))])

    def _edit_by_hand(self, mishap: Mishap) -> None:
        skus = [sku for sku in self._world.registry.skus() if not sku.combined_skus]
        if not skus:
            return
        # One draw says both which SKU and, by what is left of it, how far.
        place = mishap.luck * len(skus)
        sku, share = skus[int(place)], place % 1.0
        with self._world.turn():
            shown = self._world.listing_quantity(sku.sku_id, sku.warehouse_ids[0])
            if mishap.kind is MishapKind.SELLER_LOWERS:
                self._set(sku, int(shown * share))
            else:
                self._set(sku, shown + 1 + int(share * self._intervals.raise_units_max))

    def _set(self, sku: ListedSku, units: int) -> None:
        self._world.edit_stock_by_hand(sku.sku_id, sku.warehouse_ids[0], available=units)
