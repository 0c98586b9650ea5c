"""The table of all metrics, made from the catalogue: `python -m worker.metrics.table`."""

from collections.abc import Iterator
from pathlib import Path

from .catalogue import GAUGES, TALLIED
from .metric import Metric


PLACE = Path(__file__).parents[2] / "deploy" / "metrics.md"
"""Where the table lies."""

_HEAD = """\
# Metrics

Made from `worker/metrics/catalogue.py` by `python -m worker.metrics.table`: change it there.

Every process that exposes metrics shows the same figures of the record. Take the greatest over
the instances, never their sum: `max without (instance, job) (...)`, and for what has happened
`max without (instance, job) (rate(...[5m]))`.
"""

_GAUGES = """
## How things stand

Read from the record when Prometheus asks. What cannot be read is missing after two minutes, and
`oversell_guard_state_read_age_seconds` grows. An age of what never was is `+Inf`.
"""

_TALLIED = """
## What has happened

Counted over all processes, for ever; a process brings in its counts every five seconds. What can
be named beforehand is shown at 0 from the start, so that its first event is a rise. A feed's file
whose content was taken before counts under the ruling `repeated`.
"""


def table() -> str:
    """Return the page as Markdown."""
    return "".join([_HEAD, _GAUGES, *_rows(GAUGES), _TALLIED, *_rows(TALLIED)])


def _rows(metrics: tuple[Metric, ...]) -> Iterator[str]:
    yield "\n| metric | kind | labels | meaning |\n|---|---|---|---|\n"
    for each in metrics:
        labels = ", ".join(f"`{label}`" for label in each.labels)
        yield f"| `{each.exposed}` | {each.kind.value} | {labels} | {_meaning(each)} |\n"


def _meaning(metric: Metric) -> str:
    if not metric.buckets:
        return metric.help
    bounds = ", ".join(f"{bound:g}" for bound in metric.buckets)
    return f"{metric.help} Buckets up to {bounds} {metric.unit}."


def main() -> int:
    """Write the table where it belongs."""
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(table(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
