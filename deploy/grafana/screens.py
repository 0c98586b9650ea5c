"""A dashboard as sections of panels, and how Grafana is told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from grafana_foundation_sdk.builders import dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model
from panels import DATASOURCE


RUNBOOK_UID = "oversell-guard-runbook"


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel, and the alerts of whose matter it speaks: it links to their runbook sections."""

    built: Builder[model.Panel]
    alerts: tuple[str, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A row of panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A whole dashboard."""

    uid: str
    title: str
    description: str
    sections: tuple[Section, ...]
    has_queries: bool = True
    """False where it shows text alone, and so nothing to choose a shop or a time for."""


def as_grafana_has_it(screen: Screen, runbook: Mapping[str, int]) -> model.Dashboard:
    """Return the dashboard; `runbook` gives the panel of each alert in the runbook's dashboard.

    Raises KeyError where a panel names an alert that the runbook does not know.
    """
    builder = (
        dashboard.Dashboard(screen.title)
        .uid(screen.uid)
        .description(screen.description)
        .tags(["oversell-guard"])
        .timezone("browser")
        .time("now-6h", "now")
        .refresh("30s")
        .readonly()
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .link(_other_dashboards())
    )
    if screen.has_queries:
        builder.variables(_choices())
    for section in screen.sections:
        builder.with_row(dashboard.Row(section.title))
        for panel in section.panels:
            builder.with_panel(_Linked(panel, runbook))
    return _numbered(builder.build())


class _Linked(Builder[model.Panel]):
    """A panel with its links into the runbook."""

    def __init__(self, panel: Panel, runbook: Mapping[str, int]) -> None:
        self._panel = panel
        self._runbook = runbook

    def build(self) -> model.Panel:
        built = self._panel.built.build()
        if self._panel.alerts:
            built.links = [self._link(alert) for alert in self._panel.alerts]
        return built

    def _link(self, alert: str) -> model.DashboardLink:
        return (
            dashboard.DashboardLink(f"What to do: {alert}")
            .type(model.DashboardLinkType.LINK)
            .url(f"/d/{RUNBOOK_UID}?viewPanel={self._runbook[alert]}")
            .build()
        )


def _numbered(built: model.Dashboard) -> model.Dashboard:
    """Number the panels: links name a panel by its number."""
    for number, panel in enumerate(built.panels or [], start=1):
        panel.id_val = number
    return built


def _other_dashboards() -> dashboard.DashboardLink:
    return (
        dashboard.DashboardLink("oversell-guard")
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags(["oversell-guard"])
        .as_dropdown(as_dropdown=False)
        .include_vars(include_vars=True)
        .keep_time(keep_time=True)
    )


def _choices() -> list[Builder[model.VariableModel]]:
    source = dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus")
    return [
        source,
        _choice("shop", "Shop", metric="oversell_guard_shop_writes_enabled"),
        _choice("warehouse", "Warehouse", metric="oversell_guard_ats_units"),
    ]


def _choice(name: str, label: str, *, metric: str) -> dashboard.QueryVariable:
    query = f"label_values({metric}, {name})"
    return (
        dashboard.QueryVariable(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({"query": query, "refId": name})
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.ALPHABETICAL_ASC)
        .multi(multi=True)
        .include_all(include_all=True)
        .all_value(".+")
        .current(model.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )
