"""No path and no operation leads out of a partner's two folders."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path

import asyncssh
import pytest
from asyncssh import SFTPAttrs, SFTPClient, SFTPError, SFTPServer

from connectors.sftp.jail import Jail

from .batches import SPEAKERS, Speaker
from .drop_rig import STOCK, Drop, Partner, connected, dropped_at, send, session
from .hostile_paths import HOSTILE_PATHS, OUTSIDE


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

CANARY = b"canary: nobody but us reads this"


@pytest.fixture
def guarded(drop: Drop) -> Drop:
    """A drop with things around it that nobody may read, change, move or remove."""
    for name in OUTSIDE:
        path = drop.folder / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(CANARY)
    (drop.folder / "got").mkdir()
    return drop


def surroundings(drop: Drop) -> dict[str, str]:
    """Everything below the drop's folder that is not the partner's, by content."""
    own = [drop.folder / "feeds" / "east" / each for each in ("arrived", "arriving", "outbox")]
    ours = {drop.folder / name for name in ("got", "north.key", "known_hosts", "payload")}
    return {
        str(path.relative_to(drop.folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(drop.folder.rglob("*"))
        if path.is_file() and not any(path.is_relative_to(each) for each in (*own, *ours))
    }


def leaked(drop: Drop) -> list[str]:
    """What the partner got that is not the partner's."""
    return [each.name for each in (drop.folder / "got").iterdir() if CANARY in each.read_bytes()]


def test_there_are_enough_hostile_paths() -> None:
    """The proof asks for two hundred."""
    assert len(set(HOSTILE_PATHS)) >= 200


async def _read(client: SFTPClient, path: str) -> bytes:
    async with client.open(path, "rb") as file:
        return await file.read()


def attempts(client: SFTPClient, path: str) -> list[Callable[[], Awaitable[object]]]:
    """Everything that a client can try with a path; `/inbox/mine.csv` is its own file."""
    return [
        lambda: send(client, path),
        lambda: _read(client, path),
        lambda: client.rename("/inbox/mine.csv.tmp", path),
        lambda: client.posix_rename("/inbox/mine.csv.tmp", path),
        lambda: client.rename(path, "/inbox/stolen.csv"),
        lambda: client.posix_rename(path, "/outbox/stolen.csv"),
        lambda: client.rename("/outbox/receipt.csv", path),
        lambda: client.remove(path),
        lambda: client.mkdir(path),
        lambda: client.rmdir(path),
        lambda: client.symlink(path, "/inbox/link.csv"),
        lambda: client.symlink("/inbox/mine.csv.tmp", path),
        lambda: client.link(path, "/inbox/link.csv"),
        lambda: client.readlink(path),
        lambda: client.setstat(path, SFTPAttrs(size=0)),
        lambda: client.setstat(path, SFTPAttrs(permissions=0o777)),
        lambda: client.chmod(path, 0o777),
        lambda: client.truncate(path, 0),
        lambda: client.statvfs(path),
        lambda: client.listdir(path),
        lambda: client.realpath(path),
        lambda: client.stat(path),
    ]


def test_a_raw_client_gets_nowhere(guarded: Drop, north: Partner) -> None:
    """With more than two hundred paths, each in every operation that there is."""
    (guarded.outbox() / "receipt.csv").write_bytes(b"row")
    before = surroundings(guarded)
    got: list[object] = []

    async def attack() -> None:
        async with session(guarded, north) as client:
            for path in HOSTILE_PATHS:
                await send(client, "/inbox/mine.csv.tmp", STOCK)
                for attempt in attempts(client, path):
                    try:
                        got.append(await attempt())
                    except (SFTPError, ValueError):
                        continue
                for arrived in guarded.arrivals().waiting():
                    assert arrived.read_bytes() == STOCK
                    arrived.unlink()

    asyncio.run(attack())

    assert surroundings(guarded) == before
    assert [each for each in got if CANARY in str(each).encode()] == []


@pytest.mark.parametrize("speak", SPEAKERS)
def test_a_batch_gets_nowhere(guarded: Drop, north: Partner, speak: Speaker) -> None:
    """The same paths by the commands that people have."""
    payload = guarded.folder / "payload"
    payload.write_bytes(STOCK)
    before = surroundings(guarded)
    writable = [each for each in HOSTILE_PATHS if each.isprintable() and 0 < len(each) < 1_000]

    answers = speak(
        guarded,
        north,
        [
            command
            for number, path in enumerate(writable)
            for quoted in ('"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"',)
            for command in (
                f"put {payload} {quoted}",
                f"get {quoted} {guarded.folder}/got/{number}",
                f"rename {quoted} /inbox/stolen.csv",
                f"rename /inbox/mine.csv {quoted}",
                f"rm {quoted}",
                f"symlink {quoted} /inbox/link.csv",
            )
        ],
    )

    assert len(answers.failed) >= len(writable)
    assert surroundings(guarded) == before
    assert leaked(guarded) == []


def test_a_name_that_only_looks_hostile_is_a_name(drop: Drop, north: Partner) -> None:
    """It is taken, and stays one file."""

    async def upload() -> None:
        async with session(drop, north) as client:
            await send(client, "/inbox/$(reboot); *.csv")

    asyncio.run(upload())

    assert drop.arrived() == [("$(reboot); *.csv", STOCK)]


def test_a_link_in_the_outbox_is_not_followed(guarded: Drop, north: Partner) -> None:
    """Neither a symbolic nor a hard one, whoever put it there."""
    (guarded.outbox() / "soft.csv").symlink_to(guarded.folder / "secret.txt")
    (guarded.outbox() / "hard.csv").hardlink_to(guarded.folder / "secret.txt")

    async def look() -> list[str]:
        async with session(guarded, north) as client:
            for name in ("soft.csv", "hard.csv"):
                with pytest.raises(SFTPError):
                    await _read(client, f"/outbox/{name}")
            return [str(each) for each in await client.listdir("/outbox")]

    assert asyncio.run(look()) == [".", ".."]


def test_every_operation_of_the_library_is_decided_here() -> None:
    """One that an update adds is not answered by the library's own file server."""
    harmless = {
        "channel",
        "connection",
        "convert_attrs",
        "env",
        "exit",
        "format_group",
        "format_longname",
        "format_user",
        "logger",
    }
    public = {name for name, _ in inspect.getmembers(SFTPServer) if not name.startswith("_")}

    assert public - harmless == public & set(vars(Jail))


def test_setting_times_is_answered_and_changes_nothing(drop: Drop, north: Partner) -> None:
    """Clients set them after every upload; the time of arrival is ours to tell."""

    async def upload() -> None:
        async with session(drop, north) as client:
            await send(client, "/inbox/stock.csv")
            await client.utime("/inbox/stock.csv", (1_000, 1_000))

    asyncio.run(upload())

    (path,) = drop.arrivals().waiting()
    assert path.stat().st_mtime > 1_000


@pytest.mark.parametrize("request_words", [{"command": "id"}, {}, {"subsystem": "shell"}])
def test_there_is_no_shell_and_no_command(
    drop: Drop, north: Partner, request_words: dict[str, str]
) -> None:
    """A channel is for SFTP."""

    async def ask() -> None:
        async with connected(drop, north) as connection:
            await connection.create_process(**request_words)

    with pytest.raises(asyncssh.ChannelOpenError):
        asyncio.run(ask())


def test_nothing_is_forwarded(drop: Drop, north: Partner) -> None:
    """Neither to a port here nor from one, and no terminal is given."""

    async def ask() -> None:
        async with connected(drop, north) as connection:
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_connection("127.0.0.1", drop.server.port)
            with pytest.raises(asyncssh.ChannelListenError):
                await connection.forward_remote_port("127.0.0.1", 0, "127.0.0.1", 9)
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.open_unix_connection("/tmp/socket")  # noqa: S108 - asked for and refused
            with pytest.raises(asyncssh.ChannelOpenError):
                await connection.create_process(term_type="xterm")

    asyncio.run(ask())


def test_no_extension_is_announced_but_one(drop: Drop, north: Partner) -> None:
    """OpenSSH's rename; not its links, its sync, nor the copying of data."""

    async def greet() -> bytes:
        async with connected(drop, north) as connection:
            writer, reader, _ = await connection.open_session(subsystem="sftp", encoding=None)
            writer.write(b"\0\0\0\x05\x01\0\0\0\x06")
            length = int.from_bytes(await reader.readexactly(4), "big")
            return bytes(await reader.readexactly(length))

    name = b"posix-rename@openssh.com"
    version = b"\x02\0\0\0\x03"
    assert asyncio.run(greet()) == version + len(name).to_bytes(4, "big") + name + b"\0\0\0\x011"


def test_unlisted_requests_are_answered_as_unsupported(tmp_path: Path) -> None:
    """Links, folders, locks and every extension, asked for in bytes."""
    north = Partner("north")
    unsupported = b"\0\0\0\x08"

    async def ask() -> list[bytes]:
        answers = []
        async with connected(drop, north) as connection:
            writer, reader, _ = await connection.open_session(subsystem="sftp", encoding=None)
            writer.write(b"\0\0\0\x05\x01\0\0\0\x03")
            await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
            for kind in (14, 15, 19, 20, 21, 22, 23, 99):
                writer.write(b"\0\0\0\x05" + bytes([kind]) + b"\0\0\0\x07")
                length = int.from_bytes(await reader.readexactly(4), "big")
                answers.append((await reader.readexactly(length))[5:9])
        return answers

    with dropped_at(Drop(tmp_path, [north])) as drop:
        assert asyncio.run(ask()) == [unsupported] * 8
