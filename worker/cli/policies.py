"""The commands for the guard's policy: preview, apply, show, history, take-back."""

from pathlib import Path
from typing import Annotated, Any

import typer

from .desk import Desk, desk_of, progress
from .endings import EXIT_CODES
from .hands import login
from .words import Json, Who


PolicyFile = Annotated[
    Path, typer.Argument(metavar="POLICY.toml", help="[guard], [[overrides]] and [assumptions].")
]
Share = Annotated[
    str | None,
    typer.Option("--stage", metavar="SHARE", help="A share of the SKUs first, such as 10%."),
]
Shops = Annotated[
    str | None, typer.Option("--shops", metavar="A,B", help="Only these shops first.")
]
Skus = Annotated[
    str | None,
    typer.Option("--skus", metavar="PATTERN", help="Only these SKUs first, such as 'TEE-*'."),
]
Most = Annotated[
    int, typer.Option("--limit", metavar="N", min=0, max=10_000, help="The most moves named.")
]
# Unlike elsewhere it has no default: a policy that nobody can explain is not applied.
Reason = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why; kept for ever.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    policy = typer.Typer(
        help="Look at a change of the guard's policy, apply it in stages, or take it back.",
        no_args_is_help=True,
    )
    for command in (preview, apply, show, history):
        policy.command(epilog=EXIT_CODES)(command)
    policy.command("take-back", epilog=EXIT_CODES)(take_back)
    app.add_typer(policy, name="policy", epilog=EXIT_CODES)


def preview(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    path: PolicyFile,
    share: Share = None,
    shops: Shops = None,
    skus: Skus = None,
    limit: Most = 20,
    as_json: Json = False,
) -> None:
    """Say what a policy would move, before it is applied; nothing is changed.

    The file says what is to change; what it leaves out stays as it is in force. Every listing is
    decided for by both policies, and where it would be heading is compared.
    """
    from ..policy.applying import propose
    from ..policy.preview import preview as look_ahead
    from ..policy.stages import read_stage
    from ..reports.policy_views import preview_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        stage = read_stage(services.settings, share=share, shops=shops, skus=skus)
        proposal = propose(services, path, stage)
        with progress(quiet=as_json) as tell:
            report = look_ahead(
                services, proposal, most=limit, tell=lambda done, of: tell("deciding", done, of)
            )
        desk.show(report, lambda: preview_view(report))


def apply(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    path: PolicyFile,
    why: Reason,
    who: Who = "",
    share: Share = None,
    shops: Shops = None,
    skus: Skus = None,
    as_json: Json = False,
) -> None:
    """Put a policy in force: for all, or first for a share of the SKUs, shops, or a pattern.

    Apply the same file again to widen the stage. Every process acts on it within seconds.
    """
    from ..holding import Word
    from ..policy.applying import apply as put_in_force
    from ..policy.applying import propose
    from ..policy.stages import read_stage

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        stage = read_stage(services.settings, share=share, shops=shops, skus=skus)
        word = Word(who=who or login(), why=why)
        step = put_in_force(services, propose(services, path, stage), word)
        _spread(desk, services, step)


def take_back(ctx: typer.Context, *, why: Reason, who: Who = "", as_json: Json = False) -> None:
    """Put the policy in force again that counted before the newest; nothing is deleted."""
    from ..holding import Word
    from ..policy.applying import take_back as put_back

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        step = put_back(services, Word(who=who or login(), why=why))
        _spread(desk, services, step)


def _spread(desk: Desk, services: Any, step: Any) -> None:  # noqa: ANN401 - naming the classes would load them
    """Ask for the decisions that follow, and show the step."""
    from ..policy.standing import step_view
    from ..reports.policy_views import steps_view
    from ..steps.spread_policy import spread_steps

    with progress(quiet=desk.as_json) as tell:
        asked = spread_steps(services, lambda done, of: tell("asking for decisions", done, of))
    view = step_view(step)
    desk.show({"step": view, "decisions_due": asked}, lambda: steps_view("Policy", [view]))
    desk.say(f"{asked} pools are to be decided anew; a running `up` does so within seconds.")


def show(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show the policy in force, by whose word, and where it differs from the settings."""
    from ..policy.standing import standing
    from ..reports.policy_views import standing_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        found = standing(services)
        desk.show(found, lambda: standing_view(found))


def history(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List every policy that was applied or taken back, the newest first."""
    from ..policy.standing import steps
    from ..reports.policy_views import steps_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        found = steps(services)
        desk.show({"steps": found}, lambda: steps_view("Policies", found))
