"""The commands that set up the program and show it: init, check-config, migrate, demo."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ..causes import Cause
from .desk import desk_of, log_to_stderr
from .endings import EXIT_CODES, ExitCode, Failure
from .words import Json


Target = Annotated[Path, typer.Argument(metavar="PATH", help="Where to write the example.")]
Seconds = Annotated[
    float, typer.Option("--seconds", metavar="S", min=5, max=3_600, help="How long it runs.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Same seed, same shoppers.")]
MetricsPort = Annotated[
    int,
    typer.Option("--metrics-port", metavar="PORT", min=0, max=65_535, help="Serve /metrics here."),
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep the record and the feeds' folders.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (init, check_config, migrate, demo):
        app.command(epilog=EXIT_CODES)(command)


def init(
    ctx: typer.Context, *, path: Target = Path("oversell-guard.toml"), as_json: Json = False
) -> None:
    """Write a commented example configuration, over no file that is there."""
    from ..settings.example import write_example
    from ..settings.faults import ConfigFaults

    desk = desk_of(ctx, as_json=as_json)
    try:
        write_example(path)
    except ConfigFaults as error:
        # Here a path is at fault, not a configuration.
        causes = [Cause(cause=f"{f.place}: {f.problem}", remedy=f.remedy) for f in error.faults]
        raise Failure(ExitCode.BAD_USAGE, causes) from error
    desk.show({"written": str(path)}, lambda: [f"Written: {path}"])
    desk.say("Fill in what it asks for, then run `python -m worker check-config`.")


def check_config(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List everything that is wrong with the configuration, at once."""
    from ..mapping_file import read_mapping

    desk = desk_of(ctx, as_json=as_json)
    settings = desk.settings()
    rules = read_mapping(
        settings.catalog.mapping_file, settings.catalog.sku_case, shops=settings.shops
    )
    found = {
        "shops": {name: shop.mode.value for name, shop in settings.shops.items()},
        "feeds": {name: feed.warehouse for name, feed in settings.feeds.items()},
        "warehouses": list(settings.warehouses),
        "overrides": len(settings.overrides),
        "mapped_seller_skus": len(rules),
    }
    desk.show(found, lambda: _good_config(found))


def _good_config(found: dict[str, object]) -> Iterator[object]:
    from ..reports.printing import facts

    yield "The configuration is in order."
    pairs = [
        (name, [f"{k}: {v}" for k, v in value.items()] if isinstance(value, dict) else value)
        for name, value in found.items()
    ]
    yield facts("", pairs)


def migrate(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Bring the store to the schema that this program needs."""
    from connectors.store import schema
    from connectors.store.engine import open_engine

    desk = desk_of(ctx, as_json=as_json)
    settings = desk.settings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    try:
        before = schema.revision(engine)
        schema.migrate(engine)
        moved = {"from": before, "to": schema.revision(engine)}
    finally:
        engine.dispose()
    desk.show(moved, lambda: [f"The store's schema: {before or 'none'} -> {moved['to']}"])


def demo(
    ctx: typer.Context,
    *,
    seconds: Seconds = 60.0,
    seed: Seed = 1,
    keep: Keep = False,
    metrics_port: MetricsPort = 0,
    as_json: Json = False,
) -> None:
    """Run the whole shop against a sandbox on this machine, to watch.

    Ends with 1 if a unit was oversold.
    """
    from ..demo.run import run_demo

    desk_of(ctx, as_json=as_json)
    log_to_stderr()
    raise typer.Exit(
        run_demo(seconds=seconds, seed=seed, as_json=as_json, keep=keep, metrics_port=metrics_port)
    )
