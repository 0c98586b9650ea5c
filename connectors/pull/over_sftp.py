"""A partner's SFTP server: its host key is pinned, and we log in by a key.

Each call opens a connection, is given a time for all of it, and closes it. The loop that it needs
is its own, so callers stay synchronous.
"""

import asyncio
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import IO, TypeVar

import asyncssh
from asyncssh import SFTPAttrs, SFTPClient, SFTPName, SSHKey

from reconciliation.quantities import Instant

from .errors import (
    BadAnswer,
    FileChanging,
    HostKeyRefused,
    LoginRefused,
    PlaceRefused,
    SourceAway,
)
from .source import (
    FILES_LISTED_MAX,
    PART_BYTES,
    Fetched,
    Keeping,
    Mark,
    RemoteFile,
    oldest_first,
    require_size,
)


CONNECT_S = 15.0
"""How long connection and login may take: whoever needs longer is down."""

KEEPALIVE_S = 15.0

FINGERPRINT = "SHA256:"
"""How the fingerprint of a key begins, as `ssh-keygen -l` shows it."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class SftpPlace:
    """A folder of a server, and how it is entered.

    `host_key` is what is pinned: `SHA256:...`, or a public key as a line of OpenSSH. `call_s` is
    the longest that a listing or a file may take. Raises `ValueError` for a pin that is none.
    """

    host: str
    port: int = 22
    folder: str = "."
    user: str
    private_key: str = field(repr=False)
    host_key: str
    call_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse a pin that no key could ever meet, and a key that is none."""
        fingerprint_of(self.host_key)
        read_key(self.private_key)


def fingerprint_of(pin: str) -> str:
    """Return the fingerprint that a pin means. Raises `ValueError`."""
    if pin.startswith(FINGERPRINT) and len(pin) == len(FINGERPRINT) + 43:
        return pin
    try:
        return asyncssh.import_public_key(pin).get_fingerprint()
    except asyncssh.KeyImportError as fault:
        raise ValueError(
            "a host key is pinned by SHA256:... or by its public key, as `ssh-keyscan` shows it"
        ) from fault


def read_key(text: str) -> SSHKey:
    """Return a private key. Raises `ValueError`, which does not quote it."""
    try:
        return asyncssh.import_private_key(f"{text.strip()}\n")
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        raise ValueError("this is no private key that can be read without a passphrase") from None


class _Doorkeeper(asyncssh.SSHClient):
    """Knows the one key that is let pass, and remembers which was shown."""

    def __init__(self, fingerprint: str) -> None:
        self._fingerprint = fingerprint
        self.shown = ""

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002 - the library's signature
        addr: str,  # noqa: ARG002 - the library's signature
        port: int,  # noqa: ARG002 - the library's signature
        key: SSHKey,
    ) -> bool:
        """Tell whether a server's key is the pinned one."""
        self.shown = key.get_fingerprint()
        return self.shown == self._fingerprint


class SftpSource:
    """The plain files of a folder on a server; links and folders are passed over."""

    def __init__(self, place: SftpPlace, *, bytes_max: int) -> None:
        """Keep where; nothing is called yet."""
        self._place = place
        self._bytes_max = bytes_max

    def listing(self) -> tuple[RemoteFile, ...]:
        """Return the files that are there, the longest unchanged first."""
        return self._bounded(self._list)

    def fetch(
        self,
        file: RemoteFile,
        into: IO[bytes],
        *,
        known: Mark,  # noqa: ARG002 - the protocol's: the listing has said it already
    ) -> Fetched | None:
        """Write a file's content, if it is the same before and after."""
        require_size(file.name, file.mark.size_bytes, self._bytes_max)
        keeping = Keeping(into=into, name=file.name, bytes_max=self._bytes_max)
        return self._bounded(lambda: self._fetch(file.name, keeping))

    def _bounded(self, call: Callable[[], Awaitable[Answer]]) -> Answer:
        async def in_time() -> Answer:
            async with asyncio.timeout(self._place.call_s):
                return await call()

        try:
            return asyncio.run(in_time())
        except TimeoutError as fault:
            raise SourceAway(f"{self._where} took more than {self._place.call_s:g} s") from fault
        except asyncssh.SFTPError as fault:
            raise self._translated(fault) from fault
        except (OSError, asyncssh.Error) as fault:
            raise SourceAway(f"{self._where}: {type(fault).__name__}: {fault}") from fault

    @property
    def _where(self) -> str:
        return f"sftp://{self._place.host}:{self._place.port}"

    def _translated(self, fault: asyncssh.SFTPError) -> Exception:
        match fault:
            case asyncssh.SFTPNoSuchFile() | asyncssh.SFTPNoSuchPath():
                return PlaceRefused(
                    f"{self._where}: {fault.reason}: mend the path of the feed's url"
                )
            case asyncssh.SFTPPermissionDenied():
                return LoginRefused(f"{self._where} does not let {self._place.user!r} at the file")
            case _:
                return SourceAway(f"{self._where}: {type(fault).__name__}: {fault.reason}")

    async def _list(self) -> tuple[RemoteFile, ...]:
        async with self._client() as client:
            found = await _first(client.scandir(self._place.folder), FILES_LISTED_MAX + 3)
        names = [(_text(each.filename), each.attrs) for each in found]
        return oldest_first([_remote(name, attrs) for name, attrs in names if _is_plain(attrs)])

    async def _fetch(self, name: str, keeping: Keeping) -> Fetched:
        path = f"{self._place.folder.rstrip('/')}/{name}"
        async with self._client() as client:
            before = await client.lstat(path)
            if not _is_plain(before):
                raise PlaceRefused(f"{self._where}: {name!r} is no plain file")
            async with client.open(path, "rb") as file:
                while part := await file.read(PART_BYTES):
                    keeping.take(part)  # type: ignore[arg-type]  # opened for bytes, it gives bytes
            after = await client.lstat(path)
        remote = _remote(name, before)
        if remote != _remote(name, after) or keeping.bytes_found != before.size:
            raise FileChanging(f"{self._where}: {name!r} was written to while it was fetched")
        return keeping.fetched(remote.mark, remote.modified_at)

    @asynccontextmanager
    async def _client(self) -> AsyncIterator[SFTPClient]:
        place = self._place
        keeper = _Doorkeeper(fingerprint_of(place.host_key))
        try:
            connection = await asyncssh.connect(
                place.host,
                place.port,
                username=place.user,
                client_keys=[read_key(place.private_key)],
                client_factory=lambda: keeper,
                # None are known but the one that the doorkeeper knows.
                known_hosts=([], [], []),
                config=None,
                agent_path=None,
                preferred_auth="publickey",
                connect_timeout=CONNECT_S,
                login_timeout=CONNECT_S,
                keepalive_interval=KEEPALIVE_S,
            )
        except asyncssh.HostKeyNotVerifiable as fault:
            raise self._stranger(keeper.shown) from fault
        except asyncssh.PermissionDenied as fault:
            raise LoginRefused(
                f"{self._where} does not let {place.user!r} in by our key: "
                "have its public half entered there"
            ) from fault
        async with connection, connection.start_sftp_client() as client:
            yield client

    def _stranger(self, shown: str) -> HostKeyRefused:
        return HostKeyRefused(
            f"{self._where} shows the key {shown or '(none)'}, and pinned is "
            f"{fingerprint_of(self._place.host_key)}: ask the partner whether it has a new one, "
            "and pin that; nothing was fetched, and we have not logged in"
        )


async def _first(entries: AsyncIterator[SFTPName], most: int) -> list[SFTPName]:
    """Return the first entries; three more than may be files, for the folder and its parent."""
    found: list[SFTPName] = []
    async for each in entries:
        found.append(each)
        if len(found) >= most:
            break
    return found


def _text(name: bytes | str) -> str:
    try:
        return name.decode() if isinstance(name, bytes) else name
    except UnicodeDecodeError as fault:
        raise BadAnswer(f"the name {name!r} is no UTF-8: have the file renamed") from fault


def _is_plain(attrs: SFTPAttrs) -> bool:
    return attrs.permissions is not None and stat.S_ISREG(attrs.permissions)


def _remote(name: str, attrs: SFTPAttrs) -> RemoteFile:
    return RemoteFile(
        name=name,
        mark=Mark(size_bytes=attrs.size, modified="" if attrs.mtime is None else str(attrs.mtime)),
        modified_at=None if attrs.mtime is None else Instant(float(attrs.mtime)),
    )
