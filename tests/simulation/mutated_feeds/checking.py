"""Holds a reader of feeds against the oracle, file by file, and counts what came of it."""

import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import TypeAlias

from connectors.feeds.errors import FileTooLarge
from connectors.feeds.opening import open_feed
from reconciliation.feed import FileCause, FileFault, ParsedFeed

from .mutations import mutated
from .oracle import oracle
from .oracle_rows import Stated, Told
from .seed import NOON, Seed


Reader: TypeAlias = Callable[[Seed, bytes], ParsedFeed]

HANG_S = 5.0
"""Of processor time, a thousand times what a file takes: no timing, only an end."""


BROKEN_WORKBOOK = (
    FileCause.WORKBOOK_UNREADABLE,
    FileCause.SHEET_MISSING,
    FileCause.TOO_MANY_CELLS,
)


class Hung(BaseException):
    """Raised in a reader that does not come to an end."""


@dataclass(slots=True)
class Findings:
    """What came of the files: each should be in `agreed`. `refused` are those refused whole.

    The four lists name files by their seed and number. `alone` holds files of which the oracle
    would take rows that the reader refuses: a loss that somebody must explain. `broken` counts
    those explained: a workbook is refused whole where any part of it is damaged, and the oracle
    looks at one part alone.
    """

    agreed: int = 0
    refused: int = 0
    rows: int = 0
    broken: int = 0
    causes: Counter[str] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    believed: list[str] = field(default_factory=list)
    alone: list[str] = field(default_factory=list)

    @property
    def bad(self) -> list[str]:
        """Every file that shows a defect, at most a few for a message."""
        return [*self.crashed, *self.hung, *self.believed, *self.alone][:5]


def ours(seed: Seed, content: bytes) -> ParsedFeed:
    """The reader that is in use."""
    return open_feed(content, seed.dialect, file_name=seed.file_name, arrived_at=NOON)


def check(
    seed: Seed, numbers: Iterable[int], *, reader: Reader = ours, hang_s: float = HANG_S
) -> Findings:
    """Have a seed's file of each number read by both."""
    findings = Findings()
    for number in numbers:
        content, name = mutated(seed, number), f"{seed.name} #{number}"
        try:
            with _ended(hang_s):
                read = _stated(reader, seed, content, findings)
        except Hung:
            findings.hung.append(name)
        except Exception as fault:  # noqa: BLE001 - whatever it raises is what is looked for
            findings.crashed.append(f"{name}: {fault!r}")
        else:
            _compare(name, read, _told(seed, content), findings)
    return findings


def _told(seed: Seed, content: bytes) -> Stated:
    return oracle(content, Told(seed.dialect, file_name=seed.file_name, arrived_at=NOON))


def _stated(reader: Reader, seed: Seed, content: bytes, findings: Findings) -> Stated | FileCause:
    try:
        parsed = reader(seed, content)
    except FileFault as fault:
        findings.causes[fault.cause] += 1
        return fault.cause
    except FileTooLarge:
        return FileCause.TOO_LARGE
    findings.causes.update(fault.cause for fault in parsed.faults)
    return {row.row: (row.sku, row.units, row.as_of) for row in parsed.rows}


def _compare(name: str, read: Stated | FileCause, told: Stated, findings: Findings) -> None:
    stated = {} if isinstance(read, FileCause) else read
    findings.rows += len(stated)
    findings.refused += isinstance(read, FileCause)
    if any(told.get(row) != said for row, said in stated.items()):
        findings.believed.append(f"{name}: read {read}, the oracle {told}")
    elif stated == told:
        findings.agreed += 1
    elif read in BROKEN_WORKBOOK:
        findings.broken += 1
    else:
        findings.alone.append(f"{name}: read {read}, the oracle {told}")


@contextmanager
def _ended(hang_s: float) -> Iterator[None]:
    """Raise `Hung` after a while of work. Not by SIGALRM: that is the test runner's own."""

    def stop(_: int, __: FrameType | None) -> None:
        raise Hung

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, hang_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
