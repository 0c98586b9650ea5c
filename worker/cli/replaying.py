"""The command that replays recorded orders: backtest."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from .desk import Desk, desk_of
from .endings import EXIT_CODES
from .words import Json


class ChartFormat(StrEnum):
    """What a chart can be drawn as."""

    SVG = "svg"
    PNG = "png"


Orders = Annotated[
    Path | None,
    typer.Option(
        "--orders",
        metavar="FILE",
        help="Recorded orders, CSV or Parquet: placed_at, order_id, sku, units (default: the "
        "store's own orders, and feeds).",
    ),
]
Feeds = Annotated[
    Path | None,
    typer.Option(
        "--feeds",
        metavar="FILE",
        help="Recorded feeds, to be replayed as well: as_of, arrived_at, sku, units on hand.",
    ),
]
Shops = Annotated[
    int, typer.Option("--shops", metavar="N", min=1, max=100, help="Shops that share the goods.")
]
Policies = Annotated[
    list[str] | None,
    typer.Option("--policy", metavar="NAME...", help="Policies to try (default: all)."),
]
Intensities = Annotated[
    list[float] | None,
    typer.Option(
        "--intensity",
        metavar="X...",
        min=0.001,
        max=1e6,
        help="How much the recorded time is compressed (default: 1 30 1000).",
    ),
]
Stale = Annotated[
    bool, typer.Option("--stale", help="Add late and wrong feeds, at the recorded pace.")
]
Skus = Annotated[
    int | None,
    typer.Option(
        "--skus",
        metavar="N",
        min=0,
        help="SKUs that each seed draws as a sample; 0: all (default: 15, with --stale 10).",
    ),
]
Seeds = Annotated[int, typer.Option("--seeds", metavar="N", min=1, max=10_000, help="How many.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="The first seed.")]
StockWeeks = Annotated[
    float,
    typer.Option(
        "--stock-weeks",
        metavar="W",
        min=0.1,
        max=520,
        help="Weeks of mean demand up to which stock is ordered.",
    ),
]
Processes = Annotated[
    int | None,
    typer.Option(
        "--processes", metavar="N", min=1, max=256, help="Processes (default: one per core)."
    ),
]
Charts = Annotated[
    Path | None, typer.Option("--charts", metavar="DIR", help="Draw charts into this folder.")
]
Form = Annotated[ChartFormat, typer.Option("--chart-format", help="What charts are drawn as.")]


SEVERAL = ("--policy", "--intensity")
"""Options after which several words may stand."""


class _SeveralWords(TyperCommand):
    """A command that takes `--policy A B` for `--policy A --policy B`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own classes are not public
        return super().parse_args(ctx, list(_one_by_one(args)))


def _one_by_one(words: Iterable[str]) -> Iterator[str]:
    option, is_first = "", False
    for word in words:
        if word.startswith("-"):
            option, is_first = word, True
        elif option in SEVERAL and not is_first:
            yield option
        else:
            is_first = False
        yield word


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(cls=_SeveralWords, epilog=EXIT_CODES)(backtest)


def backtest(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    orders: Orders = None,
    feeds: Feeds = None,
    shops: Shops = 3,
    policy: Policies = None,
    intensity: Intensities = None,
    stale: Stale = False,
    skus: Skus = None,
    seeds: Seeds = 20,
    seed: Seed = 1,
    stock_weeks: StockWeeks = 2.0,
    processes: Processes = None,
    charts: Charts = None,
    chart_format: Form = ChartFormat.SVG,
    as_json: Json = False,
) -> None:
    """Replay recorded orders under policies: what each oversells, and what sales it loses."""
    from ..backtest.calibration import calibration
    from ..backtest.calibration_bins import write_bins
    from ..backtest.charts import draw, ready
    from ..backtest.run import Request, traces
    from ..backtest.run import backtest as replay
    from ..backtest.view import backtest_view, line, set_up

    desk = desk_of(ctx, as_json=as_json)
    if charts is not None:
        ready()
    history, recorded = _recorded(desk, orders, feeds)
    request = Request(
        policies=tuple(policy or Request().policies),
        intensities=tuple(intensity or Request().intensities),
        shops=shops,
        stock_weeks=stock_weeks,
        skus=skus,
        seeds=seeds,
        first_seed=seed,
        stale=stale,
        feeds=recorded,
    )
    desk.say(set_up(history, request))
    with _progress() as progress:
        outcomes = replay(history, request, processes=processes, progress=progress)
    if charts is not None:
        followed, weighed = traces(history, request), calibration(history, request)
        for path in draw(outcomes, followed, charts, chart_format.value, weighed=weighed):
            desk.say(f"Drawn: {path}")
        desk.say(f"Written: {write_bins(weighed, charts)}")
    desk.show_lines(map(line, outcomes), lambda: backtest_view(outcomes))


def _recorded(desk: Desk, orders: Path | None, feeds: Path | None) -> tuple[Any, Any]:
    """Return the orders and feeds of the files, or those in the store where none are named."""
    from connectors.store.engine import reading

    from ..backtest.feed_file import read_feeds, stated_in
    from ..backtest.order_file import read_orders
    from ..backtest.own_history import own_feeds, own_orders

    if orders is not None:
        history = read_orders(orders)
        recorded = read_feeds(feeds, history) if feeds is not None else ()
    else:
        with desk.services() as services, reading(services.engine) as connection:
            history = own_orders(connection)
            own = own_feeds(connection, history)
        recorded = read_feeds(feeds, history) if feeds is not None else own
    return (stated_in(recorded, history) if recorded else history), recorded


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield what draws a bar on standard error, with the time that is left."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = ("replays", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replays")
        yield lambda done, of: bar.update(task, completed=done, total=of)
