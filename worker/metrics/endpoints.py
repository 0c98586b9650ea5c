"""`/metrics`, `/livez` and `/readyz`, for a port of their own that the public cannot reach."""

from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..services import Services
from .exposition import expose, open_registry
from .one_at_a_time import OneAtATime
from .readiness import Broker, CheckState, Readiness, look, no_broker, unanswered
from .readings import record_groups
from .risk_readings import RiskOf, risk_group
from .state import State


READY_WAIT_S = 3.0
"""How long the checks may take before the answer is that they failed."""

BROKER_WAIT_S = 1.0
"""How long the broker may take: it must not use up the time of the checks that count."""

HEADERS = {"cache-control": "no-store"}


def monitoring_app(
    services: Services, *, risk: RiskOf | None = None, broker: Broker = no_broker
) -> Starlette:
    """Return the app. Without `risk` the gauges of cancellation risk are left out.

    `broker` says what is wrong with the broker; that never makes the installation unready.
    """
    groups = [*record_groups(), *([risk_group(risk)] if risk is not None else [])]
    registry = open_registry(State(services, groups))
    ask_broker = partial(OneAtATime(broker).ask, wait_s=BROKER_WAIT_S)
    checks = OneAtATime(partial(look, services, ask_broker))

    def metrics(request: Request) -> Response:
        body, content_type = expose(registry, request.headers.get("accept", ""))
        return Response(body, headers={**HEADERS, "content-type": content_type})

    def readyz(_request: Request) -> Response:
        try:
            return _answer(checks.ask(wait_s=READY_WAIT_S))
        except TimeoutError:
            return _answer(unanswered())

    return Starlette(
        routes=[Route("/metrics", metrics), Route("/livez", livez), Route("/readyz", readyz)]
    )


async def livez(_request: Request) -> Response:
    """Say that the process answers. It looks at nothing: a restart mends no database."""
    return JSONResponse({"status": CheckState.OK.value}, headers=HEADERS)


def _answer(readiness: Readiness) -> Response:
    checks = {
        check.name: {"status": check.state.value, "detail": check.detail}
        for check in readiness.checks
    }
    return JSONResponse(
        {"status": readiness.state.value, "checks": checks},
        status_code=503 if readiness.state is CheckState.FAILED else 200,
        headers=HEADERS,
    )
