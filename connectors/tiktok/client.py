"""The client of one TikTok app: what the program asks of TikTok Shop, in our own words.

Every method may raise any `ConnectorError` (see `connectors.errors`). A read waits its turn in
the quota for a few seconds and rides out blips; past that it raises `TryLater`. A write does
neither: ask `write_wait_s` first, then decide the quantities, then call `write_stock`, so that
they are as fresh as can be (design W2). It raises `TryLater` only where it surely had no effect.

An access to a shop is handed to each call, so one client serves all shops and a refreshed token
holds at once.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import TypeVar

from connectors.errors import ConnectorError, TryLater
from connectors.http_client import RETRY_AFTER_DEFAULT_S, HttpAnswer, HttpClient
from reconciliation.catalog import ListingSeen
from reconciliation.quantities import Instant

from . import calls, translate, translate_orders
from .access import API_URL, AppAccess, ShopAccess, require_visible
from .codes import TOO_MANY_REQUESTS
from .listing_walk import walk
from .paging import turned
from .quota import Quota
from .retry_budget import RetryBudget
from .seen import (
    OrderPage,
    OrdersRead,
    OrderWindow,
    ShopSeen,
    StockRead,
    StockWrite,
    WarehouseSeen,
    WriteAnswer,
)
from .wire import Address, Call, Data, data_of, guarded, signed_request


TURN_WAIT_MAX_S = 5.0
"""How long a read waits for its turn in the quota before it is put off."""

TOO_MUCH_STATUSES = frozenset({429, 503})
"""Over the quota, and overload protection (API page, section 5)."""

NO_SHOP = "-"
"""Stands for the shop in the quota where a call is for none."""

Seen = TypeVar("Seen")


class TikTokShopClient:
    """TikTok Shop for one app. May be shared between threads, as `http` and `quota` may."""

    def __init__(self, *, http: HttpClient, app: AppAccess, quota: Quota) -> None:
        """Keep what is needed; nothing is called."""
        self._http = http
        self._app = app
        self._quota = quota
        self._budget = RetryBudget()

    def shops(self, access_token: str, *, base_url: str = API_URL) -> tuple[ShopSeen, ...]:
        """Return the shops that a token opens."""
        require_visible("access token", access_token)
        address = Address(shop="", cipher="", access_token=access_token, base_url=base_url)
        return self._read(calls.shops(), address, translate.shops)

    def warehouses(self, access: ShopAccess) -> tuple[WarehouseSeen, ...]:
        """Return the shop's warehouses."""
        return self._read(calls.warehouses(), _address(access), translate.warehouses)

    def search_listings(self, access: ShopAccess) -> tuple[ListingSeen, ...]:
        """Return all listings of all products, one for each SKU and warehouse.

        Shops over TikTok's cap of 10,000 results are walked in windows (see `listing_walk`).
        """
        return walk(
            lambda token, since, until: self._read(
                calls.search_listings(token, since, until),
                _address(access),
                partial(translate.listing_page, shop=access.shop),
            ),
            Instant(self._http.clock()),
        )

    def product(self, access: ShopAccess, product_id: str) -> tuple[ListingSeen, ...]:
        """Return the listings of one product. Raises `RequestRefused` for what cannot be shown."""
        return self._read(
            calls.product(product_id),
            _address(access),
            partial(translate.product, shop=access.shop),
        )

    def read_stock(self, access: ShopAccess, sku_ids: Sequence[str]) -> tuple[StockRead, ...]:
        """Return the stock of the SKUs: one read for each 600, in their order, with its times."""
        return tuple(
            self._read(
                calls.read_stock(chunk),
                _address(access),
                partial(translate.stock_read, asked=chunk),
            )
            for chunk in _chunks(sku_ids, calls.STOCK_SKUS_MAX)
        )

    def write_wait_s(self, shop: str, *, urgent: bool) -> float:
        """Take a turn to write. Returns 0 when it is had, else how long to wait before asking.

        `urgent` is for decreases, for which a fifth of the quota is kept.
        """
        return self._quota.take(shop, calls.WRITE_STOCK, now=self._http.clock(), urgent=urgent)

    def write_stock(
        self,
        access: ShopAccess,
        product_id: str,
        lines: Sequence[StockWrite],
        *,
        deadline_s: float | None = None,
    ) -> WriteAnswer:
        """Set the quantities of one product in a single call, which is never repeated here.

        `deadline_s` is what is left of the lease: the call ends before it is over (design W1).
        Raises `OutcomeUnknown` where the write may have taken effect, or still may. All other
        errors mean that it surely did not. For single lines see `WriteAnswer`.
        """
        call = calls.write_stock(product_id, lines, deadline_s)
        return self._once(call, _address(access), partial(translate.write_answer, lines=lines))

    def search_orders(
        self, access: ShopAccess, window: OrderWindow, *, page_token: str = ""
    ) -> OrderPage:
        """Return one page of the orders in a window, the oldest first."""
        return self._read(
            calls.search_orders(window, page_token),
            _address(access),
            partial(translate_orders.order_page, shop=access.shop),
        )

    def order_pages(self, access: ShopAccess, window: OrderWindow) -> Iterator[OrderPage]:
        """Yield all pages of a window, each fetched when it is asked for.

        `seen.is_whole` tells whether together they hold every order.
        """
        return turned(
            lambda token: self.search_orders(access, window, page_token=token),
            lambda page: page.next_page_token,
        )

    def orders(self, access: ShopAccess, order_ids: Sequence[str]) -> tuple[OrdersRead, ...]:
        """Return the orders with these ids: one read for each 50, in their order."""
        return tuple(
            self._read(
                calls.orders(chunk),
                _address(access),
                partial(translate_orders.orders_read, shop=access.shop, asked=chunk),
            )
            for chunk in _chunks(order_ids, calls.ORDER_IDS_MAX)
        )

    def ask(self, access: ShopAccess, call: Call, translated: Callable[[Data], Seen]) -> Seen:
        """Make a call that has no method here, patiently: it must be one that may be repeated."""
        return self._read(call, _address(access), translated)

    def change(self, access: ShopAccess, call: Call, translated: Callable[[Data], Seen]) -> Seen:
        """Make a change of the calls of `market` once its turn has come; it is never repeated.

        Raises `OutcomeUnknown` where it may have taken effect.
        """
        self._await_turn(access.shop, call.operation)
        return self._once(call, _address(access), translated)

    def _read(self, call: Call, address: Address, translated: Callable[[Data], Seen]) -> Seen:
        place = (address.shop or NO_SHOP, call.operation)

        def attempt() -> Seen:
            self._await_turn(*place)
            seen = self._once(call, address, translated)
            self._budget.answered(*place)
            return seen

        return self._http.patiently(attempt, may_repeat=partial(self._budget.failed, *place))

    def _once(self, call: Call, address: Address, translated: Callable[[Data], Seen]) -> Seen:
        """Make one attempt, signed with the time it is made at."""
        now = self._http.clock()
        request = signed_request(call, address, self._app, now)
        signature = request.query[-1][1]
        secrets = (self._app.app_secret, address.access_token, address.cipher, signature)

        def read(answer: HttpAnswer) -> Seen:
            return translated(data_of(answer, is_write=call.is_write))

        try:
            return self._http.call(request, guarded(read, is_write=call.is_write, secrets=secrets))
        except ConnectorError as error:
            self._heed(error, address.shop or NO_SHOP, call.operation)
            raise

    def _heed(self, error: ConnectorError, shop: str, operation: str) -> None:
        """Slow down where TikTok says that it is too much for it (API page, section 5)."""
        if error.status not in TOO_MUCH_STATUSES and error.code != TOO_MANY_REQUESTS:
            return
        asked_s = error.retry_after_s if isinstance(error, TryLater) else RETRY_AFTER_DEFAULT_S
        now = self._http.clock()
        self._quota.penalise(shop, operation, now=now, until=now + asked_s)

    def _await_turn(self, shop: str, operation: str) -> None:
        waited_s = 0.0
        while wait_s := self._quota.take(shop, operation, now=self._http.clock()):
            waited_s += wait_s
            if waited_s > TURN_WAIT_MAX_S:
                raise TryLater(
                    f"no turn for {operation} [{shop}] in our own quota", retry_after_s=wait_s
                )
            self._http.sleep(wait_s)


def _address(access: ShopAccess) -> Address:
    return Address(
        shop=access.shop,
        cipher=access.cipher,
        access_token=access.access_token,
        base_url=access.base_url,
    )


def _chunks(whole: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    # Each once: TikTok answers an id only once, however often it is asked for.
    rest = iter(dict.fromkeys(whole))
    while chunk := tuple(islice(rest, size)):
        yield chunk
