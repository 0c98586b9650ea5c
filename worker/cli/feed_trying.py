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


def add_to(feed: typer.Typer) -> None:
    """Add the commands of this file to the group `feed`."""
    feed.command("check", epilog=EXIT_CODES)(check)


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
