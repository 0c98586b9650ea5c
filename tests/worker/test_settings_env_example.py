"""The list of variables is current, complete, and shows each default as it is."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from worker.settings.env_example import NAME, env_example
from worker.settings.loading import load_settings


DEPLOYED = Path(__file__).parents[2] / "deploy" / "env.example"
PREFIX = "OVERSELL_GUARD_"

NEEDED = {
    "PARTNERS": '{"lumen": {}}',
    "TIKTOK__APP_KEY": "key",
    "TIKTOK__APP_SECRET": "secret",
    "SHOPS__NAME__CIPHER": "cipher",
    "WAREHOUSES__NAME__PARTNER": "lumen",
    "FEEDS__NAME__WAREHOUSE": "name",
    "FEEDS__NAME__KIND": "on_hand",
    "FEEDS__NAME__SKU_COLUMN": "sku",
    "FEEDS__NAME__QUANTITY_COLUMN": "units",
    "FEEDS__NAME__AS_OF_COLUMN": "as_of",
}
"""What has no default and must be there."""


def shown() -> dict[str, str]:
    """The variables of the example, with the sign of a comment taken away."""
    lines = re.findall(rf"^#({PREFIX}\w+)=(.*)$", env_example(), flags=re.MULTILINE)
    return {name: value.removeprefix("'").removesuffix("'") for name, value in lines}


def needed() -> dict[str, str]:
    """A small right environment."""
    return {f"{PREFIX}{name}": value for name, value in NEEDED.items()}


def test_the_deployed_list_is_current() -> None:
    """Who adds a setting prints the list anew: `python -m worker.settings.env_example`."""
    assert DEPLOYED.read_text(encoding="utf-8") == env_example()


def test_every_variable_can_be_set_to_what_is_shown() -> None:
    """Taking every `#` away changes nothing: names are right, and defaults are the defaults."""
    everything = {**shown(), **needed()}

    assert load_settings(None, everything) == load_settings(None, needed())


@pytest.mark.parametrize("name", NEEDED)
def test_what_must_be_set_is_shown(name: str) -> None:
    """A setting without a default stands in the list all the same."""
    assert PREFIX + name in shown()


def test_no_variable_stands_without_a_word() -> None:
    """Each has a description above it."""
    lines = env_example().splitlines()
    bare = [
        line
        for above, line in pairwise(lines)
        if line.startswith("#OVERSELL") and not above.startswith("# ")
    ]

    assert bare == []


def test_no_default_is_left_as_pythons_own_word() -> None:
    """What a file cannot say is left open, not written as Python prints it."""
    assert not [
        value for value in shown().values() if re.search(r"None|Undefined|<|Settings", value)
    ]


def test_names_to_be_replaced_are_explained() -> None:
    """Who reads the list learns what the placeholder stands for."""
    assert f"# {NAME} stands for" in env_example()
