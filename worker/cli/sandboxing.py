"""The command that serves a TikTok Shop to test against: sandbox."""

from pathlib import Path
from typing import Annotated

import typer

from .desk import desk_of, log_to_stderr
from .endings import EXIT_CODES
from .processes import until_told_to_end
from .words import Json


Host = Annotated[str, typer.Option("--host", metavar="HOST", help="The address to listen on.")]
Port = Annotated[
    int,
    typer.Option("--port", metavar="PORT", min=0, max=65_535, help="The port; 0: a free one."),
]
ScenarioFile = Annotated[
    Path | None,
    typer.Option(
        "--scenario",
        metavar="FILE",
        help="TOML: shops, products, switches, faults, webhooks, mishaps "
        "(default: two shops and three SKUs).",
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", metavar="N", min=0, help="Same seed, same faults.")
]
SwitchWords = Annotated[
    list[str] | None,
    typer.Option("--switch", metavar="NAME=VALUE", help="How TikTok behaves; see --switches."),
]
FaultWords = Annotated[
    list[str] | None,
    typer.Option("--fault", metavar="KIND=SHARE", help="The share of calls that goes wrong."),
]
WebhookUrl = Annotated[
    str | None, typer.Option("--webhook-url", metavar="URL", help="Who is told of orders.")
]
StandsStill = Annotated[
    bool,
    typer.Option("--stand-still", help="Time passes only by POST /sandbox/clock."),
]
Switches = Annotated[
    bool, typer.Option("--switches", help="Only list the switches, and what each asks.")
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog=EXIT_CODES)(sandbox)


def sandbox(  # noqa: PLR0913 - one argument per word of the command
    ctx: typer.Context,
    *,
    host: Host = "127.0.0.1",
    port: Port = 8_900,
    scenario: ScenarioFile = None,
    seed: Seed = None,
    switch: SwitchWords = None,
    fault: FaultWords = None,
    webhook_url: WebhookUrl = None,
    stand_still: StandsStill = False,
    switches: Switches = False,
    as_json: Json = False,
) -> None:
    """Serve a TikTok Shop to test against, until told to end. Needs no configuration.

    Everything in it is made up, and whoever reaches the port may change it: `GET /sandbox` lists
    how.
    """
    from ..sandbox.run import running_sandbox
    from ..sandbox.scenario import options_said, read_scenario
    from ..sandbox.table import switch_rows, switch_view

    desk = desk_of(ctx, as_json=as_json)
    if switches:
        desk.show({"switches": switch_rows()}, switch_view)
        return
    over = {
        "switches": options_said(switch or (), option="--switch"),
        "faults": options_said(fault or (), option="--fault"),
        "webhooks": {} if webhook_url is None else {"url": webhook_url},
    }
    plan = read_scenario(scenario, over, seed=seed)
    log_to_stderr()
    served = running_sandbox(
        plan, host=host, port=port, clock=desk.seams.clock, stands_still=stand_still
    )
    with until_told_to_end() as told, served as running:
        desk.say(f"TikTok Shop, made up: {running.url}")
        desk.say(f"Keys and tokens: GET {running.url}/sandbox/shops")
        desk.say(f"Everything else that can be asked of it: GET {running.url}/sandbox")
        desk.say("Interrupt to end.")
        told.wait()
    desk.show({"ended": True}, list)
