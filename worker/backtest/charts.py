"""Charts of a backtest: what each policy oversells against what it loses, and single items."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from .calibration_bins import Weighed
from .calibration_chart import draw_bins
from .faults import BadReplay
from .item_trace import Moment, Trace
from .outcome import Outcome


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


PANEL_INCHES = (5.2, 4.2)

WINDOW_SHARE = 0.04
"""Of the whole replay, how much a single item is shown of around its first oversold order."""

OURS = ("strict", "guard")
"""How our own policies begin; they stand out."""

_COLOURS = {"mirror": "#c0392b", "fixed": "#e08e2b", "percent": "#7f6fb0"}


def ready() -> None:
    """Refuse to draw before the long work is done. Raises `BadReplay` without matplotlib."""
    with _drawing():
        pass


def draw(
    outcomes: Sequence[Outcome],
    traces: Sequence[Trace],
    folder: Path,
    form: str = "svg",
    *,
    weighed: Sequence[Weighed] = (),
) -> tuple[Path, ...]:
    """Write the charts into a folder and return their paths. Raises `BadReplay`."""
    with _drawing() as figure_of:
        folder.mkdir(parents=True, exist_ok=True)
        charts = {"trade-off": _trade_off(figure_of, outcomes)} if outcomes else {}
        if traces:
            charts["single-item"] = _single_item(figure_of, traces)
        if weighed:
            charts["calibration"] = draw_bins(figure_of, weighed)
        paths = tuple(folder / f"backtest-{name}.{form}" for name in charts)
        for path, figure in zip(paths, charts.values(), strict=True):
            # Without a date, so that the same figures give the same bytes.
            figure.savefig(path, metadata={"Date": None} if form == "svg" else None)
    return paths


@contextmanager
def _drawing() -> Iterator["type[Figure]"]:
    """Yield the class of figures, with settings that make their files repeatable."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - a whole library, for whoever wants charts
        from matplotlib.figure import Figure  # noqa: PLC0415 - as above
    except ImportError as error:
        raise BadReplay(
            "charts are drawn by matplotlib, which is not installed",
            "install the extra `backtest` of pyproject.toml, or leave --charts out",
        ) from error
    with mpl.rc_context({"svg.hashsalt": "oversell-guard", "font.size": 9.0}):
        yield Figure


# -- oversold against lost ------------------------------------------------------------------------


def _trade_off(figure_of: "type[Figure]", outcomes: Sequence[Outcome]) -> "Figure":
    panels = [(title, list(some)) for title, some in groupby(outcomes, key=_title)]
    figure = _panels(figure_of, len(panels))
    for axes, (title, some) in zip(figure.axes, panels, strict=True):
        _trade_off_panel(axes, title, some)
    return figure


def _panels(figure_of: "type[Figure]", count: int) -> "Figure":
    columns = min(count, 3)
    rows = -(-count // columns)
    width, height = PANEL_INCHES
    figure = figure_of(figsize=(width * columns, height * rows), layout="constrained")
    for number in range(count):
        figure.add_subplot(rows, columns, number + 1)
    return figure


def _title(outcome: Outcome) -> str:
    pace = f"time compressed x{outcome.intensity:g}"
    if outcome.feed_delay_s == 0:
        return f"{pace}, feeds exact"
    return f"{pace}, feed every {outcome.feed_delay_s:g} s, error: {outcome.feed_error}"


def _trade_off_panel(axes: "Axes", title: str, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        low, high = outcome.oversold_interval
        rate = outcome.oversold_orders_per_10k
        ours = outcome.policy.startswith(OURS)
        axes.errorbar(
            outcome.lost_sales_pct,
            rate,
            yerr=[[max(rate - low, 0.0)], [max(high - rate, 0.0)]],
            fmt="D" if ours else "o",
            color=_colour(outcome.policy),
            markersize=6 if ours else 4,
            elinewidth=0.8,
        )
        axes.annotate(
            outcome.policy,
            (outcome.lost_sales_pct, rate),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=6,
        )
    axes.set_title(title)
    axes.set_xlabel("sales lost, % of what one shared counter fills")
    axes.set_ylabel("oversold orders per 10,000 (95 % interval)")
    axes.set_yscale("symlog", linthresh=1.0)
    axes.set_ylim(bottom=-0.1)
    axes.grid(visible=True, alpha=0.3)


def _colour(policy: str) -> str:
    if policy.startswith(OURS):
        return "#1e7d4f"
    return _COLOURS.get(policy.partition("_")[0], "#555555")


# -- single items ---------------------------------------------------------------------------------


def _single_item(figure_of: "type[Figure]", traces: Sequence[Trace]) -> "Figure":
    figure = _panels(figure_of, len(traces))
    start, end = _window(traces)
    for axes, trace in zip(figure.axes, traces, strict=True):
        _single_item_panel(axes, trace, [m for m in trace.moments if start <= m.at <= end])
    return figure


def _window(traces: Sequence[Trace]) -> tuple[float, float]:
    """Return the span around the first oversold order of any of the policies."""
    first = min((_first_oversold(trace) for trace in traces), default=0.0)
    whole = max(trace.moments[-1].at for trace in traces)
    return first - whole * WINDOW_SHARE, first + whole * WINDOW_SHARE


def _first_oversold(trace: Trace) -> float:
    return next(
        (moment.at for moment in trace.moments if moment.oversold_orders), trace.moments[-1].at
    )


def _single_item_panel(axes: "Axes", trace: Trace, moments: Sequence[Moment]) -> None:
    at = [moment.at for moment in moments]
    axes.step(at, [m.free_units for m in moments], where="post", color="black", label="free goods")
    for shop, shown in enumerate(zip(*(m.shown_units for m in moments), strict=True)):
        axes.step(
            at, shown, where="post", linewidth=0.9, alpha=0.8, label=f"shop {shop + 1} shows"
        )
    oversold = [
        after.at
        for before, after in pairwise(moments)
        if after.oversold_orders > before.oversold_orders
    ]
    axes.plot(oversold, [0] * len(oversold), "rx", label="oversold order")
    axes.set_title(f"{trace.policy}: {trace.sku}, x{trace.intensity:g}")
    axes.set_xlabel("seconds of the replay")
    axes.set_ylabel("units")
    axes.legend(fontsize=6)
