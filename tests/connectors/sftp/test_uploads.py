"""What a partner sends is taken when it is whole, and every common client's way of sending works.

lftp itself is not tried: its sequence of calls is spoken by a raw client (a temporary name
`.in.NAME.`, the times set, a stat, the rename).
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import asyncssh
import paramiko  # type: ignore[import-untyped]  # its types are a package that we do not lock
import pytest
from asyncssh import SFTPAttrs, SFTPError

from .batches import SPEAKERS, Speaker
from .drop_rig import STOCK, Drop, Partner, dropped_at, send, session


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def test_an_upload_is_taken_when_it_is_closed(drop: Drop, north: Partner) -> None:
    """And its feed is told that there is something to take."""

    async def upload() -> None:
        async with session(drop, north) as client:
            await send(client, "/inbox/stock.csv")

    asyncio.run(upload())

    assert drop.arrived() == [("stock.csv", STOCK)]
    assert (drop.landed, drop.uploads) == (["east"], [("north", "taken")])


def test_an_upload_is_not_seen_while_it_is_written(drop: Drop, north: Partner) -> None:
    """Neither by its feed nor in the list."""

    async def upload() -> tuple[list[tuple[str, bytes]], Sequence[str]]:
        async with session(drop, north) as client, client.open("/inbox/stock.csv", "wb") as file:
            await file.write(STOCK)
            return drop.arrived(), await client.listdir("/inbox")

    assert asyncio.run(upload()) == ([], [".", ".."])


def test_an_empty_file_is_taken(drop: Drop, north: Partner) -> None:
    """What it is worth is for its feed to say, which tells the partner."""

    async def upload() -> None:
        async with session(drop, north) as client:
            await send(client, "/inbox/stock.csv", b"")

    asyncio.run(upload())

    assert drop.arrived() == [("stock.csv", b"")]


def test_pieces_may_come_in_any_order(drop: Drop, north: Partner) -> None:
    """Some clients send several at once."""
    pieces = [(bytes([number]) * 40_000, number * 40_000) for number in range(20)]

    async def upload() -> None:
        async with session(drop, north) as client, client.open("/inbox/a.csv", "wb") as file:
            for piece, offset in (*pieces[1::2], *pieces[::2]):
                await file.write(piece, offset)

    asyncio.run(upload())

    assert drop.arrived() == [("a.csv", b"".join(piece for piece, _ in pieces))]


def test_a_file_with_a_hole_is_not_taken(drop: Drop, north: Partner) -> None:
    """A client that resumes what was cut off would leave one."""

    async def upload() -> None:
        async with session(drop, north) as client, client.open("/inbox/a.csv", "wb") as file:
            await file.write(b"end", 1_000)

    with pytest.raises(SFTPError, match="never sent"):
        asyncio.run(upload())
    assert (drop.arrived(), drop.on_the_way()) == ([], [])


@pytest.mark.parametrize("name", ["a.csv.filepart", "a.csv.tmp", ".in.a.csv.", ".a.csv.Xy12"])
def test_an_unfinished_name_is_held_until_it_is_renamed(
    drop: Drop, north: Partner, name: str
) -> None:
    """Meanwhile its sender sees it, and its feed does not."""

    async def upload() -> tuple[int | None, bool]:
        async with session(drop, north) as client:
            await send(client, f"/inbox/{name}")
            size = (await client.stat(f"/inbox/{name}")).size
            is_listed = name in await client.listdir("/inbox")
            assert drop.arrived() == []
            await client.rename(f"/inbox/{name}", "/inbox/a.csv")
            return size, is_listed

    assert asyncio.run(upload()) == (len(STOCK), True)
    assert (drop.arrived(), drop.landed) == ([("a.csv", STOCK)], ["east"])


def test_a_client_that_looks_back_finds_what_was_taken_already(drop: Drop, north: Partner) -> None:
    """The feed may be faster than the question."""

    async def upload() -> int | None:
        async with session(drop, north) as client:
            await send(client, "/inbox/stock.csv")
            (path,) = drop.arrivals().waiting()
            path.unlink()
            return (await client.stat("/inbox/stock.csv")).size

    assert asyncio.run(upload()) == len(STOCK)


def test_a_file_is_renamed_though_its_feed_has_it_already(drop: Drop, north: Partner) -> None:
    """Its content is in: the sender need not send it again."""

    async def upload() -> int | None:
        async with session(drop, north) as client:
            await send(client, "/inbox/upload.csv")
            (path,) = drop.arrivals().waiting()
            path.unlink()
            await client.posix_rename("/inbox/upload.csv", "/inbox/stock.csv")
            return (await client.stat("/inbox/stock.csv")).size

    assert asyncio.run(upload()) == len(STOCK)


def test_a_name_that_waits_is_not_overwritten(drop: Drop, north: Partner) -> None:
    """The second is another version behind it."""

    async def upload() -> None:
        async with session(drop, north) as client:
            await send(client, "/inbox/stock.csv", b"old")
            await send(client, "/inbox/stock.csv", b"new")

    asyncio.run(upload())

    assert drop.arrived() == [("stock.csv", b"old"), ("stock.csv", b"new")]


def test_files_go_to_the_first_feed_that_takes_their_name(tmp_path: Path) -> None:
    """In whatever letter case."""
    north = Partner("north", feeds={"west": "west*.csv", "east": "*"})

    async def upload(drop: Drop) -> None:
        async with session(drop, north) as client:
            await send(client, "/inbox/WEST-1.CSV", b"w")
            await send(client, "/inbox/other.csv", b"o")

    with dropped_at(Drop(tmp_path, [north])) as drop:
        asyncio.run(upload(drop))
        assert (drop.arrived("west"), drop.arrived("east")) == (
            [("WEST-1.CSV", b"w")],
            [("other.csv", b"o")],
        )


def test_a_name_that_no_feed_takes_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    """With the names that are taken."""
    north = Partner("north", feeds={"west": "west*.csv"})

    async def upload(drop: Drop) -> None:
        async with session(drop, north) as client:
            await send(client, "/inbox/east.csv")

    with (
        dropped_at(Drop(tmp_path, [north])) as drop,
        pytest.raises(SFTPError, match=r"names taken: west\*\.csv"),
    ):
        asyncio.run(upload(drop))


def test_partners_do_not_see_each_other(tmp_path: Path) -> None:
    """Neither what waits nor what was told."""
    north, south = Partner("north"), Partner("south", feeds={"south": "*"})

    async def upload(drop: Drop) -> list[str]:
        async with session(drop, north) as client:
            await send(client, "/inbox/stock.csv")
        async with session(drop, south) as client:
            return [*await client.listdir("/inbox"), *await client.listdir("/outbox")]

    with dropped_at(Drop(tmp_path, [north, south])) as drop:
        (drop.outbox("east") / "stock.csv.rejects.csv").write_bytes(b"row")
        assert asyncio.run(upload(drop)) == [".", "..", ".", ".."]


# -- clients ------------------------------------------------------------------------------------


@pytest.mark.parametrize("speak", SPEAKERS)
def test_a_batch_puts_files(drop: Drop, north: Partner, tmp_path: Path, speak: Speaker) -> None:
    """Plainly, with their times, and under a name that is changed; then it lists them."""
    (tmp_path / "a.csv").write_bytes(STOCK * 10_000)
    name = tmp_path / "a.csv"

    answers = speak(
        drop,
        north,
        [
            "cd /inbox",
            f"put {name}",
            f"put -p {name} b.csv",
            f"put {name} c.csv.filepart",
            "rename c.csv.filepart c.csv",
            "ls .",
        ],
    )

    assert answers.failed == []
    assert "c.csv" in answers.said
    assert drop.arrived() == [(each, STOCK * 10_000) for each in ("a.csv", "b.csv", "c.csv")]


@pytest.mark.parametrize("speak", SPEAKERS)
def test_a_batch_gets_and_removes_a_receipt(
    drop: Drop, north: Partner, tmp_path: Path, speak: Speaker
) -> None:
    """What comes back is in /outbox."""
    (drop.outbox() / "a.csv.rejects.csv").write_bytes(b"row")

    answers = speak(
        drop,
        north,
        [f"get /outbox/a.csv.rejects.csv {tmp_path}/got", "rm /outbox/a.csv.rejects.csv"],
    )

    assert answers.failed == []
    assert (tmp_path / "got").read_bytes() == b"row"
    assert list(drop.outbox().iterdir()) == []


def test_paramiko_puts_a_file_and_checks_its_size(
    drop: Drop, north: Partner, tmp_path: Path
) -> None:
    """`put` asks for the size after it has closed, and fails where that is another."""
    (tmp_path / "a.csv").write_bytes(STOCK * 10_000)
    pem = tmp_path / "paramiko.key"
    north.key.write_private_key(pem)

    with (
        paramiko.Transport(("127.0.0.1", drop.server.port)) as transport,
    ):
        transport.connect(
            username=north.name, pkey=paramiko.Ed25519Key.from_private_key_file(str(pem))
        )
        client = paramiko.SFTPClient.from_transport(transport)
        assert client is not None
        told = client.put(str(tmp_path / "a.csv"), "/inbox/a.csv", confirm=True)
        client.utime("/inbox/a.csv", (1_000, 1_000))
        client.close()

    assert told.st_size == len(STOCK) * 10_000
    assert drop.arrived() == [("a.csv", STOCK * 10_000)]


def test_the_calls_of_lftp_work(drop: Drop, north: Partner) -> None:
    """A temporary name, the times while it is open and after, a stat, and the rename."""

    async def put() -> int | None:
        async with session(drop, north) as client:
            file = await client.open("/inbox/.in.a.csv.", "wb")
            await file.write(STOCK)
            await file.setstat(SFTPAttrs(atime=1_000, mtime=1_000))
            await file.close()
            await client.setstat("/inbox/.in.a.csv.", SFTPAttrs(atime=1_000, mtime=1_000))
            await client.rename("/inbox/.in.a.csv.", "/inbox/a.csv")
            return (await client.stat("/inbox/a.csv")).size

    assert asyncio.run(put()) == len(STOCK)
    (path,) = drop.arrivals().waiting()
    assert path.stat().st_mtime > 1_000


def test_asyncssh_copies_a_large_file(drop: Drop, north: Partner, tmp_path: Path) -> None:
    """With many pieces on the way at once."""
    content = bytes(range(256)) * 20_000
    (tmp_path / "large.csv").write_bytes(content)

    async def put() -> None:
        async with session(drop, north) as client:
            await client.put(tmp_path / "large.csv", "/inbox/large.csv", preserve=True)

    asyncio.run(put())

    assert drop.arrived() == [("large.csv", content)]


def test_a_whole_file_survives_that_its_sender_leaves_at_once(drop: Drop, north: Partner) -> None:
    """The close was sent: that nobody waits for the answer takes nothing away."""

    async def upload() -> None:
        async with session(drop, north) as client:
            file = await client.open("/inbox/stock.csv", "wb")
            await file.write(STOCK)
            closing = asyncio.create_task(file.close())
            await asyncio.sleep(0)
            closing.cancel()
        assert isinstance(client, asyncssh.SFTPClient)

    asyncio.run(upload())
    drop.server.stop()

    assert drop.arrived() == [("stock.csv", STOCK)]
