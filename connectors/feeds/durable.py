"""Renames and writes that a power cut cannot halve, and the disk's errors as ours."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from .errors import FoldersUnavailable


TEMPORARY_ENDING = ".part"
"""What is still being written; the inbox passes such names over, and so do other programs."""


@contextmanager
def disk_errors(doing: str) -> Iterator[None]:
    """Turn what the operating system says into `FoldersUnavailable`."""
    try:
        yield
    except OSError as fault:
        raise FoldersUnavailable(f"{doing}: {fault.strerror or fault}") from fault


def sync(path: Path) -> None:
    """Have a file's content, or a folder's names, reach the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all, in place of any of that name."""
    temporary = path.with_name(f".{uuid4().hex}{TEMPORARY_ENDING}")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync(path.parent)
