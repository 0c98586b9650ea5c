"""Nobody fills the disk: what waits of a partner has a limit in files and in bytes."""

import asyncio
from pathlib import Path

import pytest
from asyncssh import SFTPError

from connectors.sftp.landing import LandingLimits

from .drop_rig import STOCK, Drop, Partner, dropped_at, send, session


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def small(folder: Path, *partners: Partner) -> Drop:
    """A drop that holds three files or a thousand bytes of a partner."""
    limits = LandingLimits(files_max=3, bytes_max=1_000)
    return Drop(folder, partners, landing_limits=limits)


def sending(drop: Drop, partner: Partner, *files: tuple[str, bytes]) -> None:
    """Send files one after another. Raises the first refusal."""

    async def upload() -> None:
        async with session(drop, partner) as client:
            for name, content in files:
                await send(client, f"/inbox/{name}", content)

    asyncio.run(upload())


def test_files_that_wait_have_a_limit(tmp_path: Path) -> None:
    """Whole ones and those without their last name alike; when one was taken there is room."""
    north = Partner("north")

    with dropped_at(small(tmp_path, north)) as drop:
        sending(drop, north, ("a.csv", b"1"), ("b.csv.tmp", b"2"), ("c.csv", b"3"))
        with pytest.raises(SFTPError, match="at most 3 files"):
            sending(drop, north, ("d.csv", b"4"))
        drop.arrivals().waiting()[0].unlink()
        sending(drop, north, ("d.csv", b"4"))

        assert [name for name, _ in drop.arrived()] == ["c.csv", "d.csv"]


def test_bytes_that_wait_have_a_limit(tmp_path: Path) -> None:
    """Those of files that are on the way count as well, and a refused file leaves nothing."""
    north = Partner("north")

    with dropped_at(small(tmp_path, north)) as drop:
        sending(drop, north, ("a.csv", b"x" * 600))
        with pytest.raises(SFTPError, match="at most 1000 bytes"):
            sending(drop, north, ("b.csv", b"x" * 600))

        assert [name for name, _ in drop.arrived()] == ["a.csv"]
        assert drop.on_the_way() == []


def test_one_partners_limit_is_not_anothers(tmp_path: Path) -> None:
    """Each has its own."""
    north, south = Partner("north"), Partner("south", feeds={"south": "*"})

    with dropped_at(small(tmp_path, north, south)) as drop:
        sending(drop, north, ("a.csv", b"x" * 900))
        sending(drop, south, ("a.csv", b"x" * 900))

        assert len(drop.arrived("south")) == 1


def test_a_write_far_away_makes_no_large_file(tmp_path: Path) -> None:
    """A hole costs no disk and would cost whoever reads it."""
    north = Partner("north")

    async def upload(drop: Drop) -> None:
        async with session(drop, north) as client, client.open("/inbox/a.csv", "wb") as file:
            await file.write(STOCK, 1 << 40)

    with dropped_at(Drop(tmp_path, [north])) as drop:
        with pytest.raises(SFTPError):
            asyncio.run(upload(drop))
        assert drop.on_the_way() == []


def test_a_session_has_a_limit_of_open_files(drop: Drop, north: Partner) -> None:
    """And of folders that are being listed."""

    async def open_many() -> None:
        async with session(drop, north) as client:
            files = [await client.open(f"/inbox/{n}.csv", "wb") for n in range(16)]
            with pytest.raises(SFTPError, match="16 files are open"):
                await client.open("/inbox/16.csv", "wb")
            for file in files:
                await file.close()

    asyncio.run(open_many())

    assert len(drop.arrived()) == 16
