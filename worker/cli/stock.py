"""The commands that move stock figures: reconcile writes them, ingest takes them in."""

from pathlib import Path
from typing import Annotated

import typer

from .desk import desk_of, finish, progress
from .endings import EXIT_CODES
from .words import Json, ShopName


OneSku = Annotated[
    str | None,
    typer.Option("--sku", metavar="SKU", help="Only listings that sell this SKU (default: all)."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and stop.")]
Timeout = Annotated[
    float, typer.Option("--timeout", metavar="S", min=1, help="Seconds that writes may take.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The partner's file.")]
Approve = Annotated[
    bool, typer.Option("--approve", help="Put the file in force although the gate holds it.")
]
Feed = Annotated[
    str, typer.Option("--feed", metavar="FEED", help="The feed, as the configuration names it.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (reconcile, ingest):
        app.command(epilog=EXIT_CODES)(command)


def reconcile(
    ctx: typer.Context,
    *,
    shop: ShopName = None,
    sku: OneSku = None,
    dry_run: DryRun = False,
    timeout: Timeout = 120.0,
    as_json: Json = False,
) -> None:
    """Look afresh, decide, and write until TikTok shows what was decided.

    Lists each listing with before, after and reason. A listing may show less or more
    than its share where moving it gains too little to be worth a call, or where its old and new
    quantity do not fit side by side; the reason says so. Ends with 1 if a listing could not be
    brought to what was decided, or a pool is sold beyond its goods.
    """
    from ..reconcile.run import Request
    from ..reconcile.run import reconcile as bring_to_target
    from ..reports.views import reconcile_view

    desk = desk_of(ctx, as_json=as_json)
    request = Request(shop=shop, sku=sku, dry_run=dry_run, timeout_s=timeout)
    with desk.services() as services:
        with progress(quiet=as_json) as tell:
            result = bring_to_target(services, request, tell)
        desk.show(result, lambda: reconcile_view(result))
    finish(well=result.well)


def ingest(
    ctx: typer.Context,
    *,
    file: File,
    feed: Feed,
    approve: Approve = False,
    as_json: Json = False,
) -> None:
    """Take in a partner's file at once, and name the rows that were refused.

    The file is copied. A file that the gate holds can be put in force with `--approve`, once
    somebody has seen to it that it is true. Ends with 1 if it was quarantined or refused as a
    whole. The decisions that follow are asked for: a running `up`, or `reconcile`, makes and
    writes them.
    """
    from ..ingest import ingest as take_in
    from ..reports.views import ingested_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        taken = take_in(services, file, feed, approved=approve)
        desk.show(taken, lambda: ingested_view(taken))
    finish(well=taken.well)
