"""What is known of pools for the time until their next feed, gathered a page at a time."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from connectors.store import stocktake
from connectors.store.stocktake import Draw, FedPool, OpenUnits
from reconciliation.catalog import Ingredient, Listing, ListingKey, PoolKey
from reconciliation.decline_law import DeclineLaw
from reconciliation.demand import NO_DEMAND, Demand, Forecast
from reconciliation.next_feed import NextFeed, next_feed
from reconciliation.pool_risk import PoolOutlook
from reconciliation.pooled_demand import ahead, pooled
from reconciliation.quantities import Instant
from reconciliation.race_terms import Window
from reconciliation.risk import Cause

from ..pool_declines import NOTHING_LEARNED, learned_of
from ..races import Runner, Scales, scales
from ..services import Services
from ..settings.values import partner_of
from ..weighing import circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A pool's outlook, its listings, and the units a second that each is expected to sell."""

    key: PoolKey
    outlook: PoolOutlook
    draws: Sequence[Draw]
    units_per_s: Sequence[float]

    def shares(self, cause: Cause) -> dict[str, float]:
        """Return how a cause is divided between shops: by writes, by sales, or by what is shown.

        Nobody has any where no listing draws on the pool.
        """
        weights = self._weights(cause)
        total = math.fsum(weights.values())
        return {shop: each / total for shop, each in weights.items() if each > 0}

    def _weights(self, cause: Cause) -> Mapping[str, float]:
        """Return the first weights of which any is above 0."""
        measures = (_SPECIAL.get(cause, _selling), _selling, _exposed, _listed)
        for measure in measures:
            weights = dict[str, float]()
            for draw, rate in zip(self.draws, self.units_per_s, strict=True):
                weight = measure(draw, rate)
                weights[draw.key.shop] = weights.get(draw.key.shop, 0.0) + weight
            if any(weights.values()):
                break
        return weights


def _unsettled(draw: Draw, _units_per_s: float) -> float:
    return draw.unsettled_units


def _stranded(draw: Draw, units_per_s: float) -> float:
    return units_per_s if draw.stranded else 0.0


def _selling(draw: Draw, units_per_s: float) -> float:
    return units_per_s if draw.exposure_units > 0 else 0.0


def _exposed(draw: Draw, _units_per_s: float) -> float:
    return draw.exposure_units


def _listed(_draw: Draw, _units_per_s: float) -> float:
    return 1.0


_SPECIAL = {Cause.UNSETTLED_WRITE: _unsettled, Cause.STRANDED_LISTING: _stranded}
"""What some causes are divided by; all others by sales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlooks:
    """Makes outlooks of pools; what all of them share is worked out once."""

    services: Services
    still_open: OpenUnits
    now: Instant

    def of_page(self, connection: Connection, page: Sequence[FedPool]) -> Iterator[Looked]:
        """Yield the outlook of each pool whose feed is configured."""
        feeds = self.services.settings.feeds
        known = [fed for fed in page if fed.feed in feeds]
        keys = [fed.key for fed in known]
        draws = stocktake.draws_on(connection, keys, self.still_open)
        learned = learned_of(connection, self.services, keys)
        listings = [draw.key for some in draws.values() for draw in some]
        weights = scales(connection, self.services, self.now)
        demands = _Demands(self.services.weighing.forecasts.of(connection, listings, self.now))
        for fed in known:
            of_pool = learned.get(fed.key, NOTHING_LEARNED)
            law = of_pool.law
            feed = next_feed(
                waited_s=self.now - fed.arrived_at,
                expected_every_s=feeds[fed.feed].expected_every_s,
                usual_every_s=law.interval_s if law is not None else None,
            )
            listed = _Listed(draws.get(fed.key, ()), demands, feed)
            outlook = _outlook(fed, listed, law, self.now)
            if outlook.exposure_units > outlook.goods_units:
                outlook = _raced(fed.key, outlook, listed, weights, of_pool.restock_every_s)
            yield Looked(
                key=fed.key,
                outlook=outlook,
                draws=listed.draws,
                units_per_s=[
                    each.units_per_s * draw.units_per_sale
                    for each, draw in zip(listed.ahead, listed.draws, strict=True)
                ],
            )


class _Demands:
    """The demand for the listings of a page, now and until a feed comes."""

    def __init__(self, forecasts: Mapping[ListingKey, Forecast]) -> None:
        self._forecasts = forecasts
        self._ahead: dict[tuple[int, float], Demand] = {}

    def watched_s(self, draw: Draw) -> float:
        return self._forecasts[draw.key].known_s

    def now(self, draw: Draw) -> Demand:
        return self._forecasts[draw.key].demand

    def ahead(self, draw: Draw, for_s: float) -> Demand:
        # Listings of a shop that never sold have one forecast between them: it stands for itself.
        forecast = self._forecasts[draw.key]
        key = (id(forecast), for_s)
        if key not in self._ahead:
            self._ahead[key] = ahead(forecast, for_s)
        return self._ahead[key]


class _Listed:
    """The listings of a pool, with the demand for each, now and until the next feed."""

    def __init__(self, draws: Sequence[Draw], demands: _Demands, feed: NextFeed) -> None:
        self.draws, self.feed = draws, feed
        self.demands = demands
        self.ahead = [demands.ahead(draw, feed.in_s) for draw in draws]

    def now_of(self, counts: Callable[[Draw], bool]) -> Demand:
        """Return the demand of this moment for the listings that count."""
        return self._pooled(list(map(self.demands.now, self.draws)), counts)

    def ahead_of(self, counts: Callable[[Draw], bool]) -> Demand:
        """Return the mean demand until the next feed for the listings that count."""
        return self._pooled(self.ahead, counts)

    def _pooled(self, demands: Sequence[Demand], counts: Callable[[Draw], bool]) -> Demand:
        every = zip(demands, self.draws, strict=True)
        return pooled(
            tuple((demand, draw.units_per_sale) for demand, draw in every if counts(draw))
        )


def _outlook(fed: FedPool, listed: _Listed, law: DeclineLaw | None, now: Instant) -> PoolOutlook:
    stranded = [draw for draw in listed.draws if draw.stranded]
    exposure_units = sum(draw.exposure_units for draw in listed.draws)
    # What is bought at this moment only matters where more is shown than there is.
    beyond = exposure_units > max(fed.ats_units, 0)
    return PoolOutlook(
        ats_units=fed.ats_units,
        exposure_units=exposure_units,
        feed=listed.feed,
        age_s=now - fed.as_of + listed.feed.in_s,
        withheld_units=fed.withheld_units,
        committed_units=fed.committed_units,
        unsettled_units=sum(draw.unsettled_units for draw in listed.draws),
        stranded_units=sum(draw.exposure_units - draw.unsettled_units for draw in stranded),
        demand=listed.now_of(lambda draw: draw.exposure_units > 0) if beyond else NO_DEMAND,
        ahead=listed.ahead_of(lambda draw: draw.on_sale or draw.exposure_units > 0),
        stranded_demand=listed.now_of(lambda draw: draw.stranded) if beyond else NO_DEMAND,
        decline=law,
    )


def _raced(
    pool: PoolKey,
    outlook: PoolOutlook,
    listed: _Listed,
    weights: Scales,
    restock_every_s: float,
) -> PoolOutlook:
    """Return the outlook with the terms on which the guard has listings race for the pool."""
    partner = partner_of(weights.services.settings, pool.warehouse)
    policy = weights.services.policies.for_pool(partner=partner, sku=pool.sku)
    terms = weights.race(
        policy,
        [_runner(pool, draw, listed.demands) for draw in listed.draws],
        restock_every_s=restock_every_s,
    )
    racing = tuple(
        listed.demands.now(draw).in_packs_of(draw.units_per_sale)
        for draw in listed.draws
        if draw.exposure_units > 0
    )
    return replace(outlook, race=terms, racing=racing)


def _runner(pool: PoolKey, draw: Draw, demands: _Demands) -> Runner:
    # Of a bundle this part alone is known here: its policy is looked up by it.
    recipe = (Ingredient(pool=pool, units=draw.units_per_sale),)
    listing = Listing(key=draw.key, seller_sku="", recipe=recipe)
    return Runner(
        listing=listing,
        watched_s=demands.watched_s(draw),
        orders_per_s=demands.now(draw).orders_per_s,
    )


def windows(services: Services) -> tuple[Window, ...]:
    """Return how long it may take from an order until what we write for it is in effect.

    The longest that polls and the policy's assumptions allow: nothing measured goes below it.
    """
    setting = circumstances(services.settings, services.policies.assumptions)
    seconds = setting.unmeasured.heard_s + setting.write_horizon_s
    return (Window(chance=1.0, seconds=seconds),)
