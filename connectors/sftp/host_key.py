"""The drop's own key: made on the first start, and the same for ever after.

Partners pin it. A new one looks to each of them like an attack, so it is never replaced by us:
what is there and cannot be used is a fault for a person.
"""

import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import asyncssh

from .algorithms import HOST_KEY


OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""Rights that nobody but the owner may have."""


class HostKeyUnusable(RuntimeError):
    """Raised where the key cannot be read or made; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


def host_key_at(path: Path) -> asyncssh.SSHKey:
    """Return the key of a file, made where there is none. Raises `HostKeyUnusable`."""
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & OTHERS:
            raise HostKeyUnusable(
                f"{path} may be read by others than its owner", f"run `chmod 600 {path}`"
            )
        return asyncssh.read_private_key(path)
    except OSError as fault:
        raise HostKeyUnusable(
            f"{path} cannot be read or made: {fault.strerror or fault}",
            "see to the folder's space and rights",
        ) from fault
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as fault:
        raise HostKeyUnusable(
            f"{path} holds no private key that can be read without a passphrase",
            "put the key back from a copy; a new one would frighten every partner",
        ) from fault


def _make(path: Path) -> None:
    """Write a new key, whole or not at all, and over none that another process has just made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = asyncssh.generate_private_key(HOST_KEY).export_private_key()
    hidden = path.with_name(f".{uuid4().hex}.part")
    handle = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(hidden, path)
    finally:
        hidden.unlink(missing_ok=True)
