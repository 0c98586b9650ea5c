"""The answer of a backtest: a line of JSON per outcome, or tables for people."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from rich.console import RenderableType

from ..reports.printing import table
from .history import History
from .outcome import Outcome
from .run import Request, sampled, scenes
from .scene import EXACT


COLUMNS = (
    "policy",
    "orders",
    "oversold per 10,000",
    "95 % interval",
    "oversold units",
    "lost sales %",
    "writes",
    "reads",
)


def line(outcome: Outcome) -> str:
    """Return an outcome as one line of JSON."""
    return json.dumps(asdict(outcome), ensure_ascii=False, allow_nan=False)


def set_up(history: History, request: Request) -> str:
    """Say what is replayed: how much of the record, and how often."""
    recorded = len(history.skus)
    found = {sampled(request, recorded, scene.feed) for scene in scenes(request, recorded)}
    samples = " and ".join(_sample(skus, recorded) for skus in sorted(found, reverse=True))
    return (
        f"{len(history.lines)} order lines of {recorded} SKUs; {samples}; seeds "
        f"{request.first_seed} to {request.first_seed + request.seeds - 1}; stock for "
        f"{request.stock_weeks:g} weeks."
    )


def _sample(skus: int, recorded: int) -> str:
    if skus == recorded:
        return "all are replayed"
    share = f"{skus / recorded:.1%} of TikTok's quota"
    return f"{skus} of them, others for each seed, with {share}"


def backtest_view(outcomes: Sequence[Outcome]) -> Iterator[RenderableType]:
    """Yield a table per set-up."""
    for title, some in groupby(outcomes, key=_title):
        yield table(title, COLUMNS, [_row(each) for each in some])
        yield ""


def _title(outcome: Outcome) -> str:
    pace = f"x {outcome.intensity:g}"
    if outcome.feed_delay_s == 0:
        return f"{pace}, feeds exact and instant"
    error = "" if outcome.feed_error == EXACT else f", {outcome.feed_error}"
    return f"{pace}, a feed every {outcome.feed_delay_s:g} s{error}"


def _row(outcome: Outcome) -> tuple[object, ...]:
    low, high = outcome.oversold_interval
    return (
        outcome.policy,
        outcome.orders,
        f"{outcome.oversold_orders_per_10k:.2f}",
        f"{low:.2f} to {high:.2f}",
        outcome.oversold_units,
        f"{outcome.lost_sales_pct:.2f}",
        outcome.writes,
        outcome.reads,
    )
