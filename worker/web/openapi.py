"""The API described in OpenAPI 3.1, from the same table as its routes."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeAlias

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from .api_operations import Operation
from .feed_upload import UPLOAD_PATH, Uploaded, upload_description
from .problems import ErrorDocument


REFERENCE = "#/components/schemas/{model}"

References: TypeAlias = Mapping[tuple[str, JsonSchemaMode], dict[str, Any]]
"""Where the form of a request or an answer is, by operation and use."""

ALWAYS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
"""How any request may be refused."""

WITH_BODY = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
"""How a request with a body may be refused besides."""

MEANINGS = {
    HTTPStatus.BAD_REQUEST: "The body is no JSON.",
    HTTPStatus.UNAUTHORIZED: "There is no token, or it is not valid.",
    HTTPStatus.FORBIDDEN: "The token's role or its shops do not cover this.",
    HTTPStatus.NOT_FOUND: "A name stands for nothing that the token may see.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The path has other methods.",
    HTTPStatus.REQUEST_TIMEOUT: "The body took too long to arrive.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too long.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The body is not declared as plain JSON.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "A field is wrong, missing or not known; nothing was done.",
    HTTPStatus.TOO_MANY_REQUESTS: "Others are at it: come back after Retry-After.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "The program is at fault.",
    HTTPStatus.BAD_GATEWAY: "TikTok failed or refused.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The store or TikTok is away: come back after Retry-After.",
    HTTPStatus.GATEWAY_TIMEOUT: "Looking at the shops took all the time; nothing was decided.",
}


def openapi_document(operations: Sequence[Operation[Any]]) -> dict[str, Any]:
    """Return the OpenAPI document of all operations."""
    references, definitions = _schemas(operations)
    paths: dict[str, dict[str, Any]] = {
        "/api/openapi.json": {"get": _describing_itself()},
        UPLOAD_PATH: {"post": _upload(references)},
    }
    for each in operations:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, references)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "oversell-guard",
            "version": "1",
            "description": "Reports of the guard, and ways to step in. A token for some shops "
            "sees those shops, and of goods only what no other shop sells.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _schemas(operations: Iterable[Operation[Any]]) -> tuple[References, dict[str, Any]]:
    """Return references by operation and use, and what they refer to."""
    forms: list[tuple[str, JsonSchemaMode, TypeAdapter[Any]]] = [
        ("error", "serialization", TypeAdapter(ErrorDocument)),
        ("upload", "serialization", TypeAdapter(Uploaded)),
    ]
    for each in operations:
        forms.append((each.name, "serialization", TypeAdapter(each.answer)))
        if each.method == "POST":
            forms.append((each.name, "validation", TypeAdapter(each.request)))
    references, schema = TypeAdapter.json_schemas(forms, ref_template=REFERENCE)
    return references, schema["$defs"]


def _operation(operation: Operation[Any], references: References) -> dict[str, Any]:
    refusals = {*ALWAYS, *operation.refusals, *(WITH_BODY if operation.method == "POST" else ())}
    error = references["error", "serialization"]
    answer = references[operation.name, "serialization"]
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary.partition(". ")[0].rstrip(".") + ".",
        "description": operation.summary,
        "security": [{"bearer": [operation.role.value]}],
        "responses": {"200": _response("What was asked for.", answer)}
        | {str(int(each)): _response(MEANINGS[each], error) for each in sorted(refusals)},
    }
    if operation.method == "POST":
        body = references[operation.name, "validation"]
        described["requestBody"] = {"required": True, "content": _json(body)}
    else:
        described["parameters"] = list(_parameters(operation))
    return described


def _upload(references: References) -> dict[str, Any]:
    error = references["error", "serialization"]
    refusals = {*ALWAYS, *WITH_BODY, HTTPStatus.TOO_MANY_REQUESTS} - {HTTPStatus.BAD_REQUEST}
    taken = _response(
        "The file was taken whole; what becomes of it is told by its receipt.",
        references["upload", "serialization"],
    )
    return upload_description() | {
        "responses": {"202": taken}
        | {str(int(each)): _response(MEANINGS[each], error) for each in sorted(refusals)}
    }


def _parameters(operation: Operation[Any]) -> Iterable[dict[str, Any]]:
    schema = operation.request.model_json_schema()
    for name, form in schema.get("properties", {}).items():
        in_path = f"{{{name}}}" in operation.path
        yield {
            "name": name,
            "in": "path" if in_path else "query",
            "required": in_path or name in schema.get("required", ()),
            "description": form.get("description", ""),
            "schema": form,
        }


def _describing_itself() -> dict[str, Any]:
    return {
        "operationId": "openapi",
        "summary": "This document.",
        "security": [],
        "responses": {"200": _response("This document.", {"type": "object"})},
    }


def _response(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": _json(schema)}


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
