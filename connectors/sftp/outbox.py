"""What a partner finds in its outbox: the receipts of all its feeds, to be read and removed.

Only plain files are shown, none that is hidden or has a second name elsewhere. All of it blocks
and is called in threads.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from asyncssh import SFTPNoSuchFile

from .held import Held, held_of
from .slots import Slot


class Outbox:
    """The outboxes of a partner's feeds, as one folder."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        """Join the feeds' outboxes; of two files of one name the newer is shown."""
        self._slots = tuple(slots)

    def listed(self) -> tuple[Held, ...]:
        """Return the receipts that are there, by name."""
        found: dict[str, Held] = {}
        for held in sorted(self._files(), key=lambda each: each.at):
            found[held.name] = held
        return tuple(found[name] for name in sorted(found))

    def find(self, name: str) -> Held | None:
        """Return a receipt, None where there is none of that name."""
        return next((each for each in self.listed() if each.name == name), None)

    def open(self, name: str) -> "Receipt":
        """Open a receipt to be read. Raises `SFTPNoSuchFile`."""
        return Receipt(self._path_of(name))

    def remove(self, name: str) -> None:
        """Remove a receipt. Raises `SFTPNoSuchFile`."""
        self._path_of(name).unlink(missing_ok=True)

    def _path_of(self, name: str) -> Path:
        held = self.find(name)
        if held is None or held.path is None:
            raise SFTPNoSuchFile(f"there is no {name}")
        return held.path

    def _files(self) -> Iterator[Held]:
        for slot in self._slots:
            for path in slot.outbox.iterdir():
                try:
                    seen = path.lstat()
                except FileNotFoundError:
                    continue  # removed since
                if not path.name.startswith(".") and _is_plain(seen):
                    yield held_of(slot, path, seen)


class Receipt:
    """A receipt that is being read."""

    def __init__(self, path: Path) -> None:
        """Open the file, if it is still a plain one. Raises `SFTPNoSuchFile` and `OSError`."""
        self._handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        if not _is_plain(os.fstat(self._handle)):
            self.close()
            raise SFTPNoSuchFile(f"{path.name} is no file")

    def read(self, offset: int, length: int) -> bytes:
        """Return up to `length` bytes from `offset`; none at the end."""
        return os.pread(self._handle, length, offset)

    @property
    def bytes_found(self) -> int:
        """Return how long the file is."""
        return os.fstat(self._handle).st_size

    def close(self) -> None:
        """Close the file."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def _is_plain(seen: os.stat_result) -> bool:
    return stat.S_ISREG(seen.st_mode) and seen.st_nlink == 1
