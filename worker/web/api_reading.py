"""Reads what was asked for: a body that is not too long, its JSON or the query, field by field.

Every fault is named with its field, all at once, and nothing that was sent is repeated at length.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from starlette.requests import Request

from ..causes import Cause
from .api_requests import ApiRequest
from .problems import Problem, refusal


BODY_S = 10.0
"""How long a body may take to arrive: whoever sends slower holds a connection for nothing."""

FAULTS_TOLD_MAX = 20
"""Faults of one request that are told; the rest come to light when these are mended."""

NAME_LETTERS_MAX = 64

Asked = TypeVar("Asked", bound=ApiRequest)


async def read_body(request: Request, bytes_max: int, *, within_s: float = BODY_S) -> bytes:
    """Return the body of a request with JSON. Raises `Problem`, and `ClientDisconnect`."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or "content-encoding" in request.headers:
        raise refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"a body of {kind[:NAME_LETTERS_MAX] or 'no type'!r} is not read",
            "send plain JSON, with `Content-Type: application/json`",
        )
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > bytes_max:
        raise _too_large(bytes_max)
    try:
        async with asyncio.timeout(within_s):
            return await _whole(request, bytes_max)
    except TimeoutError:
        raise refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            f"the body took more than {within_s:g} s to arrive",
            "send it at once",
            headers={"Connection": "close"},
        ) from None


async def _whole(request: Request, bytes_max: int) -> bytes:
    """Put the body together, whatever length was announced."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
    return bytes(body)


def _too_large(bytes_max: int) -> Problem:
    return refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the body is longer than {bytes_max} bytes",
        "send less; `web.body_bytes_max` sets the limit",
        # What is left of the body is not read.
        headers={"Connection": "close"},
    )


def asked_in_body(model: type[Asked], body: bytes) -> Asked:
    """Return what a body asks for. Raises `Problem`."""
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as fault:
        raise _faulty(model, fault) from None


def asked_in_address(
    model: type[Asked], path: Mapping[str, str], query: list[tuple[str, str]]
) -> Asked:
    """Return what an address asks for, by its path and its query. Raises `Problem`."""
    values = dict(path)
    for name, value in query:
        if name in values:
            raise refusal(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                f"{name[:NAME_LETTERS_MAX]!r} is given twice",
                "give it once",
            )
        values[name] = value
    try:
        return model.model_validate(values)
    except ValidationError as fault:
        raise _faulty(model, fault) from None


def _faulty(model: type[ApiRequest], fault: ValidationError) -> Problem:
    errors = fault.errors(include_url=False, include_context=False, include_input=False)
    if errors[0]["type"] == "json_invalid":
        remedy = "send one JSON document in UTF-8"
        return refusal(HTTPStatus.BAD_REQUEST, f"the body is no JSON: {errors[0]['msg']}", remedy)
    causes = [_cause(model, each) for each in errors[:FAULTS_TOLD_MAX]]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, *causes)


def _cause(model: type[ApiRequest], error: ErrorDetails) -> Cause:
    place = ".".join(str(part) for part in error["loc"])[:NAME_LETTERS_MAX] or "the body"
    known = ", ".join(model.model_fields) or "none"
    if error["type"] == "extra_forbidden":
        return Cause(
            cause=f"{place!r} is not a field", remedy=f"leave it out; known here: {known}"
        )
    if error["type"] == "missing":
        return Cause(cause=f"{place} is missing", remedy="give it")
    return Cause(
        cause=f"{place}: {error['msg'][:1].lower()}{error['msg'][1:]}",
        remedy="the fields and their limits are in /api/openapi.json",
    )
