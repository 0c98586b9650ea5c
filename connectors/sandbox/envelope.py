"""The answer around every answer: `{code, message, request_id, data}` (API page, section 3)."""

import json
from collections.abc import Mapping

import httpx

from .refusals import ApiRefusal


JsonObject = Mapping[str, object]
"""What stands under `data`."""

CHECK_FAILED = 12052990
"""Update Inventory: the check failed, look into `extra_errors`."""

MESSAGES: dict[int, str] = {
    12019008: "Product id is invalid",
    12019015: "The number of SKU exceed the limit",
    12019022: "SKU must contain a valid warehouse.",
    12019024: "stock count is invalid",
    12019028: "Multiple warehouses detected. Include all warehouse IDs and try again.",
    12019120: "The number of provided product IDs exceeds the limit.",
    12052031: "Invalid product ID(s) found",
    12052036: "The SKU ID is necessary",
    12052048: "You cannot edit the specified product(s) as it isn't listed in your shop.",
    12052050: "A single product cannot have more than 100 different SKUs",
    12052055: "The SKU inventory quantity for the warehouse must be within allowed limits.",
    12052097: "The warehouse does not exist",
    12052180: "The result exceeds 10,000 products: narrow the time window",
    12052260: "The product ID does not exist",
    12052393: "Product locked for Promotion and stock can't be updated below current stock",
    12052530: "The warehouse does not belong to this shop/seller.",
    12052531: "The warehouse is disabled.",
    12052532: "the warehouse not delivery warehouse",
    12052533: "Removal, addition, and change of warehouses are not permitted.",
    12052553: "Sku id duplicate",
    12052556: "The SKU id not exist.",
    12052850: "The stock of combo does not support being edited.",
    12052901: "The product in its current status is not available for this operation.",
    12052902: "The SKU list is empty. Provide all required details.",
    12052910: "The request parameters are invalid",
    12052921: "This product shares the inventory with the source shop",
    CHECK_FAILED: "Check failed",
    36009002: "Too many requests",
    36009003: "Internal error. Please try again.",
    36009009: "Invalid path",
    36009010: "Invalid method",
    36009022: "The request body is not valid JSON",
    36009023: "The content-type is not supported: use application/json",
}
"""The texts that go with the codes; other refusals word their own."""

# Section 5 documents 429 and 503; 401 was seen with 106001. The others take the switch's status.
_STATUSES = {
    36009002: 429,
    36009003: 500,
    36009009: 404,
    36009010: 405,
    105002: 401,
    106001: 401,
}


def refusal(code: int) -> ApiRefusal:
    """Return the refusal of that code with its usual message."""
    return ApiRefusal(code, MESSAGES[code])


def success(data: JsonObject, request_id: str) -> httpx.Response:
    """Return the answer to a call that worked. Look into `data.errors` all the same."""
    return _answer(200, 0, "Success", request_id, data)


def failure(
    refused: ApiRefusal, request_id: str, *, usual_status: int, status: int | None = None
) -> httpx.Response:
    """Return the answer to a refused call; `usual_status` for codes with none of their own."""
    http_status = status or _STATUSES.get(refused.code, usual_status)
    return _answer(http_status, refused.code, refused.message, request_id, {})


def _answer(
    status: int, code: int, message: str, request_id: str, data: JsonObject
) -> httpx.Response:
    body = {"code": code, "message": message, "request_id": request_id, "data": data}
    return httpx.Response(
        status,
        headers={"content-type": "application/json"},
        content=json.dumps(body, ensure_ascii=False).encode(),
    )
