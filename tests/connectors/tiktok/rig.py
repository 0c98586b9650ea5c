"""A bench to try the client on: a clock that only sleeping moves, and a server in one function."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from connectors.http_client import CallRecord, HttpClient, HttpOptions, RetryPolicy
from connectors.tiktok.access import AppAccess, ShopAccess
from connectors.tiktok.client import TikTokShopClient
from connectors.tiktok.json_parts import JsonPart
from connectors.tiktok.quota import Quota
from connectors.tiktok.wire import Data
from reconciliation.quantities import Instant


APP = AppAccess(app_key="123abc", app_secret="canary-app-secret")
SHOP = ShopAccess(shop="uk", cipher="canary-cipher", access_token="canary-access-token")
NOW = 1_700_000_000.0

Handle = Callable[[httpx.Request], httpx.Response]


@dataclass
class Clock:
    """Time that passes only where somebody sleeps, and by what `tick_s` adds to every look."""

    now: float = NOW
    tick_s: float = 0.0
    slept_s: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        """Return the time."""
        self.now += self.tick_s
        return self.now

    def sleep(self, wait_s: float) -> None:
        """Let time pass."""
        self.slept_s.append(wait_s)
        self.now += wait_s


@dataclass
class Rig:
    """A server made of one function, the client that talks to it, and all that was noted."""

    handle: Handle
    clock: Clock = field(default_factory=Clock)
    retries: RetryPolicy = field(default_factory=lambda: RetryPolicy(attempts=1))
    requests: list[httpx.Request] = field(default_factory=list)
    records: list[CallRecord] = field(default_factory=list)

    @property
    def http(self) -> HttpClient:
        """A client of HTTP whose network is the server."""
        return HttpClient(
            clock=self.clock,
            sleep=self.clock.sleep,
            options=HttpOptions(retries=self.retries),
            hook=self.records.append,
            transport=httpx.MockTransport(self._serve),
        )

    def client(self) -> TikTokShopClient:
        """A client of TikTok that talks to the server."""
        return TikTokShopClient(http=self.http, app=APP, quota=Quota())

    def bodies(self) -> list[object]:
        """What the server was sent, as JSON."""
        return [json.loads(request.content or b"null") for request in self.requests]

    def _serve(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.handle(request)


def answer(data: object, code: int = 0, message: str = "Success") -> httpx.Response:
    """An answer in TikTok's envelope."""
    return httpx.Response(
        200, json={"code": code, "message": message, "request_id": "R1", "data": data}
    )


def always(response: Callable[[], httpx.Response]) -> Handle:
    """A server that gives the same answer to everything."""
    return lambda _request: response()


def data_of(value: dict[str, object]) -> Data:
    """The data of an answer, had between two moments."""
    return Data(
        part=JsonPart(value=value, path="data"),
        request_id="R1",
        began_at=Instant(NOW),
        finished_at=Instant(NOW + 1),
    )
