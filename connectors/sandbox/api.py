"""The whole API as one function: a request in, a response out.

    transport = httpx.MockTransport(make_api(world))

A call is answered as one act of the world. A timeout is an `httpx.ReadTimeout` raised to the
caller; `server` turns it into a connection that says nothing and then breaks.
"""

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import httpx

from .auth_routes import get_token, refresh_token
from .calls import Call
from .envelope import JsonObject, failure, refusal, success
from .faults import Fault, FaultKind, FaultPlan
from .gate import Gate
from .refusals import ApiRefusal
from .routes import TOKEN_GET_PATH, TOKEN_REFRESH_PATH, Route, find_route
from .timeline import Clock
from .world import SandboxWorld


Handle = Callable[[httpx.Request], httpx.Response]
"""Answers a request. Raises `httpx.ReadTimeout` where the plan says the answer is lost."""

_TOKEN_DESKS = {TOKEN_GET_PATH: get_token, TOKEN_REFRESH_PATH: refresh_token}
_REFUSING_FAULTS = {
    FaultKind.TOO_MANY_REQUESTS: (36009002, 429),
    FaultKind.TOO_MANY_WITH_HINT: (36009002, 429),
    FaultKind.INTERNAL_ERROR: (36009003, 500),
    FaultKind.INTERNAL_ERROR_AFTER_EFFECT: (36009003, 500),
    FaultKind.OVERLOADED: (36009003, 503),
}


def make_api(
    world: SandboxWorld, faults: FaultPlan | None = None, *, gateway_clock: Clock | None = None
) -> Handle:
    """Return the function that answers for `world`, going wrong as `faults` says.

    `gateway_clock` judges the timestamps of calls, where the world's own clock is moved by hand.
    """
    return _Front(world, faults or FaultPlan.none(), Gate(world, gateway_clock)).handle


class _Front:
    def __init__(self, world: SandboxWorld, faults: FaultPlan, gate: Gate) -> None:
        self._world = world
        self._faults = faults
        self._gate = gate

    def handle(self, request: httpx.Request) -> httpx.Response:
        request.read()
        with self._world.turn():
            try:
                return self._answer(request)
            except ApiRefusal as refused:
                return self._refuse(refused)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path in _TOKEN_DESKS:
            return self._succeed(self._ask_token_desk(request))
        route, ids = find_route(request.method, request.url.path)
        fault = self._faults.draw(route.name)
        if fault is None:
            return self._succeed(self._perform(request, route, ids))
        return self._go_wrong(fault, request, route, ids)

    def _go_wrong(
        self, fault: Fault, request: httpx.Request, route: Route, ids: Mapping[str, str]
    ) -> httpx.Response:
        if fault.kind is FaultKind.PARTIAL_FAILURE:
            call = replace(self._admit(request, route, ids), fails_in_part=True)
            return self._succeed(route.respond(call))
        if fault.kind is FaultKind.LATE_EFFECT:
            self._land_later(fault.delay_s, request, route, ids)
        elif fault.kind in {FaultKind.TIMEOUT_AFTER_EFFECT, FaultKind.INTERNAL_ERROR_AFTER_EFFECT}:
            with suppress(ApiRefusal):
                self._perform(request, route, ids)
        if fault.kind not in _REFUSING_FAULTS:
            raise httpx.ReadTimeout("the sandbox does not answer this call", request=request)
        code, status = _REFUSING_FAULTS[fault.kind]
        answer = self._refuse(refusal(code), status)
        if fault.kind is FaultKind.TOO_MANY_WITH_HINT:
            # Not documented; a gateway on the way may add it, in whole seconds.
            answer.headers["retry-after"] = str(math.ceil(fault.delay_s))
        return answer

    def _land_later(
        self, delay_s: float, request: httpx.Request, route: Route, ids: Mapping[str, str]
    ) -> None:
        # Stalled before the gateway it is judged when it lands, stalled behind it, now.
        if self._world.switches.late_effects_pass_gateway:
            self._world.later(delay_s, lambda: self._try(request, route, ids))
            return
        with suppress(ApiRefusal):
            call = self._admit(request, route, ids)
            self._world.later(delay_s, lambda: _try_respond(route, call))

    def _try(self, request: httpx.Request, route: Route, ids: Mapping[str, str]) -> None:
        with suppress(ApiRefusal):
            self._perform(request, route, ids)

    def _perform(self, request: httpx.Request, route: Route, ids: Mapping[str, str]) -> JsonObject:
        return route.respond(self._admit(request, route, ids))

    def _admit(self, request: httpx.Request, route: Route, ids: Mapping[str, str]) -> Call:
        with self._world.turn() as now:
            return self._gate.admit(request, route, ids, now)

    def _ask_token_desk(self, request: httpx.Request) -> JsonObject:
        if request.method != "GET":
            raise refusal(36009010)
        with self._world.turn() as now:
            desk = _TOKEN_DESKS[request.url.path]
            return desk(self._world, dict(request.url.params.multi_items()), now)

    def _succeed(self, data: JsonObject) -> httpx.Response:
        return success(data, self._world.new_request_id())

    def _refuse(self, refused: ApiRefusal, status: int | None = None) -> httpx.Response:
        usual = self._world.switches.business_error_http_status
        request_id = self._world.new_request_id()
        return failure(refused, request_id, usual_status=usual, status=status)


def _try_respond(route: Route, call: Call) -> None:
    with suppress(ApiRefusal):
        route.respond(call)
