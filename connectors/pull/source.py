"""What can be fetched from: one small protocol, whatever lies behind it.

A source lists what is there and fetches one of it. It keeps nothing and opens nothing between two
calls: a connection that idles for an hour is dead anyway. Files are told apart by their marks
(size, time and tag as the source states them); what a file holds is told by its hash.
"""

import hashlib
from dataclasses import dataclass, field
from typing import IO, Protocol

from reconciliation.quantities import Instant

from .errors import TooLarge


FILES_LISTED_MAX = 10_000
"""The most files of one place: whoever keeps more never tidies up."""

PART_BYTES = 65_536
"""How much is read at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """By what a source shows that a file was changed; all of it empty where it shows nothing."""

    size_bytes: int | None = None
    modified: str = ""
    etag: str = ""

    @property
    def tells(self) -> bool:
        """Whether equal marks mean the same file: a size alone is too little."""
        return bool(self.modified or self.etag)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """A file as it is listed. `modified_at` is by the source's clock, None where it has none."""

    name: str
    mark: Mark = Mark()
    modified_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was fetched whole: the hash of its content, and its mark as it was then."""

    sha256: str
    bytes_found: int
    mark: Mark
    modified_at: Instant | None = None


class Source(Protocol):
    """A place with files. Every call is bounded in time, and fails by `connectors.errors`."""

    def listing(self) -> tuple[RemoteFile, ...]:
        """Return the files that are there, the longest unchanged first."""

    def fetch(self, file: RemoteFile, into: IO[bytes], *, known: Mark) -> Fetched | None:
        """Write a file's content; None where the source says it is still the one of that mark.

        Raises `FileChanging` for one that was written to meanwhile; what was written is void.
        """


@dataclass(slots=True, kw_only=True)
class Keeping:
    """Writes what comes in, counts and hashes it, and stops before there is too much of it."""

    into: IO[bytes]
    name: str
    bytes_max: int
    bytes_found: int = 0
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    def take(self, part: bytes) -> None:
        """Write a part. Raises `TooLarge`."""
        self.bytes_found += len(part)
        require_size(self.name, self.bytes_found, self.bytes_max)
        self.digest.update(part)
        self.into.write(part)

    def fetched(self, mark: Mark, modified_at: Instant | None = None) -> Fetched:
        """Return what was taken."""
        return Fetched(
            sha256=self.digest.hexdigest(),
            bytes_found=self.bytes_found,
            mark=mark,
            modified_at=modified_at,
        )


def require_size(name: str, size_bytes: int | None, bytes_max: int) -> None:
    """Let pass what is not too large, as far as is known. Raises `TooLarge`."""
    if size_bytes is not None and size_bytes > bytes_max:
        raise TooLarge(
            f"{name!r} has more than {bytes_max} bytes: "
            "have it split, or raise the feed's bytes_max"
        )


def oldest_first(files: list[RemoteFile]) -> tuple[RemoteFile, ...]:
    """Return files in the order in which they are taken. Raises `TooLarge` for too many."""
    if len(files) > FILES_LISTED_MAX:
        raise TooLarge(
            f"there are more than {FILES_LISTED_MAX} files: have those that were taken removed"
        )
    return tuple(sorted(files, key=lambda file: (file.modified_at or 0.0, file.name)))
