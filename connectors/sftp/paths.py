"""The paths that a partner may name: `/`, `/inbox`, `/outbox`, and a file in one of the two.

A partner's path never becomes a path of ours. It is taken apart here into a folder and one name,
and nothing else is left of it. What it names on the disk is found by looking the name up.
"""

import posixpath
from dataclasses import dataclass
from enum import StrEnum

from asyncssh import SFTPNoSuchFile, SFTPPermissionDenied

from ..unfinished_names import ENDINGS


NAME_BYTES_MAX = 255
"""What file systems take as one name."""

PATH_BYTES_MAX = 4_096
"""As Linux has it; no path here needs a tenth of that."""


class Folder(StrEnum):
    """What a partner sees."""

    ROOT = "/"
    INBOX = "/inbox"
    OUTBOX = "/outbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a path names: a folder, where `name` is empty, else a file in it that may be there."""

    folder: Folder
    name: str = ""


def plain_path(path: bytes) -> bytes:
    """Return a path from `/` without `.` and `..`, none of which leads above `/`."""
    joined = posixpath.normpath(posixpath.join(b"/", path[:PATH_BYTES_MAX]))
    return b"/" + joined.lstrip(b"/")


def place_of(path: bytes) -> Place:
    """Return what a path names. Raises the refusals that a client is told."""
    if len(path) > PATH_BYTES_MAX or b"\0" in path:
        raise SFTPNoSuchFile("there is no such path")
    plain = plain_path(path)
    for folder in Folder:
        if plain == folder.encode():
            return Place(folder=folder)
    head, tail = posixpath.split(plain)
    for folder in (Folder.INBOX, Folder.OUTBOX):
        if head == folder.encode():
            return Place(folder=folder, name=_name(tail))
    raise SFTPNoSuchFile("there is nothing here but /inbox and /outbox, and no folders in them")


def _name(raw: bytes) -> str:
    try:
        name = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise SFTPPermissionDenied("a file's name is written in UTF-8") from None
    if len(raw) > NAME_BYTES_MAX:
        raise SFTPPermissionDenied(f"a file's name has at most {NAME_BYTES_MAX} bytes")
    if not name.isprintable() or "\\" in name:
        raise SFTPPermissionDenied("a file's name has no control signs and no backslash in it")
    return name


def finished_name(name: str) -> str:
    """Return what an unfinished name will most likely become."""
    folded = name.casefold()
    ending = next((each for each in ENDINGS if folded.endswith(each)), "")
    bare = name[: len(name) - len(ending)]
    # As lftp names what it writes: `.in.stock.csv.`
    return bare.removeprefix(".in.").strip(".") if bare.startswith(".") else bare
