"""The drop's own key: made once, for its owner's eyes, and never replaced."""

import stat
from pathlib import Path

import pytest

from connectors.sftp.host_key import HostKeyUnusable, host_key_at


def test_a_key_is_made_where_there_is_none(tmp_path: Path) -> None:
    """In a folder that is made too, and readable by its owner alone."""
    path = tmp_path / "sftp" / "host_key"

    key = host_key_at(path)

    assert key.get_algorithm() == "ssh-ed25519"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["host_key"]


def test_the_key_stays_the_same(tmp_path: Path) -> None:
    """Whoever asks later gets what was made."""
    first = host_key_at(tmp_path / "host_key").get_fingerprint()

    assert host_key_at(tmp_path / "host_key").get_fingerprint() == first


def test_a_key_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    """Whoever copied it could play the server."""
    path = tmp_path / "host_key"
    host_key_at(path)
    path.chmod(0o640)

    with pytest.raises(HostKeyUnusable, match="chmod 600"):
        host_key_at(path)


def test_a_spoilt_key_is_not_replaced(tmp_path: Path) -> None:
    """A person has to say what is to become of it."""
    path = tmp_path / "host_key"
    path.write_text("spoilt")
    path.chmod(0o600)

    with pytest.raises(HostKeyUnusable, match="put the key back"):
        host_key_at(path)
    assert path.read_text() == "spoilt"


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """With what the machine says."""
    (tmp_path / "file").touch()

    with pytest.raises(HostKeyUnusable, match=r"file/host_key cannot be read or made"):
        host_key_at(tmp_path / "file" / "host_key")
