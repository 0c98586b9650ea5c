"""The settings are valid when made, frozen, and read nothing that is not handed in."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from reconciliation.policy import Assumptions, GuardPolicy
from worker.settings.model import Settings, ShopMode

from .settings_rig import load


APP = {"app_key": "key", "app_secret": "secret"}


def test_the_right_configuration_has_no_fault(tmp_path: Path) -> None:
    """What all tests of faults spoil is right by itself."""
    settings = load(tmp_path)

    assert list(settings.shops) == ["us", "uk"]


def test_a_new_shop_observes(tmp_path: Path) -> None:
    """A shop that says nothing of its mode is not written to."""
    settings = load(tmp_path)

    assert settings.shops["us"].mode is ShopMode.OBSERVE


def test_the_order_of_shops_is_that_of_the_file(tmp_path: Path) -> None:
    """Rank follows the file, whatever the environment adds to a shop."""
    environ = {
        "KEY": "k",
        "SECRET": "s",
        "TOKEN": "t",
        "OVERSELL_GUARD_SHOPS__UK__MARKET": "GB",
    }

    assert list(load(tmp_path, environ=environ).shops) == ["us", "uk"]


def test_the_guard_defaults_are_the_policy() -> None:
    """No number of the policy is written a second time in the settings."""
    settings = Settings.model_validate({"tiktok": APP})

    assert (settings.guard, settings.assumptions) == (GuardPolicy(), Assumptions())


def test_making_settings_ignores_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only `load_settings` reads variables, and only those it is handed."""
    monkeypatch.setenv("OVERSELL_GUARD_QUEUE__THREADS", "3")

    assert Settings.model_validate({"tiktok": APP}).queue.threads == 8


def test_settings_cannot_be_changed() -> None:
    """What was checked stays as it was."""
    settings = Settings.model_validate({"tiktok": APP})

    with pytest.raises(ValidationError):
        settings.queue.threads = 3  # type: ignore[misc]  # this is the point


def test_paths_begin_at_the_folder_of_the_file(tmp_path: Path) -> None:
    """A configuration means the same wherever the program is started."""
    (tmp_path / "map.csv").touch()
    settings = load(
        tmp_path,
        ("[tiktok]", 'data_dir = "state"\n[tiktok]'),
        ('kind = "on_hand"', 'kind = "on_hand"\ninbox = "drop"'),
        ("[guard]", '[catalog]\nmapping_file = "map.csv"\n[guard]'),
    )

    paths = (settings.data_dir, settings.feeds["east"].inbox, settings.catalog.mapping_file)
    assert paths == (tmp_path / "state", tmp_path / "drop", tmp_path / "map.csv")


def test_the_record_lies_in_the_data_folder_by_default(tmp_path: Path) -> None:
    """One machine needs no database server."""
    settings = load(tmp_path)

    assert settings.database_url == f"sqlite:///{tmp_path}/var/oversell-guard.sqlite3"
