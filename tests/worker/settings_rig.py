"""A small right configuration, and a way to spoil it in one place."""

from collections.abc import Mapping
from pathlib import Path

from worker.settings.faults import ConfigFaults
from worker.settings.loading import load_settings
from worker.settings.model import Settings


Change = tuple[str, str]
"""A piece of the configuration, and what stands there instead."""

CONFIG = """\
[tiktok]
app_key = { env = "KEY" }
app_secret = { env = "SECRET" }

[shops.us]
cipher = "cipher-us"
access_token = { env = "TOKEN" }

[shops.uk]
cipher = "cipher-uk"

[partners.lumen]

[warehouses.EAST]
partner = "lumen"
tiktok_warehouse_ids = { us = ["11", "12"], uk = ["21"] }

[warehouses.WEST]
partner = "lumen"

[feeds.east]
warehouse = "EAST"
kind = "on_hand"
sku_column = "sku"
quantity_column = "units"
as_of_column = "as_of"

[guard]
pause_at_units = 0

[[overrides]]
sku_pattern = "TEE-*"
safety_units_min = 2
"""

SECRETS = {"KEY": "key-canary", "SECRET": "secret-canary", "TOKEN": "token-canary"}


def config(*changes: Change) -> str:
    """The right configuration after some changes, each of which must find its piece."""
    text = CONFIG
    for piece, instead in changes:
        assert piece in text
        text = text.replace(piece, instead, 1)
    return text


def load(folder: Path, *changes: Change, environ: Mapping[str, str] = SECRETS) -> Settings:
    """The settings of a changed configuration."""
    path = folder / "guard.toml"
    path.write_text(config(*changes), encoding="utf-8")
    return load_settings(path, environ)


def faults(folder: Path, *changes: Change, environ: Mapping[str, str] = SECRETS) -> list[str]:
    """What is wrong with a changed configuration, a line for each fault."""
    try:
        load(folder, *changes, environ=environ)
    except ConfigFaults as found:
        return [str(fault) for fault in found.faults]
    return []
