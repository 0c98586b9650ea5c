"""The commands that run until they are told to end: up, web, schedule.

A queue process is run by dramatiq's own command: `dramatiq worker.entry:broker`.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from .desk import Desk, desk_of, log_to_stderr
from .endings import EXIT_CODES
from .words import Json


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (up, web, schedule):
        app.command(epilog=EXIT_CODES)(command)


def up(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Run everything in one process, until it is told to end."""
    from ..bootstrap import running_program

    desk = desk_of(ctx, as_json=as_json)
    log_to_stderr()
    seams, settings = desk.seams, desk.settings()
    program = running_program(settings, transport=seams.transport, clock=seams.clock)
    with _until_told_to_end() as told, program as running:
        _say_what_is_served(desk, settings)
        _say_where(desk, settings, running)
        told.wait()
        desk.say("Ending: what is under way is finished, the rest stays due.")
    desk.show({"ended": True}, list)


def web(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Serve webhooks, HTTP API and metrics, until told to end. Any number may run."""
    from ..bootstrap import running_web

    desk = desk_of(ctx, as_json=as_json)
    log_to_stderr()
    settings = desk.settings()
    with _until_told_to_end() as told, running_web(settings) as running:
        _say_where(desk, settings, running)
        told.wait()
    desk.show({"ended": True}, list)


@contextmanager
def _until_told_to_end() -> Iterator[threading.Event]:
    """Yield an event that SIGINT and SIGTERM set; they mean what they did before, afterwards."""
    told = threading.Event()
    before = {
        each: signal.signal(each, lambda *_: told.set())
        for each in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield told
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _say_what_is_served(desk: Desk, settings: object) -> None:
    shops = getattr(settings, "shops", {})
    modes = ", ".join(f"{name} ({shop.mode.value})" for name, shop in shops.items())
    desk.say(f"Guarding {modes or 'no shop yet'}.")
    for name in getattr(settings, "feeds", {}):
        desk.say(f"Feed {name} is served.")
    desk.say("Interrupt to end.")


def _say_where(desk: Desk, settings: Any, running: Any) -> None:  # noqa: ANN401 - naming the classes would load them
    desk.say(f"Webhooks and API: http://{settings.web.host}:{running.web_port}")
    desk.say(f"Metrics and health: http://{settings.metrics.host}:{running.metrics_port}/metrics")
    nameless = [name for name, shop in settings.shops.items() if not shop.shop_id]
    if nameless:
        desk.say(
            f"Without shop_id the webhooks of {', '.join(nameless)} are kept and not followed: "
            "polling finds their orders."
        )


def schedule(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Ring for due work, until told to end. Any number may run: one does the sweeping."""
    from ..bootstrap import running_scheduler

    desk = desk_of(ctx, as_json=as_json)
    log_to_stderr()
    with _until_told_to_end() as told, running_scheduler(desk.settings()):
        desk.say("Sweeping the record for due work. Interrupt to end.")
        told.wait()
    desk.show({"ended": True}, list)
