"""A folder that a partner drops files into, and the folders each file passes through.

Theory of operation
-------------------
    <root>/<feed>/inbox/<name>                        dropped, waiting
                  arrived/<when>-<token>/<name>       whole, waiting: see `arrivals`
                  claimed/<when>-<token>/<name>       ours, being worked on
                  archive/<ab>/<sha256>-<safe name>   accepted (also: quarantine, rejected)
                  outbox/                             what we tell the partner

A file only ever moves by rename within one file system, so at every moment it is in exactly one
place, whole. Of two processes that claim one file, one rename succeeds. A claim is a folder of
its own: no name can collide there, and the original name survives a crash, after which
`recover` puts the file back, having first renamed the claim's folder: a process that still
believes in the claim finds nothing where it was. Names are the partner's and are hostile: links
and folders are passed over, and what is stored is stored under its content's hash.

A file of `inbox` is settled when nobody has written to it for `settle_s`: the only sign there is,
where another program than ours takes the uploads. What our own servers took has arrived whole.
"""

import hashlib
import io
import os
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from reconciliation.quantities import Instant

from ..unfinished_names import is_unfinished
from .arrivals import Arrivals
from .durable import disk_errors, sync
from .errors import ClaimLost, FileChanged, FileTooLarge, NotInInbox
from .file_names import safe_name, shown_name


BYTES_MAX = 64 * 1024 * 1024
"""As the default of a feed's dialect: a million rows of 30 bytes, twice over."""
SETTLE_S = 5.0
"""Longer than any client that still sends lets pass between two writes."""

NAME_BYTES_MAX = 255
"""What file systems take as one name."""

_CLAIM_FOLDER = re.compile(r"(?P<at_ms>[0-9]{15,})-[0-9a-f]{32}")
_FOLDERS = ("inbox", "claimed", "archive", "quarantine", "rejected", "outbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A file that is ours to work on.

    `name` is the partner's, made fit to show; `arrived_at` is when it was last written to, and
    never later than now. `sha256` is the content's as claimed.
    """

    path: Path
    name: str
    arrived_at: Instant
    bytes_found: int
    sha256: str


class Inbox:
    """The folders of one feed."""

    def __init__(
        self,
        root: Path,
        feed: str,
        *,
        clock: Callable[[], Instant],
        settle_s: float = SETTLE_S,
        bytes_max: int = BYTES_MAX,
    ) -> None:
        """Make the folders that are missing. Raises `FoldersUnavailable`."""
        if not feed or safe_name(feed) != feed:
            raise ValueError(f"a feed's name is of letters, digits, . _ and -, not {feed!r}")
        if settle_s < 0 or bytes_max < 1:
            raise ValueError("settle_s must not be negative and bytes_max must be at least 1")
        self.home = root / feed
        self.outbox = self.home / "outbox"
        self.arrivals = Arrivals(self.home, clock=clock)
        self._clock = clock
        self._settle_s = settle_s
        self._bytes_max = bytes_max
        self._inbox = self.home / "inbox"
        self._claimed = self.home / "claimed"
        with disk_errors(f"making the folders of feed {feed}"):
            for folder in _FOLDERS:
                (self.home / folder).mkdir(parents=True, exist_ok=True)

    def waiting(self) -> tuple[Path, ...]:
        """Return the files that are whole and settled, the longest waiting first of each kind."""
        now = self._clock()
        with disk_errors("listing the inbox"), os.scandir(self._inbox) as entries:
            found = [
                (seen.st_mtime, entry.name)
                for entry in entries
                if _is_candidate(entry.name)
                and (seen := _seen(Path(entry.path))) is not None
                and self._settled(seen, now)
            ]
        return (*self.arrivals.waiting(), *(self._inbox / name for _, name in sorted(found)))

    def claim(self, path: Path) -> Claim | None:
        """Make a file of the inbox ours; None where somebody was faster, or it is not settled.

        Raises `NotInInbox` for a path that `waiting` would never return.
        """
        is_arrival = self.arrivals.holds(path)
        if not _is_candidate(path.name) or not (is_arrival or path.parent == self._inbox):
            raise NotInInbox(f"{shown_name(str(path))} is not a file of {self._inbox}")
        now = self._clock()
        with disk_errors(f"claiming {shown_name(path.name)}"):
            seen = _seen(path)
            if seen is None or not (is_arrival or self._settled(seen, now)):
                return None
            # Not there any more: claimed by another, or recovered before we had looked inside.
            with suppress(FileNotFoundError):
                return _claim_of(self._take(path, now), now)
        return None

    def read(self, claim: Claim) -> bytes:
        """Return a claimed file's content.

        Raises `FileTooLarge`, `FileChanged` if it is still being written to, or `ClaimLost`.
        """
        if claim.bytes_found > self._bytes_max:
            raise FileTooLarge(
                f"{claim.name} has {claim.bytes_found} bytes, more than {self._bytes_max}: "
                "split the export, or raise bytes_max of the inbox",
                bytes_found=claim.bytes_found,
            )
        with self._ours(claim, "reading"), _plain_file(claim.path) as file:
            content = file.read(claim.bytes_found + 1)
        if hashlib.sha256(content).hexdigest() != claim.sha256:
            raise FileChanged(f"{claim.name} is still being written to: upload it, then rename it")
        return content

    def archive(self, claim: Claim) -> Path:
        """Store an accepted file under its content's hash. Raises `ClaimLost`."""
        return self._store(claim, "archive")

    def quarantine(self, claim: Claim) -> Path:
        """Store a file that a person must judge. Raises `ClaimLost`."""
        return self._store(claim, "quarantine")

    def reject(self, claim: Claim) -> Path:
        """Store a file that was refused. Raises `ClaimLost`."""
        return self._store(claim, "rejected")

    def release(self, claim: Claim) -> bool:
        """Give a claim up and put its file back. Raises `ClaimLost`.

        False while a newer file of its name waits in the inbox: `recover` then tries again.
        """
        with self._ours(claim, "releasing"):
            return self._put_back(claim.path.parent) is not None

    def recover(self, older_than_s: float) -> tuple[Path, ...]:
        """Put back what was claimed `older_than_s` ago and never finished; return where to.

        A file whose name is taken by a newer one in the inbox stays until that one is claimed.
        """
        latest = self._clock() - older_than_s
        with disk_errors("recovering claims"):
            stale = sorted(
                folder
                for folder in self._claimed.iterdir()
                if (at := _claimed_at(folder)) is not None and at <= latest
            )
            return tuple(path for folder in stale if (path := self._recovered(folder)))

    def _settled(self, seen: os.stat_result, now: Instant) -> bool:
        # A client may set any time of modification; one that lies ahead would never settle, so
        # then the kernel's own time of change decides.
        touched = seen.st_mtime if seen.st_mtime <= now else seen.st_ctime
        return now - touched >= self._settle_s

    def _take(self, path: Path, now: Instant) -> Path:
        folder = self._claimed / f"{int(now * 1000):015d}-{uuid4().hex}"
        folder.mkdir()
        try:
            taken = path.rename(folder / path.name)
        except OSError:
            _remove_empty(folder)
            raise
        if path.parent != self._inbox:
            _remove_empty(path.parent)
        return taken

    @contextmanager
    def _ours(self, claim: Claim, doing: str) -> Iterator[None]:
        if claim.path.parent.parent != self._claimed:
            raise NotInInbox(f"{claim.name} was claimed in another inbox than {self._inbox}")
        with disk_errors(f"{doing} {claim.name}"):
            try:
                yield
            except FileNotFoundError as fault:
                raise ClaimLost(
                    f"{doing} {claim.name}: the claim is another's, or done"
                ) from fault

    def _store(self, claim: Claim, where: str) -> Path:
        with self._ours(claim, f"moving to {where}:"):
            folder = self.home / where / claim.sha256[:2]
            folder.mkdir(parents=True, exist_ok=True)
            sync(claim.path)
            stored = claim.path.replace(folder / f"{claim.sha256}-{safe_name(claim.path.name)}")
            sync(folder)
            _remove_empty(claim.path.parent)
        return stored

    def _recovered(self, folder: Path) -> Path | None:
        # Gone while we looked: another process recovers too, or the claim was finished after all.
        with suppress(FileNotFoundError):
            return self._put_back(folder)
        return None

    def _put_back(self, folder: Path) -> Path | None:
        # The claim's time stays, so that a file which must wait is tried again at once.
        at_ms, _, _ = folder.name.partition("-")
        folder = folder.rename(folder.with_name(f"{at_ms}-{uuid4().hex}"))
        path = next(folder.iterdir(), None)
        waiting = self._inbox / path.name if path else None
        if path and waiting and not _moved_without_overwriting(path, waiting):
            return None
        _remove_empty(folder)
        return waiting


def _is_candidate(name: str) -> bool:
    try:
        length = len(os.fsencode(name))
    except UnicodeEncodeError:
        return False
    if is_unfinished(name):
        return False
    return 0 < length <= NAME_BYTES_MAX and "\0" not in name


def _seen(path: Path) -> os.stat_result | None:
    # None for what is no plain file. One that has a second name may lie outside as well.
    try:
        seen = path.lstat()
    except FileNotFoundError:
        return None
    return seen if stat.S_ISREG(seen.st_mode) and seen.st_nlink == 1 else None


@contextmanager
def _plain_file(path: Path) -> Iterator[io.BufferedReader]:
    # What was a plain file when listed may be a link or a pipe by now: neither is opened.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotInInbox(f"{shown_name(path.name)} is not a plain file")
        yield file


def _claim_of(taken: Path, now: Instant) -> Claim:
    with _plain_file(taken) as file:
        seen = os.fstat(file.fileno())
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Claim(
        path=taken,
        name=shown_name(taken.name),
        arrived_at=Instant(min(seen.st_mtime, now)),
        bytes_found=seen.st_size,
        sha256=sha256,
    )


def _claimed_at(folder: Path) -> Instant | None:
    matched = _CLAIM_FOLDER.fullmatch(folder.name)
    return Instant(int(matched["at_ms"]) / 1000) if matched else None


def _moved_without_overwriting(path: Path, target: Path) -> bool:
    # By link and unlink: a rename would overwrite a newer file of that name. A folder, which no
    # link can be made to, was never a file of ours and stays.
    if stat.S_ISDIR(path.lstat().st_mode):
        return False
    try:
        os.link(path, target, follow_symlinks=False)
    except FileExistsError:
        # The same file under both names is a move that was cut short: finish it.
        if not _same_file(path, target):
            return False
    path.unlink()
    return True


def _same_file(path: Path, other: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(path.lstat(), other.lstat())
    return False


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
