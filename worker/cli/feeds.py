"""The commands of the quarantine desk: feed list, show, approve, refuse, rollback."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

import typer

from . import feed_trying
from .desk import Desk, desk_of
from .endings import EXIT_CODES
from .hands import login
from .words import Json, Who


OneFeed = Annotated[
    str | None, typer.Option("--feed", metavar="FEED", help="Only this feed (default: all).")
]
StateName = Annotated[
    str | None,
    typer.Option(
        "--state",
        metavar="STATE",
        help="taken, quarantined, refused, approved, rolled_back or rollback (default: all).",
    ),
]
DeliveryId = Annotated[int, typer.Argument(metavar="ID", help="The number `feed list` shows.")]
FeedName = Annotated[
    str, typer.Argument(metavar="FEED", help="The feed, as the configuration names it.")
]
WhyTold = Annotated[
    str,
    typer.Option("--why", metavar="TEXT", help="Why; kept in the trail, and told to the partner."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    feed = typer.Typer(
        help="Try files, look at delivered ones, and decide on them.", no_args_is_help=True
    )
    feed_trying.add_to(feed)
    feed.command("list", epilog=EXIT_CODES)(show_all)
    feed.command("show", epilog=EXIT_CODES)(show_one)
    feed.command("approve", epilog=EXIT_CODES)(approve)
    feed.command("refuse", epilog=EXIT_CODES)(refuse)
    feed.command("rollback", epilog=EXIT_CODES)(roll_back)
    app.add_typer(feed, name="feed", epilog=EXIT_CODES)


def show_all(
    ctx: typer.Context, *, feed: OneFeed = None, state: StateName = None, as_json: Json = False
) -> None:
    """List the newest deliveries, and where they stand."""
    from ..reports.deliveries import deliveries, deliveries_view, read_state

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        found = deliveries(services, feed=feed, state=read_state(state))
        desk.show({"deliveries": found}, lambda: deliveries_view(found))


def show_one(ctx: typer.Context, *, delivery: DeliveryId, as_json: Json = False) -> None:
    """Show a delivery: its verdict, reasons and figures, and where it parts from the last."""
    from ..reports.deliveries import delivery_report, report_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = delivery_report(services, delivery)
        desk.show(report, lambda: report_view(report))


def approve(
    ctx: typer.Context,
    *,
    delivery: DeliveryId,
    why: WhyTold,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Put a file in force that the gate holds, once somebody has seen to it that it is true.

    It is judged anew first: where newer figures have come into force since, nothing changes.
    """
    from ..feed_desk import approve as put_in_force

    desk = desk_of(ctx, as_json=as_json)
    _settle(desk, lambda services, word: put_in_force(services, delivery, word), who, why)


def refuse(
    ctx: typer.Context,
    *,
    delivery: DeliveryId,
    why: WhyTold,
    who: Who = "",
    as_json: Json = False,
) -> None:
    """Refuse a file that the gate holds, for good."""
    from ..feed_desk import refuse as turn_down

    desk = desk_of(ctx, as_json=as_json)
    _settle(desk, lambda services, word: turn_down(services, delivery, word), who, why)


def roll_back(
    ctx: typer.Context, *, feed: FeedName, why: WhyTold, who: Who = "", as_json: Json = False
) -> None:
    """Take the newest accepted file of a feed back: what was before it is in force again.

    The restored quantities are as old as they are, and orders since then count on top. Nothing
    is deleted; given again, it goes back one file further.
    """
    from ..feed_desk import roll_back as take_back

    desk = desk_of(ctx, as_json=as_json)
    _settle(desk, lambda services, word: take_back(services, feed, word), who, why)


def _settle(
    desk: Desk,
    decide: Callable[[Any, Any], Any],
    who: str,
    why: str,
) -> None:
    """Make a decision in somebody's name, and show what came of it."""
    from ..holding import Word

    with desk.services() as services:
        settled = decide(services, Word(who=who or login(), why=why))
        desk.show({"settled": settled}, lambda: _settled_view(settled))


def _settled_view(settled: Any) -> Iterator[object]:  # noqa: ANN401 - naming the class would load it
    from ..reports.printing import facts

    words = {"approve": "approved", "refuse": "refused", "rollback": "taken back"}
    yield facts(
        f"{settled.file_name}: {words[settled.decision]}",
        [
            ("delivery", settled.delivery_id),
            ("made delivery", settled.made_id),
            *([("back in force", settled.restored_id)] if settled.restored_id else []),
            ("pools with new figures", settled.pools_changed),
        ],
    )
