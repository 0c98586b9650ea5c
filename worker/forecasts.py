"""The demand for listings as it is forecast now.

What a listing leans on, its shop's level and hours, changes little in minutes and is looked up
as often: the board of a decision then costs one statement more, for all its listings at once.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from connectors.store import demand
from reconciliation.catalog import ListingKey
from reconciliation.demand import Forecast, Level, catalogue_level, forecast, shop_level
from reconciliation.past_crowds import KnownSales
from reconciliation.quantities import Instant


LEVEL_AGE_S_MAX = 300.0
"""How old a shop's level may be: the hours of a week differ little within five minutes."""


class Forecasts:
    """Forecasts from the record; several threads may ask at once.

    A level is kept for some minutes. Two threads that find it old both look it up, and either's
    is as good.
    """

    def __init__(self) -> None:
        """Begin with nothing looked up."""
        self._levels: dict[str, tuple[Instant, Level]] = {}

    def of(
        self, connection: Connection, keys: Sequence[ListingKey], now: Instant
    ) -> dict[ListingKey, Forecast]:
        """Return the forecast for each listing, whether anything was ever sold on it or not."""
        levels = self._levels_of(connection, {key.shop for key in keys}, now)
        histories = demand.load(connection, keys)
        # Of listings that never sold there are many, and in a shop they are all alike.
        unsold = {shop: forecast(None, level, now) for shop, level in levels.items()}
        return {
            key: forecast(histories[key], levels[key.shop], now)
            if key in histories
            else unsold[key.shop]
            for key in keys
        }

    def known(
        self, connection: Connection, keys: Sequence[ListingKey], now: Instant
    ) -> dict[ListingKey, KnownSales]:
        """Return what the forecast for each listing rests on."""
        levels = self._levels_of(connection, {key.shop for key in keys}, now)
        histories = demand.load(connection, keys)
        return {
            key: KnownSales(history=histories.get(key), level=levels[key.shop]) for key in keys
        }

    def _levels_of(
        self, connection: Connection, wanted: Iterable[str], now: Instant
    ) -> dict[str, Level]:
        levels = {shop: self._kept(shop, now) for shop in wanted}
        missing = sorted(shop for shop, level in levels.items() if level is None)
        if missing:
            catalogue = catalogue_level(demand.load_catalogue(connection), now)
        for shop in missing:
            sales, week = (
                demand.load_shop(connection, shop),
                demand.load_week(connection, shop, now),
            )
            level = shop_level(sales, catalogue, now=now, week=week)
            self._levels[shop] = (now, level)
            levels[shop] = level
        return {shop: level for shop, level in levels.items() if level is not None}

    def _kept(self, shop: str, now: Instant) -> Level | None:
        """Return a shop's level, None where it was never looked up or is too old."""
        looked_up_at, level = self._levels.get(shop, (None, None))
        if looked_up_at is None or not 0.0 <= now - looked_up_at <= LEVEL_AGE_S_MAX:
            return None
        return level
