"""What is written in `deploy/`: the dashboards' queries, the rules, the runbook's sections."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
RULES = DEPLOY / "prometheus" / "rules" / "oversell-guard.yml"
RULE_TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yml"))
DASHBOARDS = sorted((DEPLOY / "grafana" / "dashboards").glob("*.json"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A query in PromQL, on one line, and where it stands."""

    place: str
    text: str

    def __str__(self) -> str:
        """The place, for pytest to show."""
        return self.place


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPanel:
    """A panel as Grafana is given it, and the name of its dashboard."""

    dashboard: str
    told: dict[str, Any]

    def __str__(self) -> str:
        """The panel's title, for pytest to show."""
        return f"{self.dashboard}: {self.told['title']}"


def read_yaml(path: Path) -> Any:  # noqa: ANN401 - whatever the file says
    """Return what a YAML file says."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def alerts() -> list[dict[str, Any]]:
    """Return the rules of all groups."""
    return [rule for group in read_yaml(RULES)["groups"] for rule in group["rules"]]


def alert_tests() -> list[dict[str, Any]]:
    """Return every check of an alert at a moment, from all files of rule tests."""
    tests = (test for path in RULE_TESTS for test in read_yaml(path)["tests"])
    return [check for test in tests for check in test["alert_rule_test"]]


def runbook_sections() -> list[str]:
    """Return the headings of the runbook's sections."""
    text = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
    return re.findall(r"^## (.+)$", text, flags=re.MULTILINE)


def dashboard(path: Path) -> dict[str, Any]:
    """Return a dashboard as Grafana is given it."""
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def panels() -> list[ShownPanel]:
    """Return the panels of all dashboards, headings left out."""
    return [
        ShownPanel(dashboard=path.stem, told=panel)
        for path in DASHBOARDS
        for panel in dashboard(path)["panels"]
        if panel["type"] != "row"
    ]


def queries() -> list[Query]:
    """Return every query of the rules and of the dashboards."""
    of_rules = [Query(place=rule["alert"], text=_one_line(rule["expr"])) for rule in alerts()]
    of_panels = [
        Query(place=f"{panel} ({target['refId']})", text=target["expr"])
        for panel in panels()
        for target in panel.told.get("targets", ())
    ]
    return [*of_rules, *of_panels]


def choices() -> list[Query]:
    """Return what the dashboards' lists of shops and warehouses are filled from."""
    return [
        Query(place=f"{path.stem}: ${choice['name']}", text=choice["query"]["query"])
        for path in DASHBOARDS
        for choice in dashboard(path).get("templating", {}).get("list", ())
        if choice["type"] == "query"
    ]


def _one_line(text: str) -> str:
    return re.sub(r"\(\s+", "(", re.sub(r"\s+", " ", text)).strip()
