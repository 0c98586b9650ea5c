"""The services as Compose resolves them: closed by default, pinned, and able to end well."""

import re
import socket
import subprocess
import sys
from threading import Thread
from typing import Any

import pytest
import yaml

from connectors.sftp.server import GRACE_S, LEAVING_S
from worker.settings.environment import unknown_variables

from .tools import DEPLOY, composed


NAMES = tuple(yaml.safe_load((DEPLOY / "compose.yml").read_text())["services"])
Resolved = dict[str, Any]
Services = dict[str, Resolved]

OURS = ("migrate", "web", "worker", "sftp", "schedule")
WITHOUT_PORT = ("migrate", "worker", "schedule")
"""Processes of ours that nobody can ask for their health."""


def seconds(duration: str) -> int:
    """The seconds of a duration such as `1m30s`."""
    minutes, rest = re.fullmatch(r"(?:(\d+)m)?(?:(\d+)s)?", duration).groups(default="0")  # type: ignore[union-attr]  # Compose writes no other form
    return int(minutes) * 60 + int(rest)


def greet(server: socket.socket, greeting: bytes) -> None:
    """Answer the first that comes."""
    with server.accept()[0] as line:
        line.sendall(greeting)


@pytest.fixture(scope="module")
def resolved() -> Resolved:
    """The services, networks and volumes for a real start."""
    return composed("compose.yml")


@pytest.fixture(scope="module")
def services(resolved: Resolved) -> Services:
    """The services by name."""
    found: Services = resolved["services"]
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_service_cannot_change_its_own_files(services: Services, name: str) -> None:
    """Whoever breaks in finds nothing to write to but the data."""
    assert services[name]["read_only"] is True


@pytest.mark.parametrize("name", NAMES)
def test_a_service_gains_no_rights(services: Services, name: str) -> None:
    """No program in it can become more than it was started as."""
    assert services[name]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", OURS)
def test_our_processes_have_no_rights_at_all(services: Services, name: str) -> None:
    """They listen above 1024 and own their files: the kernel need grant them nothing."""
    assert services[name]["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", NAMES)
def test_a_service_is_pinned(services: Services, name: str) -> None:
    """What starts tomorrow is what was tried today."""
    assert re.search(r":(?:local|v?\d+\.\d+(?:\.\d+)?(?:-\w+)?)$", services[name]["image"])


@pytest.mark.parametrize("name", NAMES)
def test_a_service_that_dies_comes_back(services: Services, name: str) -> None:
    """All but the migration, which ends by itself, are started again."""
    assert services[name]["restart"] == ("on-failure:3" if name == "migrate" else "unless-stopped")


@pytest.mark.parametrize("name", NAMES)
def test_a_service_that_can_be_asked_is_asked(services: Services, name: str) -> None:
    """Every service has a health check, in the file or in the image, or says that it has none."""
    check = services[name].get("healthcheck", {"image": "has one"})

    assert check.get("disable", False) is (name in WITHOUT_PORT)


@pytest.mark.parametrize("name", NAMES)
def test_a_log_cannot_fill_the_disk(services: Services, name: str) -> None:
    """Logs are cut off and few are kept."""
    assert set(services[name]["logging"]["options"]) == {"max-size", "max-file"}


def test_only_webhooks_and_partners_files_come_from_outside(services: Services) -> None:
    """Everything else is bound to this machine."""
    open_ports = {
        name
        for name, service in services.items()
        for port in service.get("ports", ())
        if port.get("host_ip") != "127.0.0.1"
    }

    assert open_ports == {"web", "sftp"}


def test_the_drop_is_published_where_it_listens(services: Services) -> None:
    """On every address of its container, since a forwarded port comes to none of its own."""
    environment = services["sftp"]["environment"]
    (published,) = services["sftp"]["ports"]

    assert environment["OVERSELL_GUARD_SFTP__HOST"] == "0.0.0.0"  # noqa: S104 - its own container's
    assert environment["OVERSELL_GUARD_SFTP__PORT"] == str(published["target"])


def test_the_drop_writes_where_the_queue_processes_read(services: Services) -> None:
    """An upload becomes an arrival by a rename, which no border between two disks lets pass."""
    assert services["sftp"]["volumes"] == services["worker"]["volumes"]


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(("greeting", "code"), [(b"SSH-2.0-drop\r\n", 0), (b"HTTP/1.1 400", 1)])
def test_the_drop_is_well_if_it_greets_as_one(
    services: Services, greeting: bytes, code: int
) -> None:
    """Whoever merely holds the port is not taken for the drop."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        Thread(target=greet, args=(server, greeting), daemon=True).start()
        _, *words = services["sftp"]["healthcheck"]["test"]
        asked = [sys.executable, *(word.replace("2222", port) for word in words[1:])]

        assert subprocess.run(asked, check=False, timeout=20).returncode == code


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_record_and_broker_are_reached_by_nobody_else(services: Services, name: str) -> None:
    """They are in one network that leads nowhere, and have no port on the machine."""
    assert (list(services[name]["networks"]), "ports" in services[name]) == (["backend"], False)


def test_the_network_of_record_and_broker_leads_nowhere(resolved: Resolved) -> None:
    """A database that cannot reach out cannot be made to."""
    assert resolved["networks"]["backend"]["internal"] is True


def test_queue_processes_may_finish_what_they_began(services: Services) -> None:
    """They are told to end well before they would be killed."""
    worker = services["worker"]
    told_s = int(worker["environment"]["WORKER_STOP_MS"]) / 1000

    assert told_s + 10 <= seconds(worker["stop_grace_period"])


def test_uploads_that_are_under_way_may_end(services: Services) -> None:
    """The drop ends by itself well before it would be killed."""
    assert seconds(services["sftp"]["stop_grace_period"]) >= 2 * (GRACE_S + LEAVING_S)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_of_ours_is_a_setting(services: Services, name: str) -> None:
    """A mistyped variable would stop the process at its start."""
    assert list(unknown_variables(services[name]["environment"])) == []


@pytest.mark.parametrize("name", NAMES)
def test_no_password_stands_in_the_environment(services: Services, name: str) -> None:
    """Passwords come from files: an environment is shown by `docker inspect`."""
    secret = re.compile(r"PASSWORD|SECRET|TOKEN")
    named = services[name].get("environment", {})

    assert [key for key in named if secret.search(key) and not key.endswith("_FILE")] == []


def test_everything_starts_after_the_migration(services: Services) -> None:
    """No process meets a record of another schema."""
    waits = {name: services[name]["depends_on"].get("migrate", {}) for name in OURS[1:]}

    assert {each["condition"] for each in waits.values()} == {"service_completed_successfully"}


@pytest.mark.parametrize("name", ["prometheus", "alertmanager", "grafana"])
def test_what_is_mounted_is_there(services: Services, name: str) -> None:
    """Docker would make an empty folder of a file that is missing."""
    mounted = [each["source"] for each in services[name]["volumes"] if each["type"] == "bind"]

    assert [each for each in mounted if not (DEPLOY / each).exists()] == []
