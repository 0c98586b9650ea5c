"""Where a partner's uploads land: its files on the way, its limits, and what it may ask of them.

Theory of operation
-------------------
An upload is written under a hidden name of ours. Once its sender has closed it, it is one of three
things, and a name is looked for in this order:

    pending   whole, under an unfinished name, until its sender renames it
    waiting   handed over and not taken yet: the newest of that name
    taken     taken by its feed a moment ago; of it only size and time are known still

So a client that asks for the size of what it has just sent finds it, however fast the feed was.
All of it blocks, is called in threads, and may be shared by them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from uuid import uuid4

from asyncssh import (
    SFTPFileAlreadyExists,
    SFTPNoSuchFile,
    SFTPPermissionDenied,
    SFTPQuotaExceeded,
)

from reconciliation.quantities import Instant

from ..unfinished_names import is_unfinished
from .held import PENDING_S, Held, Remembered, waiting_in
from .slots import Slot, slot_for
from .upload import Upload


MARK = ".drop.part"
"""How a file ends that is written here: hidden, and told from what others write beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingLimits:
    """How many files of a partner may be on the way or wait at once, and their bytes together."""

    files_max: int
    bytes_max: int


class Landing:
    """The landing place of one partner."""

    def __init__(
        self,
        slots: Sequence[Slot],
        *,
        limits: LandingLimits,
        clock: Callable[[], Instant],
        landed: Callable[[str], None],
    ) -> None:
        """Join the partner's feeds, in the order in which they choose their files.

        `landed` is told of a feed that has something to take.
        """
        self._slots = tuple(slots)
        self._limits = limits
        self._clock = clock
        self._landed = landed
        self._uploads: set[Upload] = set()
        self._pending: dict[str, Held] = {}
        self._taken = Remembered()
        self._waiting_bytes = 0
        self._lock = RLock()

    @property
    def is_busy(self) -> bool:
        """Tell whether a file is on its way in."""
        return bool(self._uploads)

    def clear(self) -> None:
        """Remove what a server that was killed has left half written. Raises `TryLater`."""
        for slot in self._slots:
            slot.arrivals.clear(MARK)

    def open(self, name: str, *, exclusive: bool) -> Upload:
        """Begin a file. Raises the refusals that a client is told."""
        with self._lock:
            if exclusive and self.find(name) is not None:
                raise SFTPFileAlreadyExists(f"{name} is there already")
            slot = slot_for(name, self._slots)
            self._require_room_for_one()
            path = slot.arrivals.arriving / f".{uuid4().hex}{MARK}"
            upload = Upload(path, name, slot)
            self._uploads.add(upload)
            return upload

    def require_room(self, upload: Upload, bytes_after: int) -> None:
        """Refuse what would make a file, or all that waits, larger than it may be."""
        most = upload.slot.bytes_max
        if bytes_after > most:
            raise SFTPQuotaExceeded(f"a file has at most {most} bytes: split the export")
        others = sum(each.bytes_found for each in self._uploads.copy() if each is not upload)
        if self._waiting_bytes + others + bytes_after > self._limits.bytes_max:
            raise SFTPQuotaExceeded(
                f"at most {self._limits.bytes_max} bytes may wait: send it when some were taken"
            )

    def finish(self, upload: Upload) -> None:
        """Take a file that its sender has closed. Raises what keeps it from being taken."""
        try:
            upload.close()
            held = Held(
                name=upload.name,
                feed=upload.slot.feed,
                bytes_found=upload.bytes_found,
                at=Instant(upload.path.stat().st_mtime),
                path=upload.path,
            )
            with self._lock:
                if is_unfinished(held.name):
                    self._hold(held)
                else:
                    self._hand_over(held, upload.path, upload.slot)
                self._uploads.discard(upload)
                # Until the next is opened, and all that waits is looked at again.
                self._waiting_bytes += held.bytes_found
        except BaseException:
            self.abandon(upload)
            raise
        if not is_unfinished(held.name):
            self._landed(held.feed)

    def abandon(self, upload: Upload) -> None:
        """Remove a file that will never be whole."""
        with self._lock:
            self._uploads.discard(upload)
        upload.discard()

    def abandon_all(self) -> None:
        """Remove every file that is still on its way: nobody will send the rest."""
        for upload in self._uploads.copy():
            self.abandon(upload)

    def find(self, name: str) -> Held | None:
        """Return what a name stands for, None where it stands for nothing."""
        with self._lock:
            pending = self._pending.get(name)
            if pending is not None:
                return pending
            waiting = [each for each in waiting_in(self._slots) if each.name == name]
            return waiting[-1] if waiting else self._taken.find(name, now=self._clock())

    def listed(self) -> tuple[Held, ...]:
        """Return what is pending and what waits, by name: the newest of several versions."""
        with self._lock:
            found = {each.name: each for each in (*waiting_in(self._slots), *self._kept())}
        return tuple(found[name] for name in sorted(found))

    def rename(self, old: str, new: str) -> None:
        """Give a file another name, which may finish it. Raises the refusals that are told."""
        with self._lock:
            held = self.find(old)
            if held is None:
                raise SFTPNoSuchFile(f"there is no {old}")
            slot = slot_for(new, self._slots)
            renamed = replace(held, name=new, feed=slot.feed)
            if held is self._pending.get(old):
                is_landed = self._rename_pending(old, renamed, slot)
            else:
                is_landed = self._rename_whole(held, renamed, slot)
        if is_landed:
            self._landed(slot.feed)

    def _rename_pending(self, old: str, renamed: Held, slot: Slot) -> bool:
        """Rename what waits for its last name; tell whether it was that."""
        finishes = not is_unfinished(renamed.name)
        if finishes and renamed.path is not None:
            self._hand_over(renamed, renamed.path, slot)
        else:
            self._hold(renamed)
        if old != renamed.name:
            del self._pending[old]
        return finishes

    def _rename_whole(self, held: Held, renamed: Held, slot: Slot) -> bool:
        """Rename what its feed may be taking; tell whether it waits still."""
        if is_unfinished(renamed.name) or slot.feed != held.feed:
            raise SFTPPermissionDenied(
                f"{held.name} is whole and its feed may have taken it: send another file instead"
            )
        # What was taken in the meantime was taken whole, and its sender need not know of it.
        waits = held.path is not None and slot.arrivals.rename(held.path, renamed.name)
        self._taken.add(replace(renamed, path=None), now=self._clock())
        return waits

    def _hold(self, held: Held) -> None:
        """Keep a whole file until it gets its last name, in place of any before it."""
        before = self._pending.get(held.name)
        self._pending[held.name] = held
        if before is not None and before.path not in {None, held.path}:
            _remove(before)

    def _hand_over(self, held: Held, path: Path, slot: Slot) -> None:
        slot.arrivals.arrive(path, held.name)
        self._taken.add(replace(held, path=None), now=self._clock())

    def _kept(self) -> Iterator[Held]:
        """Yield what is pending, and remove what was for too long."""
        oldest = self._clock() - PENDING_S
        for name, held in tuple(self._pending.items()):
            if held.at < oldest:
                _remove(self._pending.pop(name))
            else:
                yield held

    def _require_room_for_one(self) -> None:
        held = (*waiting_in(self._slots), *self._kept())
        self._waiting_bytes = sum(each.bytes_found for each in held)
        if len(held) + len(self._uploads) >= self._limits.files_max:
            raise SFTPQuotaExceeded(
                f"at most {self._limits.files_max} files may wait: send it when some were taken"
            )


def _remove(held: Held) -> None:
    if held.path is not None:
        held.path.unlink(missing_ok=True)
