"""A drop on this machine: real folders, a real port, keys that were just made, and its clients."""

import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh
from asyncssh import SFTPClient, SSHClientConnection, SSHKey

from connectors.feeds.arrivals import Arrivals
from connectors.sftp.hall import HallLimits, Hooks, PartnerPlace
from connectors.sftp.host_key import host_key_at
from connectors.sftp.landing import Landing, LandingLimits
from connectors.sftp.outbox import Outbox
from connectors.sftp.partner_keys import PartnerKey
from connectors.sftp.server import DropOptions, DropServer
from connectors.sftp.slots import Slot
from reconciliation.quantities import Instant


STOCK = b"sku,quantity\nTEE,5\n"

MIB = 1024 * 1024


def now() -> Instant:
    """The real time: a drop's files have it."""
    return Instant(time.time())


def arrivals(folder: Path, feed: str = "east") -> Arrivals:
    """The arrivals of a feed below a drop's folder."""
    return Arrivals(folder / "feeds" / feed, clock=now)


def arrived(folder: Path, feed: str = "east") -> list[tuple[str, bytes]]:
    """The files that wait for a feed, the longest waiting first."""
    return [(path.name, path.read_bytes()) for path in arrivals(folder, feed).waiting()]


def on_the_way(folder: Path, feed: str = "east") -> list[Path]:
    """What lies where a feed's uploads are written."""
    return list(arrivals(folder, feed).arriving.iterdir())


@dataclass(slots=True)
class Partner:
    """A partner of the rig: its feeds by name with what each takes, and its keys."""

    name: str
    feeds: dict[str, str] = field(default_factory=lambda: {"east": "*"})
    key: SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    keys: list[PartnerKey] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Have the key opened with, until a test takes it away."""
        self.keys.append(PartnerKey(fingerprint=self.key.get_fingerprint()))


@dataclass(slots=True)
class Drop:
    """A server that listens on a port of this machine, and what it told."""

    folder: Path
    partners: Sequence[Partner]
    landing_limits: LandingLimits = field(
        default_factory=lambda: LandingLimits(files_max=20, bytes_max=64 * MIB)
    )
    hall_limits: HallLimits = field(
        default_factory=lambda: HallLimits(per_partner_max=8, inside_max=60, waiting_max=60)
    )
    bytes_max: int = 32 * MIB
    login_timeout_s: float = 20.0
    grace_s: float = 0.2
    landed: list[str] = field(default_factory=list)
    uploads: list[tuple[str, str]] = field(default_factory=list)
    logins: list[tuple[str, str]] = field(default_factory=list)
    server: DropServer = field(init=False)

    def __post_init__(self) -> None:
        """Take a free port."""
        self.server = DropServer(
            socket.create_server(("127.0.0.1", 0)),
            {each.name: self._place(each) for each in self.partners},
            hooks=Hooks(
                keys_of=lambda name: tuple(self.partner(name).keys),
                login=lambda name, how: self.logins.append((name, how)),
                upload=lambda name, how: self.uploads.append((name, how)),
            ),
            limits=self.hall_limits,
            options=DropOptions(
                host_key=host_key_at(self.folder / "host_key"),
                login_timeout_s=self.login_timeout_s,
                keepalive_s=15.0,
                grace_s=self.grace_s,
            ),
            clock=now,
        )

    def partner(self, name: str) -> Partner:
        """Return a partner of this rig."""
        return next(each for each in self.partners if each.name == name)

    def arrivals(self, feed: str = "east") -> Arrivals:
        """Return the arrivals of a feed."""
        return arrivals(self.folder, feed)

    def outbox(self, feed: str = "east") -> Path:
        """Return the outbox of a feed."""
        return self.folder / "feeds" / feed / "outbox"

    def arrived(self, feed: str = "east") -> list[tuple[str, bytes]]:
        """Return the files that wait for a feed, the longest waiting first."""
        return arrived(self.folder, feed)

    def on_the_way(self, feed: str = "east") -> list[Path]:
        """Return what lies where uploads are written."""
        return on_the_way(self.folder, feed)

    def _place(self, partner: Partner) -> PartnerPlace:
        slots = [self._slot(feed, names) for feed, names in partner.feeds.items()]
        return PartnerPlace(
            landing=Landing(
                slots, limits=self.landing_limits, clock=now, landed=self.landed.append
            ),
            outbox=Outbox(slots),
        )

    def _slot(self, feed: str, names: str) -> Slot:
        self.outbox(feed).mkdir(parents=True, exist_ok=True)
        return Slot(
            feed=feed,
            file_names=names,
            bytes_max=self.bytes_max,
            arrivals=self.arrivals(feed),
            outbox=self.outbox(feed),
        )


@contextmanager
def dropped_at(drop: Drop) -> Iterator[Drop]:
    """Serve while the context lasts."""
    drop.server.start()
    try:
        yield drop
    finally:
        drop.server.stop()


@asynccontextmanager
async def connected(
    drop: Drop, partner: Partner, *, key: SSHKey | None = None
) -> AsyncIterator[SSHClientConnection]:
    """Log in as a partner."""
    async with asyncssh.connect(
        "127.0.0.1",
        drop.server.port,
        username=partner.name,
        client_keys=[key or partner.key],
        known_hosts=None,
        config=None,
        agent_path=None,
    ) as connection:
        yield connection


@asynccontextmanager
async def session(drop: Drop, partner: Partner) -> AsyncIterator[SFTPClient]:
    """Log in as a partner and speak SFTP."""
    async with connected(drop, partner) as connection, connection.start_sftp_client() as client:
        yield client


async def send(client: SFTPClient, path: str, content: bytes = STOCK) -> None:
    """Send a file whole."""
    async with client.open(path, "wb") as file:
        await file.write(content)


def eventually(holds: Callable[[], bool], *, most_s: float = 10.0) -> bool:
    """Tell whether something comes to hold before long."""
    end = time.monotonic() + most_s
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True
