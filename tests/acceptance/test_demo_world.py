"""The demo's world in a process of its own tells the guard all that it needs to know."""

from pathlib import Path

import pytest

from connectors.sandbox.story import DemoWorld, demo_world
from worker.demo.settings import demo_values
from worker.demo.world import write_config
from worker.settings.loading import load_settings
from worker.settings.model import Settings


URL = "http://sandbox:8900"


@pytest.fixture
def story() -> DemoWorld:
    """A world that has just begun."""
    return demo_world(1, lambda: 1_800_000_000.0, 60.0)


def test_the_guard_reads_what_the_world_has_written(tmp_path: Path, story: DemoWorld) -> None:
    """The file says what the demo in one process is told directly."""
    write_config(story, tmp_path, URL)

    read = load_settings(tmp_path / "oversell-guard.toml", {})

    assert read == Settings.model_validate(demo_values(story, folder=tmp_path, api_url=URL))


def test_no_secret_stands_in_the_configuration(tmp_path: Path, story: DemoWorld) -> None:
    """Each has a file of its own, as it would have outside the demo."""
    write_config(story, tmp_path, URL)
    text = (tmp_path / "oversell-guard.toml").read_text()

    secrets = [each.read_text() for each in (tmp_path / "secrets").iterdir()]

    assert [each for each in secrets if each in text] == []


def test_secrets_are_read_by_their_owner_only(tmp_path: Path, story: DemoWorld) -> None:
    """The folder is closed to others, whatever the mask of the process."""
    write_config(story, tmp_path, URL)

    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
