"""How cancelled orders are priced on a board, and on which terms its pools are raced."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import Connection

from reconciliation.budget import Prices
from reconciliation.catalog import Listing
from reconciliation.close_reading import close_paces_s, close_read_every_s
from reconciliation.crowd import NO_CROWD, Crowd
from reconciliation.policy import GuardPolicy
from reconciliation.quantities import Instant, Sku
from reconciliation.race_terms import RaceTerms
from reconciliation.reaction import slowest

from .services import Services
from .settings.values import partner_of
from .weighing import Circumstances, Factors, ShopReaction, circumstances


SHARED_PERCENT, ALONE_PERCENT = 60.0, 100.0
"""What a listing shows of what it may while stock is plentiful: all of it where nobody else sells
the goods, since then there are no other sales to leave room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A listing that draws on a pool, its demand, and for how long that has been watched."""

    listing: Listing
    watched_s: float
    orders_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scales:
    """What the decisions on one board are weighed by."""

    connection: Connection
    services: Services
    now: Instant
    factors: Factors
    setting: Circumstances

    def prices(self, policy: GuardPolicy) -> Prices:
        """Return what cancelled orders weigh under a pool's policy."""
        return _prices(policy, self.factors)

    def priced(self, policy: GuardPolicy) -> GuardPolicy:
        """Return a pool's policy with the price at which its safety stock is set now."""
        price = self.prices(policy).decline
        return policy if price == policy.cancellation_price else _at_price(policy, price)

    def race(
        self, policy: GuardPolicy, drawing: Iterable[Runner], *, restock_every_s: float
    ) -> RaceTerms | None:
        """Return the terms on which listings race for a pool, None where each unit has one place.

        Where the pool's policy or that of any of the listings is strict, all of them are; and
        where the demand for any of them is not known yet.
        """
        some = tuple(drawing)
        if policy.is_strict or not some or any(self._keeps_apart(each, policy) for each in some):
            return None
        shops = sorted({each.listing.key.shop for each in some})
        every_s = self._close_every_s(shops, math.fsum(each.orders_per_s for each in some))
        reactions = tuple(self._reaction(shop, every_s) for shop in shops)
        alone = len(some) == 1
        return _terms(
            self.prices(policy),
            reactions,
            NO_CROWD if alone else self._crowd(),
            restock_every_s=restock_every_s,
            close_every_s=every_s,
            alone=alone,
        )

    def _keeps_apart(self, each: Runner, policy: GuardPolicy) -> bool:
        unknown = each.watched_s < policy.watched_s_min
        return unknown or listing_policy(self.services, each.listing).is_strict

    def _close_every_s(self, shops: Sequence[str], orders_per_s: float) -> float | None:
        """Return how often listings can be read closely in all shops, None where reads lag."""
        fastest_s = self.setting.read_closely_s
        wanted_s = close_read_every_s(orders_per_s, fastest_s)
        keeps_up = self.services.weighing.keeps_up
        paces_s = (each for each in close_paces_s(fastest_s) if each >= wanted_s)
        return next(
            (
                every_s
                for every_s in paces_s
                if all(keeps_up(self.connection, shop, every_s, self.now) for shop in shops)
            ),
            None,
        )

    def _reaction(self, shop: str, close_every_s: float | None) -> ShopReaction:
        return self.services.weighing.reaction(
            self.connection, shop, self.setting, close_every_s, self.now
        )

    def _crowd(self) -> Crowd:
        return self.services.weighing.crowd(self.connection, self.now)


def scales(connection: Connection, services: Services, now: Instant) -> Scales:
    """Return what decisions of this moment are weighed by."""
    everywhere = services.policies.for_pool(partner="", sku=Sku(""))
    return Scales(
        connection=connection,
        services=services,
        now=now,
        factors=services.weighing.factors(connection, everywhere.budget, now),
        setting=circumstances(services.settings, services.policies.assumptions),
    )


def listing_policy(services: Services, listing: Listing) -> GuardPolicy:
    """Return the policy of a listing: by its shop, and the partner and SKU of its first item."""
    pool = listing.recipe[0].pool
    return services.policies.for_listing(
        shop=listing.key.shop,
        partner=partner_of(services.settings, pool.warehouse),
        sku=pool.sku,
    )


# Equal policies and reactions meet again with each decision, and are reckoned with once.


@lru_cache(maxsize=1_024)
def _prices(policy: GuardPolicy, factors: Factors) -> Prices:
    return policy.prices(dict(factors))


@lru_cache(maxsize=1_024)
def _at_price(policy: GuardPolicy, price: float) -> GuardPolicy:
    return replace(policy, cancellation_price=price)


@lru_cache(maxsize=4_096)
def _terms(
    prices: Prices,
    reactions: tuple[ShopReaction, ...],
    crowd: Crowd,
    *,
    restock_every_s: float,
    close_every_s: float | None,
    alone: bool,
) -> RaceTerms:
    """Return terms by the slowest of the shops."""
    close_windows = () if close_every_s is None else slowest([r.close_windows for r in reactions])
    return RaceTerms(
        price=prices.race,
        write_price=prices.write,
        windows=slowest([each.windows for each in reactions]),
        close_windows=close_windows,
        close_every_s=close_every_s,
        restock_every_s=restock_every_s,
        write_s=max(each.write_s for each in reactions),
        shown_percent=ALONE_PERCENT if alone else SHARED_PERCENT,
        crowd=crowd,
    )
