"""What a partner may do: a whitelist, and nothing else.

    /         list
    /inbox    open to create, write, close, stat, list, rename
    /outbox   list, read, remove
    both      setting of times is answered OK and ignored

Every other operation of the protocol is overridden here with a refusal, and the extensions that
asyncssh would announce are not. What the disk does is done in threads: a partner that waits for it
waits alone.
"""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from typing import NoReturn, TypeVar
from weakref import WeakSet

from asyncssh import (
    FXF_APPEND,
    FXF_CREAT,
    FXF_EXCL,
    FXF_READ,
    FXF_WRITE,
    SFTPAttrs,
    SFTPFailure,
    SFTPInvalidHandle,
    SFTPName,
    SFTPNoSuchFile,
    SFTPOpUnsupported,
    SFTPPermissionDenied,
    SFTPQuotaExceeded,
    SFTPServer,
    SSHServerChannel,
)

from ..errors import ConnectorError
from .held import Held
from .landing import Landing
from .outbox import Outbox, Receipt
from .paths import Folder, Place, place_of, plain_path
from .upload import Upload


Answer = TypeVar("Answer")

HANDLES_MAX = 16
"""How many files one session has open at once; clients that do it at all open four."""

READ_BYTES_MAX = 256 * 1024
"""The most that one read returns, as OpenSSH's server has it."""

FOLDER_MODE = stat.S_IFDIR | 0o700
IN_MODE = stat.S_IFREG | 0o600
OUT_MODE = stat.S_IFREG | 0o400


def refuse(*_: object, **__: object) -> NoReturn:
    """Refuse an operation, whatever was asked."""
    raise SFTPOpUnsupported("this server takes files and gives receipts, and does nothing else")


class Jail(SFTPServer):
    """One session of a partner."""

    def __init__(
        self,
        channel: "SSHServerChannel[bytes]",
        landing: Landing,
        outbox: Outbox,
        *,
        disk: Executor,
        counted: Callable[[str], None],
    ) -> None:
        """Serve a channel; `disk` runs what blocks, `counted` is told how each upload ended."""
        super().__init__(channel)
        self._landing = landing
        self._outbox = outbox
        self._disk = disk
        self._counted = counted
        self._open: set[Upload | Receipt] = set()
        self._listings = WeakSet[AsyncIterator[SFTPName]]()
        self._is_cut = False

    def cut(self) -> None:
        """Note that the session ends: what is still open was never closed by its sender."""
        self._is_cut = True

    # -- files ----------------------------------------------------------------------------

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:  # noqa: ARG002 - the library's signature
        """Begin an upload, or the reading of a receipt."""
        place = place_of(path)
        if not place.name:
            raise SFTPPermissionDenied(f"{place.folder} is a folder")
        if len(self._open) >= HANDLES_MAX:
            raise SFTPFailure(f"{HANDLES_MAX} files are open already")
        file: Upload | Receipt
        if place.folder is Folder.INBOX:
            file = await self._open_upload(place.name, pflags)
        else:
            file = await self._open_receipt(place.name, pflags)
        self._open.add(file)
        return file

    async def _open_upload(self, name: str, pflags: int) -> Upload:
        if not pflags & FXF_WRITE:
            raise SFTPPermissionDenied("what is in /inbox cannot be read back")
        if pflags & FXF_APPEND:
            raise SFTPPermissionDenied("a file is not continued: send it whole")
        if not pflags & FXF_CREAT:
            raise SFTPPermissionDenied("a file is not changed: send it anew, whole")
        try:
            exclusive = bool(pflags & FXF_EXCL)
            return await self._blocking(lambda: self._landing.open(name, exclusive=exclusive))
        except (SFTPPermissionDenied, SFTPQuotaExceeded):
            self._counted("refused")
            raise

    async def _open_receipt(self, name: str, pflags: int) -> Receipt:
        if pflags & FXF_WRITE or not pflags & FXF_READ:
            raise SFTPPermissionDenied("/outbox is for reading: put files into /inbox")
        return await self._blocking(lambda: self._outbox.open(name))

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Take a piece of an upload. A piece that is refused spoils the whole file."""
        if not isinstance(file_obj, Upload):
            raise SFTPPermissionDenied("a receipt cannot be written to")
        try:
            end = max(file_obj.bytes_found, offset + len(data))
            self._landing.require_room(file_obj, end)
            if file_obj.fits(offset, len(data)):
                file_obj.keep(offset, data)
            else:
                await self._blocking(lambda: file_obj.write(offset, data))
        except BaseException as fault:
            file_obj.spoil(str(fault) or "a piece of the file was not taken")
            raise
        return len(data)

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Return a piece of a receipt."""
        if not isinstance(file_obj, Receipt):
            raise SFTPPermissionDenied("what is in /inbox cannot be read back")
        return await self._blocking(lambda: file_obj.read(offset, min(size, READ_BYTES_MAX)))

    async def close(self, file_obj: object) -> None:
        """Take an upload that its sender has closed; remove one that was cut off."""
        if isinstance(file_obj, Receipt):
            self._open.discard(file_obj)
            await self._blocking(file_obj.close)
        elif isinstance(file_obj, Upload):
            self._open.discard(file_obj)
            await (self._abandon(file_obj) if self._is_cut else self._finish(file_obj))

    async def _finish(self, upload: Upload) -> None:
        try:
            await self._blocking(lambda: self._landing.finish(upload))
        except BaseException:
            self._counted("refused")
            raise
        self._counted("taken")

    async def _abandon(self, upload: Upload) -> None:
        await self._blocking(lambda: self._landing.abandon(upload))
        self._counted("cut")

    # -- names ----------------------------------------------------------------------------

    def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        """Return what is in a folder."""
        if len(self._listings) >= HANDLES_MAX:
            raise SFTPFailure(f"{HANDLES_MAX} folders are open already")
        listing = self._listed(place_of(path))
        self._listings.add(listing)
        return listing

    async def _listed(self, place: Place) -> AsyncIterator[SFTPName]:
        if place.name:
            raise SFTPNoSuchFile(f"{place.name} is no folder")
        for name in (b".", b".."):
            yield SFTPName(name, attrs=_folder())
        if place.folder is Folder.ROOT:
            for folder in (Folder.INBOX, Folder.OUTBOX):
                yield SFTPName(folder.encode().lstrip(b"/"), attrs=_folder())
            return
        listed = self._landing.listed if place.folder is Folder.INBOX else self._outbox.listed
        for held in await self._blocking(listed):
            yield SFTPName(os.fsencode(held.name), attrs=_file(held, place.folder))

    async def stat(self, path: bytes) -> SFTPAttrs:
        """Return the size and time of a file, or that something is a folder."""
        place = place_of(path)
        if not place.name:
            return _folder()
        find = self._landing.find if place.folder is Folder.INBOX else self._outbox.find
        held = await self._blocking(lambda: find(place.name))
        if held is None:
            raise SFTPNoSuchFile(f"there is no {place.name}")
        return _file(held, place.folder)

    async def lstat(self, path: bytes) -> SFTPAttrs:
        """Return the same: there are no links."""
        return await self.stat(path)

    async def fstat(self, file_obj: object) -> SFTPAttrs:
        """Return how many bytes of an open file there are."""
        match file_obj:
            case Upload():
                return SFTPAttrs(size=file_obj.bytes_found, permissions=IN_MODE)
            case Receipt():
                size = await self._blocking(lambda: file_obj.bytes_found)
                return SFTPAttrs(size=size, permissions=OUT_MODE)
            case _:
                raise SFTPInvalidHandle("this is no open file")

    def realpath(self, path: bytes) -> bytes:
        """Return a path from `/` on, whether or not there is anything."""
        if b"\0" in path:
            raise SFTPNoSuchFile("there is no such path")
        return plain_path(path)

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file of the inbox another name there."""
        old, new = place_of(oldpath), place_of(newpath)
        if not (old.name and new.name) or {old.folder, new.folder} != {Folder.INBOX}:
            raise SFTPPermissionDenied("only files of /inbox are renamed, and only within it")
        await self._blocking(lambda: self._landing.rename(old.name, new.name))

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Do as `rename`: a file that waits under the new name is never lost by either."""
        await self.rename(oldpath, newpath)

    async def remove(self, path: bytes) -> None:
        """Remove a receipt."""
        place = place_of(path)
        if place.folder is not Folder.OUTBOX or not place.name:
            raise SFTPPermissionDenied("only receipts in /outbox may be removed")
        await self._blocking(lambda: self._outbox.remove(place.name))

    def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        """Let a file's times be set, which changes nothing."""
        place_of(path)
        _require_times(attrs)

    def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:  # noqa: ARG002 - the library's signature
        """Do the same for an open file."""
        _require_times(attrs)

    # -- all else -------------------------------------------------------------------------

    open56 = refuse
    lsetstat = refuse
    mkdir = refuse
    rmdir = refuse
    readlink = refuse
    symlink = refuse
    link = refuse
    lock = refuse
    unlock = refuse
    statvfs = refuse
    fstatvfs = refuse
    fsync = refuse
    map_path = refuse
    reverse_map_path = refuse

    async def _blocking(self, call: Callable[[], Answer]) -> Answer:
        """Do what waits for the disk in a thread, and tell its failures as the protocol does."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._disk, call)
        except ConnectorError as fault:
            raise SFTPFailure("the disk of this server failed: try again later") from fault


def _folder() -> SFTPAttrs:
    return SFTPAttrs(permissions=FOLDER_MODE, size=0)


def _file(held: Held, folder: Folder) -> SFTPAttrs:
    mode = IN_MODE if folder is Folder.INBOX else OUT_MODE
    at = int(held.at)
    return SFTPAttrs(size=held.bytes_found, permissions=mode, atime=at, mtime=at)


def _require_times(attrs: SFTPAttrs) -> None:
    has_times = attrs.mtime is not None or attrs.atime is not None
    if attrs.size is not None or not has_times:
        raise SFTPPermissionDenied("of a file's attributes only its times may be set")
