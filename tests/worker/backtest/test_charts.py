"""The charts of a backtest: drawn, repeatable, and told where they cannot be drawn."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.support.histories import made_up_history
from worker.backtest.calibration_bins import Weighed
from worker.backtest.charts import draw
from worker.backtest.run import Request, backtest, traces


REQUEST = Request(
    policies=("mirror_event", "strict"), intensities=(30.0, 1_000.0), seeds=1, stock_weeks=1.0
)


def drawn(folder: Path, form: str = "svg") -> dict[str, bytes]:
    """The charts of a small backtest, by their names."""
    history = made_up_history()
    outcomes = backtest(history, REQUEST, processes=1)
    paths = draw(outcomes, traces(history, REQUEST), folder, form)
    return {path.name: path.read_bytes() for path in paths}


def test_both_charts_are_drawn(tmp_path: Path) -> None:
    """The trade-off, and a single item."""
    charts = drawn(tmp_path)

    assert list(charts) == ["backtest-trade-off.svg", "backtest-single-item.svg"]
    assert all(b"</svg>" in chart for chart in charts.values())


def test_the_told_risk_is_drawn_where_it_is_known(tmp_path: Path) -> None:
    """A chart of its own."""
    orders = [Weighed(risk_orders=0.0), Weighed(risk_orders=0.01, happened=True)]

    path = draw([], [], tmp_path, weighed=orders)[-1]

    assert (path.name, b"</svg>" in path.read_bytes()) == ("backtest-calibration.svg", True)


def test_charts_can_be_pictures(tmp_path: Path) -> None:
    """PNG for whoever wants it."""
    assert all(chart.startswith(b"\x89PNG") for chart in drawn(tmp_path, "png").values())


def test_the_same_figures_give_the_same_bytes(tmp_path: Path) -> None:
    """What is checked in changes only when the figures do."""
    assert drawn(tmp_path / "one") == drawn(tmp_path / "two")


def test_the_item_that_is_followed_is_one_that_mirroring_oversells() -> None:
    """A chart of an item without a race would show nothing."""
    mirrored, ours = traces(made_up_history(), REQUEST)

    assert mirrored.moments[-1].oversold_orders > 0
    assert (ours.sku, ours.moments[-1].oversold_orders) == (mirrored.sku, 0)


@pytest.mark.timeout(120)  # loads the program in a process of its own
def test_without_matplotlib_is_said_what_to_do(tmp_path: Path) -> None:
    """A program without the extra says so, and draws nothing."""
    probe = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "from pathlib import Path\n"
        "from worker.backtest.charts import draw\n"
        "from worker.backtest.faults import BadReplay\n"
        "try:\n"
        f"    draw([], [], Path({str(tmp_path / 'charts')!r}))\n"
        "except BadReplay as error:\n"
        "    print(error.remedy)\n"
    )

    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, check=True)

    assert b"install the extra `backtest`" in done.stdout
    assert not (tmp_path / "charts").exists()
