"""The commands that connect shops: shop add, list, refresh, check and accept."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from .desk import Desk, desk_of, finish
from .endings import EXIT_CODES
from .hands import login
from .words import Json, Who, Why


Name = Annotated[str, typer.Argument(metavar="SHOP", help="A shop of the configuration.")]
Names = Annotated[
    str | None, typer.Argument(metavar="SHOP", help="A shop of the configuration (default: all).")
]
AnswerText = Annotated[
    str | None,
    typer.Argument(
        metavar="ADDRESS|CODE",
        help="Where the link led to, or the code in it; - reads it from the input.",
        show_default=False,
    ),
]
OnlySetUp = Annotated[
    bool, typer.Option("--set-up", help="Set up a shop anew that is connected already.")
]
Expires = Annotated[
    str, typer.Option("--expires", metavar="WHEN", help="30m, 2h, 3d, or an ISO 8601 time.")
]

ANSWER_LETTERS_MAX = 8_192
"""No address is longer; whatever is was meant for something else."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    shop = typer.Typer(help="Connect shops, and see how they stand.", no_args_is_help=True)
    for name, command in (
        ("add", add),
        ("list", show_all),
        ("refresh", refresh),
        ("check", check),
        ("accept", accept),
    ):
        shop.command(name, epilog=EXIT_CODES)(command)
    app.add_typer(shop, name="shop", epilog=EXIT_CODES)


def add(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    shop: Name,
    answer: AnswerText = None,
    set_up: OnlySetUp = False,
    who: Who = "",
    why: Why = "connected by hand",
    as_json: Json = False,
) -> None:
    """Show the link for a shop's seller; given where it led to, connect the shop and set it up.

    It starts as the configuration says, which is to observe. An address has a secret in it:
    hand it in by `-` where others can see what is typed.
    """
    desk = desk_of(ctx, as_json=as_json)
    if answer is None and not set_up:
        _show_link(desk, shop)
        return
    from ..holding import Word
    from ..reports.lookup import shops_in_scope
    from ..shops.connecting import connect
    from ..shops.setting_up import set_up as set_up_shop

    with desk.services() as services:
        shops_in_scope(services.settings, shop)
        connected = None
        if answer is not None:
            text = sys.stdin.read(ANSWER_LETTERS_MAX) if answer == "-" else answer
            connected = connect(services, shop, text, Word(who=who or login(), why=why))
            desk.say(f"{shop} is connected. Setting it up.")
        done = set_up_shop(services, shop)
        desk.show({"connected": connected, "set_up": done}, lambda: _set_up_view(connected, done))
    _say_what_next(desk, done)
    finish(well=done.well)


def _show_link(desk: Desk, shop: str) -> None:
    from ..shops.connecting import consent_links

    with desk.services() as services:
        links = consent_links(services, shop)
        desk.show({"links": links}, lambda: _links_view(links))
    desk.say(
        "The seller opens it, logs in and consents. Then hand in the whole address that his "
        f"browser went to, within 30 minutes: `shop add {shop} 'ADDRESS'`"
    )


def _say_what_next(desk: Desk, done: Any) -> None:  # noqa: ANN401 - naming the class would load it
    if not done.webhooks.address:
        desk.say("No webhooks were registered: set authorisation.webhook_url, then --set-up.")
    named = ", ".join(f"{kind} ({name})" for kind, name in done.webhooks.by_hand.items())
    desk.say(f"Switch these on in Partner Center, which the API cannot: {named}.")
    if any(each.is_open for each in done.unexplained):
        desk.say(
            f"Units that no order explains: see whether they stay, then `shop accept {done.shop}`."
        )
    if done.mode == "observe":
        desk.say(f"It observes. When its plans have convinced you, set shops.{done.shop}.mode.")


def show_all(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List every shop: its state, until when its tokens and consent last, and what to do."""
    from ..shops.listing import list_shops

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        found = list_shops(services)
        desk.show({"shops": found}, lambda: _shops_view(found))


def refresh(ctx: typer.Context, *, shop: Name, as_json: Json = False) -> None:
    """Refresh a shop's tokens now, whatever its state; the old pair is void then."""
    from ..shops.listing import refresh_shop

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        view = refresh_shop(services, shop)
        desk.show({"shop": view}, lambda: _shops_view([view]))


def check(ctx: typer.Context, *, shop: Names = None, as_json: Json = False) -> None:
    """Try every call that the guard needs, and say which scope or mapping is missing.

    Nothing is written to the shop. Ends with 1 if anything is not as it should be.
    """
    from ..reports.lookup import shops_in_scope
    from ..shops.checking import check_shop

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        checks = [check_shop(services, each) for each in shops_in_scope(services.settings, shop)]
        desk.show({"shops": checks}, lambda: _checks_view(checks))
    finish(well=all(each.well for each in checks))


def accept(
    ctx: typer.Context,
    *,
    shop: Name,
    why: Why,
    who: Who = "",
    expires: Expires = "30d",
    as_json: Json = False,
) -> None:
    """Accept committed units that no order explains: they are set aside from the goods.

    Given again, it takes the place of what was accepted before.
    """
    from ..holding import Word
    from ..reports.lookup import shops_in_scope
    from ..reports.moments import read_end
    from ..shops.baseline import accept as accept_units
    from ..shops.open_orders import import_open_orders

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        shops_in_scope(services.settings, shop)
        word = Word(who=who or login(), why=why)
        expires_at = read_end(expires, services.now())
        import_open_orders(services, shop)
        accepted = accept_units(services, shop, word, expires_at)
        desk.show({"accepted": accepted}, lambda: _units_view("Accepted", accepted))


def _links_view(links: Any) -> Iterator[object]:  # noqa: ANN401 - naming the class would load it
    from ..reports.printing import facts

    yield facts(
        "Link for the seller", [(f"sellers of {each.market}", each.link) for each in links]
    )


def _set_up_view(connected: Any, done: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    from ..reports.printing import facts, table

    pairs = [
        ("shop", done.shop),
        *([("at TikTok", f"{connected.name} ({connected.shop_id})")] if connected else []),
        ("mode", done.mode),
        ("webhooks registered", [*done.webhooks.already, *done.webhooks.added]),
        ("webhooks refused", [f"{name}: {why}" for name, why in done.webhooks.refused.items()]),
        ("read with gaps", done.orders.moving),
    ]
    yield facts("Set up", pairs)
    yield table("Open orders", ("status", "orders"), done.orders.orders_by_status.items())
    yield from _units_view("Committed units that no order explains", done.unexplained)


def _units_view(title: str, some: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    from ..reports.printing import table

    columns = ("listing", "seller SKU", "committed", "explained", "unsure", "accepted", "left")
    yield table(
        title,
        columns,
        (
            (
                str(each.key),
                each.seller_sku,
                each.committed_units,
                each.explained_units,
                each.unsure_units,
                each.accepted_units,
                each.units,
            )
            for each in some
        ),
    )


def _shops_view(shops: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    from ..reports.printing import table

    columns = ("shop", "mode", "state", "since", "token until", "consent until", "why", "remedy")
    yield table(
        "Shops",
        columns,
        (
            (
                each.shop,
                each.mode,
                each.state,
                each.since,
                each.access_ends_at,
                each.consent_ends_at,
                each.why,
                each.remedy,
            )
            for each in shops
        ),
    )


def _checks_view(checks: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    from ..reports.printing import table

    columns = ("looked at", "scope", "found", "remedy")
    for each in checks:
        rows = (
            (
                found.name,
                found.scope,
                "well" if found.well and not found.advice else found.cause or found.advice,
                found.remedy,
            )
            for found in each.findings
        )
        yield table(f"{each.shop}: {each.mode}, {each.state}", columns, rows)
