"""An upload that is cut off anywhere is never taken, and one that was closed is never lost.

A file is cut after each of its 256 pieces, by a connection that is reset and by a server that is
killed. It is twice as long as what is kept in memory of an upload.
"""

import asyncio
import os
import socket
import struct
from pathlib import Path

import asyncssh
import pytest
from asyncssh import SFTPClientFile, SSHClientConnection

from connectors.sftp.landing import LandingLimits

from .cut_line import CutLine, cut_line
from .drop_process import DropProcess, drop_process
from .drop_rig import (
    MIB,
    STOCK,
    Drop,
    Partner,
    arrived,
    connected,
    dropped_at,
    eventually,
    on_the_way,
    send,
    session,
)


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

PIECE = 2 * 1024
AT_ONCE = 32
ROUNDS = [range(first, first + AT_ONCE) for first in range(0, 256, AT_ONCE)]
CONTENT = os.urandom(256 * PIECE)


async def write_up_to(connection: SSHClientConnection, point: int) -> SFTPClientFile:
    """Send the first pieces of a file and leave it open."""
    client = await connection.start_sftp_client()
    file = await client.open(f"/inbox/{point}.csv", "wb")
    for start in range(0, point * PIECE, PIECE * 16):
        await file.write(CONTENT[start : min(start + PIECE * 16, point * PIECE)], start)
    return file


def reset(connection: SSHClientConnection) -> None:
    """Have the machine send a reset instead of a goodbye."""
    line: socket.socket = connection.get_extra_info("socket")
    # The library hands out a wrapper; the line itself is found by its number.
    with socket.socket(fileno=os.dup(line.fileno())) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.abort()


async def login(running: DropProcess, partner: Partner) -> SSHClientConnection:
    """Log in to a server of another process."""
    return await asyncssh.connect(
        "127.0.0.1",
        running.port,
        username=partner.name,
        client_keys=[partner.key],
        known_hosts=None,
        config=None,
        agent_path=None,
    )


async def cut_by_reset(running: DropProcess, partner: Partner, points: range) -> None:
    """Send up to each point, side by side, and break every connection."""

    async def cut(point: int) -> None:
        connection = await login(running, partner)
        await write_up_to(connection, point)
        reset(connection)
        await connection.wait_closed()

    await asyncio.gather(*(cut(point) for point in points))


def test_an_upload_cut_by_a_reset_is_not_taken(tmp_path: Path) -> None:
    """At none of 256 points; and nothing of it is left lying about."""
    north = Partner("north")

    with drop_process(tmp_path, north) as running:
        for points in ROUNDS:
            asyncio.run(cut_by_reset(running, north, points))
        assert eventually(lambda: on_the_way(tmp_path) == [])

    assert arrived(tmp_path) == []


def test_an_upload_cut_by_a_killed_server_is_not_taken(tmp_path: Path) -> None:
    """At none of 256 points; a file that was closed before stays; the next start clears up."""
    north = Partner("north")
    closed = []

    for number, points in enumerate(ROUNDS):
        with drop_process(tmp_path, north) as running:
            asyncio.run(cut_by_kill(running, north, points, f"whole-{number}.csv"))
        closed.append(f"whole-{number}.csv")

    drop = Drop(tmp_path, [north])
    assert len(drop.on_the_way()) > 0
    with dropped_at(drop):
        assert drop.arrived() == [(name, CONTENT) for name in closed]
        assert drop.on_the_way() == []


async def cut_by_kill(running: DropProcess, partner: Partner, points: range, name: str) -> None:
    """Send up to each point at once, and one file whole; then kill the server."""
    connections = await asyncio.gather(*(login(running, partner) for _ in points))
    await asyncio.gather(
        *(write_up_to(line, point) for line, point in zip(connections, points, strict=True))
    )
    async with connections[0].start_sftp_client() as client:
        await send(client, f"/inbox/{name}", CONTENT)
    running.kill()
    for line in connections:
        line.abort()
        await line.wait_closed()


async def upload_over(line: CutLine, partner: Partner, name: str) -> bool:
    """Send a file over a line that may break anywhere; tell whether it was said to be taken."""
    try:
        async with (
            asyncssh.connect(
                "127.0.0.1",
                line.port,
                username=partner.name,
                client_keys=[partner.key],
                known_hosts=None,
                config=None,
                agent_path=None,
            ) as connection,
            connection.start_sftp_client() as client,
        ):
            await send(client, f"/inbox/{name}", CONTENT)
            return True
    except (asyncssh.Error, OSError):
        return False


def test_a_line_that_breaks_anywhere_loses_nothing_that_was_said_to_be_taken(
    tmp_path: Path,
) -> None:
    """From the first byte of the greeting to the last of the goodbye, within packets too."""
    north = Partner("north")

    async def upload(drop: Drop, name: str, bytes_max: int) -> tuple[bool, int]:
        async with cut_line(drop.server.port, bytes_max) as line:
            return await upload_over(line, north, name), line.passed

    limits = LandingLimits(files_max=200, bytes_max=200 * MIB)
    with dropped_at(Drop(tmp_path, [north], landing_limits=limits)) as drop:
        _, all_bytes = asyncio.run(upload(drop, "whole.csv", 1 << 40))
        points = [*range(1, all_bytes, all_bytes // 40), *range(all_bytes - 600, all_bytes, 25)]
        said = {
            f"{point}.csv": asyncio.run(upload(drop, f"{point}.csv", point))[0] for point in points
        }
        assert eventually(lambda: drop.server.hall.is_empty and drop.on_the_way() == [])

        taken = dict(drop.arrived())
        assert {name for name, is_taken in said.items() if is_taken} <= taken.keys()
        assert set(taken.values()) == {CONTENT}
        assert len(taken) < len(said)


def test_a_client_that_hangs_up_without_a_close_is_cut(drop: Drop, north: Partner) -> None:
    """As `ssh` does when `sftp` is killed: the channel ends cleanly, the file does not."""

    async def upload() -> None:
        async with session(drop, north) as client:
            file = await client.open("/inbox/stock.csv", "wb")
            await file.write(STOCK)

    asyncio.run(upload())

    assert eventually(lambda: drop.uploads == [("north", "cut")])
    assert (drop.arrived(), drop.on_the_way()) == ([], [])


def test_what_nobody_can_read_cuts_an_upload(drop: Drop, north: Partner) -> None:
    """A client that has lost its way has not closed its file."""

    async def upload() -> None:
        async with connected(drop, north) as connection:
            writer, reader, _ = await connection.open_session(subsystem="sftp", encoding=None)
            for packet in (b"\x01\0\0\0\x03", opening(b"/inbox/stock.csv"), b"\x04\0"):
                writer.write(len(packet).to_bytes(4, "big") + packet)
            await reader.read()

    asyncio.run(upload())

    assert eventually(lambda: drop.uploads == [("north", "cut")])
    assert (drop.arrived(), drop.on_the_way()) == ([], [])


def opening(path: bytes) -> bytes:
    """A request to create a file, as the protocol writes it."""
    create = 0x1A
    text = len(path).to_bytes(4, "big") + path
    return b"\x03\0\0\0\x01" + text + create.to_bytes(4, "big") + b"\0\0\0\0"


def test_a_refused_piece_spoils_the_file(tmp_path: Path) -> None:
    """A client that closes all the same gets no half of it taken."""
    north = Partner("north")
    drop = Drop(tmp_path, [north], bytes_max=100)

    async def upload() -> None:
        async with session(drop, north) as client:
            file = await client.open("/inbox/stock.csv", "wb")
            await file.write(b"x" * 60)
            with pytest.raises(asyncssh.SFTPError, match="at most 100 bytes"):
                await file.write(b"x" * 60)
            await file.close()

    with dropped_at(drop):
        with pytest.raises(asyncssh.SFTPError, match="at most 100 bytes"):
            asyncio.run(upload())
        assert (drop.arrived(), drop.on_the_way()) == ([], [])


def test_a_server_that_ends_leaves_nothing_half_written(tmp_path: Path) -> None:
    """What was not closed in the time that it had is gone."""
    north = Partner("north")
    drop = Drop(tmp_path, [north])

    async def upload() -> None:
        async with session(drop, north) as client:
            file = await client.open("/inbox/stock.csv", "wb")
            await file.write(STOCK)
            await asyncio.to_thread(drop.server.stop)

    with dropped_at(drop):
        asyncio.run(upload())

    assert (drop.arrived(), drop.on_the_way()) == ([], [])
