"""The commands that run until they are told to end: up, web, sftp, schedule.

A queue process is run by dramatiq's own command: `dramatiq worker.entry:broker`.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from .desk import Desk, desk_of, log_to_stderr
from .endings import EXIT_CODES
from .words import Json


Fingerprint = Annotated[
    bool, typer.Option("--fingerprint", help="Only show by what partners know the server.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (up, web, sftp, schedule):
        app.command(epilog=EXIT_CODES)(command)


def up(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Run everything in one process, until it is told to end."""
    from ..bootstrap import running_program

    desk = desk_of(ctx, as_json=as_json)
    log_to_stderr()
    seams, settings = desk.seams, desk.settings()
    program = running_program(settings, transport=seams.transport, clock=seams.clock)
    with until_told_to_end() as told, program as running:
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
    with until_told_to_end() as told, running_web(settings) as running:
        _say_where(desk, settings, running)
        told.wait()
    desk.show({"ended": True}, list)


@contextmanager
def until_told_to_end() -> Iterator[threading.Event]:
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
    if getattr(running, "drop", None) is not None:
        _say_drop(desk, settings, running.drop)
    nameless = [name for name, shop in settings.shops.items() if not shop.shop_id]
    if nameless:
        desk.say(
            f"Without shop_id, and unless `shop add` found it, the webhooks of "
            f"{', '.join(nameless)} are kept and not followed: polling finds their orders."
        )


def sftp(ctx: typer.Context, *, fingerprint: Fingerprint = False, as_json: Json = False) -> None:
    """Take partners' files by SFTP, until told to end.

    The server's own key is made on the first start, and stays the same.
    """
    from ..bootstrap import running_drop

    desk = desk_of(ctx, as_json=as_json)
    settings = desk.settings()
    if fingerprint:
        _show_fingerprint(desk, settings)
        return
    log_to_stderr()
    with until_told_to_end() as told, running_drop(settings) as drop:
        _say_drop(desk, settings, drop)
        told.wait()
    desk.show({"ended": True}, list)


def _show_fingerprint(desk: Desk, settings: Any) -> None:  # noqa: ANN401 - as above
    from connectors.sftp.host_key import host_key_at

    from ..settings.drops import host_key_path

    found = host_key_at(host_key_path(settings)).get_fingerprint()
    desk.show({"fingerprint": found}, lambda: [found])


def _say_drop(desk: Desk, settings: Any, drop: Any) -> None:  # noqa: ANN401 - as above
    desk.say(f"Partners drop files at sftp://{settings.sftp.host}:{drop.port}")
    desk.say(f"The server's key: {drop.fingerprint}")


def schedule(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Ring for due work, until told to end. Any number may run: one does the sweeping."""
    from ..bootstrap import running_scheduler

    desk = desk_of(ctx, as_json=as_json)
    log_to_stderr()
    with until_told_to_end() as told, running_scheduler(desk.settings()):
        desk.say("Sweeping the record for due work. Interrupt to end.")
        told.wait()
    desk.show({"ended": True}, list)
