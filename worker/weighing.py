"""What decisions are weighed by: prices, reaction windows, restocks and demand as they are now.

All of it changes little within seconds, and a decision is made for each order: what is looked up
is kept for a while, and a decision mostly costs no statement for it.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Connection

from connectors.store import declines, delays, demand, trail
from connectors.store.delays import WriteDelay
from reconciliation.budget import NOTHING_HAPPENED, Account, CancellationBudget, Cause, factors_of
from reconciliation.crowd import Crowd
from reconciliation.decline import DeclineTotals
from reconciliation.policy import Assumptions
from reconciliation.quantities import Instant, later
from reconciliation.race_terms import Window
from reconciliation.reaction import Measured, Unmeasured
from reconciliation.sales_history import HALF_LIFE_S

from .crowds import crowds_of_late
from .forecasts import Forecasts
from .settings.model import Settings


OVERSOLD = "oversold"
"""The trail's word for orders that the goods do not cover any more; its subject is the cause."""

ACCOUNT_AGE_S_MAX = 30.0
"""How old the account of oversold orders may be."""

ACCOUNT_S = 4 * HALF_LIFE_S
"""How far back oversold orders are looked for: one of before weighs a sixteenth."""

REACTION_AGE_S_MAX = 10.0
"""How old a shop's reaction windows may be: webhooks that cease are noticed within this time."""

REACTION_S = 86_400.0
"""How far back reactions are measured."""

REACTIONS_MOST = 300
"""So many of the newest measurements count: they say how fast we are now."""

READS_AGE_S_MAX = 1.0
"""How old the look at the reads that wait in a shop may be."""

CLOSE_LISTINGS_MAX = 500
"""The most listings of a shop that are read closely: what one round of reads takes."""

BEHIND_TIMES = 2.0
"""Reads that are later than so many of their intervals are not close any more."""

DECLINES_AGE_S_MAX = 5.0
"""How old the sums of declines may be: each file of a warehouse moves them a little."""

CROWD_AGE_S_MAX = 600.0
"""How old what follows an order may be: it is a habit of buyers, and a long look."""

Factors = tuple[tuple[Cause, float], ...]
"""What the account makes of each cause's price."""

Thing = TypeVar("Thing")


class _Kept(Generic[Thing]):
    """What was looked up, by what it is of, for as long as it may be used.

    Two threads that find it old both look it up, and either's is as good.
    """

    def __init__(self, age_s_max: float) -> None:
        self._age_s_max = age_s_max
        self._found: dict[object, tuple[Instant, Thing]] = {}

    def of(
        self,
        key: object,
        now: Instant,
        look_up: Callable[[], Thing],
        *,
        is_kept: Callable[[Thing], bool] = lambda _: True,
    ) -> Thing:
        """Return what is kept of `key`, looked up anew where that is too old or was not kept."""
        kept = self._found.get(key)
        if kept is not None and 0.0 <= now - kept[0] <= self._age_s_max:
            return kept[1]
        found = look_up()
        if is_kept(found):
            self._found[key] = (now, found)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopReaction:
    """How fast a shop is heard of and written to; `close_windows` are of close reads, if any."""

    windows: tuple[Window, ...]
    close_windows: tuple[Window, ...]
    write_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the settings say of reactions: what holds while nothing is measured."""

    unmeasured: Unmeasured
    read_closely_s: float
    write_horizon_s: float


def circumstances(settings: Settings, assumptions: Assumptions) -> Circumstances:
    """Return what the settings and what is assumed of TikTok say of reactions."""
    return Circumstances(
        unmeasured=Unmeasured(
            poll_every_s=settings.schedule.orders_poll_s,
            orders_lag_s=assumptions.orders_lag_s,
            call_s=settings.tiktok.timeout_s,
        ),
        read_closely_s=settings.schedule.read_closely_s,
        write_horizon_s=assumptions.write_horizon_s,
    )


@dataclass(frozen=True, slots=True)
class Weighing:
    """What is looked up for decisions; several threads may ask at once."""

    forecasts: Forecasts = field(default_factory=Forecasts)
    _accounts: _Kept[Account] = field(default_factory=lambda: _Kept(ACCOUNT_AGE_S_MAX))
    _factors: _Kept[Factors] = field(default_factory=lambda: _Kept(ACCOUNT_AGE_S_MAX))
    _declines: _Kept[Mapping[str, DeclineTotals]] = field(
        default_factory=lambda: _Kept(DECLINES_AGE_S_MAX)
    )
    _crowds: _Kept[Crowd] = field(default_factory=lambda: _Kept(CROWD_AGE_S_MAX))
    _measured: _Kept[Measured] = field(default_factory=lambda: _Kept(REACTION_AGE_S_MAX))
    _reactions: _Kept[ShopReaction] = field(default_factory=lambda: _Kept(REACTION_AGE_S_MAX))
    _keeping_up: _Kept[bool] = field(default_factory=lambda: _Kept(READS_AGE_S_MAX))

    def account(self, connection: Connection, now: Instant) -> Account:
        """Return what happened of late: orders, and oversold ones by cause."""
        return self._accounts.of("", now, lambda: _account(connection, now))

    def factors(self, connection: Connection, budget: CancellationBudget, now: Instant) -> Factors:
        """Return what the account makes of each cause's price under a budget."""
        return self._factors.of(
            budget,
            now,
            lambda: tuple(factors_of(budget, self.account(connection, now)).items()),
        )

    def declines(self, connection: Connection, now: Instant) -> Mapping[str, DeclineTotals]:
        """Return what has gone unexplained of each warehouse.

        What is learned first is told at once: until then safety stock goes by other terms.
        """
        look_up = partial(declines.totals_by_warehouse, connection)
        return self._declines.of("", now, look_up, is_kept=bool)

    def crowd(self, connection: Connection, now: Instant) -> Crowd:
        """Return how many orders follow an order; until any are known, the stated guess."""
        return self._crowds.of(
            "", now, lambda: crowds_of_late(connection, self.forecasts, now).crowd()
        )

    def keeps_up(self, connection: Connection, shop: str, every_s: float, now: Instant) -> bool:
        """Tell whether a shop's reads come in time, so that listings can be read so often."""
        look_up = partial(_keeps_up, connection, shop, every_s, now)
        return self._keeping_up.of((shop, every_s), now, look_up)

    def reaction(
        self,
        connection: Connection,
        shop: str,
        setting: Circumstances,
        close_every_s: float | None,
        now: Instant,
    ) -> ShopReaction:
        """Return how fast a shop is heard of and written to, read closely every so often."""
        otherwise = setting.unmeasured
        measured = self._measured.of(
            shop, now, lambda: _measured(connection, shop, setting.write_horizon_s, now)
        )
        return self._reactions.of(
            (shop, setting, close_every_s),
            now,
            lambda: ShopReaction(
                windows=measured.windows(otherwise),
                close_windows=()
                if close_every_s is None
                else measured.close_windows(close_every_s, otherwise),
                write_s=measured.call_s(otherwise),
            ),
        )


# -- looked up ----------------------------------------------------------------------------------


def _account(connection: Connection, now: Instant) -> Account:
    causes = {cause.value: cause for cause in Cause}
    since = later(now, -ACCOUNT_S)
    oversold = dict.fromkeys(Cause, 0.0)
    for event in trail.events_of(connection, list(causes), OVERSOLD, since=since):
        weight = 0.5 ** (max(now - event.at, 0.0) / HALF_LIFE_S)
        oversold[causes[event.subject]] += weight * event.detail["orders"] * event.detail["factor"]
    taken = math.fsum(demand.load_catalogue(connection).orders_at(now))
    if not taken and not any(oversold.values()):
        return NOTHING_HAPPENED
    # What was taken off again is newer than what it takes off, and weighs a little more.
    counts = {cause: max(orders, 0.0) for cause, orders in oversold.items()}
    return Account(orders=taken, oversold_orders=counts)


def _measured(connection: Connection, shop: str, horizon_s: float, now: Instant) -> Measured:
    since = later(now, -REACTION_S)
    took = delays.decreases_took(connection, shop, since=since, most=REACTIONS_MOST)
    return Measured(
        heard_s=delays.heard_after_s(connection, shop, since=since, most=REACTIONS_MOST),
        acted_s=_seconds(took, lambda each: each.acted_s, horizon_s),
        calls_s=_seconds(took, lambda each: each.call_s, horizon_s),
    )


def _seconds(
    took: Sequence[WriteDelay], of: Callable[[WriteDelay], float | None], horizon_s: float
) -> tuple[float, ...]:
    """Return how long each took; what never got an answer took as long as it may."""
    return tuple(horizon_s if (seconds := of(each)) is None else seconds for each in took)


def _keeps_up(connection: Connection, shop: str, every_s: float, now: Instant) -> bool:
    waiting = delays.reads_waiting(connection, shop, until=later(now, every_s))
    behind_s = 0.0 if waiting.first_due_at is None else now - waiting.first_due_at
    return waiting.listings <= CLOSE_LISTINGS_MAX and behind_s <= BEHIND_TIMES * every_s
