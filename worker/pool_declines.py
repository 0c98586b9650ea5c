"""What feeds have shown of some pools, as the record has it now: declines and restocks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from connectors.store import declines
from reconciliation.catalog import PoolKey
from reconciliation.decline import DeclineHistory, DeclineTotals, law_of
from reconciliation.decline_law import SECONDS_PER_HOUR, DeclineLaw
from reconciliation.reaction import rounded_up

from .services import Services
from .settings.model import Settings
from .settings.values import partner_of


RESTOCK_PRIOR_S = 30 * 86_400.0
"""The time between restocks of which nothing is known: nobody waits so long, so that a unit which
is not shown counts as sold later, and little is shown twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """What is known of a pool: the law of its decline, None while nothing is, and its restocks."""

    law: DeclineLaw | None = None
    restock_every_s: float = RESTOCK_PRIOR_S


NOTHING_LEARNED = Learned()
"""What is known of a pool of whose partner nothing is learned."""


def learned_of(
    connection: Connection, services: Services, pools: Sequence[PoolKey]
) -> dict[PoolKey, Learned]:
    """Return what is known of each pool; one of whose partner nothing is learned is left out."""
    known = services.weighing.declines(connection, services.now())
    totals = partner_totals(services.settings, known)
    if not totals:
        return {}
    histories = declines.of_pools(connection, pools)
    nothing = DeclineTotals()
    return {
        pool: _learned(
            histories.get(pool), totals.get(partner_of(services.settings, pool.warehouse), nothing)
        )
        for pool in pools
    }


def _learned(history: DeclineHistory | None, partner: DeclineTotals) -> Learned:
    return Learned(
        law=law_of(history, partner),
        restock_every_s=rounded_up(restock_every_s(history or DeclineHistory(), partner)),
    )


def restock_every_s(own: DeclineHistory, partner: DeclineTotals) -> float:
    """Return the mean time between restocks of a pool.

    It leans on the partner's other pools like one restock, and these on a long time.
    """
    others_s = _leaning_s(partner.watched_hours, partner.restocks, RESTOCK_PRIOR_S)
    return _leaning_s(own.watched_hours, own.restocks, others_s)


def _leaning_s(watched_hours: float, restocks: float, on_s: float) -> float:
    return (watched_hours * SECONDS_PER_HOUR + on_s) / (restocks + 1.0)


def partner_totals(
    settings: Settings, by_warehouse: Mapping[str, DeclineTotals]
) -> dict[str, DeclineTotals]:
    """Return the sums of each partner, over its warehouses that are configured."""
    totals: dict[str, DeclineTotals] = {}
    for warehouse, found in by_warehouse.items():
        if warehouse in settings.warehouses:
            partner = partner_of(settings, warehouse)
            totals[partner] = totals[partner] + found if partner in totals else found
    return totals
