"""What a manual reconcile is about: listings, their goods, and all that shares these."""

from dataclasses import dataclass

from reconciliation.catalog import ListingKey, PoolKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The listings asked for, and what has to be looked at for their sake.

    `shops` and `keys` were asked for. `seeds` holds one pool of each set of pools that share
    listings, `pools` all of them; `near` is every listing that draws on these. Only `shops` are
    written to; the others are only read.
    """

    shops: tuple[str, ...]
    keys: tuple[ListingKey, ...]
    seeds: tuple[PoolKey, ...]
    pools: frozenset[PoolKey]
    near: frozenset[ListingKey]

    @property
    def shops_near(self) -> tuple[str, ...]:
        """Return every shop that has a listing in scope or beside one, those asked for first."""
        beside = {key.shop for key in self.near} - set(self.shops)
        return (*self.shops, *sorted(beside))

    @property
    def products(self) -> frozenset[tuple[str, str]]:
        """Return the products that may be written: shop and product id."""
        keys = {*self.keys, *self.near}
        return frozenset((key.shop, key.product_id) for key in keys if key.shop in self.shops)
