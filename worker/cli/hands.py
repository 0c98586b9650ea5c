"""The commands by which a person steps in: hold, release, writes stop, writes start."""

from getpass import getuser
from typing import Annotated

import typer

from .desk import Desk, desk_of
from .endings import EXIT_CODES
from .words import Json, ShopName, SkuName, Who, Why


AtMost = Annotated[
    int | None, typer.Option("--at-most", metavar="N", help="Show at most N, and raise nothing.")
]
SetAside = Annotated[
    int | None,
    typer.Option("--set-aside", metavar="N", help="Keep N units off sale, or for --shop alone."),
]
WarehouseCode = Annotated[
    str | None,
    typer.Option("--warehouse", metavar="CODE", help="Only in this warehouse (default: all)."),
]
Expires = Annotated[
    str, typer.Option("--expires", metavar="WHEN", help="30m, 2h, 3d, or an ISO 8601 time.")
]
Named = Annotated[
    str, typer.Argument(metavar="SKU|ID", help="A SKU, or a number that `holds` shows.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog=EXIT_CODES)(hold)
    app.command(epilog=EXIT_CODES)(release)
    writes = typer.Typer(help="Stop all writing to TikTok, or let it go on.", no_args_is_help=True)
    writes.command("stop", epilog=EXIT_CODES)(stop)
    writes.command("start", epilog=EXIT_CODES)(start)
    app.add_typer(writes, name="writes", epilog=EXIT_CODES)


def hold(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    sku: SkuName,
    who: Who,
    why: Why,
    expires: Expires,
    shop: ShopName = None,
    at_most: AtMost = None,
    set_aside: SetAside = None,
    warehouse: WarehouseCode = None,
    as_json: Json = False,
) -> None:
    """Cap what a SKU's listings show, or set units of its goods aside.

    The guard raises nothing that is held, until the hold expires or is released.
    """
    from ..holding import HoldRequest, Word
    from ..holding import hold as hold_down
    from ..reports.moments import read_end
    from ..reports.views import holds_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        request = HoldRequest(
            sku=sku,
            shop=shop,
            warehouse=warehouse,
            units_max=at_most,
            set_aside_units=set_aside,
            expires_at=read_end(expires, services.now()),
            word=Word(who=who, why=why),
        )
        stored = hold_down(services, request)
        desk.show({"hold": stored}, lambda: holds_view("Held", [stored]))


def release(
    ctx: typer.Context,
    *,
    named: Named,
    who: Who,
    why: Why = "released",
    as_json: Json = False,
) -> None:
    """Release every hold on a SKU, or the one hold of a number."""
    from ..holding import Word
    from ..holding import release as let_go
    from ..reports.views import holds_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        released = let_go(services, named, Word(who=who, why=why))
        desk.show({"released": released}, lambda: holds_view("Released", released))


def stop(
    ctx: typer.Context,
    *,
    shop: ShopName = None,
    who: Who = "",
    why: Why = "stopped by hand",
    as_json: Json = False,
) -> None:
    """Stop all writing: what is not committed by now is not sent."""
    desk = desk_of(ctx, as_json=as_json)
    _switch(desk, shop, who or login(), why, stopped=True)


def start(
    ctx: typer.Context,
    *,
    shop: ShopName = None,
    who: Who = "",
    why: Why = "started by hand",
    as_json: Json = False,
) -> None:
    """Let writing go on, and ask for a new decision on everything."""
    desk = desk_of(ctx, as_json=as_json)
    _switch(desk, shop, who or login(), why, stopped=False)


def _switch(desk: Desk, shop: str | None, who: str, why: str, *, stopped: bool) -> None:
    from ..holding import Word, switch_writes
    from ..reports.views import switched_view

    with desk.services() as services:
        word = Word(who=who, why=why)
        switched = switch_writes(services, shop=shop, stopped=stopped, word=word)
        desk.show({"shops": switched}, lambda: switched_view(switched))


def login() -> str:
    """Return who is logged in: in an emergency nobody should have to say so."""
    try:
        return getuser()
    except (KeyError, OSError):
        return "unknown user"
