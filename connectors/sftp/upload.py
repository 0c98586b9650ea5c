"""One file on its way in: written under a hidden name of ours, whole only when nothing is missing.

All of it blocks and is called in threads; the writes of one upload come one after another.
"""

import os
from contextlib import suppress
from pathlib import Path

from asyncssh import SFTPFailure

from .pieces import Pieces
from .slots import Slot


BUFFER_BYTES = 256 * 1024
"""What is kept in memory before it is written: eight packets of a usual client."""


class Upload:
    """A file that is being written, under the name that its sender gave it."""

    def __init__(self, path: Path, name: str, slot: Slot) -> None:
        """Make the file, empty; `slot` is its feed, as far as its name tells."""
        self.path = path
        self.name = name
        self.slot = slot
        self.bytes_found = 0
        self._pieces = Pieces()
        self._spoilt_by = ""
        self._buffer = bytearray()
        self._buffer_at = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        self._handle: int | None = os.open(path, flags, 0o600)

    def fits(self, offset: int, length: int) -> bool:
        """Tell whether a write only has to be kept in memory, which blocks nobody."""
        return self._continues(offset) and len(self._buffer) + length <= BUFFER_BYTES

    def keep(self, offset: int, data: bytes) -> None:
        """Keep a write in memory that `fits`."""
        if not self._buffer:
            self._buffer_at = offset
        self._buffer += data
        self._pieces.add(offset, offset + len(data))
        self.bytes_found = max(self.bytes_found, offset + len(data))

    def write(self, offset: int, data: bytes) -> None:
        """Write what is kept, and keep this, or write it as well. Raises `OSError`."""
        self._flush()
        self.keep(offset, data)
        if len(self._buffer) >= BUFFER_BYTES:
            self._flush()

    def spoil(self, why: str) -> None:
        """Note that a piece was refused: the file can no longer become whole."""
        self._spoilt_by = self._spoilt_by or why

    def close(self) -> None:
        """Write what is kept and close the file. Raises `SFTPFailure` where a piece is missing."""
        try:
            self._flush()
        finally:
            self._close_handle()
        if self._spoilt_by:
            raise SFTPFailure(self._spoilt_by)
        if not self._pieces.is_whole:
            raise SFTPFailure("a piece of the file was never sent: send it whole, from its start")

    def discard(self) -> None:
        """Close and remove the file, whatever has become of it."""
        self._buffer.clear()
        self._close_handle()
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _continues(self, offset: int) -> bool:
        return not self._buffer or offset == self._buffer_at + len(self._buffer)

    def _flush(self) -> None:
        if self._handle is None:
            raise SFTPFailure("the file is closed")
        with memoryview(self._buffer) as kept:
            done = 0
            while done < len(kept):
                done += os.pwrite(self._handle, kept[done:], self._buffer_at + done)
        self._buffer.clear()

    def _close_handle(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)
