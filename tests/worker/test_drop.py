"""From a partner's upload to the stock in force, through the drop as the program serves it."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from worker.bootstrap import Program, running_drop, running_program
from worker.holding import Word
from worker.partners import KeyRequest, add_key, revoke_key
from worker.settings.loading import load_settings
from worker.settings.model import Settings

from .cli_rig import Rig
from .settings_rig import Change, faults


WORD = Word(who="ann", why="test")

WEST: Change = (
    "[feeds.east]",
    """[feeds.west]
warehouse = "WEST"
kind = "on_hand"
sku_column = "sku"
quantity_column = "units"
as_of_column = "as_of"

[feeds.east]""",
)
"""A second feed of the same partner."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The settings of a shop whose partner may drop files."""
    rig = Rig(tmp_path)
    rig.configure(
        "\n[sftp]\nenabled = true\nport = 0\n[web]\nport = 0\n[metrics]\nport = 0\n"
        "[schedule]\ninbox_scan_s = 3600\nsweep_s = 60\n"
    )
    return load_settings(rig.config, rig.environ)


async def upload(port: int, key: asyncssh.SSHKey, name: str, content: bytes) -> None:
    """Send a file as lumen."""
    async with (
        asyncssh.connect(
            "127.0.0.1",
            port,
            username="lumen",
            client_keys=[key],
            known_hosts=None,
            config=None,
            agent_path=None,
        ) as connection,
        connection.start_sftp_client() as client,
        client.open(f"/inbox/{name}", "wb") as file,
    ):
        await file.write(content)


def eventually(holds: Callable[[], bool]) -> bool:
    """Tell whether something comes to hold before long."""
    end = time.monotonic() + 20.0
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def key_for(program: Program) -> asyncssh.SSHKey:
    """Let lumen in by a new key while the program runs."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    text = key.export_public_key().decode()
    add_key(program.services, KeyRequest(partner="lumen", text=text, word=WORD))
    return key


def stock(rows: str) -> bytes:
    """A file as of now."""
    as_of = datetime.now(UTC).isoformat()
    return f"sku,quantity,as_of\n{rows.format(as_of=as_of)}".encode()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_upload_is_worked_off_without_a_scan(settings: Settings) -> None:
    """The next scan would be in an hour; the partner finds the refused row in its outbox."""
    with running_program(settings) as program:
        assert program.drop is not None
        key = key_for(program)
        content = stock("TEE,5,{as_of}\nBAD,many,{as_of}\n")
        asyncio.run(upload(program.drop.port, key, "stock.csv", content))

        home = program.services.inboxes["east"].home
        assert eventually(lambda: any((home / "outbox").iterdir()))
        assert eventually(lambda: len(list((home / "archive").rglob("*.csv"))) == 1)
        assert list((home / "arrived").iterdir()) == []


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_key_is_added_and_revoked_while_the_drop_runs(settings: Settings) -> None:
    """By the record: nobody tells the server."""
    with running_program(settings) as program:
        assert program.drop is not None
        key = key_for(program)
        asyncio.run(upload(program.drop.port, key, "a.csv", b""))

        revoke_key(program.services, "lumen", key.get_fingerprint(), WORD)
        with pytest.raises(asyncssh.PermissionDenied):
            asyncio.run(upload(program.drop.port, key, "b.csv", b""))


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_the_drop_runs_alone(settings: Settings) -> None:
    """With the same key as inside `up`; a file waits for whoever works."""
    with running_drop(settings) as drop:
        first = drop.fingerprint
    with running_program(settings) as program:
        assert program.drop is not None
        assert program.drop.fingerprint == first


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_without_a_word_up_serves_no_drop(settings: Settings) -> None:
    """A port that nobody asked for is a port too many."""
    silent = settings.model_copy(
        update={"sftp": settings.sftp.model_copy(update={"enabled": False})}
    )

    with running_program(silent) as program:
        assert program.drop is None


@pytest.mark.parametrize(
    ("sftp", "names", "found"),
    [
        ("enabled = true", "*", 1),
        ("enabled = true", "west*.csv", 0),
        ("enabled = false", "*", 0),
    ],
)
def test_a_feed_that_would_get_no_file_is_a_contradiction(
    tmp_path: Path, sftp: str, names: str, found: int
) -> None:
    """Where the drop is served: two feeds of one partner that both take every name."""
    told = faults(
        tmp_path,
        WEST,
        ("[feeds.west]\n", f'[feeds.west]\nfile_names = "{names}"\n'),
        ("[guard]", f"[sftp]\n{sftp}\n\n[guard]"),
    )

    assert len([each for each in told if "takes all of these names by SFTP" in each]) == found
