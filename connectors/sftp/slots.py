"""A partner's feeds as the drop sees them: which names each takes, and where its files go."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

from asyncssh import SFTPPermissionDenied

from ..unfinished_names import is_unfinished
from .paths import finished_name


class ArrivalFolder(Protocol):
    """Where whole files are handed over to a feed; it fails by `connectors.errors`."""

    @property
    def arriving(self) -> Path:
        """Return the folder for what is being written, on the file system of the feed."""

    def arrive(self, temporary: Path, name: str) -> None:
        """Hand a whole file of `arriving` over under its sender's name, durably."""

    def waiting(self) -> tuple[Path, ...]:
        """Return the files that wait to be taken, the longest waiting first."""

    def rename(self, path: Path, name: str) -> bool:
        """Give a waiting file another name; False where it was taken in the meantime."""

    def clear(self, mark: str) -> None:
        """Remove what a server that is no more was writing, under names that hold its mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One feed: `file_names` is the pattern of what it takes, in any letter case."""

    feed: str
    file_names: str
    bytes_max: int
    arrivals: ArrivalFolder
    outbox: Path

    def takes(self, name: str) -> bool:
        """Tell whether a file of this name is for the feed."""
        return fnmatchcase(name.casefold(), self.file_names.casefold())


def slot_for(name: str, slots: Sequence[Slot]) -> Slot:
    """Return the first feed that takes a name; an unfinished name is judged by what it will be.

    What is to be renamed may begin under any name: its last name decides. Raises
    `SFTPPermissionDenied`, which says what names are taken.
    """
    judged = finished_name(name) if is_unfinished(name) else name
    found = next((each for each in slots if each.takes(judged)), None)
    if found is None and is_unfinished(name) and slots:
        return slots[0]
    if found is None:
        patterns = " or ".join(each.file_names for each in slots) or "none so far"
        raise SFTPPermissionDenied(f"no feed takes a file named {name}; names taken: {patterns}")
    return found
