"""TikTok as the steps use it: by shop name and listing, with access looked up and refreshed.

Tokens live in the record once they were refreshed there, and come from the settings before. What
opens a shop is kept in memory for seconds, and only while no process would refresh it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import Engine

from connectors.errors import Mend, NotAuthorised, TryLater
from connectors.http_client import HttpClient
from connectors.store import leases, shops
from connectors.store.engine import reading, writing
from connectors.store.shops import StoredTokens
from connectors.tiktok.access import AppAccess, ShopAccess
from connectors.tiktok.client import TikTokShopClient
from connectors.tiktok.seen import (
    LineRefusal,
    OrderTime,
    OrderWindow,
    ShareSeen,
    WarehouseSeen,
    is_whole,
)
from connectors.tiktok.tokens import refresh_tokens
from reconciliation.catalog import ListingKey, ListingSeen
from reconciliation.exposure import ListingRead
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant, later
from reconciliation.verdict import Write

from .settings.model import Settings


REFRESH_AHEAD_S = 3_600.0
"""Tokens are refreshed this long before they expire (their default life is seven days)."""

REFRESH_LEASE_S = 60.0
"""How long one process has for a refresh; a refresh makes the old pair void."""

ACCESS_KEPT_S = 5.0
"""How long what opens a shop is kept: a pair put into the record by hand is used after that."""

CLOCKS_APART_S_MAX = 60.0
"""So long before a refresh nothing is kept: another process's clock may be ahead of ours."""

QUOTA_WAIT_S_MAX = 0.1
"""How long a write waits for its turn before its row of work is put off: others wait with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """The orders of a window; `complete` if TikTok counted as many as it showed."""

    lines: tuple[LineSeen, ...]
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersFound:
    """Orders asked for by id; TikTok did not answer for the `absent_order_ids`."""

    lines: tuple[LineSeen, ...]
    absent_order_ids: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """TikTok's word on a quantity that it did not take: a code, and what it says of it."""

    code: int
    message: str

    def __str__(self) -> str:
        """Return both, as people read them."""
        return f"{self.code} {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLook:
    """What TikTok shows of listings; one that it does not answer for is left out.

    `shares`: of the SKUs, what campaigns and creators were promised; the others have none.
    """

    reads: dict[ListingKey, ListingRead]
    shares: tuple[ShareSeen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A write that TikTok answered cleanly, but for the listings that it named.

    `refused` surely had no effect; `unclear` may have had one.
    """

    refused: dict[ListingKey, Refusal]
    unclear: dict[ListingKey, Refusal]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What opens a shop, as read at `since`; from `until` on the record is asked again."""

    access: ShopAccess
    since: Instant
    until: Instant

    def holds_at(self, now: Instant) -> bool:
        """Whether it may be used. A clock set back does not make it last."""
        return self.since <= now < self.until


class TikTokDesk:
    """All calls to TikTok, by the names of our own configuration. May be shared by threads."""

    def __init__(
        self,
        *,
        client: TikTokShopClient,
        http: HttpClient,
        app: AppAccess,
        settings: Settings,
        engine: Engine,
        clock: Callable[[], Instant],
    ) -> None:
        """Keep what is needed; nothing is called."""
        self._client = client
        self._http = http
        self._app = app
        self._settings = settings
        self._engine = engine
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    @property
    def call_deadline_s(self) -> float:
        """Return the longest that a single write may take."""
        deadline_s: float = self._settings.tiktok.timeout_s
        return deadline_s

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # -- listings and stock ---------------------------------------------------------------

    def search_listings(self, shop: str) -> tuple[ListingSeen, ...]:
        """Return every listing of a shop."""
        with self._opened(shop) as access:
            return self._client.search_listings(access)

    def product(self, shop: str, product_id: str) -> tuple[ListingSeen, ...]:
        """Return the listings of one product. Raises `RequestRefused` where it is not shown."""
        with self._opened(shop) as access:
            return self._client.product(access, product_id)

    def warehouses(self, shop: str) -> tuple[WarehouseSeen, ...]:
        """Return a shop's warehouses as TikTok knows them."""
        with self._opened(shop) as access:
            return self._client.warehouses(access)

    def read_stock(self, shop: str, keys: Sequence[ListingKey]) -> StockLook:
        """Read listings, and what of them is promised to campaigns and creators."""
        wanted = {(key.sku_id, key.warehouse_id): key for key in keys}
        reads = {}
        sku_ids = sorted({key.sku_id for key in keys})
        with self._opened(shop) as access:
            answers = self._client.read_stock(access, sku_ids)
        for read in answers:
            for stock in read.stocks:
                key = wanted.get((stock.sku_id, stock.warehouse_id))
                if key is not None:
                    reads[key] = ListingRead(
                        units=stock.available_units,
                        began_at=read.began_at,
                        finished_at=read.finished_at,
                    )
        shares = tuple(share for read in answers for share in read.shares)
        return StockLook(reads=reads, shares=shares)

    def wait_for_write_turn(
        self, shop: str, *, urgent: bool, sleep: Callable[[float], None]
    ) -> None:
        """Wait until the quota lets one write through. Raises `TryLater` if it takes long."""
        waited_s = 0.0
        while wait_s := self._client.write_wait_s(shop, urgent=urgent):
            waited_s += wait_s
            if waited_s > QUOTA_WAIT_S_MAX:
                raise TryLater(f"no turn to write to {shop} in our quota", retry_after_s=wait_s)
            sleep(wait_s)

    def write_stock(
        self, shop: str, product_id: str, writes: Iterable[Write], *, deadline_s: float
    ) -> Answered:
        """Set the quantities of one product. Raises as `TikTokShopClient.write_stock` does."""
        by_line = {(w.key.sku_id, w.key.warehouse_id): w for w in writes}
        lines = [(sku, warehouse, write.units) for (sku, warehouse), write in by_line.items()]
        with self._opened(shop) as access:
            answer = self._client.write_stock(access, product_id, lines, deadline_s=deadline_s)

        def named(refusals: Iterable[LineRefusal]) -> dict[ListingKey, Refusal]:
            return {
                by_line[each.sku_id, each.warehouse_id].key: Refusal(
                    code=each.code, message=each.message
                )
                for each in refusals
            }

        return Answered(refused=named(answer.refused), unclear=named(answer.unclear))

    # -- orders ---------------------------------------------------------------------------

    def orders_updated_between(self, shop: str, since: Instant, until: Instant) -> Orders:
        """Return the orders of a shop that changed last from `since` up to before `until`."""
        return self._orders(shop, OrderWindow(by=OrderTime.UPDATED, since=since, until=until))

    def orders_placed_between(self, shop: str, since: Instant, until: Instant) -> Orders:
        """Return the orders of a shop placed from `since` up to before `until`."""
        return self._orders(shop, OrderWindow(by=OrderTime.CREATED, since=since, until=until))

    def orders_by_id(self, shop: str, order_ids: Sequence[str]) -> OrdersFound:
        """Return orders of a shop by their ids."""
        with self._opened(shop) as access:
            reads = self._client.orders(access, order_ids)
        return OrdersFound(
            lines=tuple(line for read in reads for line in read.lines),
            absent_order_ids=frozenset(each for read in reads for each in read.absent_order_ids),
        )

    def _orders(self, shop: str, window: OrderWindow) -> Orders:
        with self._opened(shop) as access:
            pages = list(self._client.order_pages(access, window))
        lines = tuple(line for page in pages for line in page.lines)
        return Orders(lines=lines, complete=is_whole(pages))

    @contextmanager
    def calling(self, shop: str) -> Iterator[tuple[TikTokShopClient, ShopAccess]]:
        """Yield the client and what opens a shop, for the calls of `connectors.tiktok.market`."""
        with self._opened(shop) as access:
            yield self._client, access

    # -- access ---------------------------------------------------------------------------

    def access(self, shop: str) -> ShopAccess:
        """Return what opens a shop, refreshed where it is about to expire.

        Raises `NotAuthorised` where there is no token, or none that can be refreshed.
        """
        now, kept = self._clock(), self._kept.get(shop)
        if kept is None or not kept.holds_at(now):
            kept = self._kept[shop] = self._open(shop, now)
        return kept.access

    def _open(self, shop: str, now: Instant) -> _Kept:
        tokens = self._tokens(shop)
        if tokens.refresh_token and self._expires_soon(tokens):
            tokens = self._refresh(shop, tokens)
        access = ShopAccess(
            shop=shop,
            cipher=self._settings.shops[shop].cipher,
            access_token=tokens.access_token,
            base_url=self._settings.tiktok.api_url,
        )
        # A refresh, here or elsewhere, makes the pair void: by then it is not relied on any more.
        refreshed_at = later(tokens.access_expires_at, -REFRESH_AHEAD_S - CLOCKS_APART_S_MAX)
        until = min(later(now, ACCESS_KEPT_S), refreshed_at)
        return _Kept(access=access, since=now, until=until)

    @contextmanager
    def _opened(self, shop: str) -> Iterator[ShopAccess]:
        """Yield what opens a shop; once TikTok refuses it, the next call asks the record."""
        try:
            yield self.access(shop)
        except NotAuthorised:
            self._kept.pop(shop, None)
            raise

    def _expires_soon(self, tokens: StoredTokens) -> bool:
        return tokens.access_expires_at - self._clock() < REFRESH_AHEAD_S

    def _tokens(self, shop: str) -> StoredTokens:
        with reading(self._engine) as connection:
            stored = shops.load_tokens(connection, shop)
        return stored if stored is not None else self._configured_tokens(shop)

    def _configured_tokens(self, shop: str) -> StoredTokens:
        settings = self._settings.shops[shop]
        if settings.access_token is None:
            raise NotAuthorised(
                f"shop {shop} has no access token: set shops.{shop}.access_token",
                mend=Mend.CREDENTIALS,
            )
        refresh = settings.refresh_token
        return StoredTokens(
            access_token=settings.access_token.get_secret_value(),
            access_expires_at=Instant(settings.access_expires_at or float("inf")),
            refresh_token=refresh.get_secret_value() if refresh is not None else "",
            refresh_expires_at=Instant(float("inf")),
        )

    def _refresh(self, shop: str, tokens: StoredTokens) -> StoredTokens:
        """Refresh under a lease, so that two processes do not void each other's pair."""
        with writing(self._engine) as connection:
            lease = leases.take(
                connection,
                f"tokens/{shop}",
                holder=uuid4().hex,
                now=self._clock(),
                for_s=REFRESH_LEASE_S,
            )
        if lease is None:
            return tokens
        try:
            # Another may have refreshed while we waited for the lease: its pair voided ours.
            newest = self._tokens(shop)
            return self._exchange(shop, newest) if self._expires_soon(newest) else newest
        finally:
            with writing(self._engine) as connection:
                leases.give_up(connection, lease)

    def _exchange(self, shop: str, tokens: StoredTokens) -> StoredTokens:
        """Exchange the refresh token for a new pair and store both together."""
        fresh = refresh_tokens(
            self._http, self._app, tokens.refresh_token, base_url=self._settings.tiktok.auth_url
        )
        stored = StoredTokens(
            access_token=fresh.access_token,
            access_expires_at=fresh.access_expires_at,
            refresh_token=fresh.refresh_token,
            refresh_expires_at=fresh.refresh_expires_at,
        )
        with writing(self._engine) as connection:
            shops.save_tokens(connection, shop, stored)
        return stored
