"""The commands that try a partner's file before it counts: feed check, feed suggest."""

from pathlib import Path
from typing import Annotated

import typer

from .desk import desk_of, finish
from .endings import EXIT_CODES
from .words import Json


File = Annotated[Path, typer.Argument(metavar="FILE", help="The partner's file.")]
Feed = Annotated[
    str, typer.Option("--feed", metavar="FEED", help="The feed, as the configuration names it.")
]

NewName = Annotated[
    str, typer.Option("--feed", metavar="NAME", help="How the new feed is to be called.")
]
Warehouse = Annotated[
    str, typer.Option("--warehouse", metavar="CODE", help="The warehouse that it counts.")
]


def add_to(feed: typer.Typer) -> None:
    """Add the commands of this file to the group `feed`."""
    feed.command("check", epilog=EXIT_CODES)(check)
    feed.command("suggest", epilog=EXIT_CODES)(suggest)


def check(ctx: typer.Context, *, file: File, feed: Feed, as_json: Json = False) -> None:
    """Read a file as it would be taken, say what would become of it, and store nothing.

    Ends with 0 if it would be taken, and with 1 if it would wait, be refused, or only repeat
    what was delivered already. It needs no store: without one there is no last file.
    """
    from tempfile import TemporaryDirectory

    from ..feed_check import check_file, looking_settings
    from ..reports.trying import checked_view

    desk = desk_of(ctx, as_json=as_json)
    with (
        TemporaryDirectory() as scratch,
        desk.services(looking_settings(desk.settings(), Path(scratch))) as services,
    ):
        checked = check_file(services, file, feed)
        desk.show(checked, lambda: checked_view(checked))
    finish(well=checked.well)


def suggest(
    ctx: typer.Context,
    *,
    file: File,
    feed: NewName = "NAME",
    warehouse: Warehouse = "CODE",
    as_json: Json = False,
) -> None:
    """Propose how a new partner's file is written, as TOML to paste, and say how sure that is.

    Nothing is taken from it by itself: look at what is likely, and ask the partner about what is
    doubtful. Ends with 1 if not every row can be read by the proposal.
    """
    from reconciliation.quantities import Instant

    from ..feed_suggestion import suggest_file
    from ..reports.trying import tried_view

    desk = desk_of(ctx, as_json=as_json)
    now = Instant(desk.seams.clock())
    suggested = suggest_file(file, feed=feed, warehouse=warehouse, now=now)
    if as_json:
        desk.show(suggested, tuple)
    else:
        # As it is, so that no line is folded: the answer is TOML, and can be redirected.
        typer.echo(suggested.toml, nl=False)
        for line in tried_view(suggested):
            desk.say(line)
    finish(well=suggested.well)
