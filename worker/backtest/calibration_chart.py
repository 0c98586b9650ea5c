"""The chart of how true the told risk is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .calibration_bins import (
    Bin,
    Weighed,
    equal_bins,
    growing_bins,
    mean_error,
    mean_error_of_bins,
)


if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


SIZE_INCHES = (10.4, 4.6)

LEAST = 1e-7
"""Below this the logarithmic axes are linear: there are no logarithms of nothing."""


def draw_bins(figure_of: "type[Figure]", orders: Sequence[Weighed]) -> "Figure":
    """Return what was told against what happened, in bins of equal width and in growing ones."""
    figure = figure_of(figsize=SIZE_INCHES, layout="constrained")
    equal, growing = (figure.add_subplot(1, 2, number) for number in (1, 2))
    _panel(equal, "ten bins of equal width", equal_bins(orders))
    _panel(growing, "ten bins with growing bounds", growing_bins(orders))
    growing.set_xscale("symlog", linthresh=LEAST)
    growing.set_yscale("symlog", linthresh=LEAST)
    growing.set_ylim(bottom=0.0)
    return figure


def _panel(axes: "Axes", title: str, bins: Sequence[Bin]) -> None:
    """Draw one way of sorting, each bin with its 95 % interval and its orders."""
    axes.plot([0.0, 1.0], [0.0, 1.0], color="black", linewidth=0.8, label="told is what happened")
    low, high = zip(*(each.interval for each in bins), strict=True)
    happened = [each.happened for each in bins]
    below = [max(at - end, 0.0) for at, end in zip(happened, low, strict=True)]
    above = [max(end - at, 0.0) for at, end in zip(happened, high, strict=True)]
    axes.errorbar(
        [each.told for each in bins],
        happened,
        yerr=[below, above],
        fmt="D",
        markersize=4,
        elinewidth=0.8,
        label="what happened, 95 % interval; orders in the bin",
    )
    for each in bins:
        axes.annotate(
            f"{each.orders}",
            (each.told, each.happened),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=6,
        )
    axes.set_xlabel("orders that one order was expected to cancel")
    axes.set_ylabel("orders that it did cancel")
    errors = f"{mean_error(bins):.5f} over orders, {mean_error_of_bins(bins):.4f} over bins"
    axes.set_title(f"{title}\nmean error {errors}")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7)
