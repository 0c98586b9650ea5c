"""The settings of the demo: the sandbox's shops and partners, with a day pressed into a minute."""

from pathlib import Path

from connectors.sandbox.marketplace import ShopAccess
from connectors.sandbox.story import DemoWorld

from ..settings.model import Settings


def demo_settings(
    story: DemoWorld, *, folder: Path, api_url: str, metrics_port: int = 0
) -> Settings:
    """Return the settings under which the guard runs against the sandbox at `api_url`."""
    values = demo_values(story, folder=folder, api_url=api_url)
    # The demo's own ports: free ones, so that it disturbs nobody.
    ports = {"web": {"port": 0}, "metrics": {"port": metrics_port, "cache_s": 1.0}}
    return Settings.model_validate({**values, **ports})


def demo_values(story: DemoWorld, *, folder: Path, api_url: str) -> dict[str, object]:
    """Return the same as plain values, section by section, and write the mapping file."""
    mapping_file = folder / "mapping.csv"
    mapping_file.write_text(story.mapping_csv, encoding="utf-8")
    app = story.shops[0]
    return {
        "data_dir": str(folder),
        "database_url": f"sqlite:///{folder / 'record.sqlite3'}",
        "tiktok": {
            "app_key": app.app_key,
            "app_secret": app.app_secret,
            "api_url": api_url,
            "auth_url": api_url,
            "timeout_s": 5.0,
        },
        "shops": {shop.name: _shop(shop) for shop in story.shops},
        "partners": {"lumen-fulfilment": {}},
        "warehouses": _warehouses(story),
        "feeds": {partner.code.lower(): _feed(story, partner.code) for partner in story.partners},
        "catalog": {"mapping_file": str(mapping_file)},
        "guard": _guard(),
        "assumptions": _assumptions(),
        "schedule": _schedule(),
    }


def _shop(shop: ShopAccess) -> dict[str, object]:
    return {
        "mode": "write",
        "shop_id": shop.shop_id,
        "market": "US",
        "cipher": shop.cipher,
        "access_token": shop.access_token,
        "refresh_token": shop.refresh_token,
        "access_expires_at": shop.access_token_expires_at,
    }


def _warehouses(story: DemoWorld) -> dict[str, object]:
    codes = sorted({code for _, code in story.warehouses})
    return {
        code: {
            "partner": "lumen-fulfilment",
            "tiktok_warehouse_ids": {
                shop: [warehouse_id]
                for (shop, each), warehouse_id in story.warehouses.items()
                if each == code
            },
        }
        for code in codes
    }


def _feed(story: DemoWorld, code: str) -> dict[str, object]:
    return {
        "warehouse": code,
        "kind": "on_hand",
        "deducts_at": "carrier_scan",
        # A file that comes when the next is due already is late, by a person's reckoning.
        "expected_every_s": 2 * (story.feeds_at[1] - story.feeds_at[0]),
        "settle_s": 0.0,
        "sku_column": "sku",
        "quantity_column": "quantity",
        "as_of_column": "as_of",
    }


def _guard() -> dict[str, object]:
    """A day's waits, pressed into the minute that a person watches."""
    return {"dwell_s_min": 3.0, "move_s_min": 5.0, "read_age_s_max": 10.0}


def _assumptions() -> dict[str, object]:
    """What the sandbox of the demo keeps to: see `connectors.sandbox.story`."""
    return {
        "write_horizon_s": 4.0,
        "read_staleness_s": 0.1,
        "orders_lag_s": 0.4,
        "restock_horizon_s": 0.5,
        "clock_tolerance_s": 0.1,
    }


def _schedule() -> dict[str, object]:
    return {
        "orders_poll_s": 0.5,
        "orders_overlap_s": 5.0,
        "inbox_scan_s": 0.3,
        "sweep_s": 0.1,
        "read_near_zero_s": 2.0,
    }
