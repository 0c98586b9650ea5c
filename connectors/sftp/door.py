"""Who comes in: one connection, from the first byte to its end.

Only a public key opens. Who is asked for, whether there is such a partner, and which key was shown
make no difference to what is answered.
"""

from asyncssh import (
    ChannelOpenError,
    SSHKey,
    SSHServer,
    SSHServerChannel,
    SSHServerConnection,
    SSHServerSession,
)
from asyncssh.constants import DISC_BY_APPLICATION, OPEN_RESOURCE_SHORTAGE

from .algorithms import SIGNATURES
from .hall import Hall
from .jail import Jail
from .sessions import DropSession


CHANNELS_MAX = 4
"""How many sessions one connection may hold; clients that share a connection open two."""

WINDOW_BYTES = 1024 * 1024
"""What a client may send before we have read it: a session costs no more memory."""


class Door(SSHServer):
    """One connection."""

    def __init__(self, hall: Hall) -> None:
        """Lead into a hall."""
        self._hall = hall
        self._connection: SSHServerConnection | None = None
        self._shown: tuple[str, str] | None = None
        self._channels = 0
        self.partner = ""
        self.fingerprint = ""
        self.address = ""

    def connection_made(self, conn: SSHServerConnection) -> None:
        """Wait for a key, for as long as others do not need the place."""
        self._connection = conn
        self.address = str((conn.get_extra_info("peername") or ("",))[0])
        self._hall.knocked(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the library's signature
        """Leave the hall."""
        self._hall.left(self)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - the library's signature
        """Ask everybody for a key."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Take public keys."""
        return True

    async def validate_public_key(self, username: str, key: SSHKey) -> bool:
        """Tell whether a key would open, or opens; whoever shows it must prove it afterwards."""
        fingerprint = key.get_fingerprint()
        if not await self._hall.opens(username, fingerprint, self.address):
            return False
        # The library tells clients which proofs we take, and then takes any that it knows.
        key.all_sig_algorithms = {each.encode() for each in SIGNATURES}
        # The last that was shown is the one that was proven, if any is.
        self._shown = (username, fingerprint)
        return True

    def auth_completed(self) -> None:
        """Let the partner in, if there is room."""
        self.partner, self.fingerprint = self._shown or ("", "")
        fault = self._hall.entered(self)
        if fault:
            self.show_out(fault)

    def session_requested(
        self,
    ) -> tuple["SSHServerChannel[bytes]", "SSHServerSession[bytes]"]:
        """Open a channel for SFTP."""
        if self._connection is None or not self.partner or self._channels >= CHANNELS_MAX:
            raise ChannelOpenError(
                OPEN_RESOURCE_SHORTAGE, f"at most {CHANNELS_MAX} sessions share a connection"
            )
        self._channels += 1
        channel = self._connection.create_server_channel(encoding=None, window=WINDOW_BYTES)
        return channel, DropSession(self._jail_on, self._ended)

    def show_out(self, why: str) -> None:
        """End the connection, and say why."""
        if self._connection is not None:
            self._connection.disconnect(DISC_BY_APPLICATION, why)

    def drop(self) -> None:
        """End the connection without a word, at once."""
        if self._connection is not None:
            self._connection.abort()

    def _jail_on(self, channel: "SSHServerChannel[bytes]") -> Jail:
        return self._hall.jail(self.partner, channel)

    def _ended(self) -> None:
        self._channels -= 1
