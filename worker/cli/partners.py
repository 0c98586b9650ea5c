"""The commands that say who may drop files: partner add and list, partner key add and revoke."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ..causes import Cause
from .desk import desk_of
from .endings import EXIT_CODES, ExitCode, Failure
from .hands import login
from .words import Json, Who, Why


Name = Annotated[str, typer.Argument(metavar="NAME", help="A partner of the configuration.")]
KeyFile = Annotated[
    str, typer.Argument(metavar="KEYFILE", help="A public key, or - to read it from the input.")
]
FingerprintName = Annotated[
    str, typer.Argument(metavar="FINGERPRINT", help="SHA256:..., as `partner list` shows it.")
]
Expires = Annotated[
    str | None,
    typer.Option("--expires", metavar="WHEN", help="90d, or an ISO 8601 time (default: never)."),
]
Addresses = Annotated[
    list[str] | None,
    typer.Option("--from", metavar="CIDR", help="Only from this network; may be given again."),
]
Label = Annotated[
    str, typer.Option("--label", metavar="TEXT", help="Whose it is (default: its comment).")
]

KEY_BYTES_MAX = 65_536
"""No file with a public key is longer; whatever is was meant for something else."""


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    partner = typer.Typer(help="Say who may drop files by SFTP.", no_args_is_help=True)
    partner.command("add", epilog=EXIT_CODES)(add)
    partner.command("list", epilog=EXIT_CODES)(show_all)
    key = typer.Typer(help="Add a partner's public key, or end one.", no_args_is_help=True)
    key.command("add", epilog=EXIT_CODES)(add_key)
    key.command("revoke", epilog=EXIT_CODES)(revoke_key)
    partner.add_typer(key, name="key", epilog=EXIT_CODES)
    app.add_typer(partner, name="partner", epilog=EXIT_CODES)


def add(
    ctx: typer.Context,
    *,
    name: Name,
    who: Who = "",
    why: Why = "added by hand",
    as_json: Json = False,
) -> None:
    """Open the drop to a partner of the configuration, and show what to tell it."""
    from ..holding import Word
    from ..partners import add_partner

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        invitation = add_partner(services, name, Word(who=who or login(), why=why))
        desk.show(invitation, lambda: _invitation_view(invitation))
    if not any(each.state == "valid" for each in invitation.partner.keys):
        desk.say(f"It has no key yet: `partner key add {name} KEYFILE` lets it in at once.")
    desk.say(
        "What was started before the partner stood in the configuration does not know it: "
        "restart `sftp`, `up` and the queue processes."
    )


def show_all(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List every partner with its feeds and its keys."""
    from ..partners import list_partners

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        found = list_partners(services)
        desk.show({"partners": found}, lambda: _partners_view(found))


def add_key(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    name: Name,
    key_file: KeyFile,
    expires: Expires = None,
    addresses: Addresses = None,
    label: Label = "",
    who: Who = "",
    why: Why = "added by hand",
    as_json: Json = False,
) -> None:
    """Let a partner in by a public key, from now on; given again, its terms are replaced."""
    from ..holding import Word
    from ..partners import KeyRequest
    from ..partners import add_key as let_in
    from ..reports.moments import read_end

    desk = desk_of(ctx, as_json=as_json)
    text = _read(key_file)
    with desk.services() as services:
        request = KeyRequest(
            partner=name,
            text=text,
            label=label,
            addresses=tuple(addresses or ()),
            expires_at=None if expires is None else read_end(expires, services.now()),
            word=Word(who=who or login(), why=why),
        )
        key = let_in(services, request)
        desk.show({"key": key}, lambda: _keys_view("Added", [key]))


def revoke_key(
    ctx: typer.Context,
    *,
    name: Name,
    fingerprint: FingerprintName,
    who: Who = "",
    why: Why = "revoked by hand",
    as_json: Json = False,
) -> None:
    """End a key: nobody logs in by it any more, and open sessions end within seconds."""
    from ..holding import Word
    from ..partners import revoke_key as shut_out

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        key = shut_out(services, name, fingerprint, Word(who=who or login(), why=why))
        desk.show({"key": key}, lambda: _keys_view("Revoked", [key]))


def _read(key_file: str) -> str:
    """Return what a file or standard input holds, as far as a key can be long."""
    try:
        if key_file == "-":
            return sys.stdin.read(KEY_BYTES_MAX)
        with Path(key_file).open(encoding="utf-8") as file:
            return file.read(KEY_BYTES_MAX)
    except UnicodeDecodeError:
        # No cause, which would quote the file.
        cause = Cause(cause=f"{key_file} is no text", remedy="give the file that ends in .pub")
        raise Failure(ExitCode.BAD_USAGE, [cause]) from None
    except OSError as fault:
        cause = Cause(
            cause=f"{key_file} cannot be read: {fault.strerror}", remedy="name the key's file"
        )
        raise Failure(ExitCode.BAD_USAGE, [cause]) from fault


def _invitation_view(invitation: Any) -> Iterator[object]:  # noqa: ANN401 - naming the class would load it
    from ..reports.printing import facts

    partner = invitation.partner
    names = {each.feed: each.file_names for each in partner.feeds}
    pairs = [
        ("server", f"{invitation.host}, port {invitation.port}, as it is reached from outside"),
        ("server's key", f"ssh-ed25519 {invitation.host_key}"),
        ("user", partner.partner),
        ("files go into", "/inbox"),
        ("receipts are in", "/outbox"),
        *((f"files for {feed}", pattern) for feed, pattern in names.items()),
    ]
    yield facts("Tell the partner", pairs)
    yield from _keys_view("Keys", partner.keys)


def _partners_view(partners: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    from ..reports.printing import table

    rows = (
        (each.partner, feed.feed, feed.warehouse, feed.file_names)
        for each in partners
        for feed in each.feeds
    )
    yield table("Feeds", ("partner", "feed", "warehouse", "file names"), rows)
    yield from _keys_view("Keys", [key for each in partners for key in each.keys])


def _keys_view(title: str, keys: Any) -> Iterator[object]:  # noqa: ANN401 - as above
    from ..reports.printing import table

    columns = ("partner", "fingerprint", "label", "state", "expires", "from", "added by")
    yield table(
        title,
        columns,
        (
            (
                each.partner,
                each.fingerprint,
                each.label,
                each.state,
                each.expires_at,
                each.addresses or "anywhere",
                each.added_by,
            )
            for each in keys
        ),
    )
