"""No secret and nothing of a buyer is left anywhere, whatever was done and whatever failed."""

from pathlib import Path

import pytest

from .marked_rig import APP_SECRET, BUYER, Left, used_in_every_way


PLACES = ("answers", "logs", "metrics", "reprs", "tables", "files")


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    """What a program left behind that was used in every way."""
    folder: Path = tmp_path_factory.mktemp("marked")
    return used_in_every_way(folder)


def test_every_kind_of_secret_was_in_use(left: Left) -> None:
    """Tokens, codes and ciphers of the sandbox, signatures, the app's secret, and buyers."""
    kinds = ("ROW_access_", "ROW_refresh_", "ROW_code_")

    assert all(any(each.startswith(kind) for each in left.secrets) for kind in kinds)
    assert {APP_SECRET, BUYER} < left.secrets
    assert sum(len(each) == 64 for each in left.secrets) > 20


def test_everything_that_was_to_be_done_was_done(left: Left) -> None:
    """Else there would be nothing to be found."""
    logs = left.places["logs"]

    assert "RuntimeError: the wire broke" in logs
    assert "Traceback" in logs
    assert "webhook_unreadable" in logs
    assert "revoked" in left.places["tables"]


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_is_nowhere(left: Left, place: str) -> None:
    """Each place was written to, and shows none of them."""
    text = left.places[place]
    shown = {each for each in left.secrets if each in text}

    assert len(text) > 100
    assert shown == set()
