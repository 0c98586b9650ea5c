"""The files that a feed has kept: found by their content, moved once decided, forgotten in time.

A file in `archive`, `quarantine` and `rejected` is named after its content's hash. Its name there
is safe and ours; that of a file in the outbox was made safe when it was written.
"""

import hashlib
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from reconciliation.quantities import Instant

from .durable import disk_errors, sync
from .errors import FileGone
from .file_names import safe_name


_HASH_LETTERS = 64


class Shelf(StrEnum):
    """Where a file is kept once it was judged."""

    ARCHIVE = "archive"
    QUARANTINE = "quarantine"
    REJECTED = "rejected"


def find(home: Path, shelf: Shelf, sha256: str, file_name: str) -> Path:
    """Return where a content is kept, of that name if there are several. Raises `FileGone`."""
    folder = home / shelf / sha256[:2]
    with disk_errors(f"looking for {safe_name(file_name)}"):
        named = folder / f"{sha256}-{safe_name(file_name)}"
        # A strange name was made safe from its bytes, and is shown otherwise in the record.
        for path in (named, *sorted(folder.glob(f"{sha256}-*"))):
            if path.is_file() and not path.is_symlink():
                return path
    raise FileGone(f"{safe_name(file_name)} is no longer in {shelf}")


def content(path: Path, sha256: str) -> bytes:
    """Return a kept file's bytes. Raises `FileGone` where they are not what was judged."""
    with disk_errors("reading a kept file"):
        found = path.read_bytes()
    if hashlib.sha256(found).hexdigest() != sha256:
        raise FileGone("the kept file is not what was judged: somebody changed it")
    return found


def move(home: Path, path: Path, shelf: Shelf) -> Path:
    """Put a kept file onto another shelf; it is in exactly one place at every moment."""
    folder = home / shelf / path.parent.name
    with disk_errors(f"moving a file to {shelf}"):
        folder.mkdir(parents=True, exist_ok=True)
        moved = path.replace(folder / path.name)
        sync(folder)
        with suppress(OSError):
            path.parent.rmdir()
    return moved


def forget(home: Path, *, before: Instant, kept: Collection[str]) -> int:
    """Delete what was stored or told before a moment; return how many files that were.

    Contents whose hash is in `kept` stay, however old.
    """
    forgotten = 0
    with disk_errors("forgetting old files"):
        for path in _files(home / "outbox", lambda _: True):
            forgotten += _forget_one(path, before)
        for shelf in Shelf:
            for path in _files(home / shelf, lambda name: name[:_HASH_LETTERS] not in kept):
                forgotten += _forget_one(path, before)
                with suppress(OSError):
                    path.parent.rmdir()
    return forgotten


def _files(folder: Path, wanted: Callable[[str], bool]) -> Iterator[Path]:
    # A folder of a shelf is one level deep; the outbox holds its files itself.
    for entry in sorted(folder.iterdir()):
        places = sorted(entry.iterdir()) if entry.is_dir() and folder.name != "outbox" else [entry]
        yield from (path for path in places if wanted(path.name))


def _forget_one(path: Path, before: Instant) -> int:
    # The partner may take a file away meanwhile. Its time of modification is the partner's too,
    # so the kernel's own, which moving the file has set, counts as well.
    with suppress(FileNotFoundError):
        seen = path.lstat()
        if stat.S_ISREG(seen.st_mode) and max(seen.st_mtime, seen.st_ctime) < before:
            path.unlink()
            return 1
    return 0
