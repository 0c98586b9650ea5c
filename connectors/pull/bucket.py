"""A folder of an object store, through any file system of fsspec's; `s3fs` is the one for S3."""

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from types import ModuleType
from typing import IO, Any, Protocol

from reconciliation.quantities import Instant

from .errors import FileChanging, LibraryMissing, LoginRefused, PlaceRefused, SourceAway
from .source import PART_BYTES, Fetched, Keeping, Mark, RemoteFile, oldest_first, require_size


MODIFIED_KEYS = ("LastModified", "last_modified", "mtime", "created")
"""What file systems of fsspec's call the time of the last change."""

ETAG_KEYS = ("ETag", "etag")

CALL_S = 30
"""How long one phase of a call may take."""


class FileSystem(Protocol):
    """As much of fsspec's file systems as is used here."""

    def ls(self, path: str, *, detail: bool, refresh: bool) -> list[Mapping[str, Any]]:
        """Return what a folder holds."""

    def info(self, path: str) -> Mapping[str, Any]:
        """Return what is known of a file."""

    def open(self, path: str, mode: str) -> IO[bytes]:
        """Open a file."""

    def invalidate_cache(self) -> None:
        """Forget what was listed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketAccess:
    """How an S3 is reached; nothing given: as the machine's own role lets one."""

    key_id: str = ""
    secret_key: str = ""
    endpoint_url: str = ""

    def __repr__(self) -> str:
        """Show no secret."""
        return f"BucketAccess(endpoint_url={self.endpoint_url!r})"

    def options(self) -> dict[str, Any]:
        """Return this in the words of s3fs."""
        login = {"key": self.key_id, "secret": self.secret_key} if self.key_id else {}
        place = {"endpoint_url": self.endpoint_url} if self.endpoint_url else {}
        limits = {
            "connect_timeout": CALL_S,
            "read_timeout": CALL_S,
            "retries": {"max_attempts": 2},
        }
        # A shared instance would keep another feed's listings and login.
        return {**login, **place, "config_kwargs": limits, "skip_instance_cache": True}


def open_s3(
    access: BucketAccess, *, load: Callable[[str], ModuleType] = importlib.import_module
) -> FileSystem:
    """Return the file system of an S3. Raises `LibraryMissing`."""
    try:
        library = load("s3fs")
    except ImportError as fault:
        raise LibraryMissing(
            "files in S3 are fetched by the library s3fs, which is not installed: "
            "install this program with its extra `s3`"
        ) from fault
    opened: FileSystem = library.S3FileSystem(**access.options())
    return opened


class BucketSource:
    """The files of one folder of a bucket; folders in it are passed over. Nothing is changed."""

    def __init__(
        self, open_files: Callable[[], FileSystem], folder: str, *, bytes_max: int
    ) -> None:
        """Keep how to reach it; `folder` is the bucket and the path in it."""
        self._open_files = open_files
        self._folder = folder.strip("/")
        self._bytes_max = bytes_max

    def listing(self) -> tuple[RemoteFile, ...]:
        """Return the files that are there, the longest unchanged first."""
        with _bucket_errors(self._folder):
            files = self._open_files()
            files.invalidate_cache()
            found = files.ls(self._folder, detail=True, refresh=True)
        return oldest_first([_remote(each) for each in found if each["type"] == "file"])

    def fetch(
        self,
        file: RemoteFile,
        into: IO[bytes],
        *,
        known: Mark,  # noqa: ARG002 - the protocol's: the listing has said it already
    ) -> Fetched | None:
        """Write a file's content, if it is the same before and after."""
        require_size(file.name, file.mark.size_bytes, self._bytes_max)
        keeping = Keeping(into=into, name=file.name, bytes_max=self._bytes_max)
        path = f"{self._folder}/{file.name}"
        with _bucket_errors(path):
            files = self._open_files()
            before = _seen(files, path)
            with files.open(path, "rb") as source:
                while part := source.read(PART_BYTES):
                    keeping.take(part)
            after = _seen(files, path)
        if before != after or keeping.bytes_found != before.mark.size_bytes:
            raise FileChanging(f"{file.name!r} was written to while it was fetched")
        return keeping.fetched(before.mark, before.modified_at)


def _seen(files: FileSystem, path: str) -> RemoteFile:
    files.invalidate_cache()
    return _remote(files.info(path))


def _remote(info: Mapping[str, Any]) -> RemoteFile:
    modified = next((info[key] for key in MODIFIED_KEYS if info.get(key)), None)
    at = modified.timestamp() if isinstance(modified, datetime) else modified
    return RemoteFile(
        name=PurePosixPath(info["name"]).name,
        mark=Mark(
            size_bytes=info.get("size"),
            modified="" if at is None else repr(float(at)),
            etag=next((str(info[key]) for key in ETAG_KEYS if info.get(key)), ""),
        ),
        modified_at=None if at is None else Instant(float(at)),
    )


@contextmanager
def _bucket_errors(path: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as fault:
        raise PlaceRefused(f"there is no {path!r} in the store: mend the feed's url") from fault
    except PermissionError as fault:
        raise LoginRefused(f"the store does not let us at {path!r}") from fault
    except OSError as fault:
        raise SourceAway(f"{path!r}: {type(fault).__name__}") from fault
