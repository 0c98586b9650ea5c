"""The description of the API is good OpenAPI 3.1, says everything, and is for everybody."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from worker.web.api_operations import Operation, api_operations
from worker.web.api_requests import ApiRequest
from worker.web.openapi import MEANINGS, openapi_document

from .api_rig import ApiRig, api_rig, some_risk


OPERATIONS = api_operations(risk=some_risk)


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiRig]:
    """Two shops; no test here changes them."""
    with api_rig(tmp_path_factory.mktemp("openapi")) as rig:
        yield rig


def described(operation: Operation[Any]) -> dict[str, Any]:
    """Return what the document says of an operation."""
    found: dict[str, Any] = openapi_document(OPERATIONS)["paths"][operation.path]
    return dict(found[operation.method.lower()])


def test_the_document_is_served_without_a_token(rig: ApiRig) -> None:
    """As it is made."""
    answer = rig.client.send("GET", "/api/openapi.json")

    assert answer.status_code == 200
    assert answer.json() == json.loads(json.dumps(openapi_document(OPERATIONS)))


def test_the_document_is_good_openapi() -> None:
    """By the schema of OpenAPI 3.1."""
    document = json.loads(json.dumps(openapi_document(OPERATIONS)))

    assert not list(OpenAPIV31SpecValidator(document).iter_errors())


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_field_of_a_request_is_described(operation: Operation[Any]) -> None:
    """In the path, the query or the body."""
    found = described(operation)
    model: type[ApiRequest] = operation.request
    if operation.method == "GET":
        told = {each["name"] for each in found["parameters"]}
    else:
        name = found["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        schemas = openapi_document(OPERATIONS)["components"]["schemas"]
        told = set(schemas[name.rpartition("/")[2]]["properties"])

    assert told == set(model.model_fields)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.name)
def test_every_operation_names_its_role_and_its_refusals(operation: Operation[Any]) -> None:
    """Who may ask is in the description as it is in the routes."""
    found = described(operation)

    assert found["security"] == [{"bearer": [operation.role.value]}]
    assert {"200", "401", "403", "422", "500", "503"} <= set(found["responses"])


def test_every_refusal_that_is_declared_has_a_meaning() -> None:
    """One without would break the document."""
    assert {status for each in OPERATIONS for status in each.refusals} <= set(MEANINGS)
