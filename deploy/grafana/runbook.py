"""The runbook as a dashboard, so that a panel's link leads to what to do wherever Grafana runs."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from grafana_foundation_sdk.builders import text
from grafana_foundation_sdk.models.text import TextMode
from screens import RUNBOOK_UID, Panel, Screen, Section


RUNBOOK = Path(__file__).resolve().parents[1] / "runbook.md"


def sections() -> dict[str, str]:
    """Return the runbook's sections: the text below each heading of the second level."""
    parts = re.split(r"^## (\w+)\n", RUNBOOK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {name: body.strip() for name, body in zip(parts[1::2], parts[2::2], strict=True)}


def panel_of_each(runbook: Mapping[str, str]) -> dict[str, int]:
    """Return the number of each section's panel; the row's heading is number 1."""
    return {name: number for number, name in enumerate(runbook, start=2)}


def runbook_screen(runbook: Mapping[str, str]) -> Screen:
    """Return the dashboard that shows the runbook."""
    return Screen(
        uid=RUNBOOK_UID,
        title="Runbook",
        description="What each alert means, how to confirm it, what to do, and when it ends.",
        sections=(Section(title="What to do when it fires", panels=tuple(_panels(runbook))),),
        has_queries=False,
    )


def _panels(runbook: Mapping[str, str]) -> Iterator[Panel]:
    for name, body in runbook.items():
        panel = text.Panel().title(name).mode(TextMode.MARKDOWN).content(body)
        yield Panel(panel.height(10).span(24))
