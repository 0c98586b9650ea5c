"""The desk and the partners' keys on PostgreSQL: each command says what it says on SQLite."""

from pathlib import Path
from typing import Any

import asyncssh
import pytest

from worker.cli.endings import ExitCode

from .cli_rig import Answer, Rig


WHY = ("--why", "the partner was asked")
ITEMS = {f"ITEM-{number}": 5 for number in range(12)}


@pytest.fixture
def rig(tmp_path: Path, migrated_postgres_url: str) -> Rig:
    """A feed whose first file is in force, as delivery 1."""
    rig = Rig(tmp_path)
    rig.environ["OVERSELL_GUARD_DATABASE_URL"] = migrated_postgres_url
    rig.take_in(LAMP=20, **ITEMS)
    rig.clock.sleep(60)
    return rig


def send(rig: Rig, name: str, **units: int) -> Answer:
    """Hand a file in, a minute after the last."""
    path = rig.feed_file(name, **units)
    answer = rig.run("ingest", str(path), "--feed", "east")
    rig.clock.sleep(60)
    return answer


def states(rig: Rig) -> list[str]:
    """Where each delivery stands, the newest first."""
    found: list[dict[str, Any]] = rig.run("feed", "list", "--json").document["deliveries"]
    return [each["state"] for each in found]


def test_a_file_that_waits_is_approved(rig: Rig) -> None:
    """The delivery that comes of it is taken."""
    send(rig, "odd.csv", LAMP=30, **{"ITEM-1": 4})
    answer = rig.run("feed", "approve", "2", *WHY)

    assert (answer.code, states(rig)) == (ExitCode.OK, ["taken", "approved", "taken"])


def test_a_file_that_waits_is_refused(rig: Rig) -> None:
    """For good."""
    send(rig, "odd.csv", LAMP=30, **{"ITEM-1": 4})
    answer = rig.run("feed", "refuse", "2", *WHY)

    assert (answer.code, states(rig)) == (ExitCode.OK, ["refused", "refused", "taken"])


def test_the_last_file_is_rolled_back(rig: Rig) -> None:
    """And the check of a file compares it with the one before."""
    send(rig, "more.csv", LAMP=25, **ITEMS)
    answer = rig.run("feed", "rollback", "east", *WHY)
    checked = rig.run(
        "feed",
        "check",
        str(rig.feed_file("next.csv", LAMP=22, **ITEMS)),
        "--feed",
        "east",
        "--json",
    ).document

    assert (answer.code, states(rig)) == (ExitCode.OK, ["rollback", "rolled_back", "taken"])
    assert checked["difference"]["largest"] == [{"sku": "LAMP", "before_units": 20, "units": 22}]


def test_a_delivery_is_shown(rig: Rig) -> None:
    """With its figures and where it parts from the last."""
    send(rig, "more.csv", LAMP=25, **ITEMS)
    shown = rig.run("feed", "show", "2", "--json").document

    assert (shown["delivery"]["state"], shown["figures"]["moved_rows"]) == ("taken", 1)


def test_a_refused_row_is_no_absent_one(rig: Rig) -> None:
    """What was refused is read from what was seen in the files before."""
    rig.environ["OVERSELL_GUARD_FEEDS__EAST__MISSING_ROWS"] = "zero_after"
    rig.environ["OVERSELL_GUARD_FEEDS__EAST__ZERO_AFTER_FILES"] = "2"
    path = rig.feed_file("odd.csv", LAMP=20, **ITEMS)
    path.write_text(path.read_text().replace("LAMP,20", "LAMP,many"))
    rig.run("ingest", str(path), "--feed", "east")
    rig.clock.sleep(60)
    gone = []
    for name in ("second.csv", "third.csv"):
        send(rig, name, **ITEMS)
        number = len(states(rig))
        figures = rig.run("feed", "show", str(number), "--json").document["figures"]
        gone.append(figures["gone_rows"])

    assert gone == [0, 1]


def test_a_partners_key_is_added_and_revoked(rig: Rig) -> None:
    """And its state is listed."""
    path = rig.folder / "ann.pub"
    asyncssh.generate_private_key("ssh-ed25519", comment="ann").write_public_key(path)
    added = rig.run("partner", "key", "add", "lumen", str(path), "--expires", "90d", "--json")
    fingerprint = added.document["key"]["fingerprint"]
    rig.run("partner", "key", "revoke", "lumen", fingerprint)
    (partner,) = rig.run("partner", "list", "--json").document["partners"]

    assert [(each["label"], each["state"]) for each in partner["keys"]] == [("ann", "revoked")]
