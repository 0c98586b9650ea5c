"""TikTok's notifications of what happens, posted to a program's address (API page, section 6).

Theory of operation. Every step of an order is told as type 1, a cancellation as type 11 too; what
else is told has to be asked for by its type, as in Partner Center. A notification is drawn up
inside the act, and posted by a thread of its own afterwards: the world waits for nobody. On the
way it may get lost, come late, come twice or be overtaken, as TikTok does not promise otherwise.
What is not taken is lost like the others, unless it is to be sent again as the page has it.
"""

import hashlib
import heapq
import hmac
import itertools
import json
import random
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import httpx

from . import news
from .merchandise import Product
from .orders import Order, OrderStatus, Role
from .stock import Stock, StockKey
from .world import SandboxWorld


ORDER_STATUS = 1
CANCELLATION = 11

ORDER_TOPICS = frozenset({ORDER_STATUS, CANCELLATION})
"""What is told unless more is asked for."""

PRODUCT_STATUS, STOCK_STATUS, PRODUCT_AUDIT, STOCK_CHANGED = 5, 27, 37, 71
"""What else can be told; `news` has what."""

TOPICS = ORDER_TOPICS | {PRODUCT_STATUS, STOCK_STATUS, PRODUCT_AUDIT, STOCK_CHANGED}
"""All that the sandbox tells of."""

AGAIN_AFTER_S = (120.0, 1_800.0, 10_800.0, 43_200.0)
"""When TikTok sends again what was not taken, each counted from the last time; then no more."""

ANSWER_S = 3.0
"""How long TikTok waits for an answer."""

LOOK_EVERY_S = 0.02
"""How often the thread looks for what is to be posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFaults:
    """The shares of notifications, from 0 to 1 and together at most 1, that fare ill.

    `late_s` is how late the late ones come, `overtaken_s` how much later than in their turn the
    reordered ones do, and how far apart doubled ones are. Both are (least, most) seconds. What is
    not taken is sent again after each of `again_after_s`; never, where there is none.
    """

    lost: float = 0.0
    late: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    late_s: tuple[float, float] = (5.0, 60.0)
    overtaken_s: tuple[float, float] = (0.1, 1.0)
    again_after_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse shares that are none of one whole."""
        shares = (self.lost, self.late, self.doubled, self.reordered)
        # Shares given as decimals may add up to a hair over one.
        if min(shares) < 0 or sum(shares) > 1 + 1e-9:
            raise ValueError(f"faults are shares of all notifications, together at most 1: {self}")

    def delays_s(self, rng: random.Random) -> tuple[float, ...]:
        """Return after how long each copy of one notification is posted; none: it is lost."""
        luck = rng.random()
        late_s, overtaken_s = rng.uniform(*self.late_s), rng.uniform(*self.overtaken_s)
        ways = (
            (self.lost, ()),
            (self.late, (late_s,)),
            (self.doubled, (0.0, overtaken_s)),
            (self.reordered, (overtaken_s,)),
        )
        for share, delays_s in ways:
            luck -= share
            if luck < 0:
                return delays_s
        return (0.0,)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookTally:
    """How notifications fared so far: drawn up, lost on the way, answered with 200, or not."""

    told: int = 0
    lost: int = 0
    taken: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Letter:
    """A notification on its way: when it is due, and how often it was sent in vain."""

    at: float
    ticket: int
    body: bytes = field(compare=False)
    tries: int = field(default=0, compare=False)


class WebhookSender:
    """Tells one address of what happens in a world, as far as `topics` go. Seeded by `rng`."""

    def __init__(
        self,
        world: SandboxWorld,
        url: str,
        *,
        rng: random.Random,
        faults: WebhookFaults | None = None,
        transport: httpx.BaseTransport | None = None,
        topics: Collection[int] = ORDER_TOPICS,
    ) -> None:
        """Listen to the world from now on; `start` lets a thread do the posting."""
        self._world = world
        self._url = url
        self._rng = rng
        self._faults = faults or WebhookFaults()
        self._client = httpx.Client(transport=transport, timeout=ANSWER_S, trust_env=False)
        self._lock = threading.Lock()
        self._due: list[_Letter] = []
        self._tickets = itertools.count()
        self._told = self._lost = self._taken = self._refused = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)
        self._topics = frozenset(topics)
        world.listen(self._hear)
        if self._topics & {STOCK_STATUS, STOCK_CHANGED}:
            world.stocks.listen(self._hear_stock)
        if self._topics & {PRODUCT_STATUS, PRODUCT_AUDIT}:
            world.listen_to_products(self._hear_product)

    def start(self) -> None:
        """Let the thread post what is due, as the world's time goes on."""
        self._thread.start()

    def stop(self) -> None:
        """Post nothing more, and close the connection; what was late is lost."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self._client.close()

    def step(self, now: float) -> None:
        """Post what is due by `now` (Unix seconds), in the order of its time."""
        while (letter := self._next(now)) is not None:
            self._post(letter)

    def tally(self) -> WebhookTally:
        """Return how notifications fared."""
        with self._lock:
            return WebhookTally(
                told=self._told, lost=self._lost, taken=self._taken, refused=self._refused
            )

    # --- inside ------------------------------------------------------------------------------

    def _hear(self, order: Order, _before: Order | None) -> None:
        # Webhook 1 spells the cancelled state unlike the API does, or so its page says.
        cancelled = "CANCEL" if self._world.switches.webhook_spells_cancel else "CANCELLED"
        data = _status_data(order, cancelled)
        self._tell(ORDER_STATUS, order.shop, order.updated_at, data)
        if order.is_cancelled:
            cancel_id = self._world.identities.new("cancellation")
            off = _cancellation_data(order, cancel_id)
            self._tell(CANCELLATION, order.shop, order.updated_at, off)

    def _hear_product(self, product: Product) -> None:
        at = product.updated_at
        self._tell(PRODUCT_STATUS, product.shop, at, news.product_status(product))
        self._tell(PRODUCT_AUDIT, product.shop, at, news.product_audit(product))

    def _hear_stock(self, key: StockKey, before: Stock, at: float) -> None:
        sku = self._world.registry.sku(key[0])
        stocks = {place: self._world.stocks[sku.sku_id, place] for place in sku.warehouse_ids}
        was, held = self._held({**stocks, key[1]: before}), self._held(stocks)
        shop_id = self._world.registry.shop(sku.shop).shop_id
        number = self._world.identities.new("notification")
        changed = news.stock_changed(sku, shop_id, was, held, at=at, number=number)
        self._tell(STOCK_CHANGED, sku.shop, at, changed)
        if held.status != was.status:
            self._tell(STOCK_STATUS, sku.shop, at, news.stock_status(sku, held, at=at))

    def _held(self, stocks: Mapping[str, Stock]) -> news.Held:
        counts_unpaid = self._world.switches.unpaid_in_committed
        return news.Held.of(list(stocks.values()), counts_unpaid=counts_unpaid)

    def _tell(self, kind: int, shop: str, at: float, data: Mapping[str, object]) -> None:
        if kind not in self._topics:
            return
        number = self._world.identities.new("notification")
        envelope = {
            "type": kind,
            **({"tts_notification_id": number} if self._world.switches.webhook_has_id else {}),
            "shop_id": self._world.registry.shop(shop).shop_id,
            "timestamp": int(at),
            "data": data,
        }
        body = json.dumps(envelope).encode()
        with self._lock:
            delays_s = self._faults.delays_s(self._rng)
            self._told += 1
            self._lost += not delays_s
            for delay_s in delays_s:
                letter = _Letter(at=at + delay_s, ticket=next(self._tickets), body=body)
                heapq.heappush(self._due, letter)

    def _next(self, now: float) -> _Letter | None:
        with self._lock:
            if not self._due or self._due[0].at > now:
                return None
            return heapq.heappop(self._due)

    def _post(self, letter: _Letter) -> None:
        try:
            headers = self._headers(letter.body)
            answer = self._client.post(self._url, content=letter.body, headers=headers)
            taken = answer.status_code == httpx.codes.OK
        except httpx.HTTPError:
            taken = False
        with self._lock:
            self._taken += taken
            self._refused += not taken
            if not taken and letter.tries < len(self._faults.again_after_s):
                at = letter.at + self._faults.again_after_s[letter.tries]
                again = replace(letter, at=at, tries=letter.tries + 1)
                heapq.heappush(self._due, again)

    def _headers(self, body: bytes) -> dict[str, str]:
        message = self._world.app_key.encode() + body
        signature = hmac.new(self._world.app_secret.encode(), message, hashlib.sha256).hexdigest()
        return {"content-type": "application/json", "authorization": signature}

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            with self._world.turn() as now:
                moment = now
            # Outside the turn: the world does not stand still while somebody reads his post.
            self.step(moment)


def _status_data(order: Order, cancelled: str) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "order_status": cancelled if order.is_cancelled else order.status.value,
        "is_on_hold_order": order.status is OrderStatus.ON_HOLD,
        "update_time": int(order.updated_at),
    }


def _cancellation_data(order: Order, cancel_id: str) -> dict[str, object]:
    role = Role.SYSTEM if order.cancelled_by in (None, Role.OPERATOR) else order.cancelled_by
    return {
        "order_id": order.order_id,
        "cancellations_role": role,
        "cancel_status": "CANCELLATION_REQUEST_SUCCESS",
        "cancel_id": cancel_id,
        "create_time": int(order.updated_at),
    }
