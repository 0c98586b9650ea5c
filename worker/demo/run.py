"""The whole shop on one machine, for a person to watch: sandbox, shoppers, partner, and guard.

Nothing is staged. The guard runs as `up` runs it, against a TikTok Shop on a loopback socket,
with a partner who drops files into its inbox. Oversold units are counted from the partner's
shelf, never from our own record.
"""

import json
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from random import Random

from rich.console import Console
from rich.live import Live

from connectors.sandbox.api import make_api
from connectors.sandbox.server import serve
from connectors.sandbox.story import DemoWorld, demo_world
from connectors.sandbox.webhooks import WebhookSender
from connectors.store import writes
from connectors.store.engine import reading

from ..bootstrap import Program, running_program
from ..services import Services
from ..web.webhook_endpoint import PATH
from .driver import TICK_S, Driver
from .settings import demo_settings
from .summary import Summary, summarise, summary_table
from .table import demo_table


TABLE_EVERY_S = 0.5
"""How often the live table is drawn."""

QUIET_S_MAX = 10.0
"""How long the guard has, after the last shopper, to settle what it still has open."""


def run_demo(
    *, seconds: float, seed: int, as_json: bool, keep: bool, metrics_port: int = 0
) -> int:
    """Run the demo and print its summary. Returns 0, or 1 if a unit was oversold.

    Raises `PortTaken`. Port 0 takes a free one.
    """
    folder = Path(tempfile.mkdtemp(prefix="oversell-guard-demo-"))
    console = Console(stderr=as_json)
    try:
        summary = _run(
            folder, seconds=seconds, seed=seed, console=console, metrics_port=metrics_port
        )
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        sys.stdout.write(json.dumps(asdict(summary)) + "\n")
    else:
        console.print(summary_table(summary))
    if keep:
        console.print(f"Kept: {folder}", soft_wrap=True)
    return 0 if summary.safe else 1


def _run(
    folder: Path, *, seconds: float, seed: int, console: Console, metrics_port: int
) -> Summary:
    story = demo_world(seed, time.time, seconds)
    with serve(make_api(story.world), latency_s=0.02) as url:
        settings = demo_settings(story, folder=folder, api_url=url, metrics_port=metrics_port)
        with running_program(settings) as program:
            driver = Driver(story, feeds=folder / "feeds")
            rng = Random(seed)  # noqa: S311 - seeded, so that a run can be had again
            sender = WebhookSender(story.world, _address(program), rng=rng)
            driver.start()
            sender.start()
            try:
                _watch(story, program.services, console)
            finally:
                driver.stop()
                sender.stop()
            return summarise(story, program.services, seed=seed, seconds=seconds)


def _address(program: Program) -> str:
    return f"http://127.0.0.1:{program.web_port}{PATH}"


def _watch(story: DemoWorld, services: Services, console: Console) -> None:
    """Draw the pools near zero until the story ends, then wait until nothing is open."""
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while time.time() < story.ends_at:
            live.update(demo_table(story, services), refresh=True)
            time.sleep(TABLE_EVERY_S)
        deadline = time.time() + QUIET_S_MAX
        while time.time() < deadline and _open_writes(services):
            time.sleep(TICK_S)


def _open_writes(services: Services) -> int:
    with reading(services.engine) as connection:
        return writes.write_counts(connection).open
