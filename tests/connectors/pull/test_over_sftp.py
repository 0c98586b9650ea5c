"""A partner's SFTP server, a real one on this machine: known by its key, and read only."""

import asyncio
import io
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import asyncssh
import pytest
from asyncssh import SSHKey

from connectors.errors import NotAuthorised
from connectors.pull.errors import (
    FileChanging,
    HostKeyRefused,
    LoginRefused,
    PlaceRefused,
    SourceAway,
    TooLarge,
)
from connectors.pull.over_sftp import SftpPlace, SftpSource
from connectors.pull.source import Mark, Source

from .fetching import STOCK, content, names, only


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

KIND = "ssh-ed25519"


@dataclass(slots=True)
class PartnerServer:
    """A partner's server, its key, and the one key that it lets in."""

    folder: Path
    host_key: SSHKey = field(default_factory=lambda: asyncssh.generate_private_key(KIND))
    our_key: SSHKey = field(default_factory=lambda: asyncssh.generate_private_key(KIND))
    logins: list[str] = field(default_factory=list)
    port: int = 0

    def place(self, **changes: object) -> SftpPlace:
        """Return how this server is reached, with something changed."""
        values: dict[str, object] = {
            "host": "127.0.0.1",
            "port": self.port,
            "folder": str(self.folder),
            "user": "guard",
            "private_key": self.our_key.export_private_key().decode(),
            "host_key": self.host_key.get_fingerprint(),
            **changes,
        }
        # Reason of the ignore: the values are those of the fields above.
        return SftpPlace(**values)  # type: ignore[arg-type]  # see above

    def source(self, *, bytes_max: int = 1_000_000, **changes: object) -> SftpSource:
        """Return this server's folder as a source."""
        return SftpSource(self.place(**changes), bytes_max=bytes_max)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while the context lasts."""
        server = self

        class Door(asyncssh.SSHServer):
            """Lets one key in, and notes who asked."""

            def begin_auth(self, username: str) -> bool:
                """Note who asks."""
                server.logins.append(username)
                return True

            def public_key_auth_supported(self) -> bool:
                """Keys, and nothing else."""
                return True

            def validate_public_key(self, username: str, key: SSHKey) -> bool:
                """Tell whether it is the one key."""
                return username == "guard" and key == server.our_key.convert_to_public()

        async with await asyncssh.create_server(
            Door, "127.0.0.1", 0, server_host_keys=[self.host_key], sftp_factory=True
        ) as listener:
            self.port = listener.get_port()
            yield


@contextmanager
def served(server: PartnerServer) -> Iterator[PartnerServer]:
    """Serve in a thread of its own while the context lasts."""
    ready, loop = Event(), asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        async with server.serving():
            ready.set()
            await done.wait()

    thread = Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(10.0)
        yield server
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


@pytest.fixture
def partner(tmp_path: Path) -> Iterator[PartnerServer]:
    """A server with one file that has been there for long."""
    folder = tmp_path / "outgoing"
    folder.mkdir()
    write(folder, "stock.csv", STOCK)
    with served(PartnerServer(folder=folder)) as server:
        yield server


def write(folder: Path, name: str, text: bytes, *, at: float = 1_000.0) -> None:
    """Write a file, dated as told."""
    (folder / name).write_bytes(text)
    os.utime(folder / name, (at, at))


class Meanwhile(io.BytesIO):
    """Takes what is written, and has something done before."""

    def __init__(self, act: Callable[[], object]) -> None:
        """Keep what is done."""
        super().__init__()
        self._act = act

    def write(self, part: object, /) -> int:
        """Have it done."""
        self._act()
        return len(part) if isinstance(part, bytes) else 0


def failure(source: Source) -> Exception:
    """Return why a listing failed."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the tests look at what it is
        source.listing()
    return caught.value


def test_a_file_is_listed_with_its_mark(partner: PartnerServer) -> None:
    """Its size and its time, as the server has them."""
    file = only(partner.source())

    assert (file.name, file.mark) == ("stock.csv", Mark(size_bytes=len(STOCK), modified="1000"))


def test_a_file_is_fetched_whole(partner: PartnerServer) -> None:
    """Though it takes many reads."""
    large = os.urandom(700_000)
    write(partner.folder, "stock.csv", large)

    assert content(partner.source()) == large


def test_links_and_folders_are_passed_over(partner: PartnerServer) -> None:
    """Whatever they lead to."""
    (partner.folder / "link").symlink_to(partner.folder / "stock.csv")
    (partner.folder / "within").mkdir()

    assert names(partner.source()) == ["stock.csv"]


def test_a_server_may_be_pinned_by_its_public_key(partner: PartnerServer) -> None:
    """As `ssh-keyscan` shows it."""
    line = partner.host_key.export_public_key().decode()

    assert names(partner.source(host_key=line)) == ["stock.csv"]


def test_another_host_key_is_refused(partner: PartnerServer) -> None:
    """The error has both fingerprints, and says what to do; nobody has logged in."""
    pinned = asyncssh.generate_private_key(KIND).get_fingerprint()
    found = failure(partner.source(host_key=pinned))

    assert isinstance(found, HostKeyRefused)
    assert pinned in str(found)
    assert partner.host_key.get_fingerprint() in str(found)
    assert "ask the partner" in str(found)
    assert partner.logins == []


def test_a_key_that_the_server_does_not_know_is_refused(partner: PartnerServer) -> None:
    """That is for a person: trying again would not help."""
    stranger = asyncssh.generate_private_key(KIND).export_private_key().decode()
    found = failure(partner.source(private_key=stranger))

    assert isinstance(found, LoginRefused)
    assert isinstance(found, NotAuthorised)


def test_a_server_that_is_down_is_tried_later() -> None:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    down = PartnerServer(folder=Path("/"), port=port)

    assert isinstance(failure(down.source()), SourceAway)


def test_a_server_that_never_answers_is_given_up() -> None:
    """It takes the connection, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = PartnerServer(folder=Path("/"), port=silent.getsockname()[1])
        found = failure(server.source(call_s=0.3))

    assert isinstance(found, SourceAway)
    assert "took more than 0.3 s" in str(found)


def test_a_folder_that_is_not_there_is_named(partner: PartnerServer) -> None:
    """It is the path in our settings that is wrong."""
    found = failure(partner.source(folder=str(partner.folder / "nowhere")))

    assert isinstance(found, PlaceRefused)


@pytest.mark.parametrize("text", [STOCK, STOCK + b"HAT,1\n"], ids=["same size", "longer"])
def test_a_file_that_is_written_to_meanwhile_is_not_taken(
    partner: PartnerServer, text: bytes
) -> None:
    """By its time as well as by its size."""
    source = partner.source()
    file = only(source)
    into = Meanwhile(lambda: write(partner.folder, "stock.csv", text, at=2_000.0))

    with pytest.raises(FileChanging, match="written to"):
        source.fetch(file, into, known=Mark())


def test_a_file_that_is_too_large_is_not_fetched(partner: PartnerServer) -> None:
    """As soon as its size is known."""
    source = partner.source(bytes_max=len(STOCK) - 1)

    with pytest.raises(TooLarge, match="have it split"):
        content(source)


def test_a_file_that_grew_since_it_was_listed_is_cut_at_the_cap(partner: PartnerServer) -> None:
    """What the listing said is not relied on."""
    source = partner.source(bytes_max=len(STOCK))
    file = only(source)
    write(partner.folder, "stock.csv", STOCK * 2)

    with pytest.raises(TooLarge, match="have it split"):
        content(source, file)


@pytest.mark.parametrize("pin", ["", "MD5:00:11", "SHA256:short", "ssh-ed25519 nonsense"])
def test_a_pin_that_is_none_is_refused(partner: PartnerServer, pin: str) -> None:
    """A server that is known by nothing could be anybody."""
    with pytest.raises(ValueError, match="a host key is pinned by"):
        partner.place(host_key=pin)


def test_a_private_key_is_not_shown(partner: PartnerServer) -> None:
    """Neither by a place nor by the refusal of one."""
    with pytest.raises(ValueError, match="no private key") as caught:
        partner.place(private_key="canary")

    assert "PRIVATE" not in repr(partner.place())
    assert "canary" not in str(caught.value)
