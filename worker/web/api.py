"""The HTTP API: its routes, and how a request becomes an answer.

First who asks is known, then whether they may, and only then is a body read. The work itself is
done in a thread; what is asynchronous here is the waiting for the network, and nothing else.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from connectors.store import shops
from connectors.store.engine import reading

from ..access import Caller
from ..metrics.meter import Meter
from ..reports.sight import Sight, veiled
from ..services import Services
from .api_operations import Operation, RiskSource, api_operations
from .api_reading import asked_in_address, asked_in_body, read_body
from .bearer import caller_from, require_role
from .feed_upload import UPLOAD_PATH, Uploading
from .openapi import openapi_document
from .problems import ErrorDocument, problem_of, refusal


DOCUMENT_PATH = "/api/openapi.json"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""The methods that are counted by name: others may be any word."""

HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Of every answer: what it says holds now, and for this caller."""

_ERRORS = TypeAdapter(ErrorDocument)

Answering: TypeAlias = Callable[[Request], Awaitable[Response]]
"""Answers a request, or raises; `problem_of` tells how the error is answered."""


def api_routes(services: Services, *, risk: RiskSource) -> list[BaseRoute]:
    """Return every route below `/api`. The last of them says that there are no others."""
    operations = api_operations(risk=risk)
    document = openapi_document(operations)

    async def describe(_request: Request) -> Response:
        return _answer(document)

    paths: dict[str, dict[str, Answering]] = {DOCUMENT_PATH: {"GET": describe}}
    for each in operations:
        paths.setdefault(each.path, {})[each.method] = Performing(services, each).answer
    return [
        *(
            Route(path.replace("{sku}", "{sku:path}"), ApiPath(services.meter, path, answering))
            for path, answering in paths.items()
        ),
        Route(
            UPLOAD_PATH,
            ApiPath(services.meter, UPLOAD_PATH, {"POST": Uploading(services).answer}),
        ),
        Route("/api", ApiPath(services.meter, "unknown", {})),
        Route("/api/{rest:path}", ApiPath(services.meter, "unknown", {})),
    ]


class ApiPath:
    """A path and what answers on it, by method; no method stands for a path that is not there."""

    def __init__(self, meter: Meter, template: str, answering: Mapping[str, Answering]) -> None:
        """Keep what answers."""
        self._meter = meter
        self._template = template
        self._answering = answering

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and count it."""
        request = Request(scope, receive)
        try:
            response = await self._find(request.method)(request)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - whatever failed is answered, without a traceback
            response = _refused(error, route=self._template)
        method = request.method if request.method in METHODS else "other"
        labels = {"route": self._template, "method": method, "status": str(response.status_code)}
        self._meter.count("api_requests", labels)
        await response(scope, receive, send)

    def _find(self, method: str) -> Answering:
        if not self._answering:
            raise refusal(
                HTTPStatus.NOT_FOUND, "there is nothing here", f"{DOCUMENT_PATH} lists what is"
            )
        found = self._answering.get("GET" if method == "HEAD" else method)
        if found is None:
            allowed = ", ".join(self._answering)
            raise refusal(
                HTTPStatus.METHOD_NOT_ALLOWED,
                f"{method[:16]!r} is not done here",
                f"use {allowed}",
                headers={"Allow": allowed},
            )
        return found


class Performing:
    """Performs one operation for whoever may ask for it."""

    def __init__(self, services: Services, operation: Operation[Any]) -> None:
        """Prepare how the answer is written."""
        self._services = services
        self._operation = operation
        self._form = TypeAdapter[Any](operation.answer)

    async def answer(self, request: Request) -> Response:
        """Return the answer to one request. Raises `Problem`, and whatever the operation does."""
        caller = await run_in_threadpool(self._admit, request)
        body = b""
        if self._operation.method == "POST":
            body = await read_body(request, self._services.settings.web.body_bytes_max)
        return await run_in_threadpool(self._perform, request, caller, body)

    def _admit(self, request: Request) -> Caller:
        caller = caller_from(self._services, request.headers)
        require_role(caller, self._operation.role)
        return caller

    def _perform(self, request: Request, caller: Caller, body: bytes) -> Response:
        asked = self._asked(request, body)
        try:
            done = self._operation.act(self._services, caller, asked)
        except Exception as error:  # noqa: BLE001 - it is answered here, since who asks is known
            return _refused(error, route=self._operation.path, veil=self._veil_for(caller.sight))
        return _answer(self._veil_for(caller.sight)(self._form.dump_python(done, mode="json")))

    def _asked(self, request: Request, body: bytes) -> Any:  # noqa: ANN401 - as the operation declares
        model = self._operation.request
        if self._operation.method == "POST":
            _require_no_query(request.query_params.keys())
            return asked_in_body(model, body)
        return asked_in_address(model, request.path_params, request.query_params.multi_items())

    def _veil_for(self, sight: Sight) -> Callable[[Any], Any]:
        """Return what takes the names of other shops' listings out of a document."""
        if sight.whole:
            return lambda document: document
        with reading(self._services.engine) as connection:
            known = {*self._services.settings.shops, *shops.names(connection)}
        return lambda document: veiled(document, sight, known)


def _require_no_query(names: Iterable[str]) -> None:
    for name in names:
        raise refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{name[:64]!r} stands in the address",
            "write it into the body",
        )


def _refused(
    error: Exception, *, route: str, veil: Callable[[Any], Any] = lambda document: document
) -> Response:
    problem = problem_of(error, route=route)
    document = _ERRORS.dump_python(problem.document, mode="json")
    return _answer(veil(document), status=problem.status, headers=problem.headers)


def _answer(
    document: Any,  # noqa: ANN401 - any JSON value
    *,
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    return Response(
        text.encode(),
        status_code=int(status),
        headers={**HEADERS, **(headers or {})},
        media_type="application/json",
    )
