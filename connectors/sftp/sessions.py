"""A channel on which SFTP is spoken, and a file that was cut off is told from a whole one.

asyncssh closes what a lost client had open by the same call that a client's own CLOSE makes. So
the end of a session is caught here, before those calls: from then on nothing that is closed is
whole. It ends so whether the connection broke, the client closed its side without a word (as
`ssh` does when `sftp` is killed), or sent what nobody can read.
"""

from collections.abc import Callable
from typing import cast

from asyncssh import ChannelOpenError, SSHReader, SSHServerChannel, SSHWriter
from asyncssh.constants import (
    FXP_CLOSE,
    FXP_FSETSTAT,
    FXP_FSTAT,
    FXP_LSTAT,
    FXP_OPEN,
    FXP_OPENDIR,
    FXP_READ,
    FXP_READDIR,
    FXP_REALPATH,
    FXP_REMOVE,
    FXP_RENAME,
    FXP_SETSTAT,
    FXP_STAT,
    FXP_WRITE,
    OPEN_CONNECT_FAILED,
)
from asyncssh.sftp import SFTPServerHandler
from asyncssh.stream import SSHServerStreamSession

from .jail import Jail


SFTP_VERSION = 3
"""The one that every client speaks; the later ones have links and locks more."""

POSIX_RENAME = b"posix-rename@openssh.com"
"""By which OpenSSH's client renames where it is announced."""

ALLOWED = frozenset(
    {
        FXP_CLOSE,
        FXP_FSETSTAT,
        FXP_FSTAT,
        FXP_LSTAT,
        FXP_OPEN,
        FXP_OPENDIR,
        FXP_READ,
        FXP_READDIR,
        FXP_REALPATH,
        FXP_REMOVE,
        FXP_RENAME,
        FXP_SETSTAT,
        FXP_STAT,
        FXP_WRITE,
        POSIX_RENAME,
    }
)
"""The requests that are looked at; every other is answered as unsupported."""


class DropHandler(SFTPServerHandler):
    """The protocol of one session."""

    def __init__(self, jail: Jail, reader: "SSHReader[bytes]", writer: "SSHWriter[bytes]") -> None:
        """Speak for a jail."""
        super().__init__(jail, reader, writer, SFTP_VERSION)
        self._jail = jail
        self._extensions = [(POSIX_RENAME, b"1")]
        self._packet_handlers = {
            kind: handler for kind, handler in self._packet_handlers.items() if kind in ALLOWED
        }

    async def _cleanup(self, exc: Exception | None) -> None:
        self._jail.cut()
        await super()._cleanup(exc)


class DropSession(SSHServerStreamSession[bytes]):
    """A channel of a partner's connection: SFTP, no shell, no command."""

    def __init__(
        self,
        jail_on: Callable[["SSHServerChannel[bytes]"], Jail],
        ended: Callable[[], None],
    ) -> None:
        """Make the jail when the session starts; `ended` is told of its end."""
        super().__init__(None)
        self._jail_on = jail_on
        self._ended = ended

    def subsystem_requested(self, subsystem: str) -> bool:
        """Take SFTP and nothing else."""
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Begin to answer."""
        if self._chan is None or self._conn is None:
            raise ChannelOpenError(OPEN_CONNECT_FAILED, "the channel is not there")
        reader, writer = SSHReader[bytes](self, self._chan), SSHWriter[bytes](self, self._chan)
        channel = cast("SSHServerChannel[bytes]", self._chan)
        handler = DropHandler(self._jail_on(channel), reader, writer)
        self._conn.create_task(handler.run(), reader.logger)

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that the channel has ended."""
        super().connection_lost(exc)
        self._ended()
