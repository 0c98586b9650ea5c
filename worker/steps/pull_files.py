"""Fetches what is new at a feed's source, and lays it among the feed's arrivals.

A file whose mark is the one of last time is not fetched. What is fetched is told by its hash: a
content that was taken before, under whatever name, is not taken again. The one exception is a file
that went back to what it was: it replaces other content under its own name, which is a new word of
the partner's, and what it is worth is for the gate to say.

A file arrives first and is noted then. If the process dies between the two, the file is fetched
and arrives once more, and the gate knows it for a repeat.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from uuid import uuid4

import structlog

from connectors.errors import ConnectorError
from connectors.feeds.durable import TEMPORARY_ENDING, disk_errors
from connectors.feeds.errors import FoldersUnavailable
from connectors.feeds.file_names import arriving_name, shown_name
from connectors.feeds.inbox import Inbox
from connectors.pull.errors import FileChanging, PlaceRefused, TooLarge
from connectors.pull.source import Fetched, Mark, RemoteFile
from connectors.store import pulled_files, trail, work
from connectors.store.engine import reading, writing
from connectors.store.pulled_files import PulledFile
from connectors.store.pulled_forgetting import forget_pulled
from connectors.store.trail import Event
from connectors.unfinished_names import is_unfinished
from reconciliation.quantities import Instant, later

from ..queues import FEED, PULL
from ..services import Services
from ..settings.pulls import PullSettings


FILES_AT_ONCE_MAX = 100
"""The most files of one round: the rest is asked for at once, after others had their turn.

Refused ones do not count, or a hundred of them, the oldest and so the first, would keep all others
for ever; a listing has a limit of its own.
"""

TOLD_AGAIN_S = 86_400.0
"""How often the trail tells of one and the same trouble: a source may be away for a week."""

SECONDS_PER_DAY = 86_400.0

REFUSED = "refused"
"""The outcome of a file that cannot be had as it is, whenever it is asked for."""

_LOG = structlog.get_logger("oversell_guard")


@dataclass(slots=True)
class _Round:
    """What one look at a source came to. `trouble` is the first file's that could not be had."""

    known: dict[str, PulledFile]
    listed: frozenset[str] = frozenset()
    fetched: int = 0
    is_whole: bool = True
    trouble: ConnectorError | None = None


def pull_files(services: Services, feed: str) -> None:
    """Fetch a feed's new files, and ask to look again later.

    One file that cannot be had does not keep the others; its failure is raised at the end, so that
    the row of work tells it. Raises `ConnectorError`.
    """
    with reading(services.engine) as connection:
        current = _Round(known=pulled_files.newest_of_names(connection, feed))
    try:
        _look(services, feed, current)
    except FoldersUnavailable:
        raise  # our own disk's trouble, and not the source's
    except ConnectorError as error:
        services.meter.count("pulled_files", {"feed": feed, "outcome": "unreachable"})
        _note_trouble(services, feed, error)
        raise
    _forget_old(services, feed, current.listed)
    if current.trouble is not None:
        _note_trouble(services, feed, current.trouble)
        raise current.trouble
    _ask_again(services, feed, is_whole=current.is_whole)


def _look(services: Services, feed: str, current: _Round) -> None:
    """Fetch what is new of what is listed, as much as one round takes."""
    files = services.sources[feed].listing()
    current.listed = frozenset(file.name for file in files)
    for file in files:
        if not _is_wanted(services, feed, file, current.known.get(file.name)):
            continue
        if current.fetched >= FILES_AT_ONCE_MAX:
            current.is_whole = False
            break
        if _pull(services, feed, file, current) != REFUSED:
            current.fetched += 1


def _note_trouble(services: Services, feed: str, error: ConnectorError) -> None:
    """Note in the trail that fetching failed, once a day for each cause."""
    now, said = services.now(), str(error)
    with writing(services.engine) as connection:
        told = trail.events_of(connection, [feed], "pull_failed", since=later(now, -TOLD_AGAIN_S))
        if all(each.detail["reason"] != said for each in told):
            detail = {"reason": said}
            trail.note(connection, Event(at=now, event="pull_failed", subject=feed, detail=detail))


def _forget_old(services: Services, feed: str, listed: frozenset[str]) -> None:
    kept_s = services.settings.feeds[feed].kept_days * SECONDS_PER_DAY
    with writing(services.engine) as connection:
        forget_pulled(connection, feed, before=later(services.now(), -kept_s), listed=listed)


def _ask_again(services: Services, feed: str, *, is_whole: bool) -> None:
    wait_s = services.settings.feeds[feed].pull.every_s if is_whole else 0.0
    with writing(services.engine) as connection:
        work.ask(connection, PULL, [feed], due_at=later(services.now(), wait_s))


def _is_wanted(services: Services, feed: str, file: RemoteFile, known: PulledFile | None) -> bool:
    """Tell whether a file is to be fetched, by all that the listing shows of it."""
    declared = services.settings.feeds[feed]
    if not is_offered(declared.pull, file.name):
        return False
    if known is not None and file.mark.tells and file.mark == _mark_of(known):
        return False
    # By two clocks: a file that seems to lie ahead is not waited for.
    age_s = services.now() - file.modified_at if file.modified_at is not None else -1.0
    return not 0 <= age_s < declared.settle_s


def is_offered(declared: PullSettings, name: str) -> bool:
    """Tell whether a name is one that the feed asks for, and no file that is still being sent."""
    return not is_unfinished(name) and fnmatchcase(name, declared.names)


def _pull(services: Services, feed: str, file: RemoteFile, current: _Round) -> str:
    """Fetch one file; return what became of it, nothing where it was not changed."""
    known = current.known.get(file.name)
    try:
        outcome = _fetch(services, feed, file, known)
    except (FileChanging, PlaceRefused, TooLarge) as error:
        # It is this file's own trouble: the others are fetched all the same.
        outcome = "unsettled" if isinstance(error, FileChanging) else REFUSED
        current.trouble = current.trouble or error
        _LOG.warning("not_pulled", feed=feed, file=shown_name(file.name), error=str(error))
    if outcome:
        services.meter.count("pulled_files", {"feed": feed, "outcome": outcome})
    return outcome


def _fetch(services: Services, feed: str, file: RemoteFile, known: PulledFile | None) -> str:
    """Fetch one file, note it, and return what became of it as `_pull` does."""
    inbox = services.inboxes[feed]
    with _temporary(inbox) as temporary:
        with disk_errors("writing what is fetched"), temporary.open("xb") as into:
            fetched = services.sources[feed].fetch(file, into, known=_mark_of(known))
        if fetched is None:
            return ""
        if _is_known(services, feed, fetched, known):
            outcome = "known"
        else:
            outcome = "taken"
            _date(temporary, fetched.modified_at, services.now())
            inbox.arrivals.arrive(temporary, arriving_name(file.name))
    _note(services, feed, file.name, fetched, rings=outcome == "taken")
    return outcome


@contextmanager
def _temporary(inbox: Inbox) -> Iterator[Path]:
    path = inbox.arrivals.arriving / f".{uuid4().hex}.pull{TEMPORARY_ENDING}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _is_known(services: Services, feed: str, fetched: Fetched, known: PulledFile | None) -> bool:
    if known is not None:
        return known.sha256 == fetched.sha256
    with reading(services.engine) as connection:
        return pulled_files.is_content_known(connection, feed, fetched.sha256)


def _date(path: Path, modified_at: Instant | None, now: Instant) -> None:
    # It came when the partner wrote it, not when we looked: an old file must not seem fresh.
    at = now if modified_at is None else min(modified_at, now)
    with disk_errors("dating what was fetched"):
        os.utime(path, (at, at))


def _mark_of(known: PulledFile | None) -> Mark:
    if known is None:
        return Mark()
    return Mark(size_bytes=known.size_bytes, modified=known.modified, etag=known.etag)


def _note(services: Services, feed: str, name: str, fetched: Fetched, *, rings: bool) -> None:
    """Keep what was found; have the feed's arrivals taken now, where something arrived."""
    now = services.now()
    found = PulledFile(
        feed=feed,
        name=name,
        size_bytes=fetched.mark.size_bytes,
        modified=fetched.mark.modified,
        etag=fetched.mark.etag,
        sha256=fetched.sha256,
        pulled_at=now,
    )
    with writing(services.engine) as connection:
        pulled_files.note(connection, found)
        if rings:
            work.ask(connection, FEED, [feed], due_at=now)
    if rings:
        services.ring(FEED, feed)
