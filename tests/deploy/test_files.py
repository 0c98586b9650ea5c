"""Every file that is deployed passes its own tool without a word."""

import re
from pathlib import Path

import pytest

from worker.settings.processes import MetricsSettings

from .tools import DEPLOY, ROOT, told_by


SCRIPTS = sorted(DEPLOY.rglob("*.sh"))


def image_sources() -> set[str]:
    """What the image takes from the source root."""
    lines = re.findall(
        r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE
    )
    return {source for line in lines for source in line.split()}


def let_through() -> set[str]:
    """What of the source root is sent to the making of the image."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def test_the_image_is_well_described() -> None:
    """Its linter knows what makes an image large, unsafe or different every time."""
    assert told_by("hadolint", "Dockerfile") == ""


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_script_is_sound_shell(script: Path) -> None:
    """Its linter knows what a POSIX shell makes of it."""
    assert told_by("shellcheck", "--severity=style", script) == ""


@pytest.mark.parametrize("files", [("compose.yml",), ("compose.yml", "compose.demo.yml")])
def test_the_services_are_well_described(files: tuple[str, ...]) -> None:
    """Compose itself reads them, and has nothing to warn of."""
    named = [part for file in files for part in ("--file", file)]

    assert told_by("docker-compose", *named, "config", "--quiet") == ""


def test_the_image_is_made_of_what_is_sent_and_no_more() -> None:
    """No secret, record or test is sent along, and nothing that is needed is kept back."""
    assert let_through() == image_sources()


def test_the_image_takes_nothing_that_is_missing() -> None:
    """A file that was moved is moved here as well."""
    assert [each for each in image_sources() if not (ROOT / each).exists()] == []


def test_the_image_is_asked_for_its_health_where_it_tells() -> None:
    """The port in the image's health check is the default of the metrics port."""
    port = MetricsSettings().port

    assert f"http://127.0.0.1:{port}/livez" in (DEPLOY / "Dockerfile").read_text()


def test_the_entrypoint_can_be_run() -> None:
    """The image copies its mode as it is."""
    assert (DEPLOY / "entrypoint.sh").stat().st_mode & 0o111 == 0o111
