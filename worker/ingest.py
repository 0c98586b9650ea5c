"""Takes a partner's file that a person hands in, through the feed's own inbox, at once.

The file goes the way of every other: dropped under a hidden name, renamed, claimed, taken. Only
the wait until it has settled is left out, since we know that it is whole.
"""

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from connectors.feeds.file_names import safe_name
from connectors.feeds.inbox import BYTES_MAX, Claim, Inbox
from connectors.feeds.receipts import REJECTS_ENDING
from connectors.store import work_due
from connectors.store.engine import reading
from connectors.unfinished_names import is_unfinished
from reconciliation.feed_gate import Ruling

from .queues import PLAN
from .reports.lookup import require_feed
from .reports.moments import iso
from .services import Services
from .steps.take_feed import Taken, take_file


FAULTS_SHOWN_MAX = 10
"""Row faults that are shown; the receipt holds all."""


class FileNotTaken(ValueError):
    """A file that cannot be handed in as it is; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A refused row, as the partner's receipt names it."""

    row: str
    column: str
    cause: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """What became of a file; `receipt` is the file in which the partner finds every fault.

    `decisions_due` counts the pools of its warehouse that wait for a new decision.
    """

    file_name: str
    feed: str
    ruling: Ruling
    reasons: tuple[str, ...]
    rows_accepted: int
    rows_refused: int
    as_of: str | None
    faults: tuple[Fault, ...]
    receipt: str | None
    decisions_due: int

    @property
    def well(self) -> bool:
        """Tell whether the file's quantities are in force now."""
        return self.ruling is Ruling.ACCEPT


def ingest(services: Services, path: Path, feed: str, *, approved: bool = False) -> Ingested:
    """Take a file into a feed, past the gate's quarantine if a person approved it.

    Raises `lookup.Unknown`, `FileNotTaken` and `ConnectorError`.
    """
    require_feed(services.settings, feed)
    home = services.inboxes[feed].home
    inbox = Inbox(home.parent, feed, clock=services.clock, settle_s=0.0)
    content, changed_at = read_handed_in(path)
    dropped = _drop(home / "inbox", path.name, content, min(changed_at, services.now()))
    claim = inbox.claim(dropped)
    if claim is None:
        raise FileNotTaken(
            f"another process took {path.name} from the inbox first",
            "nothing is lost: `status` shows what became of it",
        )
    return _ingested(
        services, feed, inbox, claim, take_file(services, feed, inbox, claim, approved=approved)
    )


def read_handed_in(path: Path) -> tuple[bytes, float]:
    """Return a file's content and when it was last changed: that is when it arrived.

    Raises `FileNotTaken`.
    """
    if not path.is_file():
        what = "is not a file" if path.exists() else "is not there"
        raise FileNotTaken(f"{path} {what}", "name the partner's file")
    if is_unfinished(path.name):
        raise FileNotTaken(
            f"{path.name} is a name for what is still being written",
            "give the file its whole name first, such as stock.csv",
        )
    try:
        seen = path.stat()
        if seen.st_size > BYTES_MAX:
            raise FileNotTaken(
                f"{path.name} has {seen.st_size} bytes, more than {BYTES_MAX}", "split the export"
            )
        return path.read_bytes(), seen.st_mtime
    except OSError as fault:
        raise FileNotTaken(
            f"{path} cannot be read: {fault.strerror}", "see to it that this user may read it"
        ) from fault


def _drop(folder: Path, name: str, content: bytes, changed_at: float) -> Path:
    """Put a file where the inbox picks it up, whole or not at all, and over no other."""
    hidden, target = folder / f".{uuid4().hex}.part", folder / name
    try:
        hidden.write_bytes(content)
        os.utime(hidden, (changed_at, changed_at))
        os.link(hidden, target)
    except FileExistsError as fault:
        raise FileNotTaken(
            f"a file named {name} waits in the inbox already",
            "wait until it was taken, or give this one another name",
        ) from fault
    except OSError as fault:
        raise FileNotTaken(
            f"{folder} cannot be written: {fault.strerror}", "see to the folder's space and rights"
        ) from fault
    finally:
        hidden.unlink(missing_ok=True)
    return target


def _ingested(services: Services, feed: str, inbox: Inbox, claim: Claim, taken: Taken) -> Ingested:
    receipt = inbox.outbox / f"{safe_name(claim.name)}{REJECTS_ENDING}"
    has_receipt = taken.rows_refused > 0 and receipt.is_file()
    prefix = f"{services.settings.feeds[feed].warehouse}/"
    with reading(services.engine) as connection:
        rows = work_due.open_rows(connection, until=services.now())
    return Ingested(
        file_name=taken.file_name,
        feed=feed,
        ruling=taken.ruling,
        reasons=taken.reasons,
        rows_accepted=taken.rows_accepted,
        rows_refused=taken.rows_refused,
        as_of=iso(taken.as_of),
        faults=_first_faults(receipt) if has_receipt else (),
        receipt=str(receipt) if has_receipt else None,
        decisions_due=sum(row.queue == PLAN and row.key.startswith(prefix) for row in rows),
    )


def _first_faults(receipt: Path) -> tuple[Fault, ...]:
    """Return the faults at the head of the receipt that was just written."""
    with receipt.open(encoding="utf-8", newline="") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(FAULTS_SHOWN_MAX), strict=False)]
    return tuple(
        Fault(row=row["row"], column=row["column"], cause=row["cause"], text=row["text"])
        for row in rows
    )
