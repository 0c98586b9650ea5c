"""The whole program with a drop for many partners, in a process of its own."""

import signal
from multiprocessing.connection import Connection
from pathlib import Path

from worker.bootstrap import running_program
from worker.cli.desk import log_to_stderr
from worker.holding import Word
from worker.partners import KeyRequest, add_key
from worker.settings.model import Settings


def serve_program(folder: Path, public_keys: dict[str, str], told: Connection) -> None:
    """Serve partners, each with a warehouse and a feed of its name, until killed."""
    log_to_stderr()
    with running_program(settings_for(folder, list(public_keys))) as program:
        for partner, text in public_keys.items():
            word = Word(who="bench", why="bench")
            add_key(program.services, KeyRequest(partner=partner, text=text, word=word))
        told.send(program.drop.port if program.drop else 0)
        signal.pause()


def settings_for(folder: Path, partners: list[str]) -> Settings:
    """The settings of a program that has partners and no shop."""
    return Settings.model_validate(
        {
            "data_dir": folder,
            "tiktok": {"app_key": "key", "app_secret": "secret"},
            "partners": {each: {} for each in partners},
            "warehouses": {each: {"partner": each} for each in partners},
            "feeds": {
                each: {
                    "warehouse": each,
                    "kind": "on_hand",
                    "sku_column": "sku",
                    "quantity_column": "quantity",
                    "as_of_column": "as_of",
                }
                for each in partners
            },
            "sftp": {"enabled": True, "port": 0},
            "web": {"port": 0},
            "metrics": {"port": 0},
        }
    )
