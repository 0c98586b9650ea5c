"""Who gets in: key, clock, signature, token, cipher, quota, and a body that can be read."""

import json
from collections import defaultdict, deque
from collections.abc import Mapping

import httpx

from .calls import Call
from .envelope import refusal
from .merchandise import Shop
from .refusals import ApiRefusal
from .routes import Route
from .signature import require_equal, require_fresh, sign
from .timeline import Clock
from .tokens import Grant
from .world import SandboxWorld


class Gate:
    """Lets calls in, or refuses them with the code of the first thing that is wrong."""

    def __init__(self, world: SandboxWorld, clock: Clock | None = None) -> None:
        """Judge timestamps by `clock`; by the world's where there is none."""
        self._world = world
        self._clock = clock
        self._recent: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def admit(
        self, request: httpx.Request, route: Route, path_ids: Mapping[str, str], now: float
    ) -> Call:
        """Return the call that the request makes. Raises `ApiRefusal`."""
        query = dict(request.url.params.multi_items())
        self._check_sender(request, query, now)
        grant = self._world.tokens.admit(request.headers.get("x-tts-access-token", ""), now)
        if route.scope not in grant.scopes:
            raise ApiRefusal(105005, f"the scope {route.scope} is missing: ask for consent again")
        shop = self._shop(route, query.get("shop_cipher"), grant)
        self._count(route, shop, now)
        return Call(
            world=self._world,
            now=now,
            shop=shop,
            path=path_ids,
            query=query,
            body=_body_of(request),
        )

    def _check_sender(self, request: httpx.Request, query: Mapping[str, str], now: float) -> None:
        if query.get("app_key") != self._world.app_key:
            raise ApiRefusal(36009004, "app_key is missing or invalid")
        require_fresh(query.get("timestamp"), now if self._clock is None else self._clock())
        expected = sign(
            self._world.app_secret,
            request.url.path,
            request.url.params.multi_items(),
            request.headers.get("content-type", ""),
            request.content,
        )
        require_equal(query.get("sign"), expected)

    def _shop(self, route: Route, cipher: str | None, grant: Grant) -> Shop:
        if not route.takes_cipher:
            if cipher is not None:
                raise ApiRefusal(36009004, "unexpected identifier: shop_cipher")
            return self._world.registry.shop(grant.shop)
        if not cipher:
            raise ApiRefusal(106013, "shop_cipher is missing")
        shop = self._world.registry.shop_by_cipher(cipher)
        if shop is None or shop.name != grant.shop:
            raise ApiRefusal(101000, "the access_token does not fit this shop_cipher")
        return shop

    def _count(self, route: Route, shop: Shop, now: float) -> None:
        limit = self._world.switches.calls_per_second
        if limit is None:
            return
        # Any one second, not the clock's: stricter than a counter that starts anew each second.
        recent = self._recent[route.name, shop.name]
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= limit:
            raise refusal(36009002)
        recent.append(now)


def _body_of(request: httpx.Request) -> Mapping[str, object]:
    if request.method == "GET" or not request.content:
        return {}
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise refusal(36009023)
    try:
        body = json.loads(request.content)
    except ValueError as error:
        raise refusal(36009022) from error
    if not isinstance(body, dict):
        raise refusal(36009022)
    return body
