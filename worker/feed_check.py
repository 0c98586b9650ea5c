"""Tries a partner's file as it would be taken, by the same code, and stores nothing.

The record is only read. Where there is none yet, an empty one in a folder that is thrown away
stands in for it: there is no last file then. The inboxes stand there as well, so that a look
makes no folders.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from connectors.feeds.file_names import shown_name
from connectors.feeds.receipts import Fault, Outcome, told_faults
from connectors.store import filed
from connectors.store.engine import open_engine, reading
from connectors.store.schema import revision
from reconciliation.feed import FileFault, ParsedFeed
from reconciliation.feed_columns import NAME_LETTERS_SHOWN, NAMES_SHOWN, told
from reconciliation.feed_gate import Move, Verdict
from reconciliation.quantities import Instant, Sku
from reconciliation.wording import counted

from .ingest import read_handed_in
from .reports.lookup import require_feed
from .reports.moments import iso
from .services import Services
from .settings.feeds import FeedSettings
from .settings.formats import foreign_settings
from .settings.model import Settings
from .steps.feed_judging import Judged, judge_file
from .steps.feed_seen import SKUS_KEPT
from .steps.take_feed import OUTCOMES, outcome_of, read_dated
from .unsold_skus import unsold_skus


ROWS_SHOWN = 5
"""How many of the rows that were read are shown: enough to see a column that is another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """How a feed declares its files; what says nothing of the file's form is None."""

    format: str
    compression: str
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    rows_at: str | None
    sku_column: str
    quantity_column: str
    dated_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRow:
    """A row as it was read: the line in the file, the item, its units, and as of when."""

    row: int
    sku: str
    units: int
    as_of: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFates:
    """The rows of a file by what was made of each; `elsewhere` are other warehouses'."""

    read: int
    good: int
    refused: int
    merged: int
    elsewhere: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """What speaks against a file, and what to do about it."""

    objection: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsold:
    """Good rows whose SKUs no listing sells: how many, and the first by name."""

    rows: int
    first: tuple[Sku, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a file parts from the last accepted one: how many SKUs, and the first by name."""

    last_rows: int
    lost_rows: int
    zeroed_rows: int
    new_rows: int
    moved_rows: int
    lost: tuple[str, ...]
    zeroed: tuple[str, ...]
    new: tuple[str, ...]
    largest: tuple[Move, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What would become of a file, and why.

    `header`, `rows` and the as-ofs are empty or None where nothing could be read; `difference` is
    None where there is no last file, or nothing to compare with it; `unsold` where no listing is
    known so far.
    """

    file: str
    feed: str
    would_be: Outcome
    understood: Understood
    reasons: tuple[Against, ...]
    notes: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    oldest_as_of: str | None = None
    newest_as_of: str | None = None
    rows: RowFates | None = None
    first_rows: tuple[ReadRow, ...] = ()
    first_faults: tuple[Fault, ...] = ()
    unsold: Unsold | None = None
    difference: Difference | None = None

    @property
    def well(self) -> bool:
        """Tell whether the file's quantities would come into force by themselves."""
        return self.would_be is Outcome.TAKEN and not self.reasons


def looking_settings(settings: Settings, scratch: Path) -> Settings:
    """Return settings by which a file can be tried without anything being stored or made.

    Inboxes lie in `scratch`, and so does the record where there is none yet.
    """
    feeds = {
        name: each.model_copy(update={"inbox": scratch}) for name, each in settings.feeds.items()
    }
    there = has_record(settings.database_url)
    url = settings.database_url if there else f"sqlite:///{scratch / 'none.db'}"
    changes: dict[str, Any] = {"feeds": feeds, "data_dir": scratch, "database_url": url}
    return settings.model_copy(update=changes)


def has_record(database_url: str) -> bool:
    """Tell whether there is a record with a schema, and make none by looking."""
    url = make_url(database_url)
    # Opening a SQLite file that is not there would make it.
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return False
    engine = open_engine(database_url)
    try:
        return revision(engine) is not None
    finally:
        engine.dispose()


def check_file(services: Services, path: Path, feed: str) -> Checked:
    """Return what would become of a file. Raises `lookup.Unknown` and `FileNotTaken`."""
    require_feed(services.settings, feed)
    content, changed_at = read_handed_in(path)
    arrived_at = Instant(min(changed_at, services.now()))
    understood = _understood(services.settings, feed)
    try:
        parsed = _read(services, feed, content, name=path.name, arrived_at=arrived_at)
    except FileFault as fault:
        return Checked(
            file=path.name,
            feed=feed,
            would_be=Outcome.REFUSED,
            understood=understood,
            reasons=(
                Against(objection=fault.cause.value, cause=fault.detail, remedy=fault.remedy),
            ),
        )
    with reading(services.engine) as connection:
        earlier = filed.earlier(connection, feed, parsed.content_sha256)
        judged = judge_file(
            connection, services, feed, parsed, arrived_at=arrived_at, earlier=earlier
        )
        unsold = unsold_skus(connection, services, feed, parsed)
    verdict = judged.verdict
    found = _found(parsed, judged, feed=feed, understood=understood)
    return replace(
        found,
        would_be=outcome_of(verdict.ruling, verdict, earlier),
        unsold=_unsold(unsold),
        notes=(*found.notes, *_lost_zeros(parsed, services.settings.feeds[feed])),
    )


def _read(
    services: Services, feed: str, content: bytes, *, name: str, arrived_at: Instant
) -> ParsedFeed:
    sha256 = hashlib.sha256(content).hexdigest()
    with reading(services.engine) as connection:
        before = filed.first_arrival(connection, feed, sha256)
    return read_dated(services, feed, content, name=name, arrived_at=arrived_at, before=before)


def _understood(settings: Settings, feed: str) -> Understood:
    declared = settings.feeds[feed]
    return Understood(
        format=declared.format.value,
        compression=declared.compression.value,
        encoding=_of_form(declared, "encoding"),
        delimiter=_of_form(declared, "delimiter"),
        sheet=_of_form(declared, "sheet"),
        rows_at=_of_form(declared, "rows_at"),
        sku_column=told(declared.sku_column),
        quantity_column=told(declared.quantity_column),
        dated_by=_dated_by(declared),
    )


def _of_form(declared: FeedSettings, name: str) -> str | None:
    foreign = foreign_settings([name], declared.format)
    return None if foreign else str(getattr(declared, name))


def _dated_by(declared: FeedSettings) -> str:
    if declared.as_of_column is not None:
        return told(declared.as_of_column)
    if declared.as_of_file_name is not None:
        return "the file's name"
    return f"its arrival, less {declared.as_of_lag_s:g} s"


def _lost_zeros(parsed: ParsedFeed, declared: FeedSettings) -> Iterator[str]:
    if parsed.number_skus and not declared.sku_digits:
        yield (
            f"{counted(parsed.number_skus, 'row')} of {parsed.data_rows} have a number as SKU, "
            "without the zeros before it: have the column written as text, or declare sku_digits"
        )


def _unsold(skus: tuple[Sku, ...] | None) -> Unsold | None:
    return None if skus is None else Unsold(rows=len(skus), first=skus[:SKUS_KEPT])


def _found(parsed: ParsedFeed, judged: Judged, *, feed: str, understood: Understood) -> Checked:
    verdict = judged.verdict
    return Checked(
        file=parsed.file_name,
        feed=feed,
        would_be=OUTCOMES[verdict.ruling],
        understood=understood,
        reasons=tuple(
            Against(objection=each.objection.value, cause=each.cause, remedy=each.remedy)
            for each in verdict.reasons
        ),
        notes=verdict.notes,
        header=tuple(
            shown_name(name[:NAME_LETTERS_SHOWN]) for name in parsed.header[:NAMES_SHOWN]
        ),
        oldest_as_of=iso(parsed.as_of),
        newest_as_of=iso(parsed.newest_as_of),
        rows=_row_fates(parsed),
        first_rows=tuple(
            ReadRow(row=row.row, sku=row.sku, units=row.units, as_of=iso(row.as_of))
            for row in parsed.rows[:ROWS_SHOWN]
        ),
        first_faults=told_faults(parsed.faults),
        difference=_difference(verdict) if judged.last is not None else None,
    )


def _row_fates(parsed: ParsedFeed) -> RowFates:
    return RowFates(
        read=parsed.data_rows,
        good=len(parsed.rows),
        refused=parsed.bad_rows,
        merged=len(parsed.merged),
        elsewhere=sum(each.rows for each in parsed.elsewhere),
    )


def _difference(verdict: Verdict) -> Difference:
    figures, seen = verdict.figures, verdict.seen
    return Difference(
        last_rows=figures.last_rows,
        lost_rows=figures.lost_rows,
        zeroed_rows=figures.zeroed_rows,
        new_rows=len(seen.new),
        moved_rows=figures.moved_rows,
        lost=seen.lost[:SKUS_KEPT],
        zeroed=seen.zeroed[:SKUS_KEPT],
        new=seen.new[:SKUS_KEPT],
        largest=seen.largest,
    )
