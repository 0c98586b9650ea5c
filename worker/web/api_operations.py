"""What the API does: one table of its operations, and the few lines that each of them takes.

From this table come the routes, the OpenAPI document, and the matrix of the tests.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from threading import BoundedSemaphore
from typing import Any, Generic, Protocol, TypeVar, get_type_hints

from connectors.store.batches import batches
from connectors.store.engine import reading
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Sku

from ..access import Caller, Role
from ..holding import HoldRequest, HoldView, Switched, Word, hold, switch_writes
from ..reconcile.result import ReconcileResult
from ..reconcile.run import Request as ReconcileOrder
from ..reconcile.run import reconcile
from ..reports.deliveries import DeliveryView, deliveries, read_state
from ..reports.explain import Explanation, explain
from ..reports.history import History, history
from ..reports.moments import read_end
from ..reports.receipts import Receipts, receipts
from ..reports.shortages import Shortages, shortages
from ..reports.sight import hidden_pools
from ..reports.status import Status, status
from ..services import Services
from .api_requests import (
    ApiRequest,
    DeliveriesRequest,
    ExplainRequest,
    HistoryRequest,
    HoldRequestBody,
    ReceiptsRequest,
    ReconcileRequest,
    RiskRequest,
    ShortagesRequest,
    StatusRequest,
    SwitchAction,
    WritesRequest,
)
from .bearer import require_feed, require_shop, require_sight
from .problems import refusal


RECONCILES_MAX = 2
"""Reconciles under way at once in one process: each holds one of its some forty threads."""

BUSY_AGAIN_S = 10
"""When to come back where that many are under way."""

ITEMS_LOOKED_AT_MAX = 100_000
"""Items at risk that are gone through for a caller who may see some of them: all there are."""

Asked = TypeVar("Asked", bound=ApiRequest)


class RiskSource(Protocol):
    """What works out the risk report; its return annotation is the form of the answer."""

    def __call__(self, services: Services, *, items_max: int) -> Any:  # noqa: ANN401 - a dataclass with `shops` and `items`
        """Return the risk of all shops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Asked]):
    """One thing that can be asked for.

    `path` names its fields in braces. `answer` is the dataclass of the document that is returned.
    """

    name: str
    method: str
    path: str
    role: Role
    request: type[Asked]
    answer: type
    summary: str
    act: Callable[[Services, Caller, Asked], object]
    refusals: tuple[HTTPStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The hold that is in force now."""

    hold: HoldView


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """The newest deliveries, the newest first."""

    deliveries: tuple[DeliveryView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchedShops:
    """The shops whose writing was stopped or let go on."""

    shops: tuple[Switched, ...]


def api_operations(*, risk: RiskSource) -> tuple[Operation[Any], ...]:
    """Return the table of all operations."""
    return (*_to_look(), *_to_receive(), *_to_foresee(risk), *_to_step_in())


def _to_look() -> tuple[Operation[Any], ...]:
    """Return what tells how things stand, and is for readers."""
    return (
        Operation(
            name="status",
            method="GET",
            path="/api/status",
            role=Role.READER,
            request=StatusRequest,
            answer=Status,
            summary="Show how shops, feeds, pools at risk and open work stand.",
            act=_status,
        ),
        Operation(
            name="explain",
            method="GET",
            path="/api/explain/{sku}",
            role=Role.READER,
            request=ExplainRequest,
            answer=Explanation,
            summary="Say why each listing of a SKU shows what it shows, term by term.",
            act=_explain,
            refusals=(HTTPStatus.NOT_FOUND,),
        ),
        Operation(
            name="history",
            method="GET",
            path="/api/history/{sku}",
            role=Role.READER,
            request=HistoryRequest,
            answer=History,
            summary="Show what happened to a SKU, the newest first.",
            act=_history,
            refusals=(HTTPStatus.NOT_FOUND,),
        ),
    )


def _to_receive() -> tuple[Operation[Any], ...]:
    """Return what tells of partners' files, to readers and to those who sent them."""
    return (
        Operation(
            name="deliveries",
            method="GET",
            path="/api/feeds/deliveries",
            role=Role.READER,
            request=DeliveriesRequest,
            answer=Deliveries,
            summary="List the newest files that partners delivered, and where each stands.",
            act=_deliveries,
            refusals=(HTTPStatus.NOT_FOUND,),
        ),
        Operation(
            name="receipts",
            method="GET",
            path="/api/feeds/{feed}/receipts",
            role=Role.SENDER,
            request=ReceiptsRequest,
            answer=Receipts,
            summary="Show what became of the files that were sent for a feed, the newest first.",
            act=_receipts,
        ),
    )


def _to_foresee(risk: RiskSource) -> tuple[Operation[Any], ...]:
    """Return what tells which orders are in danger, and is for readers."""
    return (
        Operation(
            name="risk",
            method="GET",
            path="/api/risk",
            role=Role.READER,
            request=RiskRequest,
            answer=get_type_hints(risk)["return"],
            summary="Show how many orders will be cancelled at the seller's fault, and why.",
            act=Risks(risk).act,
        ),
        Operation(
            name="shortages",
            method="GET",
            path="/api/shortages",
            role=Role.READER,
            request=ShortagesRequest,
            answer=Shortages,
            summary="List the orders that cannot be filled, by due time, with the least harmful "
            "remedy for each.",
            act=_shortages,
            refusals=(HTTPStatus.NOT_FOUND,),
        ),
    )


def _to_step_in() -> tuple[Operation[Any], ...]:
    """Return what changes something, and is for operators."""
    return (
        Operation(
            name="reconcile",
            method="POST",
            path="/api/reconcile",
            role=Role.OPERATOR,
            request=ReconcileRequest,
            answer=ReconcileResult,
            summary="Look afresh, decide, and write until TikTok shows what was decided. "
            "A dry run is for operators too: it takes of the shops' quota, and keeps what it saw.",
            act=Reconciling().act,
            refusals=(
                HTTPStatus.NOT_FOUND,
                HTTPStatus.TOO_MANY_REQUESTS,
                HTTPStatus.BAD_GATEWAY,
                HTTPStatus.GATEWAY_TIMEOUT,
            ),
        ),
        Operation(
            name="hold",
            method="POST",
            path="/api/holds",
            role=Role.OPERATOR,
            request=HoldRequestBody,
            answer=Held,
            summary="Cap what a SKU's listings show, or set units of its goods aside. The "
            "token's name stands for who said so.",
            act=_hold,
            refusals=(HTTPStatus.NOT_FOUND,),
        ),
        Operation(
            name="writes",
            method="POST",
            path="/api/writes",
            role=Role.OPERATOR,
            request=WritesRequest,
            answer=SwitchedShops,
            summary="Stop all writing to TikTok, or let it go on.",
            act=_writes,
            refusals=(HTTPStatus.NOT_FOUND,),
        ),
    )


# -- looking ------------------------------------------------------------------------------------


def _status(services: Services, caller: Caller, _asked: StatusRequest) -> Status:
    return status(services, sight=caller.sight)


def _explain(services: Services, caller: Caller, asked: ExplainRequest) -> Explanation:
    require_sight(caller, asked.shop)
    return explain(services, asked.sku, asked.shop, sight=caller.sight)


def _history(services: Services, caller: Caller, asked: HistoryRequest) -> History:
    require_sight(caller, asked.shop)
    return history(services, asked.sku, shop=asked.shop, most=asked.limit, sight=caller.sight)


def _shortages(services: Services, caller: Caller, asked: ShortagesRequest) -> Shortages:
    require_sight(caller, asked.shop)
    return shortages(services, shop=asked.shop, warehouse=asked.warehouse, sight=caller.sight)


def _deliveries(services: Services, caller: Caller, asked: DeliveriesRequest) -> Deliveries:
    state = read_state(asked.state)
    found = deliveries(services, feed=asked.feed, state=state, sight=caller.sight)
    return Deliveries(deliveries=found)


def _receipts(services: Services, caller: Caller, asked: ReceiptsRequest) -> Receipts:
    require_feed(caller, asked.feed, services.settings.feeds)
    return receipts(services, asked.feed, file=asked.file, most=asked.limit)


class Risks:
    """The risk report, cut to what a caller may see."""

    def __init__(self, source: RiskSource) -> None:
        """Keep what works it out."""
        self._source = source

    def act(self, services: Services, caller: Caller, asked: RiskRequest) -> object:
        """Return the caller's shops, and items that no other shop sells."""
        if caller.sight.whole:
            return self._source(services, items_max=asked.items)
        report = self._source(services, items_max=ITEMS_LOOKED_AT_MAX)
        named = {PoolKey(warehouse=each.warehouse, sku=Sku(each.sku)) for each in report.items}
        hidden = _hidden(services, caller, named)
        items = [
            each
            for each in report.items
            if PoolKey(warehouse=each.warehouse, sku=Sku(each.sku)) not in hidden
        ]
        shops = tuple(each for each in report.shops if caller.sight.sees(each.shop))
        return replace(report, shops=shops, items=tuple(items[: asked.items]))


def _hidden(services: Services, caller: Caller, pools: set[PoolKey]) -> set[PoolKey]:
    with reading(services.engine) as connection:
        return {
            pool
            for some in batches(sorted(pools))
            for pool in hidden_pools(connection, caller.sight, some)
        }


# -- stepping in --------------------------------------------------------------------------------


class Reconciling:
    """Reconciles on request, a few at a time."""

    def __init__(self) -> None:
        """Count those under way."""
        self._free = BoundedSemaphore(RECONCILES_MAX)

    def act(self, services: Services, caller: Caller, asked: ReconcileRequest) -> ReconcileResult:
        """Reconcile in this thread. Raises `Problem` where others are at it."""
        require_shop(caller, asked.shop)
        if not self._free.acquire(blocking=False):
            raise refusal(
                HTTPStatus.TOO_MANY_REQUESTS,
                f"{RECONCILES_MAX} reconciles are under way already",
                f"try again in {BUSY_AGAIN_S} s",
                headers={"Retry-After": str(BUSY_AGAIN_S)},
            )
        try:
            return reconcile(services, _order(caller, asked))
        finally:
            self._free.release()


def _order(caller: Caller, asked: ReconcileRequest) -> ReconcileOrder:
    return ReconcileOrder(
        shop=asked.shop,
        sku=asked.sku,
        dry_run=asked.dry_run,
        timeout_s=asked.timeout_s,
        within_s=asked.timeout_s,
        sight=caller.sight,
    )


def _hold(services: Services, caller: Caller, asked: HoldRequestBody) -> Held:
    require_shop(caller, asked.shop)
    request = HoldRequest(
        sku=asked.sku,
        shop=asked.shop,
        warehouse=asked.warehouse,
        units_max=asked.at_most,
        set_aside_units=asked.set_aside,
        expires_at=read_end(asked.expires, services.now()),
        word=Word(who=caller.name, why=asked.why),
    )
    return Held(hold=hold(services, request, sight=caller.sight))


def _writes(services: Services, caller: Caller, asked: WritesRequest) -> SwitchedShops:
    require_shop(caller, asked.shop)
    stopped = asked.action is SwitchAction.STOP
    word = Word(who=caller.name, why=asked.why)
    switched = switch_writes(services, shop=asked.shop, stopped=stopped, word=word)
    return SwitchedShops(shops=switched)
