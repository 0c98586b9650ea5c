"""A folder of this machine: one that is mounted, or that another program writes to."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from reconciliation.quantities import Instant

from .errors import FileChanging, PlaceRefused, SourceAway
from .source import PART_BYTES, Fetched, Keeping, Mark, RemoteFile, oldest_first, require_size


class FolderSource:
    """The plain files of a folder; links and folders in it are passed over. Nothing is changed."""

    def __init__(self, folder: Path, *, bytes_max: int) -> None:
        """Keep where; nothing is touched yet."""
        self._folder = folder
        self._bytes_max = bytes_max

    def listing(self) -> tuple[RemoteFile, ...]:
        """Return the files that are there, the longest unchanged first."""
        with _disk_errors(self._folder), os.scandir(self._folder) as entries:
            return oldest_first(
                [
                    _remote(entry.name, entry.stat(follow_symlinks=False))
                    for entry in entries
                    if entry.is_file(follow_symlinks=False)
                ]
            )

    def fetch(
        self,
        file: RemoteFile,
        into: IO[bytes],
        *,
        known: Mark,  # noqa: ARG002 - the protocol's: a folder answers no conditions
    ) -> Fetched | None:
        """Write a file's content, if it is the same before and after."""
        require_size(file.name, file.mark.size_bytes, self._bytes_max)
        path, keeping = (
            self._folder / file.name,
            Keeping(into=into, name=file.name, bytes_max=self._bytes_max),
        )
        with _disk_errors(path), _opened(path) as source:
            before = _remote(file.name, os.fstat(source.fileno()))
            while part := source.read(PART_BYTES):
                keeping.take(part)
            after = _remote(file.name, path.lstat())
        if before != after or keeping.bytes_found != before.mark.size_bytes:
            raise FileChanging(f"{file.name!r} was written to while it was read")
        return keeping.fetched(before.mark, before.modified_at)


def _remote(name: str, seen: os.stat_result) -> RemoteFile:
    return RemoteFile(
        name=name,
        mark=Mark(
            size_bytes=seen.st_size, modified=str(seen.st_mtime_ns), etag=f"inode {seen.st_ino}"
        ),
        modified_at=Instant(seen.st_mtime),
    )


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    # What was a plain file when listed may be a link or a pipe by now: neither is opened.
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise PlaceRefused(f"{path.name!r} is no plain file")
        yield file


@contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as fault:
        raise PlaceRefused(
            f"there is no {path}: make the folder, or mend the feed's url"
        ) from fault
    except OSError as fault:
        raise SourceAway(f"{path}: {fault.strerror or fault}") from fault
