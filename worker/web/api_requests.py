"""What may be asked for over the API: the fields of each request, and their limits."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ..reports.history import LIMIT_MAX


RECONCILE_S = 60.0
"""How long a reconcile may take where nobody says: proxies often end a request after that."""

RECONCILE_S_MAX = 120.0
"""The longest that a request may hold a thread; longer ones are for the command line."""

ITEMS_MAX = 200
"""The most items at risk in one answer."""


RECEIPTS_MAX = 200
"""The most receipts in one answer: as many files as may wait."""


class ApiRequest(BaseModel):
    """A request without any field; unknown ones are refused by name."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )


ShopName = Annotated[
    str | None, Field(min_length=1, max_length=64, description="only this shop (default: all)")
]
SkuText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        description="a seller SKU, or an item as the partner names it",
    ),
]
WarehouseCode = Annotated[
    str | None,
    Field(min_length=1, max_length=64, description="only in this warehouse (default: all)"),
]
WhyText = Annotated[str, Field(min_length=1, max_length=500, description="why; kept in the trail")]


class StatusRequest(ApiRequest):
    """How everything in sight stands."""


class ExplainRequest(ApiRequest):
    """Why the listings of a SKU show what they show."""

    sku: SkuText
    shop: ShopName = None


class HistoryRequest(ApiRequest):
    """What happened to a SKU."""

    sku: SkuText
    shop: ShopName = None
    limit: int = Field(50, ge=1, le=LIMIT_MAX, description="the most events")


class RiskRequest(ApiRequest):
    """Which cancellations are to be expected."""

    items: int = Field(20, ge=0, le=ITEMS_MAX, description="the most items that are named")


class ShortagesRequest(ApiRequest):
    """Which orders cannot be filled."""

    shop: ShopName = None
    warehouse: WarehouseCode = None


class DeliveriesRequest(ApiRequest):
    """Which files partners delivered, and what became of them."""

    feed: str | None = Field(
        None, min_length=1, max_length=64, description="only this feed (default: all)"
    )
    state: str | None = Field(
        None,
        min_length=1,
        max_length=64,
        description="only in this state: taken, quarantined, refused, approved, rolled_back or "
        "rollback (default: all)",
    )


class ReceiptsRequest(ApiRequest):
    """What became of the files of one feed."""

    feed: str = Field(min_length=1, max_length=64, description="the feed, as the token names it")
    file: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="only of the file of this name, with its refused rows (default: all)",
    )
    limit: int = Field(20, ge=1, le=RECEIPTS_MAX, description="the most receipts")


class ReconcileRequest(ApiRequest):
    """What to bring to its target: everything, a shop, a SKU, or a SKU in one shop."""

    shop: ShopName = None
    sku: SkuText | None = Field(None, description="only listings that sell this SKU")
    dry_run: bool = Field(
        default=False, description="say what would be written, and write nothing"
    )
    timeout_s: float = Field(
        RECONCILE_S, ge=1, le=RECONCILE_S_MAX, description="seconds that all of it may take"
    )


class HoldRequestBody(ApiRequest):
    """A hold, in the words of the command: exactly one of `at_most` and `set_aside`."""

    sku: SkuText
    shop: ShopName = None
    warehouse: WarehouseCode = None
    at_most: int | None = Field(None, description="show at most so many, and raise nothing")
    set_aside: int | None = Field(
        None, description="keep so many units off sale, or for `shop` alone where one is named"
    )
    expires: str = Field(
        min_length=1, max_length=64, description="30m, 2h, 3d, or an ISO 8601 time"
    )
    why: WhyText


class SwitchAction(StrEnum):
    """What happens to writing."""

    STOP = "stop"
    """What is not committed by now is not sent."""
    START = "start"
    """It goes on, and a new decision on everything is asked for."""


class WritesRequest(ApiRequest):
    """Stops writing to TikTok, or lets it go on."""

    action: SwitchAction
    shop: ShopName = None
    why: WhyText
