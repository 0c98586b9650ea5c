"""The dashboards: as their code makes them, plain to read, and laid out without holes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from reconciliation.risk import Cause

from .written import DASHBOARDS, DEPLOY, ShownPanel, dashboard, panels


PANELS = panels()
WITH_QUERIES = [panel for panel in PANELS if panel.told.get("targets")]
GRID_WIDTH = 24


@pytest.fixture(scope="module")
def written_anew(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the dashboards were written just now."""
    folder = tmp_path_factory.mktemp("dashboards")
    program = DEPLOY / "grafana" / "dashboards.py"
    subprocess.run([sys.executable, "-B", str(program), str(folder)], check=True)
    return folder


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_a_dashboard_is_what_its_code_makes(path: Path, written_anew: Path) -> None:
    """The JSON is current: `python deploy/grafana/dashboards.py` would change nothing."""
    assert path.read_bytes() == (written_anew / path.name).read_bytes()


def test_no_dashboard_is_left_over(written_anew: Path) -> None:
    """Every file among the dashboards is one that the code writes."""
    assert {path.name for path in DASHBOARDS} == {path.name for path in written_anew.iterdir()}


@pytest.mark.parametrize("title", ["cancellation rate, by cause", "cancelled, by cause"])
def test_every_cause_of_risk_has_its_words(title: str) -> None:
    """A cause that the program counts is no code word to whoever looks at the panel."""
    (panel,) = (panel for panel in WITH_QUERIES if str(panel).endswith(title))

    worded = {each["matcher"]["options"] for each in panel.told["fieldConfig"]["overrides"]}

    assert {cause.value for cause in Cause} <= worded


@pytest.mark.parametrize("panel", WITH_QUERIES, ids=str)
def test_a_panel_says_in_sentences_what_it_shows(panel: ShownPanel) -> None:
    """A panel has a description for those who do not know what its title means."""
    assert panel.told["description"].endswith(".")


@pytest.mark.parametrize("panel", WITH_QUERIES, ids=str)
def test_a_title_is_in_plain_words(panel: ShownPanel) -> None:
    """No title is the name of a metric or of a label."""
    assert "_" not in panel.told["title"]


@pytest.mark.parametrize("panel", WITH_QUERIES, ids=str)
def test_a_panel_has_a_unit(panel: ShownPanel) -> None:
    """Every figure has a unit: the panel's, or its column's, or it is shown as a word."""
    config = panel.told["fieldConfig"]
    named = [one["id"] for override in config["overrides"] for one in override["properties"]]
    words = "mappings" in config["defaults"]

    assert (
        words or "unit" in config["defaults"] or named.count("unit") == len(panel.told["targets"])
    )


@pytest.mark.parametrize("path", DASHBOARDS, ids=lambda path: path.stem)
def test_panels_fill_the_width_and_never_overlap(path: Path) -> None:
    """Every cell of the grid, down to the last panel, belongs to exactly one panel."""
    spots = [panel["gridPos"] for panel in dashboard(path)["panels"]]
    cells = [
        (x, y)
        for spot in spots
        for x in range(spot["x"], spot["x"] + spot["w"])
        for y in range(spot["y"], spot["y"] + spot["h"])
    ]
    height = max(y for _, y in cells) + 1

    assert sorted(cells) == sorted((x, y) for x in range(GRID_WIDTH) for y in range(height))


@pytest.mark.parametrize("panel", PANELS, ids=str)
def test_a_link_leads_to_the_section_that_it_names(panel: ShownPanel) -> None:
    """What a panel calls its runbook section is the title of the panel that the link opens."""
    runbook = dashboard(DEPLOY / "grafana" / "dashboards" / "runbook.json")
    titles = {each["id"]: each["title"] for each in runbook["panels"]}
    wrong = [
        link["title"]
        for link in panel.told.get("links", ())
        for number in re.findall(rf"/d/{runbook['uid']}\?viewPanel=(\d+)$", link["url"]) or [0]
        if link["title"] != f"What to do: {titles.get(int(number))}"
    ]

    assert wrong == []
