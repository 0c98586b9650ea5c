"""How `accuracy` looks to a person."""

from collections.abc import Iterator

from rich.console import RenderableType

from .accuracy import AccuracyReport, PartnerAccuracy
from .moments import span_text
from .printing import facts, table


def accuracy_view(report: AccuracyReport) -> Iterator[RenderableType]:
    """Show each partner's figures, and the files that they came in."""
    for partner in report.partners:
        yield facts(f"Accuracy of {partner.partner}", _figures(partner))
        if partner.feeds:
            yield table(
                "Its files of the last 30 days",
                ("feed", "warehouse", "every", "files", "accepted", "late", "latest by"),
                (
                    (
                        feed.feed,
                        feed.warehouse,
                        _span(feed.expected_every_s),
                        feed.files_judged,
                        feed.files_accepted,
                        feed.files_late,
                        _span(feed.late_s_max),
                    )
                    for feed in partner.feeds
                ),
            )


def _figures(partner: PartnerAccuracy) -> Iterator[tuple[str, object]]:
    yield "items watched", partner.items_watched
    yield "reports judged (old ones count less)", partner.reports_judged
    yield "reports that told nothing", _percent(partner.hidden_ratio)
    yield "reports without a unit missing", _percent(partner.flawless_ratio)
    yield "units missing of an item a day (bias)", partner.bias_units_per_day
    yield "part of the goods missing in a report", _percent(partner.bias_ratio)
    yield "spread of one report, in units", partner.spread_units
    yield "units withheld because of it", partner.withheld_units


def _span(seconds: float | None) -> str | None:
    return None if seconds is None else span_text(seconds)


def _percent(ratio: float | None) -> str | None:
    return None if ratio is None else f"{ratio:.2%}"
