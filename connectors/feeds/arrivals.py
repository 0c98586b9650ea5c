"""What our own servers took for a feed: whole files, which need no time to settle.

    <root>/<feed>/arriving/                         being written, or to be renamed by the sender
                  arrived/<when>-<token>/<name>     whole, waiting to be claimed

Whoever takes an upload writes it below `arriving` under a name of its own, and hands it over by
`arrive`. A file arrives in a folder of its own, in one rename: it is there whole or not at all,
and a second file of its name is another version, that waits behind the first.
"""

import os
import re
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from reconciliation.quantities import Instant

from .durable import disk_errors, sync


_ARRIVAL = re.compile(r"[0-9]{18,}-[0-9a-f]{32}")


class Arrivals:
    """The two folders of one feed's arrivals. May be shared by threads and processes."""

    def __init__(self, home: Path, *, clock: Callable[[], Instant]) -> None:
        """Make the folders that are missing; `home` is the feed's. Raises `FoldersUnavailable`."""
        self.arriving = home / "arriving"
        self._arrived = home / "arrived"
        self._clock = clock
        with disk_errors(f"making the folders of feed {home.name}"):
            for folder in (self.arriving, self._arrived):
                folder.mkdir(parents=True, exist_ok=True)

    def arrive(self, temporary: Path, name: str) -> None:
        """Hand a whole file of `arriving` over under its sender's name, durably.

        Raises `FoldersUnavailable`; the file is then where it was.
        """
        parcel = temporary.with_name(f"{temporary.name}.d")
        with disk_errors("handing a file over"):
            sync(temporary)
            parcel.mkdir()
            try:
                temporary.rename(parcel / name)
                sync(parcel)
                # In microseconds: of two versions that come at once each keeps its place.
                at_us = int(self._clock() * 1_000_000)
                parcel.rename(self._arrived / f"{at_us:018d}-{uuid4().hex}")
            except OSError:
                _put_back(parcel / name, temporary)
                raise
            sync(self._arrived)

    def waiting(self) -> tuple[Path, ...]:
        """Return the files that wait, the longest waiting first."""
        with disk_errors("listing what arrived"):
            return tuple(
                path
                for folder in sorted(self._arrived.iterdir())
                if _ARRIVAL.fullmatch(folder.name) and (path := _only_file(folder)) is not None
            )

    def holds(self, path: Path) -> bool:
        """Tell whether a path is that of a file which may wait here."""
        folder = path.parent
        return folder.parent == self._arrived and bool(_ARRIVAL.fullmatch(folder.name))

    def rename(self, path: Path, name: str) -> bool:
        """Give a waiting file another name; False where it was claimed in the meantime."""
        with disk_errors("renaming what arrived"), suppress(FileNotFoundError):
            path.rename(path.with_name(name))
            sync(path.parent)
            return True
        return False

    def clear(self, mark: str) -> None:
        """Remove what a server that is no more was writing, under names that hold its mark."""
        with disk_errors("clearing what was being written"):
            for path in self.arriving.iterdir():
                if mark in path.name:
                    _remove(path)


def _only_file(folder: Path) -> Path | None:
    # None where it was claimed between two looks, and for what is no plain file.
    with suppress(FileNotFoundError, NotADirectoryError):
        for path in folder.iterdir():
            return path if stat.S_ISREG(path.lstat().st_mode) else None
    return None


def _put_back(parcelled: Path, temporary: Path) -> None:
    with suppress(OSError):
        parcelled.rename(temporary)
    with suppress(OSError):
        parcelled.parent.rmdir()


def _remove(path: Path) -> None:
    if stat.S_ISDIR(os.lstat(path).st_mode):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
