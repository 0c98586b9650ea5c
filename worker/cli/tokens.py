"""The commands that say who may use the HTTP API: token add, token list, token revoke."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from .desk import desk_of
from .endings import EXIT_CODES
from .hands import login
from .words import Json, Who, Why


Name = Annotated[
    str, typer.Argument(metavar="NAME", help="Who uses it; stands in the trail for what it does.")
]
RoleName = Annotated[
    str,
    typer.Option("--role", metavar="ROLE", help="reader (looks), operator (steps in) or sender."),
]
Shops = Annotated[
    list[str] | None,
    typer.Option("--shop", metavar="SHOP", help="Only this shop; may be given again."),
]
Feeds = Annotated[
    list[str] | None,
    typer.Option("--feed", metavar="FEED", help="A sender's feed; may be given again."),
]
Expires = Annotated[
    str,
    typer.Option("--expires", metavar="WHEN", help="90d, or an ISO 8601 time; at most 366 days."),
]
TokenId = Annotated[str, typer.Argument(metavar="ID", help="The id that `token list` shows.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    token = typer.Typer(help="Say who may use the HTTP API, and as what.", no_args_is_help=True)
    token.command("add", epilog=EXIT_CODES)(add)
    token.command("list", epilog=EXIT_CODES)(show_all)
    token.command("revoke", epilog=EXIT_CODES)(revoke)
    app.add_typer(token, name="token", epilog=EXIT_CODES)


def add(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    name: Name,
    role: RoleName,
    shop: Shops = None,
    feed: Feeds = None,
    expires: Expires = "90d",
    who: Who = "",
    why: Why = "added by hand",
    as_json: Json = False,
) -> None:
    """Make a token and print it: this once, since only its digest is kept."""
    from ..access import TokenRequest, add_token, read_role
    from ..holding import Word
    from ..reports.moments import read_end

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        request = TokenRequest(
            name=name,
            role=read_role(role),
            shops=tuple(shop or ()),
            feeds=tuple(feed or ()),
            expires_at=read_end(expires, services.now()),
            word=Word(who=who or login(), why=why),
        )
        made = add_token(services, request)
        desk.show(made, lambda: _made_view(made))
    desk.say("Keep it now: it is not shown again. It goes into `Authorization: Bearer TOKEN`.")


def show_all(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List every token with its role, its shops and its last use, never its secret."""
    from ..access import list_tokens

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        found = list_tokens(services)
        desk.show({"tokens": found}, lambda: _tokens_view("Tokens", found))


def revoke(
    ctx: typer.Context,
    *,
    token_id: TokenId,
    who: Who = "",
    why: Why = "revoked by hand",
    as_json: Json = False,
) -> None:
    """End a token at once."""
    from ..access import revoke_token
    from ..holding import Word

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        ended = revoke_token(services, token_id, Word(who=who or login(), why=why))
        desk.show({"token": ended}, lambda: _tokens_view("Revoked", [ended]))


def _made_view(made: Any) -> Iterator[object]:  # noqa: ANN401 - naming the class would load it
    from ..reports.printing import facts

    yield facts("", [("token", made.text)])
    yield from _tokens_view("Made", [made.token])


def _tokens_view(title: str, tokens: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    from ..reports.printing import table

    columns = ("id", "name", "role", "for", "state", "expires", "last used")
    yield table(
        title,
        columns,
        (
            (
                each.token_id,
                each.name,
                each.role,
                each.feeds or each.shops or "all",
                each.state,
                each.expires_at,
                each.last_used_at,
            )
            for each in tokens
        ),
    )
