"""A storm by one seed: people act, calls and notifications go wrong, and so does much beside them.

The program's own steps do the work, on a driven clock. TikTok's notifications reach the real
endpoint; whatever of them is lost, late, doubled or overtaken is left to polling.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from starlette.applications import Starlette

from connectors.sandbox.faults import FaultPlan, FaultRates
from connectors.sandbox.mishaps import MishapIntervals, Mishaps, drawn
from connectors.sandbox.webhooks import WebhookFaults, WebhookSender
from tests.support.shopfront import SHOPS, TICK_S, Shopfront
from tests.worker.web.rig import Post, deliver, running
from worker.web.intake import webhook_intake
from worker.web.webhook_endpoint import webhook_routes

from .people import cancel_one, collect_one, pack_one, report, shop


RATES = FaultRates(
    too_many_requests=0.02,
    too_many_with_hint=0.02,
    internal_error=0.02,
    internal_error_after_effect=0.05,
    overloaded=0.02,
    timeout_before_effect=0.04,
    timeout_after_effect=0.05,
    late_effect=0.08,
    partial_failure=0.03,
)
"""A third of all calls goes wrong."""

LATE_EFFECT_S = (0.5, 6.0)
"""When a stalled write lands: within the shopfront's `write_horizon_s`."""

POST = WebhookFaults(
    lost=0.15, late=0.15, doubled=0.15, reordered=0.15, late_s=(2.0, 20.0), overtaken_s=(0.1, 3.0)
)
"""Most notifications fare ill."""

MISHAPS = MishapIntervals(
    seller_lowers_s=30.0,
    clock_steps_s=15.0,
    tiktok_leaves_s=30.0,
    clock_ahead_s_max=0.1,
    away_s=(1.0, 4.0),
)
"""No clock differs by more than the shopfront's `clock_tolerance_s`, and nobody raises."""

FEED_EVERY_S = 4.0
CAMPAIGN_UNITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What a storm is made of, and for how long it lasts. `struck`: the only calls that fail."""

    lasts_s: float = 40.0
    rates: FaultRates = RATES
    post: WebhookFaults = POST
    mishaps: MishapIntervals = MISHAPS
    struck: frozenset[str] | None = None

    def blow(self, front: Shopfront, seed: int, look: Callable[[Shopfront], None]) -> None:
        """Let it blow over a shopfront, `look` at each moment of it, and let it end."""
        rng = random.Random(seed)
        front.faults = FaultPlan(self.rates, rng, late_effect_s=LATE_EFFECT_S, apis=self.struck)
        front.restart()
        end, next_feed = front.now + self.lasts_s, front.now
        self._begin_mishaps(front, rng)
        with _post(front, rng, self.post) as post:
            while front.now < end:
                act(front, rng)
                if front.now >= next_feed:
                    report(front, rng)
                    next_feed = front.now + FEED_EVERY_S
                post.step(front.now)
                front.work(TICK_S)
                look(front)
        front.faults.stop()

    def _begin_mishaps(self, front: Shopfront, rng: random.Random) -> None:
        planned = drawn(rng, self.mishaps, begins_at=front.now, lasts_s=self.lasts_s)
        Mishaps(front.world, front.faults, self.mishaps).begin(planned)


def act(front: Shopfront, rng: random.Random) -> None:
    """Let people do what they do in a tenth of a second."""
    likely = ((0.9, shop), (0.6, shop), (0.25, cancel_one), (0.2, pack_one), (0.15, collect_one))
    for chance, person in likely:
        if rng.random() < chance:
            person(front, rng)
    if rng.random() < 0.01:
        enrol(front, rng)
    if rng.random() < 0.05:
        # Often and little: what is nearly gone all the time is where a bound that fails shows.
        front.shelf.receive(front.pool, rng.randint(1, 4))


def enrol(front: Shopfront, rng: random.Random) -> None:
    """Let a campaign lock some of what a listing shows, or let it go."""
    name = rng.choice(SHOPS)
    units = rng.choice((0, CAMPAIGN_UNITS))
    front.world.edit_stock_by_hand(
        front.skus[name].sku_id, front.warehouse_ids[name], campaign=units
    )


@contextmanager
def _post(front: Shopfront, rng: random.Random, faults: WebhookFaults) -> Iterator[WebhookSender]:
    """Let TikTok tell the program's endpoint of every order."""
    with webhook_intake(front.services) as intake:
        app = Starlette(routes=webhook_routes(front.services, intake))

        def take(request: httpx.Request) -> httpx.Response:
            signature = request.headers["authorization"].encode()
            status = running(deliver(app, Post(body=request.content, signature=signature)))
            return httpx.Response(status or 500)

        transport = httpx.MockTransport(take)
        sender = WebhookSender(
            front.world, "https://guard.test/", rng=rng, faults=faults, transport=transport
        )
        try:
            yield sender
        finally:
            sender.stop()
