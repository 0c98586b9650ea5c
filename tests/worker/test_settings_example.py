"""The example that `init` writes is right, complete, and shows each default as it is."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
from pydantic import BaseModel

from reconciliation.feed_gate import GateLimits
from reconciliation.policy import Assumptions, GuardPolicy
from worker.settings.example import example_config, write_example
from worker.settings.faults import ConfigFaults
from worker.settings.feeds import FeedSettings, WarehouseSettings
from worker.settings.loading import load_settings
from worker.settings.model import (
    CatalogSettings,
    ScheduleSettings,
    Settings,
    ShopMode,
    ShopSettings,
    TikTokSettings,
)
from worker.settings.processes import (
    MetricsSettings,
    QueueSettings,
    RiskSettings,
    WebSettings,
)
from worker.settings.pulls import PullSettings
from worker.settings.sftp import SftpSettings


MODELS: tuple[type[BaseModel], ...] = (
    Settings,
    TikTokSettings,
    ShopSettings,
    WarehouseSettings,
    FeedSettings,
    PullSettings,
    CatalogSettings,
    ScheduleSettings,
    QueueSettings,
    WebSettings,
    MetricsSettings,
    RiskSettings,
    SftpSettings,
)
VALUES = (GuardPolicy, Assumptions, GateLimits)
SETTINGS = sorted(
    {name for model in MODELS for name in model.model_fields}
    | {each.name for value in VALUES for each in fields(value)}
    | {"shop", "partner", "sku_pattern"}
)


def secrets() -> dict[str, str]:
    """A secret for every variable that the example refers to."""
    return dict.fromkeys(re.findall(r'env = "(\w+)"', example_config()), "secret" * 6)


def loaded(folder: Path, text: str) -> Settings:
    """The settings of a text."""
    path = folder / "oversell-guard.toml"
    path.write_text(text, encoding="utf-8")
    (folder / "mapping.csv").touch()
    return load_settings(path, secrets())


def all_shown() -> str:
    """The example with every setting in force that it shows in a comment."""
    return re.sub(r"^#(?=\w+ = )", "", example_config(), flags=re.MULTILINE)


def test_the_example_has_no_fault(tmp_path: Path) -> None:
    """With its secrets set, it can be used as it is."""
    settings = loaded(tmp_path, example_config())

    assert (list(settings.feeds), len(settings.overrides)) == (["east"], 2)


def test_every_shop_of_the_example_observes(tmp_path: Path) -> None:
    """Who starts from the example writes to no shop."""
    settings = loaded(tmp_path, example_config())

    assert {shop.mode for shop in settings.shops.values()} == {ShopMode.OBSERVE}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_example_shows_every_setting(name: str) -> None:
    """In force, in a comment, or as the name of a table."""
    shown = rf"^#?{name} = |^\[+(\w+\.)*{name}[.\]]| {name} = "

    assert re.search(shown, example_config(), flags=re.MULTILINE)


def test_every_setting_that_the_example_shows_is_right(tmp_path: Path) -> None:
    """Whoever takes a comment sign away gets no fault."""
    assert loaded(tmp_path, all_shown()).shops["us"].market == "US"


@pytest.mark.parametrize(
    "section",
    ["guard", "assumptions", "schedule", "queue", "web", "metrics", "risk"],
)
def test_the_example_shows_the_defaults(tmp_path: Path, section: str) -> None:
    """A number in a comment is the one that holds without it."""
    as_it_is = getattr(loaded(tmp_path, example_config()), section)
    shown = getattr(loaded(tmp_path, all_shown()), section)

    assert without_maximum(shown) == without_maximum(as_it_is)


def without_maximum(section: object) -> str:
    """A section as text, less the one number that has no default to show."""
    return re.sub(r"safety_units_max=\w+", "", repr(section))


def test_the_example_is_written_once(tmp_path: Path) -> None:
    """A new file holds the example, to the letter."""
    path = tmp_path / "oversell-guard.toml"
    write_example(path)

    assert path.read_text(encoding="utf-8") == example_config()


def test_the_example_overwrites_nothing(tmp_path: Path) -> None:
    """A configuration that is there already stays as it is."""
    path = tmp_path / "oversell-guard.toml"
    path.write_text("mine", encoding="utf-8")

    with pytest.raises(ConfigFaults, match="is there already; name another path"):
        write_example(path)
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    """What keeps the example from being written is told with its remedy."""
    with pytest.raises(ConfigFaults, match="cannot be written: No such file or directory; name"):
        write_example(tmp_path / "nowhere" / "oversell-guard.toml")
