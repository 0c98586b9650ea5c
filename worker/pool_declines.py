"""The law of unexplained decline of some pools, as the record has it now."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from connectors.store import declines
from reconciliation.catalog import PoolKey
from reconciliation.decline import DeclineTotals, law_of
from reconciliation.decline_law import DeclineLaw

from .services import Services
from .settings.model import Settings
from .settings.values import partner_of


def decline_laws(
    connection: Connection, services: Services, pools: Sequence[PoolKey]
) -> dict[PoolKey, DeclineLaw]:
    """Return the law of each pool; one of whose partner nothing is learned is left out."""
    known = services.weighing.decline_totals(connection, services.now())
    totals = partner_totals(services.settings, known)
    if not totals:
        return {}
    histories = declines.of_pools(connection, pools)
    nothing = DeclineTotals()
    laws = {
        pool: law_of(
            histories.get(pool), totals.get(partner_of(services.settings, pool.warehouse), nothing)
        )
        for pool in pools
    }
    return {pool: law for pool, law in laws.items() if law is not None}


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
