"""TikTok as the steps use it: by shop name and listing, with access looked up and refreshed.

Tokens live in the record, sealed (`shops.keeper`). What opens a shop is kept in memory for
seconds, and only while no process would refresh it. What an answer says of a shop's access is
noted here, for every call alike.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from connectors.errors import NotAuthorised, OutcomeUnknown, TryLater
from connectors.http_client import HttpClient
from connectors.store.shop_tokens import TokenRow
from connectors.tiktok.access import ShopAccess
from connectors.tiktok.client import TikTokShopClient
from connectors.tiktok.seen import (
    LineRefusal,
    OrderTime,
    OrderWindow,
    ShareSeen,
    ShopSeen,
    WarehouseSeen,
    is_whole,
)
from connectors.tiktok.tokens import ShopTokens, get_tokens
from reconciliation.catalog import ListingKey, ListingSeen
from reconciliation.exposure import ListingRead
from reconciliation.orders import LineSeen
from reconciliation.quantities import Instant, later
from reconciliation.shop_state import ENDED_BY_AN_ANSWER, ShopState, Sign
from reconciliation.verdict import Write

from .settings.model import Settings
from .shops.exchange import app_of, token_url
from .shops.keeper import Opening, TokenKeeper
from .shops.signs import Learned, sign_of


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
    """What opens a shop, as read at `since`; from `until` on the record is asked again.

    `is_doubted`: the shop is in a state that a good answer ends.
    """

    access: ShopAccess
    row: TokenRow = field(repr=False)
    is_doubted: bool
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
        settings: Settings,
        keeper: TokenKeeper,
        clock: Callable[[], Instant],
    ) -> None:
        """Keep what is needed; nothing is called."""
        self._client = client
        self._http = http
        self._settings = settings
        self._keeper = keeper
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    @property
    def call_deadline_s(self) -> float:
        """Return the longest that a single write may take."""
        deadline_s: float = self._settings.tiktok.timeout_s
        return deadline_s

    @property
    def client(self) -> TikTokShopClient:
        """Return what makes the calls, for those that are of no shop's daily work."""
        return self._client

    @property
    def keeper(self) -> TokenKeeper:
        """Return what keeps the tokens."""
        return self._keeper

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def consented(self, shop: str, code: str) -> ShopTokens:
        """Exchange the code of a seller's consent for the first pair of tokens."""
        app, at = app_of(self._settings), token_url(self._settings, shop)
        return get_tokens(self._http, app, code, base_url=at)

    def shops_of(self, access_token: str) -> tuple[ShopSeen, ...]:
        """Return the shops that a token opens which is not stored yet."""
        return self._client.shops(access_token, base_url=self._settings.tiktok.api_url)

    @contextmanager
    def opened(self, shop: str) -> Iterator[ShopAccess]:
        """Yield what opens a shop, to be called with; what the answers say of it is noted."""
        with self._opened(shop) as access:
            yield access

    def shops_opened(self, shop: str) -> tuple[ShopSeen, ...]:
        """Return the shops that a shop's token opens."""
        with self._opened(shop) as access:
            return self._client.shops(access.access_token, base_url=access.base_url)

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
        """Yield the client and what opens a shop, for the calls of `connectors.tiktok.market`.

        The guard can do without them: a scope that is missing for one shuts no shop.
        """
        with self._opened(shop, needs_scope=False) as access:
            yield self._client, access

    # -- access ---------------------------------------------------------------------------

    def access(self, shop: str) -> ShopAccess:
        """Return what opens a shop, refreshed where its time has nearly run out.

        Raises `NotAuthorised` where there is no token, or none that can be refreshed.
        """
        return self._kept_for(shop).access

    def forget(self, shop: str) -> None:
        """Look into the record again before the next call: another pair is there."""
        self._kept.pop(shop, None)

    def _kept_for(self, shop: str) -> _Kept:
        now, kept = self._clock(), self._kept.get(shop)
        if kept is None or not kept.holds_at(now):
            kept = self._kept[shop] = self._open(shop, now)
        return kept

    def _open(self, shop: str, now: Instant) -> _Kept:
        opening = self._keeper.open(shop)
        row = self._in_time(opening, now)
        access = ShopAccess(
            shop=shop,
            cipher=self._settings.shops[shop].cipher or row.cipher,
            access_token=row.pair.access_token,
            base_url=self._settings.tiktok.api_url,
        )
        return _Kept(
            access=access,
            row=row,
            is_doubted=opening.state is not None and opening.state.state in ENDED_BY_AN_ANSWER,
            since=now,
            until=min(later(now, ACCESS_KEPT_S), _relied_on_until(row)),
        )

    def _in_time(self, opening: Opening, now: Instant) -> TokenRow:
        """Return the row, refreshed where whoever should have done it did not."""
        row, state = opening.row, opening.state
        is_revoked = state is not None and state.state is ShopState.REVOKED
        if is_revoked or now < _late_at(row):
            return row
        try:
            return self._keeper.refresh(row)
        except (TryLater, OutcomeUnknown):
            ends_at = row.pair.access_expires_at
            if ends_at is None or ends_at <= now:
                raise
            return row

    @contextmanager
    def _opened(self, shop: str, *, needs_scope: bool = True) -> Iterator[ShopAccess]:
        """Yield what opens a shop, and note what the answer says of it.

        Once TikTok refuses it, the next call asks the record.
        """
        kept = self._kept_for(shop)
        try:
            yield kept.access
        except NotAuthorised as error:
            if not needs_scope and sign_of(error) is Sign.SCOPE_MISSING:
                raise
            self.forget(shop)
            judged = self._keeper.judged(kept.row, error)
            judged.place = error.place
        else:
            if kept.is_doubted:
                self.forget(shop)
                self._keeper.note(Learned(shop=shop, sign=Sign.ANSWERED))
            return
        raise judged


def _late_at(row: TokenRow) -> Instant:
    """Return from when on a call does itself what the refreshing job should have done."""
    due_at, ends_at = row.refresh_due_at, row.pair.access_expires_at
    if due_at is None or ends_at is None:
        return Instant(float("inf"))
    return later(due_at, max(ends_at - due_at, 0.0) / 2)


def _relied_on_until(row: TokenRow) -> Instant:
    """Return until when a pair is not void: a refresh, here or elsewhere, makes it so."""
    due_at = row.refresh_due_at
    return Instant(float("inf")) if due_at is None else later(due_at, -CLOCKS_APART_S_MAX)
