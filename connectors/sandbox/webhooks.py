"""TikTok's notifications of what happens to orders, posted to a program's address (section 6).

Theory of operation. Every step of an order is told as type 1, a cancellation as type 11 too. A
notification is drawn up inside the act, and posted by a thread of its own afterwards: the world
waits for nobody. On the way it may get lost, come late, come twice or be overtaken, as TikTok
does not promise otherwise. What is not taken is not sent again: it is lost like the others.
"""

import hashlib
import heapq
import hmac
import itertools
import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from .orders import Order, OrderStatus, Role
from .world import SandboxWorld


ORDER_STATUS = 1
CANCELLATION = 11

ANSWER_S = 3.0
"""How long TikTok waits for an answer."""

LOOK_EVERY_S = 0.02
"""How often the thread looks for what is to be posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFaults:
    """The shares of notifications, from 0 to 1 and together at most 1, that fare ill.

    `late_s` is how late the late ones come, `overtaken_s` how much later than in their turn the
    reordered ones do, and how far apart doubled ones are. Both are (least, most) seconds.
    """

    lost: float = 0.0
    late: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    late_s: tuple[float, float] = (5.0, 60.0)
    overtaken_s: tuple[float, float] = (0.1, 1.0)

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


class WebhookSender:
    """Tells one address of every order of a world. Seeded by `rng`."""

    def __init__(
        self,
        world: SandboxWorld,
        url: str,
        *,
        rng: random.Random,
        faults: WebhookFaults | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Listen to the world from now on; `start` lets a thread do the posting."""
        self._world = world
        self._url = url
        self._rng = rng
        self._faults = faults or WebhookFaults()
        self._client = httpx.Client(transport=transport, timeout=ANSWER_S, trust_env=False)
        self._lock = threading.Lock()
        self._due: list[tuple[float, int, bytes]] = []
        self._tickets = itertools.count()
        self._told = self._lost = self._taken = self._refused = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)
        world.listen(self._hear)

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
        while (body := self._next(now)) is not None:
            self._post(body)

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
        self._tell(ORDER_STATUS, order, _status_data(order, cancelled))
        if order.is_cancelled:
            cancel_id = self._world.identities.new("cancellation")
            self._tell(CANCELLATION, order, _cancellation_data(order, cancel_id))

    def _tell(self, kind: int, order: Order, data: Mapping[str, object]) -> None:
        number = self._world.identities.new("notification")
        envelope = {
            "type": kind,
            **({"tts_notification_id": number} if self._world.switches.webhook_has_id else {}),
            "shop_id": self._world.registry.shop(order.shop).shop_id,
            "timestamp": int(order.updated_at),
            "data": data,
        }
        body = json.dumps(envelope).encode()
        with self._lock:
            delays_s = self._faults.delays_s(self._rng)
            self._told += 1
            self._lost += not delays_s
            for delay_s in delays_s:
                due = (order.updated_at + delay_s, next(self._tickets), body)
                heapq.heappush(self._due, due)

    def _next(self, now: float) -> bytes | None:
        with self._lock:
            if not self._due or self._due[0][0] > now:
                return None
            return heapq.heappop(self._due)[2]

    def _post(self, body: bytes) -> None:
        taken = False
        try:
            answer = self._client.post(self._url, content=body, headers=self._headers(body))
            taken = answer.status_code == httpx.codes.OK
        except httpx.HTTPError:
            taken = False
        with self._lock:
            self._taken += taken
            self._refused += not taken

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
