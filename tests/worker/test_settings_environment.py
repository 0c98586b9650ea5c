"""The environment overrides the file, under the file's names, and is checked like it."""

from pathlib import Path

import pytest

from worker.settings.loading import load_settings
from worker.settings.model import Settings

from .settings_rig import SECRETS, config, faults, load


def loaded(folder: Path, **variables: str) -> Settings:
    """The settings with some variables set."""
    return load(folder, environ={**SECRETS, **variables})


def faulty(folder: Path, **variables: str) -> list[str]:
    """The faults with some variables set."""
    return faults(folder, environ={**SECRETS, **variables})


def test_a_variable_overrides_the_file(tmp_path: Path) -> None:
    """Two underscores part the section and the key."""
    settings = loaded(tmp_path, OVERSELL_GUARD_GUARD__THROTTLE_CAP_UNITS="2")

    assert settings.guard.throttle_cap_units == 2


def test_a_name_with_a_hyphen_can_be_meant(tmp_path: Path) -> None:
    """Variables have no hyphens and no small letters, so these count as the same."""
    settings = load(
        tmp_path,
        ("[shops.uk]", "[shops.uk-main]"),
        ('uk = ["21"]', 'uk-main = ["21"]'),
        environ={**SECRETS, "OVERSELL_GUARD_SHOPS__UK_MAIN__MARKET": "GB"},
    )

    assert settings.shops["uk-main"].market == "GB"


def test_a_name_in_capitals_can_be_meant(tmp_path: Path) -> None:
    """A warehouse is found by its name whatever its case in the file."""
    settings = loaded(
        tmp_path, OVERSELL_GUARD_WAREHOUSES__WEST__TIKTOK_WAREHOUSE_IDS='{"us": ["13"]}'
    )

    assert settings.warehouses["WEST"].tiktok_warehouse_ids == {"us": ("13",)}


def test_a_list_is_given_as_json(tmp_path: Path) -> None:
    """What has no name of its own is given whole, and replaces what the file has."""
    settings = loaded(tmp_path, OVERSELL_GUARD_OVERRIDES='[{"shop": "us", "floor_units": 2}]')

    assert [dict(each.changes) for each in settings.overrides] == [{"floor_units": 2}]


def test_an_empty_variable_sets_nothing(tmp_path: Path) -> None:
    """Environment files often have keys that somebody left open."""
    settings = loaded(tmp_path, OVERSELL_GUARD_QUEUE__THREADS="")

    assert settings.queue.threads == 8


def test_variables_of_a_cluster_are_not_meant_for_us(tmp_path: Path) -> None:
    """A cluster with a service of our name sets variables with our prefix."""
    found = faulty(
        tmp_path,
        OVERSELL_GUARD_PORT="tcp://10.0.0.1:80",
        OVERSELL_GUARD_PORT_80_TCP_ADDR="10.0.0.1",
        OVERSELL_GUARD_SERVICE_HOST="10.0.0.1",
        OVERSELL_GUARD_WEB_SERVICE_PORT_HTTP="80",
    )

    assert found == []


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("OVERSELL_GUARD_QEUE", "x", "is not a setting; did you mean 'OVERSELL_GUARD_QUEUE'?"),
        ("OVERSELL_GUARD_QUEUE__THREDS", "3", "is not a setting; did you mean 'threads'?"),
        (
            "OVERSELL_GUARD_GUARD__FLOOR_UNITS",
            "few",
            "'few' cannot be used; write a valid integer",
        ),
        ("OVERSELL_GUARD_OVERRIDES", "[{", "'[{' cannot be used; write a list"),
        ("OVERSELL_GUARD_SCHEDULE", "often", "cannot be read; write a table"),
        (
            "OVERSELL_GUARD_FEEDS__EAST__WAREHOUSE",
            "NORD",
            "there is no warehouse 'NORD'; known here: EAST, WEST",
        ),
    ],
)
def test_a_bad_variable_is_named(tmp_path: Path, name: str, text: str, fault: str) -> None:
    """The place of a fault from the environment is the variable."""
    assert faulty(tmp_path, **{name: text}) == [f"{name}: {fault}"]


# --- which file ------------------------------------------------------------------------------


def test_a_variable_names_the_file(tmp_path: Path) -> None:
    """Without --config, OVERSELL_GUARD_CONFIG tells."""
    path = tmp_path / "elsewhere.toml"
    path.write_text(config(), encoding="utf-8")

    settings = load_settings(None, {**SECRETS, "OVERSELL_GUARD_CONFIG": str(path)})
    assert list(settings.feeds) == ["east"]


def test_the_file_that_was_asked_for_wins(tmp_path: Path) -> None:
    """--config is stronger than the variable."""
    path = tmp_path / "elsewhere.toml"
    path.write_text(config(), encoding="utf-8")

    settings = load_settings(path, {**SECRETS, "OVERSELL_GUARD_CONFIG": "nowhere.toml"})
    assert list(settings.feeds) == ["east"]


def test_the_file_in_the_folder_is_read_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nothing is named, ./oversell-guard.toml is read if it is there."""
    (tmp_path / "oversell-guard.toml").write_text(config(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert list(load_settings(None, SECRETS).feeds) == ["east"]


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may have no file at all."""
    monkeypatch.chdir(tmp_path)
    environ = {
        "OVERSELL_GUARD_TIKTOK__APP_KEY": "k",
        "OVERSELL_GUARD_TIKTOK__APP_SECRET": "s",
        "OVERSELL_GUARD_SHOPS__US__CIPHER": "c",
    }

    assert list(load_settings(None, environ).shops) == ["us"]
