"""The panels of our dashboards: one look for all, so a dashboard says only what it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from grafana_foundation_sdk.builders import (
    barchart,
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)
from grafana_foundation_sdk.models import common as looks
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.prometheus import PromQueryFormat


DATASOURCE = model.DataSourceRef(type_val="prometheus", uid="${datasource}")

Curves = TypeVar("Curves", timeseries.Panel, barchart.Panel)

Steps = tuple[tuple[float | None, str], ...]
"""Colours by value: each holds from its value on, the first from below all."""

ONE_COLOUR: Steps = ((None, "blue"),)
ANY_IS_BAD: Steps = ((None, "green"), (1, "red"))
ANY_IS_ODD: Steps = ((None, "green"), (1, "orange"))
OF_A_LIMIT: Steps = ((None, "green"), (0.8, "orange"), (1, "red"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A query over time, and how its lines are called."""

    query: str
    legend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a figure is written and coloured."""

    unit: str = "short"
    decimals: int | None = None
    steps: Steps = ONE_COLOUR
    words: Mapping[int, tuple[str, str]] | None = None
    """Values that are shown as a word in a colour."""
    nothing: str = "No figures"
    """What stands where there is no value: it must not look like a good one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of figures in a table: its head, its query as of now, its look."""

    head: str
    query: str
    look: Look


def figure(title: str, description: str, *, query: str, look: Look, width: int = 4) -> stat.Panel:
    """Return one large coloured figure, as of now."""
    panel = (
        stat.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .height(4)
        .span(width)
        .unit(look.unit)
        .thresholds(_thresholds(look.steps))
        .color_mode(looks.BigValueColorMode.BACKGROUND)
        .graph_mode(looks.BigValueGraphMode.AREA)
        .no_value(look.nothing)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]))
        .with_target(_over_time(Series(query=query, legend=title), "A"))
    )
    if look.decimals is not None:
        panel.decimals(look.decimals)
    return panel


def lines(
    title: str,
    description: str,
    *,
    series: Sequence[Series],
    look: Look,
    stacked: bool = False,
    width: int = 12,
) -> timeseries.Panel:
    """Return curves over time, side by side or stacked to their sum."""
    panel = (
        timeseries.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .height(8)
        .span(width)
        .unit(look.unit)
        .min(0)
        .thresholds(_thresholds(look.steps))
        .line_width(2)
        .fill_opacity(35 if stacked else 5)
        .show_points(looks.VisibilityMode.NEVER)
        .tooltip(common.VizTooltipOptions().mode(looks.TooltipDisplayMode.MULTI))
        .legend(_legend())
    )
    if stacked:
        panel.stacking(common.StackingConfig().mode(looks.StackingMode.NORMAL))
    if len(look.steps) > 1:
        panel.thresholds_style(_threshold_lines())
    for letter, each in zip("ABCDEFGH", series, strict=False):
        panel.with_target(_over_time(each, letter))
    return panel


def dashed(panel: timeseries.Panel, legend_pattern: str) -> timeseries.Panel:
    """Return the panel with the lines of that name dashed and red: they are limits."""
    dashes = {"fill": "dash", "dash": [8, 6]}
    properties = [
        model.DynamicConfigValue(id_val="custom.lineStyle", value=dashes),
        model.DynamicConfigValue(id_val="custom.fillOpacity", value=0),
        model.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": "red"}),
    ]
    return panel.override_by_regexp(f"/{legend_pattern}/", properties)


def worded(panel: Curves, words: Mapping[str, tuple[str, str]]) -> Curves:
    """Return the panel with its lines called and coloured by `words`: name to text and colour."""
    for name, (text, color) in words.items():
        properties = [
            model.DynamicConfigValue(id_val="displayName", value=text),
            model.DynamicConfigValue(id_val="color", value={"mode": "fixed", "fixedColor": color}),
        ]
        panel.override_by_name(name, properties)
    return panel


def bars(
    title: str, description: str, *, query: str, row: str, part: str, look: Look
) -> barchart.Panel:
    """Return a bar for each value of the label `row`, stacked from the values of `part`."""
    matrix = {"columnField": part, "rowField": row, "valueField": "Value", "emptyValue": "zero"}
    return (
        barchart.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .height(8)
        .span(12)
        .unit(look.unit)
        .min(0)
        .thresholds(_thresholds(look.steps))
        .orientation(looks.VizOrientation.HORIZONTAL)
        .stacking(looks.StackingMode.NORMAL)
        .show_value(looks.VisibilityMode.NEVER)
        .fill_opacity(80)
        .legend(_legend())
        .with_target(_as_of_now(query, "A"))
        .with_transformation(
            model.DataTransformerConfig(id_val="groupingToMatrix", options=matrix)
        )
    )


def rows(
    title: str,
    description: str,
    *,
    labels: Mapping[str, str],
    columns: Sequence[Column],
    worst_first: str,
    width: int = 24,
) -> table.Panel:
    """Return a table, one row for each set of labels, with the worst of a column first.

    `labels` gives the head of each label's column. Every query must yield these labels and no
    others. Grafana names the figures of a lone query otherwise, so there are at least two.
    """
    letters = "ABCDEFGHIJKL"[: len(columns)]
    names = dict(labels) | {
        f"Value #{letter}": column.head for letter, column in zip(letters, columns, strict=True)
    }
    panel = (
        table.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .height(8)
        .span(width)
        .sort_by([common.TableSortByFieldState().display_name(worst_first).desc(desc=True)])
        .with_transformation(model.DataTransformerConfig(id_val="merge", options={}))
        .with_transformation(_organized(names))
    )
    for letter, column in zip(letters, columns, strict=True):
        panel.with_target(_as_of_now(column.query, letter))
        panel.override_by_name(column.head, _column_look(column.look))
    return panel


def on_and_off(
    title: str, description: str, *, series: Series, words: Mapping[int, tuple[str, str]]
) -> statetimeline.Panel:
    """Return a band over time for each line, each value a word in a colour."""
    return (
        statetimeline.Panel()
        .title(title)
        .description(description)
        .datasource(DATASOURCE)
        .height(8)
        .span(12)
        .mappings([_mapping(words)])
        .legend(common.VizLegendOptions().show_legend(show_legend=False))
        .with_target(_over_time(series, "A"))
    )


def _over_time(series: Series, letter: str) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .ref_id(letter)
        .datasource(DATASOURCE)
        .expr(series.query)
        .legend_format(series.legend)
        .range()
    )


def _as_of_now(query: str, letter: str) -> prometheus.Dataquery:
    return (
        prometheus.Dataquery()
        .ref_id(letter)
        .datasource(DATASOURCE)
        .expr(query)
        .format(PromQueryFormat.TABLE)
        .instant()
    )


def _organized(names: Mapping[str, str]) -> model.DataTransformerConfig:
    order = {name: place for place, name in enumerate(names)}
    options = {"excludeByName": {"Time": True}, "indexByName": order, "renameByName": names}
    return model.DataTransformerConfig(id_val="organize", options=options)


def _thresholds(steps: Steps) -> dashboard.ThresholdsConfig:
    return (
        dashboard.ThresholdsConfig()
        .mode(model.ThresholdsMode.ABSOLUTE)
        .steps([model.Threshold(value=value, color=color) for value, color in steps])
    )


def _threshold_lines() -> common.GraphThresholdsStyleConfig:
    return common.GraphThresholdsStyleConfig().mode(looks.GraphThresholdsStyleMode.DASHED)


def _legend() -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(show_legend=True)
        .display_mode(looks.LegendDisplayMode.LIST)
        .placement(looks.LegendPlacement.BOTTOM)
    )


def _mapping(words: Mapping[int, tuple[str, str]]) -> model.ValueMap:
    return model.ValueMap(
        options={
            str(value): model.ValueMappingResult(text=text, color=color, index=place)
            for place, (value, (text, color)) in enumerate(words.items())
        }
    )


def _column_look(look: Look) -> list[model.DynamicConfigValue]:
    steps = [{"value": value, "color": color} for value, color in look.steps]
    values: dict[str, object] = {"unit": look.unit}
    if look.decimals is not None:
        values["decimals"] = look.decimals
    if look.words is not None:
        values["mappings"] = [_mapping(look.words)]
    if len(look.steps) > 1 or look.words is not None:
        values["thresholds"] = {"mode": "absolute", "steps": steps}
        values["custom.cellOptions"] = {"type": "color-background", "mode": "basic"}
    return [model.DynamicConfigValue(id_val=name, value=value) for name, value in values.items()]
