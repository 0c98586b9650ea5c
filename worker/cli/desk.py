"""What every command needs: where the configuration is, real things on request, and an output."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from .endings import ExitCode, Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Seams:
    """What a test hands in as the context's object: TikTok, the clock, and the environment.

    `transport` is an `httpx.BaseTransport`, not named so that `--help` need not load httpx.
    """

    transport: Any = None
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


class Desk:
    """One run of the command line. Everything real is made on request, by `bootstrap`."""

    def __init__(self, seams: Seams, config: Path | None) -> None:
        """Keep what is needed; nothing is read."""
        self.seams = seams
        self.config = config
        self.as_json = False

    def settings(self) -> Any:  # noqa: ANN401 - naming the class would load it
        """Return the settings. Raises `ConfigFaults`."""
        from ..settings.loading import load_settings

        return load_settings(self.config, self.seams.environ)

    @contextmanager
    def services(self, settings: Any = None) -> Iterator[Any]:  # noqa: ANN401 - naming the class would load it
        """Yield the services of this process, by other settings if given, and close them."""
        from ..bootstrap import build_services, close

        log_to_stderr()
        seams = self.seams
        services = build_services(
            settings if settings is not None else self.settings(),
            transport=seams.transport,
            clock=seams.clock,
            sleep=seams.sleep,
        )
        try:
            yield services
        finally:
            close(services)

    def show(self, report: object, view: Callable[[], Iterable[Any]]) -> None:
        """Print a report: one JSON document, or what `view` makes of it."""
        from ..reports.printing import as_json, show

        if self.as_json:
            typer.echo(as_json(report))
        else:
            show(*view())

    def show_lines(self, lines: Iterable[str], view: Callable[[], Iterable[Any]]) -> None:
        """Print an answer of many documents: one line of JSON for each, or what `view` makes."""
        from ..reports.printing import show

        if self.as_json:
            typer.echo("\n".join(lines))
        else:
            show(*view())

    def say(self, text: str) -> None:
        """Tell a person something that is no answer."""
        typer.echo(text, err=True)

    def tell_failure(self, failure: Failure) -> None:
        """Say on standard error what is wrong and what to do; with --json, as a document too."""
        for each in failure.causes:
            self.say(f"error: {each.cause}\n  remedy: {each.remedy}")
        if self.as_json:
            causes = [{"cause": each.cause, "remedy": each.remedy} for each in failure.causes]
            document = {"error": {"exit_code": int(failure.code), "causes": causes}}
            typer.echo(json.dumps(document, ensure_ascii=False, indent=2))


def desk_of(ctx: typer.Context, *, as_json: bool) -> Desk:
    """Return the desk of this run, and note in what form it answers."""
    desk = ctx.obj
    if not isinstance(desk, Desk):
        raise TypeError("the command line was entered without its callback")
    desk.as_json = as_json
    return desk


def finish(*, well: bool) -> None:
    """End the command: with 0, or with the code for something found wrong."""
    if not well:
        raise typer.Exit(ExitCode.FOUND_WRONG)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[str, float, float], None]]:
    """Yield what draws a bar on standard error; it draws nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(file=sys.stderr)
    bar = Progress(console=console, transient=True, disable=quiet or not console.is_terminal)
    task = bar.add_task("starting", total=None)
    with bar:
        yield lambda what, done, of: bar.update(
            task, description=what, completed=done, total=max(of, 1)
        )


def log_to_stderr() -> None:
    """Have the program's log lines leave standard output to the answer."""
    import logging

    import structlog
    from structlog.dev import ConsoleRenderer, plain_traceback

    # dramatiq lets every library speak; how Alembic sets itself up is no news.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # The stream is looked up for each logger: tests put others in its place.
    structlog.configure(
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            # A richer traceback would print local variables, and secrets are among them.
            ConsoleRenderer(exception_formatter=plain_traceback, colors=sys.stderr.isatty()),
        ],
    )
