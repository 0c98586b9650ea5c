"""What a run of the demo came to: counted on the shelf and in the record, told to a person."""

from dataclasses import dataclass

from rich.table import Table

from connectors.sandbox.story import DemoWorld
from connectors.store import intake, trail, writes
from connectors.store.engine import reading

from ..boards import RESUMED
from ..services import Services
from ..steps.decisions import PAUSED
from ..steps.intents import BREACH


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a run came to.

    `withheld_units`: units that could be sold and were shown nowhere, on average over the run.
    `mirror_writes`: what a push to the other shops after every order would have made. The times
    run from a fact's arrival to its proof on TikTok.
    """

    seed: int
    seconds: float
    orders: int
    oversold_units: int
    withheld_units: float
    writes: int
    mirror_writes: int
    pauses: int
    resumes: int
    rows_accepted: int
    rows_refused: int
    confirm_p50_s: float | None
    confirm_p99_s: float | None
    bound_breaches: int

    @property
    def safe(self) -> bool:
        """Tell whether nothing was oversold and the bound was never broken."""
        return self.oversold_units == 0 and self.bound_breaches == 0


def summarise(story: DemoWorld, services: Services, *, seed: int, seconds: float) -> Summary:
    """Count what happened: orders and oversold units in the world, the rest in the record."""
    with reading(services.engine) as connection:
        accepted, refused = intake.row_counts(connection)
        times_s = sorted(writes.confirm_times_s(connection))
        made = writes.write_counts(connection).made
        pauses, resumes, breaches = (
            trail.count_of(connection, event) for event in (PAUSED, RESUMED, BREACH)
        )
    return Summary(
        seed=seed,
        seconds=seconds,
        orders=len(story.world.snapshot().orders),
        oversold_units=story.oversold_units(),
        withheld_units=round(story.shelf.sample_withheld() / seconds, 1),
        writes=made,
        mirror_writes=story.mirror_writes(),
        pauses=pauses,
        resumes=resumes,
        rows_accepted=accepted,
        rows_refused=refused,
        confirm_p50_s=_quantile(times_s, 0.50),
        confirm_p99_s=_quantile(times_s, 0.99),
        bound_breaches=breaches,
    )


def _quantile(ordered: list[float], share: float) -> float | None:
    """Return the smallest value that at least `share` of all values do not exceed."""
    if not ordered:
        return None
    return round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 3)


def summary_table(summary: Summary) -> Table:
    """Return the summary as a person reads it."""
    table = Table(title=f"{summary.seconds:.0f} seconds, seed {summary.seed}", show_header=False)
    verdict = f"{summary.oversold_units} UNITS" if summary.oversold_units else "none"
    lines = (
        ("orders", f"{summary.orders}"),
        ("oversold, counted on the shelf", verdict),
        ("breaches of the exposure bound", f"{summary.bound_breaches}"),
        ("units withheld, on average", f"{summary.withheld_units}"),
        ("writes to TikTok", f"{summary.writes}"),
        ("writes a push after every order would have made", f"{summary.mirror_writes}"),
        ("pauses / resumes", f"{summary.pauses} / {summary.resumes}"),
        ("feed rows accepted / refused", f"{summary.rows_accepted} / {summary.rows_refused}"),
        ("fact to proof, median", _seconds(summary.confirm_p50_s)),
        ("fact to proof, 99 of 100", _seconds(summary.confirm_p99_s)),
    )
    for name, value in lines:
        table.add_row(name, value)
    return table


def _seconds(value_s: float | None) -> str:
    return "no write was confirmed" if value_s is None else f"{value_s:.2f} s"
