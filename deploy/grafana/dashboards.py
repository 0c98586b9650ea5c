"""Writes our Grafana dashboards: `python deploy/grafana/dashboards.py [FOLDER]`.

The JSON beside this file is what Grafana is given, and is checked in; a test holds it equal to
what this program writes. Change a dashboard here, never in the JSON.
"""

import json
import sys
from pathlib import Path

from cancellation_risk import cancellation_risk
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from runbook import panel_of_each, runbook_screen, sections
from screens import Screen, as_grafana_has_it
from stock_sync import stock_sync


HERE = Path(__file__).resolve().parent / "dashboards"


def write_dashboards(folder: Path) -> None:
    """Write every dashboard's JSON into the folder; the same code writes the same bytes."""
    runbook = sections()
    screens: dict[str, Screen] = {
        "cancellation-risk": cancellation_risk(),
        "stock-sync": stock_sync(),
        "runbook": runbook_screen(runbook),
    }
    for name, screen in screens.items():
        built = as_grafana_has_it(screen, panel_of_each(runbook))
        written = json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True) + "\n"
        (folder / f"{name}.json").write_text(written, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_dashboards(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
