"""The demo's world as a process of its own: the sandbox, its shoppers and partners, and no guard.

    python -m worker.demo.world FOLDER --url http://sandbox:8900

It writes into the folder what the guard's processes need to know: `oversell-guard.toml`, the
mapping and the secrets. They share the folder as their `data_dir`, so that partners reach the
inboxes. What was oversold is counted from the partners' shelf, and told at the end.
"""

import argparse
import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from connectors.sandbox.api import make_api
from connectors.sandbox.server import serve
from connectors.sandbox.story import DemoWorld, demo_world

from .driver import Driver
from .settings import demo_values


SECRETS = ("app_key", "app_secret", "access_token", "refresh_token")
LATENCY_S = 0.02


def write_config(story: DemoWorld, folder: Path, url: str) -> None:
    """Write the configuration for the guard, with each secret in a file of its own."""
    values = demo_values(story, folder=folder, api_url=url)
    text = "".join(_lines(values, folder, ()))
    (folder / "oversell-guard.toml").write_text(text, encoding="utf-8")


def _lines(table: Mapping[str, object], folder: Path, at: tuple[str, ...]) -> Iterator[str]:
    """Write a table as TOML: what stands in it, then the tables below."""
    if at:
        yield f"\n[{'.'.join(at)}]\n"
    for key, value in table.items():
        if key in SECRETS:
            file = _keep_secret(folder, "_".join((*at, key)), str(value))
            yield f"{key} = {{ file = {json.dumps(file)} }}\n"
        elif value is not None and not isinstance(value, Mapping):
            yield f"{key} = {json.dumps(value)}\n"
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _lines(value, folder, (*at, key))


def _keep_secret(folder: Path, name: str, secret: str) -> str:
    place = folder / "secrets"
    place.mkdir(mode=0o700, exist_ok=True)
    (place / name).write_text(secret, encoding="utf-8")
    return f"secrets/{name}"


def run_world(folder: Path, *, url: str, host: str, seconds: float, seed: int) -> int:
    """Serve the world at the port of `url` until told to end.

    Returns 0, or 1 if a unit was oversold.
    """
    story = demo_world(seed, time.time, seconds)
    write_config(story, folder, url)
    driver = Driver(story, feeds=folder / "feeds")
    told = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: told.set())
    port = urlsplit(url).port or 80
    with serve(make_api(story.world), host=host, port=port, latency_s=LATENCY_S):
        driver.start()
        told.wait()
        driver.stop()
    oversold_units = story.oversold_units()
    sys.stdout.write(json.dumps({"oversold_units": oversold_units}) + "\n")
    return 1 if oversold_units else 0


def main(arguments: Sequence[str]) -> int:
    """Read the command line and run the world."""
    parser = argparse.ArgumentParser(prog="python -m worker.demo.world")
    parser.add_argument("folder", type=Path, help="shared with the guard as its data_dir")
    parser.add_argument("--url", required=True, help="where the guard finds the sandbox")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--seconds", type=float, default=600.0, help="how long people shop")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same shoppers")
    asked = parser.parse_args(arguments)
    return run_world(
        asked.folder, url=asked.url, host=asked.host, seconds=asked.seconds, seed=asked.seed
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
