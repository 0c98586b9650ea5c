"""The chart of how true the told risk is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .calibration import Bin, mean_error


if TYPE_CHECKING:
    from matplotlib.figure import Figure


SIZE_INCHES = (5.2, 4.6)

LEAST = 1e-7
"""Below this the axes are linear: there are no logarithms of nothing."""


def draw_bins(figure_of: "type[Figure]", bins: Sequence[Bin]) -> "Figure":
    """Return the ten bins: what was told against what happened, and the line of the truth."""
    figure = figure_of(figsize=SIZE_INCHES, layout="constrained")
    axes = figure.add_subplot(1, 1, 1)
    axes.plot([0.0, 1.0], [0.0, 1.0], color="black", linewidth=0.8, label="told is what happened")
    axes.plot([each.told for each in bins], [each.happened for each in bins], "D", label="orders")
    for each in bins:
        axes.annotate(
            f"{each.orders}",
            (each.told, each.happened),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=6,
        )
    axes.set_xscale("symlog", linthresh=LEAST)
    axes.set_yscale("symlog", linthresh=LEAST)
    axes.set_xlabel("orders that one order was expected to cancel")
    axes.set_ylabel("orders that it did cancel")
    axes.set_title(f"Told risk against what happened, mean error {mean_error(bins):.5f}")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(fontsize=7)
    return figure
